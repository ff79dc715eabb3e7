import { describe, expect, it } from "vitest";
import { refine } from "../../src/refine/index.js";
import type { FrameTracks, Track } from "../../src/types.js";

/** A way of one identity: where its box stands in every frame in which it was seen. */
interface Way {
  readonly id: number;
  readonly from: number;
  readonly to: number;
  readonly x: (t: number) => number;
  readonly class?: number;
}

function recording(length: number, ways: readonly Way[]): FrameTracks[] {
  return Array.from({ length }, (_, index) => ({
    index,
    time: index / 25,
    tracks: ways
      .filter(({ from, to }) => index >= from && index <= to)
      .map(
        ({ id, x, class: c = 0 }): Track => ({
          ...{ id, class: c, score: 0.9, detection: 0 },
          box: [x(index), 100, x(index) + 40, 200],
        }),
      ),
  }));
}

async function refined(frames: readonly FrameTracks[], options = {}): Promise<FrameTracks[]> {
  const out: FrameTracks[] = [];
  for await (const frame of refine(() => frames, options)) out.push(frame);
  return out;
}

const idsOf = (frames: readonly FrameTracks[]): number[] =>
  [...new Set(frames.flatMap(({ tracks }) => tracks.map(({ id }) => id)))].sort((a, b) => a - b);

describe("Tracks after the last frame", () => {
  it("are one identity where one way goes on, and say what they were called before", async () => {
    const x = (t: number) => 100 + 3 * t;
    const frames = recording(120, [
      { id: 4, from: 0, to: 40, x },
      { id: 9, from: 60, to: 119, x },
    ]);
    const out = await refined(frames);
    expect(idsOf(out)).toEqual([4]);
    expect(out[30].tracks[0].joined).toBeUndefined();
    expect(out[90].tracks[0].joined).toBe(9);
    expect(out[50].tracks).toHaveLength(1);
    expect(out[50].tracks[0]).toMatchObject({ id: 4, detection: -1, interpolated: true });
    expect(out[50].tracks[0].box[0]).toBeCloseTo(x(50), 6);
  });

  it("stay apart where two could go on", async () => {
    const x = (t: number) => 100 + 3 * t;
    const frames = recording(120, [
      { id: 1, from: 0, to: 40, x },
      { id: 2, from: 60, to: 119, x: (t) => x(t) + 4 },
      { id: 3, from: 61, to: 119, x: (t) => x(t) - 4 },
    ]);
    expect(idsOf(await refined(frames))).toEqual([1, 2, 3]);
  });

  it("stay apart where they are of two classes, of other heights or somewhere else", async () => {
    const x = (t: number) => 100 + 3 * t;
    const first = { id: 1, from: 0, to: 40, x };
    const classes = recording(120, [first, { id: 2, from: 60, to: 119, x, class: 1 }]);
    expect(idsOf(await refined(classes))).toEqual([1, 2]);
    const away = recording(120, [first, { id: 2, from: 60, to: 119, x: (t) => x(t) + 300 }]);
    expect(idsOf(await refined(away))).toEqual([1, 2]);
    const late = recording(160, [first, { id: 2, from: 110, to: 159, x }]);
    expect(idsOf(await refined(late))).toEqual([1, 2]);
  });

  it("are chained over many fragments", async () => {
    const x = (t: number) => 50 + 2 * t;
    const ways = Array.from({ length: 8 }, (_, i) => ({ id: i + 1, from: 30 * i, to: 30 * i + 20, x }));
    expect(idsOf(await refined(recording(240, ways)))).toEqual([1]);
  });

  it("have no gap that is short, and keep those that are long", async () => {
    const x = (t: number) => 100 + t;
    const seen = (t: number) => t < 20 || (t >= 40 && t < 60) || t >= 130;
    const frames = recording(160, [{ id: 1, from: 0, to: 159, x }]).map((frame) =>
      seen(frame.index) ? frame : { ...frame, tracks: [] },
    );
    const out = await refined(frames, { maxFill: 1.5 });
    const where = out.filter(({ tracks }) => tracks.length > 0).map(({ index }) => index);
    expect(where).toEqual([...Array(60).keys(), ...Array.from({ length: 30 }, (_, i) => 130 + i)]);
  });

  it("are found again where they stood, however long that was, if people are seen to stand", async () => {
    const still = [0, 1, 2].map((k) => ({ id: 10 + k, from: 0, to: 399, x: () => 300 + 200 * k }));
    const hidden = [
      { id: 1, from: 0, to: 150, x: () => 100 },
      { id: 2, from: 300, to: 399, x: () => 102 },
    ];
    const out = await refined(recording(400, [...still, ...hidden]));
    expect(idsOf(out)).toEqual([1, 10, 11, 12]);
    expect(out[200].tracks.find(({ id }) => id === 1)).toMatchObject({ interpolated: true });
    const walking = still.map((way, k) => ({ ...way, x: (t: number) => 300 + 200 * k + 4 * t }));
    expect(idsOf(await refined(recording(400, [...walking, ...hidden])))).toEqual([1, 2, 10, 11, 12]);
  });

  it("are taken apart where a track went on somewhere else after a break", async () => {
    const x = (t: number) => (t < 60 ? 100 + 2 * t : 900 - 2 * t);
    const frames = recording(140, [{ id: 5, from: 0, to: 139, x }]).map((frame) =>
      frame.index >= 40 && frame.index < 60 ? { ...frame, tracks: [] } : frame,
    );
    const out = await refined(frames);
    expect(out[30].tracks[0]).toMatchObject({ id: 5 });
    expect(out[50].tracks).toEqual([]);
    expect(out[100].tracks[0]).toMatchObject({ id: 6, joined: 5 });
  });

  it("are taken apart where somebody left at a side and the track came in there, and not where somebody stood", async () => {
    const others = [10, 11].map((id, k) => ({ id, from: 0, to: 199, x: (t: number) => 400 + 200 * k + t }));
    const pause = ({ id, from, to, x }: Way, [first, last]: readonly [number, number]): Way[] => [
      { id, from, to: first, x },
      { id, from: last, to, x },
    ];
    const ids = async (x: Way["x"]): Promise<number[]> => {
      const way = { id: 1, from: 0, to: 199, x };
      return idsOf(await refined(recording(200, [...others, ...pause(way, [90, 115])]))).filter(
        (id) => id < 10 || id > 11,
      );
    };
    // Out to the left until frame 90, and 25 frames later one comes in there.
    expect(await ids((t) => 4 * Math.abs(t - 102))).toEqual([1, 12]);
    expect(await ids(() => 20)).toEqual([1]);
  });

  it("are given back what the tracker exchanged where two met", async () => {
    // A tall one goes right, a small one left; from their meeting on each has the other's id.
    const [tall, small] = [(t: number) => 100 + 3 * t, (t: number) => 460 - 3 * t];
    const box = (x: number, height: number) => [x, 300 - height, x + 0.4 * height, 300] as const;
    const frames = Array.from({ length: 120 }, (_, index): FrameTracks => {
      const [a, b] = index < 60 ? [7, 8] : [8, 7];
      const track = (id: number, x: number, height: number): Track => ({
        ...{ id, class: 0, score: 0.9, detection: 0 },
        box: box(x, height),
      });
      const tracks = [track(a, tall(index), 150), track(b, small(index), 110)];
      return { index, time: index / 25, tracks: tracks.sort((p, q) => p.id - q.id) };
    });
    const out = await refined(frames);
    const heights = (index: number) =>
      out[index].tracks.map(({ id, box: [, y1, , y2] }) => [id, Math.round(y2 - y1)]);
    for (const index of [20, 100])
      expect(heights(index)).toEqual([
        [7, 150],
        [8, 110],
      ]);
    // Also while they still overlap.
    for (const [index, [[, seven], [, eight]]] of [56, 64].map((t) => [t, heights(t)] as const)) {
      expect(Math.abs(seven - 150), `frame ${index}`).toBeLessThan(8);
      expect(Math.abs(eight - 110), `frame ${index}`).toBeLessThan(8);
    }
    expect(out[100].tracks.map(({ joined }) => joined)).toEqual([8, 7]);
    expect(out.flatMap(({ tracks }) => tracks)).toHaveLength(240);
  });

  it("lie between what was seen, not where they were only expected", async () => {
    const x = (t: number) => 100 + 3 * t;
    const frames = recording(100, [{ id: 1, from: 10, to: 79, x }]).map((frame) => ({
      ...frame,
      tracks: frame.tracks.map((track): Track => {
        const isGuess = (frame.index > 40 && frame.index <= 44) || frame.index > 70;
        return isGuess ? { ...track, detection: -1, box: [0, 0, 40, 100] } : track;
      }),
    }));
    const out = await refined(frames);
    expect(out[42].tracks[0]).toMatchObject({ id: 1, interpolated: true });
    expect(out[42].tracks[0].box[0]).toBeCloseTo(x(42), 6);
    expect(out[71].tracks).toEqual([]);
  });

  it("tremble less and lie no worse", async () => {
    const noise = (t: number) => 3 * Math.sin(12.9898 * t * t);
    const x = (t: number) => 100 + 2 * t + 20 * Math.sin(t / 30);
    const frames = recording(200, [{ id: 1, from: 0, to: 199, x: (t) => x(t) + noise(t) }]);
    const out = await refined(frames);
    const errors = (list: readonly FrameTracks[]) =>
      Math.sqrt(list.reduce((sum, { index, tracks }) => sum + (tracks[0].box[0] - x(index)) ** 2, 0) / 200);
    expect(errors(out)).toBeLessThan(errors(frames) / 2);
  });

  it("turn where somebody turns, however wide the window is", async () => {
    const turn = (t: number) => 100 + 12 * Math.abs(t - 30);
    const frames = recording(60, [{ id: 1, from: 0, to: 59, x: turn }]);
    const out = await refined(frames);
    const furthest = Math.max(...out.map(({ index, tracks }) => Math.abs(tracks[0].box[0] - turn(index))));
    expect(furthest).toBeLessThan(18);
  });

  it("tremble less in size than in place, since sizes change slowly", async () => {
    const noise = (t: number) => 3 * Math.sin(12.9898 * t * t);
    const frames = recording(200, [{ id: 1, from: 0, to: 199, x: (t) => 2 * t }]).map((frame) => ({
      ...frame,
      tracks: frame.tracks.map((track): Track => {
        const [x1, y1, , y2] = track.box;
        // Both sides tremble: the centre by the noise, the width by as much.
        return { ...track, box: [x1 + noise(frame.index) / 2, y1, x1 + 40 + 1.5 * noise(frame.index), y2] };
      }),
    }));
    const inner = (await refined(frames)).slice(20, -20);
    const deviation = (of: (x1: number, x2: number, t: number) => number) =>
      Math.sqrt(
        inner.reduce((sum, { index, tracks: [{ box }] }) => sum + of(box[0], box[2], index) ** 2, 0) /
          inner.length,
      );
    const place = deviation((x1, x2, t) => (x1 + x2) / 2 - 2 * t - 20);
    const size = deviation((x1, x2) => x2 - x1 - 40);
    expect(size).toBeLessThan(0.9 * place);
  });

  it("that were not seen for long are filled only where somebody hid them", async () => {
    const gapOf = async (to: number, others: Way[] = []) => {
      const frames = recording(150, [{ id: 1, from: 10, to, x: (t) => 3 * t }, ...others]).map((frame) => ({
        ...frame,
        tracks: frame.tracks.filter(({ id }) => id !== 1 || frame.index < 20 || frame.index > 26),
      }));
      const out = await refined(frames);
      return out.filter(({ tracks }) => tracks.some((track) => track.id === 1 && track.interpolated)).length;
    };
    expect(await gapOf(40)).toBe(0);
    expect(await gapOf(140)).toBe(7);
    const before = { id: 2, from: 0, to: 149, x: (t: number) => 3 * t + 10 };
    expect(await gapOf(40, [before])).toBe(7);
    expect(await gapOf(40, [{ ...before, x: (t: number) => 3 * t + 30 }])).toBe(0);
  });

  it("that were hardly seen are dropped, unless asked for", async () => {
    const frames = recording(60, [
      { id: 1, from: 0, to: 59, x: () => 0 },
      { id: 2, from: 10, to: 14, x: () => 500 },
    ]);
    expect(idsOf(await refined(frames))).toEqual([1]);
    expect(idsOf(await refined(frames, { minSeen: 0 }))).toEqual([1, 2]);
  });

  it("that the recording cuts off are kept, however short they are", async () => {
    const short = recording(5, [{ id: 1, from: 0, to: 4, x: () => 0 }]);
    expect(idsOf(await refined(short))).toEqual([1]);
    const late = recording(60, [{ id: 2, from: 56, to: 59, x: () => 0 }]);
    expect(idsOf(await refined(late))).toEqual([2]);
  });

  it("keep every frame, its index and its time, also the empty ones", async () => {
    const frames = recording(90, [{ id: 1, from: 40, to: 60, x: () => 0 }]);
    const out = await refined(frames);
    expect(out.map(({ index, time }) => [index, time])).toEqual(
      frames.map(({ index, time }) => [index, time]),
    );
    expect(await refined([])).toEqual([]);
  });

  it("are written with a fixed number of frames read ahead", async () => {
    const frames = recording(400, [{ id: 1, from: 0, to: 399, x: (t) => t }]);
    let read = 0;
    let pass = 0;
    const counted = () => {
      pass++;
      return (function* () {
        for (const frame of frames) {
          if (pass === 2) read++;
          yield frame;
        }
      })();
    };
    let written = 0;
    for await (const _ of refine(counted)) {
      written++;
      expect(read - written).toBeLessThan(64);
    }
    expect(written).toBe(400);
  });

  it("change nothing where they are asked to", async () => {
    const frames = recording(50, [{ id: 3, from: 5, to: 30, x: (t) => t * t }]);
    expect(await refined(frames, { maxFill: 0, window: 0, minSeen: 0, maxGap: 0, maxStill: 0 })).toEqual(
      frames,
    );
  });

  it("refuse options without sense", async () => {
    await expect(refined([], { maxFill: Number.NaN })).rejects.toThrow(
      /^Cannot use NaN for "maxFill" of refine: expected a number, at least 0$/,
    );
  });
});
