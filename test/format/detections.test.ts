import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InputError } from "../../src/errors.js";
import {
  formatDetections,
  formatLabels,
  openDetectionsFile,
  parseDetections,
  readDetections,
} from "../../src/format/detections.js";
import type { Detections } from "../../src/types.js";
import { random } from "../_random.js";

const labels = ["person", 'a "b", c', "car"];

function randomDetections(next: () => number): Detections {
  const count = Math.floor(next() * 6);
  const boxes = Array.from({ length: count }, () => {
    const [x, y] = [next() * 2000 - 100, next() * 1000 - 100];
    return [x, y, x + 1 + next() * 300, y + 1 + next() * 300];
  });
  return {
    count,
    boxes: Float64Array.from(boxes.flat()),
    scores: Float64Array.from({ length: count }, () => next() * 4 - 1),
    classes: Int32Array.from({ length: count }, () => Math.floor(next() * labels.length)),
  };
}

describe("parseDetections", () => {
  it("reads frames in any order, with holes, blank lines, comments, spaces and CRLF", () => {
    const stored = parseDetections(
      "\uFEFF# a comment\r\n7, -1, 10, 20, 30.5, 40, 0.5\r\n\r\n  \n2,-1,1,2,3,4,1,-1,-1,-1\n7,-1,11,20,30,40,-0.25,3.2,1e3,x",
      "det.txt",
    );
    expect(stored).toMatchObject({ name: "det.txt", count: 3, frames: 7 });
    expect(stored.labels).toBeUndefined();
    expect(stored.at(0).count).toBe(0);
    expect(stored.at(1)).toEqual({
      count: 1,
      boxes: Float64Array.of(1, 2, 4, 6),
      scores: Float64Array.of(1),
      classes: Int32Array.of(0),
    });
    expect([...stored.at(6).boxes]).toEqual([10, 20, 40.5, 60, 11, 20, 41, 60]);
    expect([...stored.at(6).scores]).toEqual([0.5, -0.25]);
    expect(stored.at(7).count).toBe(0);
  });

  it("keeps the file's order within a frame", () => {
    const next = random(3);
    const rows = Array.from({ length: 5000 }, (_, i) => `${1 + Math.floor(next() * 50)},-1,${i},0,1,1,1`);
    const stored = parseDetections(rows.join("\n"), "det.txt");
    let count = 0;
    for (let frame = 0; frame < stored.frames; frame++) {
      const { boxes, count: here } = stored.at(frame);
      for (let i = 1; i < here; i++) expect(boxes[4 * i]).toBeGreaterThan(boxes[4 * i - 4]!);
      count += here;
    }
    expect(count).toBe(5000);
  });

  it("takes frame numbers of any size without making room for all before them", () => {
    const stored = parseDetections("9007199254740991,-1,0,0,1,1,1", "det.txt");
    expect(stored.at(9007199254740990).count).toBe(1);
  });

  it.each([
    ["1,-1,0,0,5,5,1\nwords of text", 'det.txt:2": expected at least 7 columns'],
    ["1,-1,a,0,5,5,1", 'det.txt:1": expected a number for left, got "a"'],
    ["\n\n1,-1,NaN,0,5,5,1", 'det.txt:3": expected a number for left, got "NaN"'],
    ["1,-1,0,0,5,-5,1", 'det.txt:1": expected a height above 0, got -5'],
    ["1,-1,0,0,0,5,1", 'det.txt:1": expected a width above 0, got 0'],
    ["1,-1,0,0,5,5", 'det.txt:1": expected at least 7 columns'],
    ["1,-1,0,0,5,5,", 'det.txt:1": expected a number for confidence, got ""'],
    ["0,-1,0,0,5,5,1", 'det.txt:1": expected a whole frame number from 1, got "0"'],
    ["-3,-1,0,0,5,5,1", 'det.txt:1": expected a whole frame number from 1'],
    ["1 2 3 4 5 6 7", 'det.txt:1": expected at least 7 columns'],
    [
      `${"x".repeat(100)},-1,0,0,5,5,1`,
      `det.txt:1": expected a number for frame, got "${"x".repeat(40)}..."`,
    ],
    [
      `${formatLabels(labels)}1,-1,0,0,5,5,1,3,-1,-1`,
      'det.txt:2": expected a class from 0 to 2 in column 8, got "3"',
    ],
    [
      `${formatLabels(labels)}1,-1,0,0,5,5,1`,
      'det.txt:2": expected a class from 0 to 2 in column 8, got "nothing"',
    ],
    ["# detections; column 8 is the class, an index into [1]", 'det.txt:1": expected a list of labels'],
  ])("refuses %j", (text, message) => {
    expect(() => parseDetections(text, "det.txt")).toThrow(SyntaxError);
    expect(() => parseDetections(text, "det.txt")).toThrow(`Cannot parse "${message}`);
  });
});

describe("formatDetections", () => {
  it.each([1, 2, 3])("gives back what it wrote, to the letter, classes and labels too (seed %i)", (seed) => {
    const next = random(seed);
    const frames = Array.from({ length: 40 }, () => randomDetections(next));
    const format = (all: readonly Detections[]) =>
      formatLabels(labels) + all.map((d, i) => formatDetections(i, d)).join("");
    const text = format(frames);
    const stored = parseDetections(text, "det.txt");
    expect(stored.labels).toEqual(labels);
    expect(format(frames.map((_, i) => stored.at(i)))).toBe(text);
    frames.forEach((frame, i) => {
      const back = stored.at(i);
      expect([...back.classes]).toEqual([...frame.classes]);
      back.boxes.forEach((value, k) => {
        expect(Math.abs(value - frame.boxes[k]!)).toBeLessThanOrEqual(0.0011);
      });
    });
  });

  it("writes a box thinner than its rounding as one that can be read", () => {
    const thin = {
      count: 1,
      boxes: Float64Array.of(5, 5, 5.0001, 6),
      scores: Float64Array.of(1),
      classes: Int32Array.of(0),
    };
    expect(parseDetections(formatDetections(0, thin), "x").count).toBe(1);
  });
});

describe("detections files", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "throughline-detections-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("are read in pieces, with the right line in an error far down", async () => {
    const path = join(folder, "det.txt");
    const lines = Array.from({ length: 30_000 }, (_, i) => `${1 + (i % 900)},-1,${i},2.5,30,40,0.5,-1,-1,-1`);
    writeFileSync(path, lines.join("\n"));
    const stored = await readDetections(path);
    expect(stored.count).toBe(30_000);
    expect([...stored.at(5).boxes.subarray(0, 8)]).toEqual([5, 2.5, 35, 42.5, 905, 2.5, 935, 42.5]);
    lines[28_123] = "oops";
    writeFileSync(path, lines.join("\r\n"));
    await expect(readDetections(path)).rejects.toThrow(`Cannot parse ${JSON.stringify(`${path}:28124`)}: `);
  });

  it("are refused in one line where they are missing, a folder, or no text at all", async () => {
    const path = join(folder, "det.txt");
    await expect(readDetections(path)).rejects.toThrow(
      new InputError(`Cannot read ${JSON.stringify(path)}: no such file or folder`),
    );
    await expect(readDetections(folder)).rejects.toThrow(
      new InputError(`Cannot read ${JSON.stringify(folder)}: it is a folder`),
    );
    writeFileSync(path, Buffer.alloc(3 << 20, 7));
    await expect(readDetections(path)).rejects.toThrow(
      /^Cannot parse ".*det\.txt:1": expected lines of text/,
    );
  });

  it("are empty where the file is", async () => {
    const path = join(folder, "det.txt");
    writeFileSync(path, "");
    expect(await readDetections(path)).toMatchObject({ count: 0, frames: 0 });
  });

  it("appear only when they are complete", async () => {
    const path = join(folder, "det.txt");
    writeFileSync(path, "old");
    const next = random(8);
    const given = await openDetectionsFile(path, labels);
    await given.write(0, randomDetections(next));
    await given.discard();
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["det.txt"]);

    const file = await openDetectionsFile(path, labels);
    await file.write(4, { ...randomDetections(random(1)), count: 0 });
    await file.finish();
    await file.discard();
    expect(readFileSync(path, "utf8")).toBe(formatLabels(labels));
    await expect(openDetectionsFile(path, labels, { inputs: [path] })).rejects.toThrow(
      "it is an input of this run",
    );
  });
});
