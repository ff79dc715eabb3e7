import { describe, expect, it } from "vitest";
import { refine } from "../../src/refine/index.js";
import type { Affine, Box, FrameTracks } from "../../src/types.js";
import { random } from "../_random.js";

const length = 200;
/** Twelve people who walk from side to side, each out of sight for a second and called otherwise afterwards. */
const people = Array.from({ length: 12 }, (_, k) => ({
  ...{ id: k + 1, later: k + 21, hidden: 60 + 6 * k },
  box: (t: number): Box => {
    const h = 90 + 5 * k;
    const x = k % 2 === 0 ? 300 + 2 * t + 10 * k : 1500 - 2.5 * t - 10 * k;
    const y = 60 + 70 * k;
    return [x, y, x + 0.4 * h, y + h];
  },
}));

/** What a tracker says of them before a camera that stands. */
const still: FrameTracks[] = Array.from({ length }, (_, index) => ({
  ...{ index, time: index / 25 },
  tracks: people
    .filter(({ hidden }) => index < hidden || index >= hidden + 25)
    .map(({ id, later, hidden, box }) => ({
      ...{ id: index < hidden ? id : later, class: 0, score: 0.9, detection: 0 },
      box: box(index),
    })),
}));

type Point = readonly [x: number, y: number];
/** A similarity as a turned scale and a shift. */
interface Placed {
  readonly scale: number;
  readonly angle: number;
  readonly shift: Point;
}

/** Where the camera of somebody who walks looks in every frame: it sways, turns, and comes nearer. */
const carried: Placed[] = Array.from({ length }, (_, t) => ({
  scale: 1 + 0.002 * t + 0.02 * Math.sin(t / 4),
  angle: 0.03 * Math.sin(t / 5),
  shift: [4 * t + 25 * Math.sin(t / 3), 20 * Math.sin(t / 4)],
}));

const matrix = ({ scale, angle, shift: [x, y] }: Placed): Affine => {
  const [c, s] = [scale * Math.cos(angle), scale * Math.sin(angle)];
  return [c, -s, x, s, c, y];
};

/** From one place of the camera to the next, by where three points go: an oracle of its own. */
function between(from: Placed, to: Placed): Affine {
  const [a, b, c, d, e, f] = matrix({
    scale: to.scale / from.scale,
    angle: to.angle - from.angle,
    shift: [0, 0],
  });
  const [x, y] = from.shift;
  return [a, b, c + to.shift[0] - a * x - b * y, d, e, f + to.shift[1] - d * x - e * y];
}

function seenFrom(placed: Placed, [x1, y1, x2, y2]: Box): Box {
  const [a, b, c, d, e, f] = matrix(placed);
  const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
  const [px, py] = [a * x + b * y + c, d * x + e * y + f];
  const [w, h] = [(placed.scale * (x2 - x1)) / 2, (placed.scale * (y2 - y1)) / 2];
  return [px - w, py - h, px + w, py + h];
}

/** The same people, seen by a camera that moves. */
const moving = still.map(
  (frame, t): FrameTracks => ({
    ...frame,
    tracks: frame.tracks.map((track) => ({ ...track, box: seenFrom(carried[t], track.box) })),
    ...(t > 0 && { camera: between(carried[t - 1], carried[t]) }),
  }),
);

async function refined(frames: readonly FrameTracks[]): Promise<FrameTracks[]> {
  const out: FrameTracks[] = [];
  for await (const frame of refine(() => frames)) out.push(frame);
  return out;
}

const identities = (frames: readonly FrameTracks[]): number =>
  new Set(frames.flatMap(({ tracks }) => tracks.map(({ id }) => id))).size;

describe("Before a camera that moves, tracks", () => {
  it("come out as before one that stands, where its motion is known", async () => {
    const expected = await refined(still);
    expect(identities(expected)).toBe(people.length);
    const found = await refined(moving);
    found.forEach(({ tracks, index, time }, t) => {
      const wanted = expected[t].tracks.map((track) => ({ ...track, box: seenFrom(carried[t], track.box) }));
      expect({ index, time }).toEqual({ index: t, time: t / 25 });
      expect(tracks.map(({ box: _, ...rest }) => rest)).toEqual(wanted.map(({ box: _, ...rest }) => rest));
      tracks.forEach(({ box }, k) => {
        box.forEach((value, i) => {
          expect(value).toBeCloseTo(wanted[k].box[i], 5);
        });
      });
    });
  });

  it("are joined where nobody tells it, as well as boxes show it", async () => {
    const untold = moving.map(({ camera: _, ...frame }) => frame);
    expect(identities(await refined(untold))).toBeLessThan(people.length + 4);
    // Told to stand, it is taken at its word.
    const camera: Affine = [1, 0, 0, 0, 1, 0];
    const denied = untold.map((frame) => ({ ...frame, camera }));
    expect(identities(await refined(denied))).toBeGreaterThan(people.length + 6);
  });

  it("are left alone where all walk the same way before a camera that stands, and tremble", async () => {
    const next = random(7);
    const crowd = still.map((frame, t) => ({
      ...frame,
      tracks: frame.tracks.map((track) => {
        const [x1, y1, x2, y2] = track.box;
        const [x, y] = [5 * t + 2 * next(), 2 * next()];
        return { ...track, box: [x1 + x, y1 + y, x2 + x, y2 + y] as const };
      }),
    }));
    const camera: Affine = [1, 0, 0, 0, 1, 0];
    expect(await refined(crowd)).toEqual(await refined(crowd.map((frame) => ({ ...frame, camera }))));
  });

  it("come out to the digit as without a word of motion where the camera stands, or where what is told makes no way straighter", async () => {
    const plain = await refined(still);
    const camera: Affine = [1, 0, 0, 0, 1, 0];
    expect(await refined(still.map((frame) => ({ ...frame, camera })))).toEqual(plain);
    const next = random(4);
    const wrong = still.map((frame) => ({
      ...frame,
      camera: [1, 0, 6 * next() - 3, 0, 1, 6 * next() - 3] as const,
    }));
    expect(await refined(wrong)).toEqual(plain);
  });

  it("stay where numbers are, whatever the motion is said to be", async () => {
    const impossible: Affine[] = [
      [10, 0, 1e9, 0, 10, 1e9],
      [0, 0, 0, 0, 0, 0],
      [Number.NaN, 0, 0, 0, 1, 0],
    ];
    for (const camera of impossible) {
      const frames = moving.map((frame, t) => (t % 3 === 1 ? { ...frame, camera } : frame));
      const out = await refined(frames);
      expect(out).toHaveLength(length);
      expect(out.every(({ tracks }) => tracks.every(({ box }) => box.every(Number.isFinite)))).toBe(true);
    }
  });
});
