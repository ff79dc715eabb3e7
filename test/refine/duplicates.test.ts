import { describe, expect, it } from "vitest";
import { Duplicates } from "../../src/refine/duplicates.js";
import { refine } from "../../src/refine/index.js";
import type { Box, FrameTracks, Track } from "../../src/types.js";

interface Way {
  readonly id: number;
  readonly box: (t: number) => Box;
  readonly from?: number;
  readonly to?: number;
  readonly score?: number;
  readonly class?: number;
}

const recording = (length: number, ways: readonly Way[]): FrameTracks[] =>
  Array.from({ length }, (_, index) => ({
    index,
    time: index / 25,
    tracks: ways
      .filter(({ from = 0, to = length - 1 }) => index >= from && index <= to)
      .map(
        ({ id, box, score = 0.6, class: c = 2 }): Track => ({
          ...{ id, class: c, score, detection: 0 },
          box: box(index),
        }),
      ),
  }));

async function idsAfter(ways: readonly Way[], length = 100): Promise<number[]> {
  const frames = recording(length, ways);
  const ids = new Set<number>();
  for await (const { tracks } of refine(() => frames)) for (const { id } of tracks) ids.add(id);
  return [...ids].sort((a, b) => a - b);
}

/** A car that drives to the right, its front, and its rear half without the wheels. */
const car = (t: number): Box => [100 + 2 * t, 100, 200 + 2 * t, 150];
const front = (t: number): Box => [150 + 2 * t, 105, 202 + 2 * t, 152];
const roof = (t: number): Box => [110 + 2 * t, 100, 190 + 2 * t, 120];

describe("One who is a part of another all his life", () => {
  it("is dropped, and the whole stays", async () => {
    const part = { id: 2, box: front, score: 0.5 };
    expect(await idsAfter([{ id: 1, box: car }, part])).toEqual([1]);
    expect(await idsAfter([part, { id: 3, box: car }])).toEqual([3]);
  });

  it("is dropped where it was seen in a stretch of the whole's life only", async () => {
    const part = { id: 2, box: front, score: 0.5, from: 30, to: 60 };
    expect(await idsAfter([{ id: 1, box: car }, part])).toEqual([1]);
  });

  it("stays where it is another class, as a rider on a bicycle", async () => {
    const rider = { id: 2, box: front, score: 0.5, class: 0 };
    expect(await idsAfter([{ id: 1, box: car }, rider])).toEqual([1, 2]);
  });

  it("stays where it is the more certain one of the two", async () => {
    expect(
      await idsAfter([
        { id: 1, box: car },
        { id: 2, box: front, score: 0.7 },
      ]),
    ).toEqual([1, 2]);
  });

  it("stays where it does not stand on the same ground: who is farther away stands higher in the picture", async () => {
    expect(
      await idsAfter([
        { id: 1, box: car },
        { id: 2, box: roof, score: 0.5 },
      ]),
    ).toEqual([1, 2]);
  });

  it("stays where it was seen longer than the other", async () => {
    const part = { id: 2, box: front, score: 0.5 };
    expect(await idsAfter([{ id: 1, box: car, from: 20 }, part])).toEqual([1, 2]);
  });
});

describe("One who passes another", () => {
  it("stays, however wholly he was within the other's box for a moment", async () => {
    const standing = { id: 1, box: (): Box => [200, 100, 300, 150] };
    const passing = { id: 2, box: (t: number): Box => [4 * t, 105, 4 * t + 50, 150], score: 0.5 };
    expect(await idsAfter([standing, passing])).toEqual([1, 2]);
  });

  it("is told from a part by the share of his life: 70 % within the other", () => {
    const beside = (t: number): Box => [400 + 2 * t, 105, 450 + 2 * t, 152];
    const partFor = (frames: number): boolean => {
      const duplicates = new Duplicates();
      const box = (t: number) => (t < frames ? front(t) : beside(t));
      for (const { tracks } of recording(100, [
        { id: 1, box: car },
        { id: 2, box, score: 0.5 },
      ]))
        duplicates.see(tracks);
      expect(duplicates.has(1)).toBe(false);
      return duplicates.has(2);
    };
    expect([69, 70].map(partFor)).toEqual([false, true]);
  });
});

describe("Parts of parts", () => {
  it("go too, and one remains", async () => {
    const inner = (t: number): Box => [160 + 2 * t, 115, 195 + 2 * t, 150];
    expect(
      await idsAfter([
        { id: 1, box: car },
        { id: 2, box: front, score: 0.5 },
        { id: 3, box: inner, score: 0.4 },
      ]),
    ).toEqual([1]);
  });

  it("never all go: of those that are each other's part one half of the time nobody goes", async () => {
    const large = (t: number): Box => [100 + 2 * t, 95, 205 + 2 * t, 152];
    expect(
      await idsAfter([
        { id: 1, box: (t) => (t < 50 ? car(t) : large(t)) },
        { id: 2, box: (t) => (t < 50 ? large(t) : car(t)), score: 0.5 },
      ]),
    ).toEqual([1, 2]);
  });
});
