import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { InputError } from "../../src/errors.js";
import { parseCameraMotion, readCameraMotion } from "../../src/format/camera.js";

const parse = (text: string) => parseCameraMotion(text, "gmc.txt");
const published = new URL("../../../shared/data/camera/", import.meta.url);
const isHere = existsSync(published);
if (!isHere) console.warn(`Skipped: ${published.pathname} is absent; published camera motion is not read`);

describe("camera motion", () => {
  it("is read by frame, from 0", () => {
    const motion = parse("0\t1\t0\t0\t0\t1\t0\t\n1\t1.5\t0.25\t-3\t-0.25\t1.5\t4\t\n");
    expect(motion.frames).toBe(2);
    expect(motion.between(0, 1)).toEqual([1.5, 0.25, -3, -0.25, 1.5, 4]);
    expect(motion.between(-1, 0)).toEqual([1, 0, 0, 0, 1, 0]);
  });

  it("adds up over frames that are left out", () => {
    const motion = parse("0 1 0 0 0 1 0\r\n1 2 0 5 0 2 1\r\n\r\n# later\n2 1 0 7 0 1 0\n");
    // (x, y) -> (2x + 5, 2y + 1) -> (2x + 12, 2y + 1)
    expect(motion.between(0, 2)).toEqual([2, 0, 12, 0, 2, 1]);
    // A quarter turn, twice: a half turn.
    expect(
      parse("4 0 -1 2 1 0 0\n5 0 -1 2 1 0 0\n")
        .between(3, 5)
        ?.map((v) => v + 0),
    ).toEqual([-1, 0, 2, 0, -1, 2]);
  });

  it("is unknown where a frame on the way is not in the file", () => {
    const motion = parse("3 1 0 1 0 1 0\n4 1 0 1 0 1 0\n6 1 0 1 0 1 0\n");
    expect(motion.between(2, 4)).toEqual([1, 0, 2, 0, 1, 0]);
    for (const [from, to] of [
      [1, 3],
      [4, 6],
      [3, 6],
      [5, 7],
      [4, 5],
      [6, 7],
      [3, 3],
      [4, 3],
    ] as const)
      expect(motion.between(from, to), `${from} to ${to}`).toBeUndefined();
    expect(parse("").between(0, 1)).toBeUndefined();
    expect(parse("").frames).toBe(0);
  });

  it.each([
    ["1 1 0 0 0 1", "expected 7 columns (frame a b x c d y), got 6"],
    ["1 1 0 0 0 1 0 0", "expected 7 columns (frame a b x c d y), got 8"],
    ["1 1 0 nan 0 1 0", 'expected a number, got "nan"'],
    ["1 1 0 Infinity 0 1 0", 'expected a number, got "Infinity"'],
    ["0.5 1 0 0 0 1 0", 'expected a whole frame number above 0, got "0.5"'],
    ["0 1 0 0 0 1 0", 'expected a whole frame number above 0, got "0"'],
    ["1 1e9 0 0 0 1e9 0", "expected two rows of finite numbers, factors within 10,"],
    ["1 0 0 0 0 0 0", "expected two rows of finite numbers, factors within 10,"],
  ])("refuses %j and names the line", (line, why) => {
    expect(() => parse(`0 1 0 0 0 1 0\n${line}\n`)).toThrow(
      expect.objectContaining({
        name: "SyntaxError",
        message: expect.stringContaining(`Cannot parse "gmc.txt:2": ${why}`),
      }),
    );
  });

  it("says so where the file is not there", async () => {
    await expect(readCameraMotion("nowhere.txt")).rejects.toThrow(InputError);
    await expect(readCameraMotion("nowhere.txt")).rejects.toThrow('Cannot read "nowhere.txt": ');
  });

  it.runIf(isHere)("reads every published file, a motion for each of its frames", async () => {
    let files = 0;
    for (const folder of ["gmc-full", "gmc-val-half"])
      for (const file of readdirSync(new URL(folder, published))) {
        const path = new URL(`${folder}/${file}`, published);
        const motion = await readCameraMotion(path.pathname);
        const lines = readFileSync(path, "utf8").trim().split("\n");
        expect(motion.frames, file).toBe(lines.length);
        const numbers = lines.map((line) => line.trim().split("\t").map(Number));
        for (let t = 0; t < lines.length; t++) expect(motion.between(t - 1, t)).toEqual(numbers[t]!.slice(1));
        files++;
      }
    expect(files).toBe(8);
  });
});
