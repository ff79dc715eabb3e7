import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CountOptions, runCount } from "../../src/cli/count.js";
import { json } from "../../src/format/json.js";
import { random } from "../_random.js";
import { expectFailure, run, temporaryFolder } from "./_cli.js";

const folder = temporaryFolder();
const cwd = folder.path;
const read = (name: string) => readFileSync(join(cwd, name), "utf8");
const write = (name: string, value: unknown) =>
  writeFileSync(join(cwd, name), typeof value === "string" ? value : JSON.stringify(value));
const schemaOf = (name: string) =>
  new Ajv2020().compile(
    JSON.parse(readFileSync(new URL(`../../schema/${name}.schema.json`, import.meta.url), "utf8")),
  );
const count = (...args: string[]) => run(["count", ...args], { cwd });

const LABELS = ["person", 'car, "red"'];
const zones = {
  units: "fraction",
  lines: [{ name: "door", from: [0, 0.5], to: [1, 0.5] }],
  zones: [
    {
      name: "hall, left",
      polygon: [
        [0, 0],
        [0.5, 0],
        [0.5, 1],
        [0, 1],
      ],
    },
  ],
};

/** Two walk down through the left half, at one frame per second; the second is a car from the 30th on. */
function tracks(): string {
  const header = { input: "hall.mp4", width: 200, height: 200, frameRate: 1, labels: LABELS, run: {} };
  const frames = Array.from({ length: 100 }, (_, index) =>
    json.frame(
      {
        ...{ index, time: index },
        tracks: [
          { id: 1, box: [40, index - 20, 60, 60 + index], score: 0.9, class: 0, detection: 0 },
          { id: 2, box: [70, index, 90, 40 + index], score: 0.9, class: index < 30 ? 0 : 1, detection: 1 },
        ],
      },
      header,
    ),
  );
  const footer = { identities: 2, integrity: { complete: true, frames: 100, damage: [] } };
  return json.begin!(header) + frames.join(json.separator) + json.end!(footer);
}

const SEQUENCE = ["MOT-1", "--tracker", "sort", "--tracker-option", "minHits=1"];

beforeAll(() => {
  write("zones.json", zones);
  write("tracks.json", tracks());
  mkdirSync(join(cwd, "MOT-1/det"), { recursive: true });
  write(
    "MOT-1/seqinfo.ini",
    "[Sequence]\nname=S\nimDir=img1\nframeRate=1\nseqLength=150\nimWidth=640\nimHeight=480\nimExt=.jpg\n",
  );
  const next = random(7);
  let rows = "";
  for (let t = 1; t <= 150; t++)
    for (let i = 0; i < 5; i++)
      if (next() < 0.95) {
        const y = 200 + 180 * Math.sin((t + 30 * i) / 15);
        rows += `${t},-1,${60 + 110 * i},${y.toFixed(2)},40,80,0.9,-1,-1,-1\n`;
      }
  write("MOT-1/det/det.txt", rows);
});
afterAll(() => folder.remove());

describe("track count", () => {
  it("shows lines and zones as tables, by class where there are several", async () => {
    const { code, stdout, stderr } = await count("tracks.json", "--zones", "zones.json");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(
      `line          in  out
door           0    2
  person       0    1
  car, "red"   0    1

zone        visits  identities  entered  exited  mean dwell  longest  mean inside  most
hall, left       2           2        0       0        1:39     1:39         2.00     2
`,
    );
  });

  it("writes every minute and the totals as a table for spreadsheets", async () => {
    await count("tracks.json", "--zones", "zones.json", "--out", "c.csv");
    expect(
      read("c.csv"),
    ).toBe(`period,from,to,kind,name,class,in,out,visits,identities,entered,exited,dwell_mean,dwell_max,occupancy_mean,occupancy_max
minute,0,60,line,door,all,0,1,,,,,,,,
minute,0,60,line,door,person,0,1,,,,,,,,
minute,0,60,zone,"hall, left",all,,,2,2,0,0,0,0,1.967,2
minute,0,60,zone,"hall, left",person,,,2,2,0,0,0,0,1.967,2
minute,60,99,line,door,all,0,1,,,,,,,,
minute,60,99,line,door,"car, ""red""",0,1,,,,,,,,
minute,60,99,zone,"hall, left",all,,,0,0,0,0,99,99,2.051,2
minute,60,99,zone,"hall, left",person,,,0,0,0,0,99,99,2.051,2
total,0,99,line,door,all,0,2,,,,,,,,
total,0,99,line,door,person,0,1,,,,,,,,
total,0,99,line,door,"car, ""red""",0,1,,,,,,,,
total,0,99,zone,"hall, left",all,,,2,2,0,0,99,99,2,2
total,0,99,zone,"hall, left",person,,,2,2,0,0,99,99,2,2
`);
  });

  it("writes JSON by the schema, and every event as a line", async () => {
    const { stdout } = await count("tracks.json", "--zones", "zones.json", "--json", "--out", "c.jsonl");
    const document = JSON.parse(stdout);
    expect(schemaOf("counts")(document)).toBe(true);
    expect(document).toMatchObject({ input: "hall.mp4", zones: { units: "fraction", gap: 5 } });
    expect(document.minutes.length).toBe(2);
    const lines = read("c.jsonl")
      .trim()
      .split("\n")
      .map((text) => JSON.parse(text));
    expect(lines.map(({ type }) => type)).toEqual([
      ...["header", "appeared", "entered", "appeared", "entered", "crossed", "minute", "crossed"],
      ...["exited", "left", "exited", "left", "minute", "totals"],
    ]);
    expect(lines[5]).toEqual({
      ...{ type: "crossed", frame: 48, time: 48, id: 1, class: 0, label: "person" },
      ...{ line: "door", direction: "out" },
    });
    const { type, ...totals } = lines.at(-1);
    expect(document.totals).toEqual(totals);
  });

  it("counts tracks without times, sizes or classes by what it is told", async () => {
    const rows = Array.from({ length: 50 }, (_, i) => `${i + 1},1,40,${i},20,80,0.9,-1,-1,-1\n`).join("");
    write("t.txt", rows);
    write("people.json", { ...zones, lines: [{ ...zones.lines[0], classes: ["person"] }] });
    expectFailure(
      await count("t.txt", "--zones", "zones.json"),
      2,
      /error: Option --size: expected with fractions/,
    );
    const { stdout, stderr } = await count("t.txt", "--zones", "people.json", "--size", "200x200", "--json");
    expect(stderr).toBe(
      'note: "t.txt" has no times: taken as 30 frames per second; --frame-rate says otherwise\n' +
        'note: "t.txt" cannot tell classes apart: everything in it counts as every class\n',
    );
    expect(JSON.parse(stdout).totals).toMatchObject({ to: 1.633333, lines: [{ in: 0, out: 1 }] });
    const slow = await count(
      "t.txt",
      "--zones",
      "zones.json",
      "--size",
      "200x200",
      "--json",
      "--frame-rate",
      "5",
    );
    expect(JSON.parse(slow.stdout).totals.to).toBe(9.8);
  });

  it("refuses what it cannot count, in one line", async () => {
    write("torn.json", "{");
    write("cross.json", {
      ...zones,
      zones: [
        {
          name: "z",
          polygon: [
            [0, 0],
            [1, 1],
            [1, 0],
            [0, 1],
          ],
        },
      ],
    });
    write("dogs.json", { ...zones, lines: [{ ...zones.lines[0], classes: ["dog"] }] });
    expectFailure(await count("tracks.json"), 2, /--zones zones\.json/);
    expectFailure(await count("tracks.json", "--zones", "cross.json"), 1, /edges that do not cross/);
    // The others in this process, which is faster.
    const refuse = async (tracks: string, options: CountOptions, why: RegExp) => {
      const streams = { stdout: process.stdout, stderr: process.stderr, env: {} };
      const at = (name: string | undefined) => name && join(cwd, name);
      const { zones, out, ...rest } = options;
      const given = { zones: at(zones), out: at(out), ...rest };
      await expect(runCount(join(cwd, tracks), given, streams)).rejects.toThrow(why);
    };
    await refuse("tracks.json", { zones: "no.json" }, /Cannot read ".*no\.json": no such file/);
    await refuse("no.json", { zones: "zones.json" }, /Cannot read ".*no\.json": no such file/);
    await refuse("torn.json", { zones: "zones.json" }, /Cannot parse ".*torn\.json:1"/);
    await refuse("tracks.json", { zones: "torn.json" }, /Cannot parse ".*torn\.json": not JSON/);
    await refuse("tracks.json", { zones: "dogs.json" }, /no class "dog"; expected some of person/);
    for (const [out, why] of [
      ["c.txt", /expected a name that ends in \.csv, \.json, \.jsonl/],
      ["zones.json", /it is an input of this run/],
      ["no/c.csv", /Cannot write ".*no\/c\.csv"/],
    ] as const)
      await refuse("tracks.json", { zones: "zones.json", out }, why);
    await refuse("tracks.json", { zones: "zones.json", size: "big" }, /--size: expected WIDTHxHEIGHT/);
    await refuse("tracks.json", { zones: "zones.json", frameRate: "0" }, /--frame-rate: expected a number/);
  });
});

describe("track --zones", () => {
  const OUTPUTS = [
    ...["--zones", "zones.json", "--counts", "run.csv"],
    ...["--out", "run.json", "--out", "run.jsonl", "--out", "run.txt"],
  ];

  it("counts on the way what is counted afterwards, in every output", async () => {
    const { code, stderr } = await run([...SEQUENCE, ...OUTPUTS], { cwd });
    expect(code).toBe(0);
    const document = JSON.parse(read("run.json"));
    expect(schemaOf("tracks")(document)).toBe(true);
    expect(document.run.zones.lines).toEqual(zones.lines);
    const [door] = document.counts.lines;
    expect(Math.min(door.in, door.out)).toBeGreaterThan(5);
    expect(stderr).toContain(`line name=door in=${door.in} out=${door.out}\nzone name="hall, left" visits=`);
    expect(JSON.parse(read("run.jsonl").trim().split("\n").at(-1)!).counts).toEqual(document.counts);
    for (const [name, ...more] of [
      ["run.json"],
      ["run.jsonl"],
      ["run.txt", "--size", "640x480", "--frame-rate", "1"],
    ]) {
      const again = await count(name!, "--zones", "zones.json", "--json", ...more, "--out", "again.csv");
      expect(read("again.csv"), name).toBe(read("run.csv"));
      expect(JSON.parse(again.stdout).totals, name).toEqual(document.counts);
    }
  });

  it.each([
    ["", []],
    [" and tracks are put right at its end", ["--offline"]],
  ])(
    "goes on with its counts where a run is killed%s, to the same files byte for byte",
    async (_, more) => {
      const outputs = ["--zones", "zones.json", "--counts", "k.jsonl", "--out", "k.json", "--quiet"];
      const args = [...SEQUENCE, ...outputs, ...more];
      await run(args, { cwd });
      const expected = [read("k.json"), read("k.jsonl")];
      const hook = ["--import", new URL("_sigkill.mjs", import.meta.url).href];
      const next = random(5);
      let killed = 0;
      await count("k.json", "--zones", "zones.json", "--out", "again.jsonl");
      expect(read("again.jsonl")).toBe(expected[1]);
      writeFileSync(join(cwd, "k.json"), "");
      writeFileSync(join(cwd, "k.jsonl"), "");
      for (let step = Math.floor(20 + 100 * next()); ; step += 150) {
        const env = { CRASH_AT: String(step) };
        const { code } = await run([...args, "--checkpoint", "0"], { cwd, node: hook, env });
        if (code === 0) break;
        killed++;
      }
      expect([read("k.json"), read("k.jsonl")]).toEqual(expected);
      expect(killed).toBeGreaterThan(2);
    },
    180_000,
  );

  it("refuses what it cannot do before any work", async () => {
    const track = (...args: string[]) => run([...SEQUENCE, "--out", "no.json", ...args], { cwd });
    expectFailure(await track("--counts", "c.csv"), 2, /Option --counts: expected --zones with it/);
    expectFailure(await track("--zones", "no-zones.json"), 2, /Cannot read "no-zones\.json": no such file/);
    const zoned = (name: string) => track("--zones", "zones.json", "--counts", name);
    expectFailure(await zoned("c.xml"), 2, /expected a name that ends in \.csv, \.json, \.jsonl/);
    expectFailure(await zoned("no.json"), 2, /Cannot write "no\.json" twice in one run/);
    expectFailure(await zoned("zones.json"), 1, /it is an input of this run/);
    write("far.json", { units: "pixels", lines: [{ name: "far", from: [0, 0], to: [641, 0] }] });
    expectFailure(
      await track("--zones", "far.json"),
      2,
      /"far": the point \[641, 0\] is outside the picture of 640x480/,
    );
    expect(folder.files()).not.toContain("no.json");
  });

  it("keeps counts beside the tracks of a batch", async () => {
    mkdirSync(join(cwd, "in"), { recursive: true });
    const batch = await run(
      [
        "batch",
        "MOT-1",
        ...SEQUENCE.slice(1),
        "--out",
        "b",
        "--jobs",
        "1",
        "--zones",
        "zones.json",
        "--counts",
      ],
      { cwd },
    );
    expect(batch.code).toBe(0);
    const entry = JSON.parse(read("b/batch.json")).files[0];
    expect(entry.outputs.map(({ path }: { path: string }) => path)).toEqual([
      "MOT-1.json",
      "MOT-1.counts.csv",
    ]);
    expect(read("b/MOT-1.counts.csv")).toBe(read("run.csv"));
  });
});
