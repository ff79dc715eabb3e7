import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chooseClasses } from "../../src/cli/classes.js";
import { lineOf, stackOf, UsageError } from "../../src/cli/errors.js";
import { nameOf, planOutputs } from "../../src/cli/outputs.js";
import { parseTime } from "../../src/cli/parse-time.js";
import { reportLines } from "../../src/cli/report-lines.js";
import { reportTerminal } from "../../src/cli/report-terminal.js";
import { formatBytes, formatTime, type Status, type Summary } from "../../src/cli/reporter.js";
import { InputError } from "../../src/errors.js";

describe("classes", () => {
  const labels = ["person", "bicycle", "car", "kite", "bus", "truck", "motorcycle"];

  it("are people and vehicles where none is named, and all where the detector knows none of them", () => {
    expect([...chooseClasses(labels, undefined, "x")!].sort()).toEqual([0, 1, 2, 4, 5, 6]);
    expect(chooseClasses(["face"], undefined, "x")).toBeUndefined();
    expect(chooseClasses(labels, ["ALL"], "x")).toBeUndefined();
  });

  it("are found by name, whatever the case", () => {
    expect([...chooseClasses(labels, ["Kite", "person"], "x")!]).toEqual([3, 0]);
    expect(() => chooseClasses(labels, ["dog"], 'the detector "d"')).toThrow(
      new UsageError(
        `Option --classes: the detector "d" has no class "dog"; expected all, or some of ${labels.join(", ")}`,
      ),
    );
  });
});

describe("outputs", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "throughline-outputs-"));
    mkdirSync(join(folder, "results"));
    mkdirSync(join(folder, "SEQ.01"));
    writeFileSync(join(folder, "SEQ.01", "seqinfo.ini"), "");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("are called after the input", () => {
    expect(nameOf("-")).toBe("stdin");
    expect(nameOf("a/b.c.mp4")).toBe("b.c");
    expect(nameOf("a/frames/*.jpg")).toBe("frames");
    expect(nameOf(join(folder, "SEQ.01"))).toBe("SEQ.01");
    expect(nameOf(`${folder}/SEQ.01/`)).toBe("SEQ.01");
    expect(planOutputs(["x/a.mp4"], { out: [] })[0]!.outputs).toEqual(["a.tracks.json"]);
  });

  it("go into folders, by the benchmark's name for its sequences", () => {
    const results = join(folder, "results");
    const plans = planOutputs([join(folder, "SEQ.01"), "b.mp4"], { out: [results, "{name}.csv"] });
    expect(plans.map((plan) => plan.outputs)).toEqual([
      [join(results, "SEQ.01.txt"), "SEQ.01.csv"],
      [join(results, "b.tracks.json"), "b.csv"],
    ]);
  });

  it("are never shared", () => {
    expect(() => planOutputs(["a.mp4", "x/a.avi"], { out: [] })).toThrow(
      /"a\.mp4" and "x\/a\.avi" both to "a\.tracks\.json"/,
    );
    expect(() => planOutputs(["a.mp4"], { out: ["a.txt"], saveDetections: "./a.txt" })).toThrow(
      /twice in one run/,
    );
    expect(() => planOutputs(["a", "b"], { out: ["{name}.txt"], detections: "det.txt" })).toThrow(/\{name\}/);
    expect(planOutputs(["a", "b"], { out: ["-"], detections: "{name}.txt" })[1]).toMatchObject({
      outputs: ["-"],
      detections: "b.txt",
    });
  });
});

describe("reports", () => {
  const status: Status = { input: "a b.mp4", done: 50, of: 200, fps: 10, live: 3, identities: 7 };
  const summary: Summary = {
    input: "a b.mp4",
    frames: 200,
    identities: 9,
    seconds: 20,
    stages: [
      { name: "detect", seconds: 10, calls: 200 },
      { name: "track", seconds: 0.01, calls: 200 },
    ],
    files: ["a.json", "b c.txt"],
    integrity: { complete: true, frames: 200, damage: [] },
  };
  const collect = () => {
    const stream = new PassThrough();
    return { stream, text: () => String(stream.read() ?? "") };
  };

  it("come as lines at most every five seconds", () => {
    const { stream, text } = collect();
    let now = 0;
    const reporter = reportLines(stream, false, () => now);
    reporter.status(status);
    now = 4999;
    reporter.status(status);
    expect(text()).toBe("");
    now = 5000;
    reporter.status(status);
    reporter.status(status);
    expect(text()).toBe('progress input="a b.mp4" frame=50 of=200 fps=10 left=15 live=3 identities=7\n');
    reporter.warn("careful");
    reporter.summary(summary);
    expect(text()).toBe(
      'warning: careful\ndone input="a b.mp4" frames=200 identities=9 seconds=20 fps=10 detectSeconds=10 trackSeconds=0.01 complete=true files=a.json,"b c.txt"\n',
    );
  });

  it("come as JSON", () => {
    const { stream, text } = collect();
    let now = 0;
    const reporter = reportLines(stream, true, () => now);
    now = 6000;
    reporter.status({ ...status, of: undefined });
    expect(JSON.parse(text())).toEqual({
      event: "progress",
      input: "a b.mp4",
      frame: 50,
      fps: 10,
      live: 3,
      identities: 7,
    });
    reporter.note("hm");
    expect(JSON.parse(text())).toEqual({ event: "note", message: "hm" });
  });

  it("come as one moving line and a summary on a terminal", () => {
    const { stream, text } = collect();
    const terminal = Object.assign(stream, {
      isTTY: true,
      columns: 100,
      cursorTo: () => true,
      clearLine: () => true,
    });
    const reporter = reportTerminal(terminal as never, false, () => 1000);
    reporter.status(status);
    expect(text()).toContain(
      "a b.mp4  ██████░░░░░░░░░░░░░░░░░░   50/200  10.0 fps  0:15 left  3 live, 7 identities",
    );
    reporter.status({ ...status, done: 51 });
    reporter.summary({
      ...summary,
      integrity: {
        complete: false,
        frames: 200,
        damage: [
          { kind: "missing", fromFrame: 10, toFrame: 12, reason: "cut off" },
          { kind: "corrupt", fromTime: 1.5, reason: "bad\nblock" },
          { kind: "corrupt", reason: "c" },
          { kind: "corrupt", reason: "d" },
        ],
      },
    });
    const lines = text().split("\n");
    expect(lines.slice(1)).toEqual([
      "  detect 20.0 · track 20000 fps",
      "  frames 10 to 12 missing: cut off",
      "  from second 1.50 on corrupt: bad?block",
      "  part of it corrupt: c",
      '  and 1 more, see "integrity" in a JSON output',
      "  → a.json",
      "  → b c.txt",
      "",
    ]);
    expect(lines[0]).toContain("! a b.mp4  200 frames, 9 identities in 20.0 s, 10.0 fps");
  });

  it("say what to try where nothing was followed", () => {
    const { stream, text } = collect();
    const reporter = reportTerminal(stream as never, false, () => 1000);
    reporter.summary({ ...summary, identities: 0 });
    expect(text()).toContain("\n  Nothing was found to follow. If there is something: --classes all");
  });

  it("count without an end where the input has none to tell", () => {
    const { stream, text } = collect();
    const terminal = Object.assign(stream, {
      isTTY: true,
      columns: 100,
      cursorTo: () => true,
      clearLine: () => true,
    });
    const reporter = reportTerminal(terminal as never, false, () => 1000);
    reporter.status({ ...status, input: "-", of: undefined, identities: 1 });
    expect(text()).toContain("-  50 frames  10.0 fps  3 live, 1 identity");
    reporter.close();
  });

  it("write times and sizes for people", () => {
    expect([0.4, 59.6, 61, 3723].map(formatTime)).toEqual(["0:00", "1:00", "1:01", "1:02:03"]);
    expect([0, 999, 1000, 7_640_000, 99_960_000, 2e9].map(formatBytes)).toEqual([
      "0 B",
      "999 B",
      "1.0 kB",
      "7.6 MB",
      "100 MB",
      "2.0 GB",
    ]);
    expect(["90", "1:30", "0:01:30.5", "x", "1:2:3:4", ""].map(parseTime)).toEqual([
      90,
      90,
      90.5,
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ]);
  });
});

describe("errors", () => {
  it("are one line, whatever is in them", () => {
    expect(lineOf(new InputError('Cannot read "a\nb\x1b[2J"'))).toBe('Cannot read "a b?[2J"');
    expect(lineOf(new SyntaxError('Cannot parse "a:1": no'))).toBe('Cannot parse "a:1": no');
    expect(lineOf(new TypeError("x is not a function"))).toMatch(/^Internal error: x is not a function \(/);
    expect(lineOf("thrown")).toMatch(/^Internal error: thrown/);
  });

  it("keep their causes for --verbose", () => {
    const error = new InputError("outer", { cause: new Error("inner") });
    expect(stackOf(error)).toMatch(/^InputError: outer\n[\s\S]*\nCaused by: Error: inner\n/);
  });
});
