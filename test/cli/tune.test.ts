import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { trackers } from "../../src/cli/choices.js";
import { choose, type Trial } from "../../src/cli/tune-choice.js";
import { candidate, spaces } from "../../src/cli/tune-space.js";
import { countAll } from "../../src/eval/evaluate.js";
import { custom, fromTracks } from "../../src/eval/index.js";
import { random } from "../_random.js";
import { expectFailure, run, temporaryFolder } from "./_cli.js";

const folder = temporaryFolder();
const cwd = folder.path;
afterAll(() => folder.remove());

/** People who walk beside each other and are missed now and then, and things that are seen for a moment. */
function writeSequence(name: string, seed: number): void {
  const next = random(seed);
  const [truth, found]: string[][] = [[], []];
  for (let frame = 1; frame <= 60; frame++) {
    for (let id = 1; id <= 4; id++) {
      const box = `${100 * id + 2 * frame},100,40,100`;
      truth.push(`${frame},${id},${box},1,1,1`);
      if (next() > 0.2) found.push(`${frame},-1,${box},${(0.5 + 0.5 * next()).toFixed(2)}`);
    }
    found.push(`${frame},-1,${(600 * next()).toFixed(1)},300,40,100,${(0.7 * next()).toFixed(2)}`);
  }
  for (const [part, lines] of [
    ["gt", truth],
    ["det", found],
  ] as const) {
    mkdirSync(join(cwd, "footage", name, part), { recursive: true });
    writeFileSync(join(cwd, "footage", name, part, `${part}.txt`), `${lines.join("\n")}\n`);
  }
  writeFileSync(
    join(cwd, "footage", name, "seqinfo.ini"),
    `[Sequence]\nname=${name}\nframeRate=25\nseqLength=60\nimWidth=800\nimHeight=500\n`,
  );
}
["one", "two", "three"].forEach(writeSequence);

const tune = (...args: string[]) =>
  run(["tune", "--gt", "footage", "--detections", "footage", "--tracker", "sort", ...args], { cwd });
const text = (name: string) => readFileSync(join(cwd, name), "utf8");

describe("track tune", () => {
  it("writes what --config takes, and tells what to expect of it", async () => {
    const { code, stdout, stderr } = await tune("--trials", "12", "--out", "a.json");
    expect([code, stderr.split("\n").length]).toEqual([0, 13]);
    expect(stderr).toMatch(/^trial 1 of 12: HOTA [\d.]+ \(the defaults\)\n/);
    expect(stdout).toMatch(/^Rules: custom \(.+\), 3 sequences, 12 trials\n/);
    expect(stdout).toMatch(/the defaults +[\d.]+ +[\d.]+ +[\d.]+\n/);
    expect(stdout).toMatch(/to expect elsewhere +[\d.]+ +[\d.]+ +[\d.]+\n/);
    const { tracker, trackerOption } = JSON.parse(text("a.json"));
    expect(tracker).toBe("sort");
    // Those who are missed for a frame need an age above SORT's.
    expect(trackerOption.maxAge).toBeGreaterThan(1);
    const tracked = await run(["footage/one", "--config", "a.json", "--out", "one.txt"], { cwd });
    expect([tracked.code, tracked.stderr]).toEqual([0, expect.not.stringContaining("error")]);
  });

  it("goes on with the trials that are there, also to more of them, as if it had never been left", async () => {
    const options = {
      cwd,
      onStderr: (told: string, kill: (signal: "SIGINT") => void) => {
        if (/trial 3/.test(told) && !/Ending/.test(told)) kill("SIGINT");
      },
    };
    const args = ["--gt", "footage", "--detections", "footage", "--tracker", "sort", "--out", "b.json"];
    const left = await run(["tune", ...args, "--trials", "10000"], options);
    expect([left.code, left.stdout]).toEqual([130, ""]);
    expect(left.stderr).toContain("note: Ending; what was tried is kept for the same command\n");
    const lines = text("b.json.trials.jsonl").split("\n").slice(0, 4);
    writeFileSync(join(cwd, "b.json.trials.jsonl"), `${lines.join("\n")}\n`);
    // What a crash leaves behind.
    appendFileSync(join(cwd, "b.json.trials.jsonl"), '{"trial":3,"counts":[{"hota"');
    const { stdout, stderr } = await tune("--trials", "12", "--out", "b.json", "--quiet");
    expect(stderr).toBe('note: Going on with 3 trials from "b.json.trials.jsonl"\n');
    expect(stdout).toContain("12 trials");
    expect(text("b.json")).toBe(text("a.json"));
    expect(text("b.json.trials.jsonl")).toBe(text("a.json.trials.jsonl"));
  });

  it("begins anew where something else is asked for", async () => {
    const { stderr } = await tune("--trials", "2", "--out", "b.json", "--quiet", "--seed", "5");
    expect(stderr).toBe("");
  });

  it("refuses what makes no sense, in one line", async () => {
    const refused = async (args: readonly string[], message: string, code = 2) =>
      expectFailure(await run(["tune", ...args], { cwd }), code, message);
    const both = ["--gt", "footage", "--detections", "footage"];
    await refused([], "Option --gt is missing");
    await refused(["--gt", "footage"], "Option --detections is missing");
    await refused([...both, "--tracker", "deepsort"], "it compares pictures");
    await refused([...both, "--aim", "speed"], "Option --aim: expected one of hota, mota, idf1");
    await refused([...both, "--trials", "1"], "Option --trials: expected a whole number, at least 2");
    await refused(["--gt", "nowhere", "--detections", "footage"], "there is no", 1);
    await refused(["--gt", "footage", "--detections", "nowhere"], "there is no", 1);
    await refused([...both, "--out", "footage/one/gt/gt.txt"], "gt.txt", 1);
  });
});

describe("What is tried", () => {
  it("is taken by every tracker, at both ends of every range", async () => {
    for (const [name, space] of Object.entries(spaces)) {
      const { create } = await trackers[name]!.load();
      for (const end of ["from", "to"] as const)
        expect(() =>
          create(Object.fromEntries(space.map((range) => [range.option, range[end]]))),
        ).not.toThrow();
    }
  });

  it("is the same for the same seed, within its ranges, and begins with the defaults", () => {
    const space = spaces.throughline!;
    expect(candidate(space, 1, 0)).toEqual({});
    const drawn = Array.from({ length: 200 }, (_, i) => candidate(space, 1, i + 1));
    expect(drawn).toEqual(drawn.map((_, i) => candidate(space, 1, i + 1)));
    expect(new Set(drawn.map((one) => JSON.stringify(one))).size).toBeGreaterThan(190);
    for (const { option, from, to, isWhole } of space) {
      const values = drawn.flatMap((one) => one[option] ?? []);
      expect(values.length).toBeGreaterThan(40);
      expect(Math.min(...values)).toBeGreaterThanOrEqual(from);
      expect(Math.max(...values)).toBeLessThanOrEqual(to);
      if (isWhole) expect(values.every(Number.isInteger)).toBe(true);
      // From all over the range.
      expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(0.8 * (to - from));
    }
    expect(candidate(space, 2, 1)).not.toEqual(candidate(space, 1, 1));
  });
});

describe("What is chosen", () => {
  /** Counts of one who is seen in so many of ten frames. */
  const seen = (frames: number) => {
    const track = { id: 1, box: [0, 0, 10, 20], score: 1, class: 1, detection: 0 } as const;
    const sequence = (length: number) =>
      Array.from({ length: 10 }, (_, index) => ({
        index,
        time: index,
        tracks: index < length ? [track] : [],
      }));
    return countAll(
      custom.prepare("s", fromTracks(sequence(10), "t", 10), fromTracks(sequence(frames), "r", 10), "object"),
    );
  };
  const trial = (...frames: number[]): Trial => frames.map(seen);

  it("is best on all sequences; what to expect is told by those that others chose for", () => {
    // The second is better for the first two sequences, the third for the last.
    const choice = choose([trial(5, 5, 5), trial(6, 6, 1), trial(1, 1, 8)], "mota");
    expect(choice.best).toBe(0);
    // Without the first, and without the second, the defaults are best; without the last the second trial.
    expect(choice.expected!.clear!.mota).toBeCloseTo((5 + 5 + 1) / 30, 9);
    expect(choice.tuned.clear!.mota).toBeCloseTo(15 / 30, 9);
  });

  it("is the first among equals, and one sequence tells nothing of others", () => {
    expect(choose([trial(5), trial(5)], "hota")).toMatchObject({ best: 0, expected: undefined });
  });
});
