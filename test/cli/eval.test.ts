/**
 * `track eval` as its users run it: agreement with the official evaluator where its output lies beside the repository,
 * the ways in which truth and results may lie on the disk, and refusals.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { endings } from "../../src/cli/boxes-file.js";
import { type Scores, scoreColumns } from "../../src/eval/index.js";
import { csv } from "../../src/format/csv.js";
import { formats } from "../../src/format/files.js";
import { json } from "../../src/format/json.js";
import { jsonl } from "../../src/format/jsonl.js";
import type { Format, TracksHeader } from "../../src/types.js";
import { expectFailure, run, temporaryFolder } from "./_cli.js";

const folder = temporaryFolder();
const cwd = folder.path;
afterAll(() => folder.remove());

const at = (...parts: string[]): string => join(cwd, ...parts);
const evaluate = (...args: string[]) => run(["eval", ...args], { cwd });

function write(path: string, text: string): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
}

/** Two people who walk side by side for `frames` frames, in MOTChallenge columns. */
const walk = (frames: number, { shift = 0, ids = [1, 2] } = {}): string =>
  Array.from({ length: frames }, (_, i) =>
    ids.map((id, k) => `${i + 1},${id},${10 + i + shift},${10 + 100 * k},20,40,1,1,1\n`).join(""),
  ).join("");

const info = (length: number): string => `[Sequence]\nname=made up\nseqLength=${length}\n`;

/** Truth of A and B with 4 frames each, and results that are all right. */
beforeEach(() => {
  for (const name of folder.files()) rmSync(at(name), { recursive: true });
  for (const name of ["A", "B"]) {
    write(`gt/${name}/seqinfo.ini`, info(4));
    write(`gt/${name}/gt/gt.txt`, walk(4));
    write(`out/${name}.txt`, walk(4));
  }
});

interface Document {
  readonly benchmark: string;
  readonly alphas: number[];
  readonly trackers: {
    name: string;
    classes: { class: string; sequences: { name: string; scores: Scores }[]; combined: Scores }[];
  }[];
}

const data = join(import.meta.dirname, "../../../shared/data");

describe.skipIf(!existsSync(data))(
  `scores of published trackers, against the official evaluator's (skipped: "${data}" is not there)`,
  () => {
    type Official = Record<string, number | Record<string, number | number[]>>;

    it.each([
      ["mot15", "MOT15/train", "golden-tracks/MOT15/sort"],
      ["mot17", "MOT17-val-half", "golden-tracks/MOT17-val-half/bytetrack"],
    ])("%s: %s, %s", async (benchmark, gt, results) => {
      const args = ["--gt", join(data, gt), "--results", join(data, results)];
      const { code, stdout, stderr } = await evaluate(...args, "--json", "s.json", "--csv", "s.csv");
      expect([code, stderr]).toEqual([0, ""]);
      const { sequences } = JSON.parse(readFileSync(join(data, results, "trackeval.json"), "utf8")) as {
        sequences: Record<string, Official>;
      };
      const document: Document = JSON.parse(readFileSync(at("s.json"), "utf8"));
      expect(document.benchmark).toBe(benchmark);
      const [{ sequences: scored, combined }] = document.trackers[0]!.classes as [
        Document["trackers"][0]["classes"][0],
      ];
      const rows = [...scored, { name: "COMBINED_SEQ", scores: combined }];
      expect(rows.map(({ name }) => name)).toEqual(Object.keys(sequences));
      const [head, ...lines] = readFileSync(at("s.csv"), "utf8").trim().split("\n");
      const labels = head!.split(",");
      for (const [i, { name, scores }] of rows.entries()) {
        let compared = 0;
        for (const [label, expected] of Object.entries(sequences[name]!)) {
          const column = scoreColumns.find((one) => one.label === label);
          if (!column || typeof expected !== "number") continue;
          const scale = column.unit === "percent" ? 100 : 1;
          const value = column.value(scores)!;
          expect(Math.abs(scale * value - expected), `${name} ${label}`).toBeLessThanOrEqual(
            scale === 1 ? 0 : 1e-9 * Math.abs(expected),
          );
          expect(Number(lines[i]!.split(",")[labels.indexOf(label)])).toBe(value);
          compared++;
        }
        expect(compared).toBeGreaterThan(20);
        const { HOTA, DetA } = sequences[name]!.alpha as Record<string, number[]>;
        expect(HOTA!.length).toBe(document.alphas.length);
        for (const [a, expected] of HOTA!.entries())
          expect(100 * scores.hota!.perAlpha.hota[a]!).toBeCloseTo(expected, 9);
        for (const [a, expected] of DetA!.entries())
          expect(100 * scores.hota!.perAlpha.detA[a]!).toBeCloseTo(expected, 9);
        // The table shows the same, rounded.
        const shown = ["HOTA", "DetA", "AssA", "MOTA", "IDF1", "MOTP"]
          .map((label) => (sequences[name]![label] as number).toFixed(2))
          .join(" +");
        expect(stdout).toMatch(new RegExp(`^${name.replace("_SEQ", "")} +${shown} `, "m"));
      }
      expect(stdout).toMatch(
        new RegExp(`^Rules: ${benchmark} \\(${benchmark.toUpperCase()} sequence names; `),
      );
    });

    it("scores both classes of KITTI", async () => {
      const results = join(data, "golden-tracks/KITTI/sort");
      const { stdout } = await evaluate(
        "--gt",
        join(data, "KITTI/label"),
        "--results",
        results,
        "--json",
        "-",
      );
      const document: Document = JSON.parse(stdout);
      expect(document.benchmark).toBe("kitti");
      const official = JSON.parse(readFileSync(join(results, "trackeval-kitti2dbox.json"), "utf8"));
      for (const { class: name, combined } of document.trackers[0]!.classes) {
        expect(100 * combined.hota!.hota).toBeCloseTo(official.COMBINED_SEQ[name].HOTA, 9);
        expect(100 * combined.clear!.mota).toBeCloseTo(official.COMBINED_SEQ[name].MOTA, 9);
      }
      expect(document.trackers[0]!.classes.map((one) => one.class)).toEqual(["car", "pedestrian"]);
    });

    it("compares all trackers of a folder, the best HOTA first", async () => {
      const { stdout } = await evaluate(
        ...["--gt", join(data, "MOT17-val-half")],
        ...["--results", join(data, "golden-tracks/MOT17-val-half"), "--metrics", "hota"],
      );
      const comparison = stdout.slice(stdout.indexOf("All sequences, best HOTA first\n")).trim().split("\n");
      const scores = comparison.slice(2).map((line) => Number(line.trim().split(/\s+/)[1]));
      expect(scores.length).toBe(6);
      expect(scores).toEqual([...scores].sort((a, b) => b - a));
    });
  },
);

describe("where truth and results may lie", () => {
  const perfect = (name: string) => new RegExp(`^${name} +100\\.00 +100\\.00 +100\\.00 `, "m");

  it("takes a folder of sequences and a folder of results", async () => {
    const { code, stdout } = await evaluate("--gt", "gt", "--results", "out");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Rules: custom \(no sequence names of a benchmark; .*\), 2 sequences\n/);
    for (const name of ["A", "B", "COMBINED"]) expect(stdout).toMatch(perfect(name));
  });

  it("takes one sequence, and a single pair of files", async () => {
    const pairs = [
      ["gt/A", "out/A.txt"],
      ["gt/A/gt/gt.txt", "out/A.txt"],
      ["gt/A/gt/gt.txt", "out/B.txt"],
      ["truth.txt", "out/A.txt"],
      ["gt", "out/A.txt"],
    ] as const;
    write("truth.txt", walk(4));
    for (const [gt, results] of pairs) {
      const { stdout } = await evaluate("--gt", gt, "--results", results);
      expect(stdout).toMatch(perfect(gt === "truth.txt" ? "truth" : "A"));
      expect(stdout).toContain("1 sequence\n");
    }
  });

  it("takes results with a data folder, several trackers, and folders of trackers", async () => {
    write("other/data/A.txt", walk(4, { shift: 2 }));
    write("other/data/B.txt", walk(3, { shift: 2 }));
    const { stdout } = await evaluate("--gt", "gt", "--results", "other", "out", "--json", "s.json");
    expect(stdout).toMatch(/^All sequences, best HOTA first\n.*\nout +100\.00 .*\nother +[1-9]\d\.\d\d /m);
    const document: Document = JSON.parse(readFileSync(at("s.json"), "utf8"));
    expect(document.trackers.map(({ name }) => name)).toEqual(["other", "out"]);
    cpSync(at("out"), at("all/x"), { recursive: true });
    cpSync(at("other"), at("all/y"), { recursive: true });
    const all = await evaluate("--gt", "gt", "--results", "all");
    expect(all.stdout).toMatch(/^x +100\.00 .*\ny +/m);
  });

  it("takes the files of one folder as one tracker", async () => {
    const { stdout } = await evaluate("--gt", "gt", "--results", "out/A.txt", "out/B.txt");
    expect(stdout).toMatch(perfect("COMBINED"));
    expect(stdout).not.toContain("All sequences");
  });

  it("chooses the rules by the names, and says so", async () => {
    const guesses = {
      "MOT16-02": "mot16 (MOT16 sequence names",
      "MOT17-02-SDP": "mot17 (MOT17 sequence names",
      "MOT20-01": "mot20 (MOT20 sequence names",
      "TUD-Campus": "mot15 (MOT15 sequence names",
      street: "custom (no sequence names of a benchmark",
    };
    for (const [name, rules] of Object.entries(guesses)) {
      write(`gt-${name}/${name}/seqinfo.ini`, info(4));
      write(`gt-${name}/${name}/gt/gt.txt`, walk(4));
      const { stdout } = await evaluate("--gt", `gt-${name}`, "--results", "out/A.txt");
      expect(stdout).toContain(`Rules: ${rules}`);
    }
    const { stdout } = await evaluate("--gt", "gt", "--results", "out", "--benchmark", "mot20");
    expect(stdout).toContain("Rules: mot20 (chosen), 2 sequences\n\npedestrian ");
    cpSync(at("gt/A"), at("gt/MOT17-02"), { recursive: true });
    expectFailure(await evaluate("--gt", "gt", "--results", "out"), 2, /several benchmarks .*--benchmark/);
  });

  it("takes MOT17 results with or without the detector in their names, but not another detector's", async () => {
    cpSync(at("gt/A"), at("mot/MOT17-02-FRCNN"), { recursive: true });
    write("r/MOT17-02.txt", walk(4));
    expect((await evaluate("--gt", "mot", "--results", "r")).stdout).toMatch(perfect("MOT17-02-FRCNN"));
    write("s/MOT17-02-SDP.txt", walk(4));
    expectFailure(
      await evaluate("--gt", "mot", "--results", "s"),
      1,
      /MOT17-02-SDP\.txt": there is no truth/,
    );
  });

  it("leaves out decision logs that lie beside truth or results", async () => {
    for (const side of ["truth", "found"]) {
      write(`${side}/A.txt`, walk(4));
      write(`${side}/A.txt.explain.jsonl`, '{"type":"header"}\n');
    }
    const { stdout, stderr } = await evaluate("--gt", "truth", "--results", "found");
    expect(stderr).toBe("");
    expect(stdout).toMatch(perfect("COMBINED"));
  });

  it("scores our own tracks, people only where the rules are about people", async () => {
    const header: TracksHeader = {
      ...{ input: "street.mp4", width: 640, height: 480, labels: ["person", "car, red"], run: {} },
    };
    const text = (format: Format): string => {
      const frames = Array.from({ length: 4 }, (_, index) => ({
        index,
        time: index / 10,
        tracks: [1, 2, 3].map((id) => ({
          id,
          box: [10 + index, 10 + 100 * (id - 1), 30 + index, 50 + 100 * (id - 1)] as const,
          score: 0.9,
          class: id === 3 ? 1 : 0,
          detection: 0,
        })),
      }));
      const integrity = { complete: true, frames: 4, damage: [] };
      return (
        (format.begin?.(header) ?? "") +
        frames.map((frame) => format.frame(frame, header)).join(format.separator ?? "") +
        (format.end?.({ integrity, identities: 3 }) ?? "")
      );
    };
    for (const format of [json, jsonl, csv]) {
      rmSync(at("out"), { recursive: true });
      write(`out/A.tracks${format.extension}`, text(format));
      write(`out/B${format.extension}`, text(format));
      const { stdout, stderr } = await evaluate("--gt", "gt", "--results", "out", "--benchmark", "mot17");
      expect(stdout).toMatch(perfect("COMBINED"));
      expect(stderr).toMatch(
        /^note: ".*A\.tracks\.\w+": left out 4 boxes of car, red; mot17 scores pedestrian\n/,
      );
      const own = await evaluate(
        "--gt",
        `out/A.tracks${format.extension}`,
        "--results",
        `out/B${format.extension}`,
      );
      expect(own.stdout).toMatch(/^Rules: custom \(the truth is a tracks file; [\s\S]*^A +100\.00 /m);
      expect(own.stderr).toBe("");
    }
    rmSync(at("out"), { recursive: true });
    write("out/A.jsonl", text(jsonl).split("\n").slice(0, 3).join("\n"));
    expect((await evaluate("--gt", "gt/A", "--results", "out")).stderr).toMatch(
      /^note: .*a part of its input only/,
    );
    write("out/A.jsonl", text(jsonl).replaceAll("car, red", "object"));
    const unknown = await evaluate("--gt", "gt/A", "--results", "out", "--benchmark", "mot15");
    expect(unknown.stdout).toMatch(/^A .* 4 +0$/m); // counted, and wrong
    write("out/A.jsonl", text(jsonl).replaceAll("person", "dog"));
    expectFailure(
      await evaluate("--gt", "gt/A", "--results", "out", "--benchmark", "mot15"),
      1,
      /mot15 scores pedestrian, the file has car, red, dog only/,
    );
    const twice = text(json).replace('"frame":2,', '"frame":1,');
    write("out/A.jsonl", text(jsonl).replace('"frame":3,', '"frame":4,'));
    expectFailure(
      await evaluate("--gt", "gt/A", "--results", "out"),
      1,
      /A\.jsonl:5": expected a frame .* to 3 /,
    );
    write("twice.json", twice);
    expectFailure(
      await evaluate("--gt", "gt/A", "--results", "twice.json"),
      1,
      /twice\.json:\d": (identity 1 is already in frame 1|.*frame)/,
    );
  });
});

describe("where it went wrong", () => {
  it("lists every miss, false positive and switch, as many as the table counts", async () => {
    // Frame 3 is missed by 2, frame 4 has a ghost, and 1 goes on as 7.
    write(
      "out/A.txt",
      [
        ...walk(4)
          .split("\n")
          .filter((line) => !line.startsWith("3,2,"))
          .map((line) => line.replace(/^4,1,/, "4,7,")),
        "4,9,500,300,20,40,1,1,1",
      ].join("\n"),
    );
    const args = ["--gt", "gt", "--results", "out"];
    const { stdout } = await evaluate(...args, "--per-frame", "a.jsonl");
    expect(stdout).toMatch(/^A .* 1 +1 +1 +1 +0 +1 +1$/m);
    const events = readFileSync(at("a.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const place = { tracker: "out", class: "object", sequence: "A" };
    expect(events).toEqual([
      { ...place, kind: "miss", frame: 2, truth: 2, truthBox: [12, 110, 32, 150], similarity: 0 },
      {
        ...{ ...place, kind: "false-positive", frame: 3, result: 9 },
        ...{ resultBox: [500, 300, 520, 340], similarity: 0 },
      },
      {
        ...{ ...place, kind: "switch", frame: 3, truth: 1, result: 7, previous: 1 },
        ...{ truthBox: [13, 10, 33, 50], resultBox: [13, 10, 33, 50], similarity: 1 },
      },
    ]);
    await evaluate(...args, "--per-frame", "a.csv");
    expect(readFileSync(at("a.csv"), "utf8")).toBe(
      "tracker,class,sequence,kind,frame,truth,result,previous,truthX1,truthY1,truthX2,truthY2,resultX1,resultY1,resultX2,resultY2,similarity\n" +
        "out,object,A,miss,2,2,,,12,110,32,150,,,,,0\n" +
        "out,object,A,false-positive,3,,9,,,,,,500,300,520,340,0\n" +
        "out,object,A,switch,3,1,7,1,13,10,33,50,13,10,33,50,1\n",
    );
    const piped = await evaluate(...args, "--per-frame", "-");
    expect(piped.stdout).toBe(readFileSync(at("a.jsonl"), "utf8"));
  });

  it("computes and shows the families that were asked for", async () => {
    const { stdout } = await evaluate("--gt", "gt", "--results", "out", "--metrics", "identity,counts");
    expect(stdout).toMatch(/^object +IDF1 +IDR +IDP +IDTP +IDFN +IDFP +Dets +GT_Dets +IDs +GT_IDs +Frames$/m);
    const { stdout: text } = await evaluate(
      "--gt",
      "gt",
      "--results",
      "out",
      "--metrics",
      "clear",
      "--json",
      "-",
    );
    expect(Object.keys(JSON.parse(text).trackers[0].classes[0].combined)).toEqual(["clear"]);
  });
});

describe("track eval --detections", () => {
  const rows = "1,-1,10,10,20,40,0.9\n1,-1,10,110,20,40,0.8\n2,-1,11,10,20,40,0.7\n2,-1,300,10,20,40,0.6\n";

  it("gives average precision, the best score, and precision and recall over score", async () => {
    write("gt/A/det/det.txt", rows);
    const { code, stdout } = await evaluate("--gt", "gt/A", "--detections", "gt/A/det/det.txt");
    expect(code).toBe(0);
    // 3 of 8 boxes are found before the first wrong one: recall points 0 .. 0.37 of 101.
    expect(stdout).toMatch(/^object +AP50 +AP75 +AP +Recall +Precision +BestF1 +AtScore$/m);
    expect(stdout).toMatch(/^COMBINED +37\.62 +37\.62 +37\.62 +37\.50 +75\.00 +54\.55 +0\.7$/m);
    expect(stdout).toMatch(/^>= 0\.7 +100\.00 +37\.50 +54\.55 +best$/m);
    expect(stdout).toMatch(/^>= 0\.6 +75\.00 +37\.50 +50\.00$/m);
  });

  it("takes the folder of the sequences, and detections that we saved", async () => {
    write("gt/A/det/det.txt", rows);
    write(
      "gt/B/det/det.txt",
      `# detections; column 8 is the class, an index into ["person","car"]\n${rows
        .trim()
        .split("\n")
        .map((row, i) => `${row},${i === 3 ? 1 : 0},-1,-1\n`)
        .join("")}`,
    );
    const args = ["--gt", "gt", "--detections", "gt", "--benchmark", "mot17"];
    const { stdout, stderr } = await evaluate(...args, "--json", "d.json", "--csv", "d.csv");
    expect(stdout).toMatch(/^A +37\.62 .* 75\.00 /m);
    expect(stdout).toMatch(/^B +37\.62 .* 100\.00 /m);
    expect(stderr).toMatch(/^note: .*: left out 1 box of car;/);
    const { detectors } = JSON.parse(readFileSync(at("d.json"), "utf8"));
    expect(detectors[0].classes[0].combined).toMatchObject({ recall: 0.375, precision: 6 / 7 });
    expect(detectors[0].classes[0].combined.perThreshold.length).toBe(10);
    expect(readFileSync(at("d.csv"), "utf8")).toMatch(/^gt,pedestrian,COMBINED,0\.\d+,/m);
  });
});

describe("bad input", () => {
  const args = ["--gt", "gt", "--results", "out"];
  const cases: readonly (readonly [string, () => void, RegExp])[] = [
    [
      "no results for a sequence",
      () => rmSync(at("out/B.txt")),
      /Cannot score "out": it has no results for sequence "B" \(expected "out\/B\.txt"; .*--results out\/\*\.txt\)/,
    ],
    [
      "results without truth",
      () => write("out/C.txt", walk(4)),
      /Cannot score "out\/C\.txt": there is no truth for it \(found: A, B\)/,
    ],
    [
      "two files for a sequence",
      () => write("out/A.csv", ""),
      /Cannot choose between "out\/A\.csv" and "out\/A\.txt"/,
    ],
    [
      "an identity twice in a frame",
      () => write("out/B.txt", `${walk(4)}4,1,0,0,5,5,1\n`),
      /Cannot parse "out\/B\.txt:9": identity 1 is already in frame 4/,
    ],
    [
      "a frame beyond the sequence",
      () => write("out/B.txt", walk(5)),
      /Cannot parse "out\/B\.txt:9": expected a frame number from 1 to 4 .* got 5/,
    ],
    [
      "a box that is no number",
      () => write("out/B.txt", `${walk(3)}4,1,0,NaN,5,5,1\n`),
      /Cannot parse "out\/B\.txt:7": expected a finite number in column 4 \(y\), got "NaN"/,
    ],
    [
      "missing columns",
      () => write("out/B.txt", "1,1,10,10\n"),
      /Cannot parse "out\/B\.txt:1": expected at least 6 columns, got 4/,
    ],
    ["empty results", () => write("out/B.txt", " \n\n"), /Cannot use "out\/B\.txt": the file is empty/],
    ["empty truth", () => write("gt/B/gt/gt.txt", ""), /Cannot use "gt\/B\/gt\/gt\.txt": the file is empty/],
    [
      "no length",
      () => write("gt/B/seqinfo.ini", "[Sequence]\n"),
      /Cannot parse "gt\/B\/seqinfo\.ini": expected seqLength=/,
    ],
    ["no truth", () => rmSync(at("gt"), { recursive: true }), /Cannot find truth: there is no "gt"/],
    ["no results", () => rmSync(at("out"), { recursive: true }), /Cannot find results: there is no "out"/],
    [
      "no results in the folder",
      () => {
        rmSync(at("out"), { recursive: true });
        mkdirSync(at("out"));
      },
      /Cannot find results in "out": expected "out\/A\.txt"/,
    ],
  ];

  it.each(cases)("is refused with one line, and nothing is written: %s", async (_, spoil, message) => {
    spoil();
    write("s.json", "as it was");
    const before = folder.files();
    const result = await evaluate(...args, "--json", "s.json", "--csv", "s.csv", "--per-frame", "p.jsonl");
    expectFailure(result, 1, message);
    expect(folder.files()).toEqual(before);
    expect(readFileSync(at("s.json"), "utf8")).toBe("as it was");
  });

  it.each([
    [["--gt", "gt"], /Nothing to score/],
    [["--results", "out"], /--gt is missing/],
    [[...args, "--detections", "out"], /at once/],
    [[...args, "--benchmark", "mot99"], /--benchmark: expected one of mot15, .*, got "mot99"/],
    [[...args, "--metrics", "hota,vace"], /--metrics: expected names out of hota, .*, got "vace"/],
    [[...args, "--per-frame", "p.txt"], /--per-frame: expected a name that ends in \.jsonl or \.csv/],
    [["--gt", "gt", "--detections", "out", "--metrics", "hota"], /--metrics is about tracks/],
    [[...args, "--json", "-", "--csv", "-"], /the same file/],
    [[...args, "--out", "x"], /unknown option '--out'/],
  ])("is wrong usage: %j", async (bad, message) => {
    expectFailure(await evaluate(...bad), 2, message);
  });

  it("never writes over what it reads", async () => {
    const result = await evaluate(...args, "--json", "out/A.txt");
    expectFailure(result, 1, /Cannot write "out\/A\.txt": it is an input of this run/);
    expect(readFileSync(at("out/A.txt"), "utf8")).toBe(walk(4));
  });
});

it("knows the endings of every format", () => {
  expect([...endings].sort()).toEqual(formats.map((format) => format.extension).sort());
});

describe("track eval --help", () => {
  it("shows examples, and the main help names the command", async () => {
    const { code, stdout } = await evaluate("--help");
    expect(code).toBe(0);
    expect(stdout).toContain("$ track eval --gt MOT17/train --results out/\n");
    expect((await run(["--help"], { cwd })).stdout).toMatch(/^ {2}eval .*scores tracks/m);
  });

  it("loads neither ONNX Runtime nor sharp to score", async () => {
    const hook = `data:text/javascript,${encodeURIComponent(`
      process.on("exit", () => {
        process.report.excludeNetwork = true;
        const { sharedObjects } = process.report.getReport();
        process.stderr.write(JSON.stringify(sharedObjects.filter((name) => /onnxruntime|libvips/.test(name))));
      });`)}`;
    const { stderr } = await run(["eval", "--gt", "gt", "--results", "out"], {
      cwd,
      node: ["--import", hook],
    });
    expect(stderr).toBe("[]");
  });
});
