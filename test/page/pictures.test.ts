/** Which frame of a run a picture is. */
import { describe, expect, it } from "vitest";
import { lastingOf, middleOf, pictureAt, usualStep } from "../../src/page/player/pictures.js";
import { type Run, toRun } from "../../src/report/run.js";

const runOf = (frames: readonly (readonly [index: number, time: number])[]): Run =>
  toRun(
    { input: "", width: 100, height: 100, frameRate: 25, labels: [], isTimed: true },
    frames.map(([index, time]) => ({ index, time, tracks: [] })),
  );

describe("the frame of a picture", () => {
  const even = runOf([0, 1, 2, 3, 4].map((n) => [n, 1 + n * 0.04]));

  it("is the one that begins with it", () => {
    for (const [at, time] of even.time.entries()) expect(pictureAt(even, time)).toBe(at);
  });

  it("is found where a container rounds times to the millisecond", () => {
    const film = runOf(Array.from({ length: 200 }, (_, n) => [n, (n * 1001) / 24_000]));
    for (const [at, time] of film.time.entries())
      expect(pictureAt(film, Math.round(time * 1000) / 1000)).toBe(at);
  });

  it("is none before the first frame and after the last", () => {
    expect(pictureAt(even, 0.96)).toBeUndefined();
    expect(pictureAt(even, 1.2)).toBeUndefined();
    expect(pictureAt(runOf([]), 0)).toBeUndefined();
  });

  it("is none where frames are missing in the run", () => {
    const gap = runOf([0, 1, 2, 6, 7, 8].map((n) => [n, n * 0.04]));
    expect([2, 3, 4, 5, 6].map((n) => pictureAt(gap, n * 0.04))).toEqual([
      2,
      undefined,
      undefined,
      undefined,
      3,
    ]);
  });

  it("is the last one before it where only every third frame was tracked", () => {
    const third = runOf([0, 3, 6, 9].map((n) => [n, n * 0.04]));
    expect(usualStep(third)).toBe(3);
    expect([0, 1, 2, 3, 4, 5, 6].map((n) => pictureAt(third, n * 0.04))).toEqual([0, 0, 0, 1, 1, 1, 2]);
    // The picture that is asked for is the frame's own.
    expect(middleOf(third, 1)).toBeCloseTo(0.14, 9);
  });

  it("is on the screen until the next one begins, also where times are uneven", () => {
    const uneven = runOf([
      [0, 0],
      [1, 0.01],
      [2, 0.5],
      [3, 0.52],
    ]);
    expect([0, 1, 2, 3].map((at) => lastingOf(uneven, at))).toEqual([
      0.01,
      0.49,
      expect.closeTo(0.02, 9),
      expect.closeTo(0.02, 9),
    ]);
    expect([0, 0.01, 0.5, 0.52].map((time) => pictureAt(uneven, time))).toEqual([0, 1, 2, 3]);
    expect(lastingOf(runOf([[0, 0]]), 0)).toBe(0.04);
  });
});
