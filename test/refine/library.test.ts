/** Who uses the library gets the tracks that the command writes: looks come out of `track` and go into `refine`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openRefined } from "../../src/cli/refined-files.js";
import {
  type Detections,
  type Detector,
  type Embedder,
  type Frame,
  type FrameTracks,
  LookMeans,
  refine,
  Throughline,
  track,
} from "../../src/index.js";
import type { TracksHeader } from "../../src/types.js";

const length = 260;
const dim = 16;
const rate = 25;

/** Twelve who walk beside each other; the first is away for so long that only his looks tell that it is he. */
const people = Array.from({ length: 12 }, (_, who) => who).reverse();
const isHere = (who: number, frame: number): boolean => who > 0 || frame < 90 || frame >= 175;

const found = (frame: number): readonly number[] => people.filter((who) => isHere(who, frame));

const detector: Detector = {
  labels: ["person"],
  detect: async ({ index }): Promise<Detections> => {
    const here = found(index);
    return {
      count: here.length,
      boxes: Float64Array.from(
        here.flatMap((who) => {
          const [x, y] = [100 + 20 * who + 1.5 * index, 150 * who];
          return [x, y, x + 40, y + 100];
        }),
      ),
      scores: new Float64Array(here.length).fill(0.9),
      classes: new Int32Array(here.length),
    };
  },
};

const embedder: Embedder = {
  dim,
  embed: async ({ index }) => {
    const here = found(index);
    const rows = here.map((who) => {
      const row = Float32Array.from({ length: dim }, (_, k) =>
        k === who ? 2 : 1 + 0.2 * Math.sin(index * (k + 1) + who),
      );
      return row.map((v) => v / Math.hypot(...row));
    });
    return { count: rows.length, dim, data: Float32Array.from(rows.flatMap((row) => [...row])) };
  },
};

async function* frames(): AsyncGenerator<Frame> {
  for (let index = 0; index < length; index++)
    yield { index, time: index / rate, width: 1000, height: 2000, data: new Uint8Array() };
}

async function tracked(looks?: LookMeans): Promise<FrameTracks[]> {
  const online: FrameTracks[] = [];
  const stages = { detector, embedder, tracker: new Throughline(), ...(looks && { looks }) };
  for await (const frame of track(frames(), stages)) online.push(frame);
  return online;
}

async function refined(online: readonly FrameTracks[]): Promise<FrameTracks[]> {
  const out: FrameTracks[] = [];
  for await (const frame of refine(() => online)) out.push(frame);
  return out;
}

const folder = mkdtempSync(join(tmpdir(), "throughline-library-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What the command does with the same frames: through a draft beside the file. */
async function written(online: readonly FrameTracks[]): Promise<FrameTracks[]> {
  const header: TracksHeader = {
    ...{ input: "in.mp4", width: 1000, height: 2000, frameRate: rate, labels: ["person"] },
    run: {},
  };
  const files = await openRefined([join(folder, "tracks.jsonl")], header, {});
  const out: FrameTracks[] = [];
  for (const frame of online) await files.write(frame);
  await files.rewrite(async (frame) => {
    out.push(frame);
  });
  await files.discard();
  return out;
}

/** Who is who in every frame. */
const identities = (all: readonly FrameTracks[]) =>
  all.map(({ tracks }) => tracks.map(({ id, joined }) => [id, joined]));

describe("Tracks by the library", () => {
  it("are joined by looks as the command's are", async () => {
    const online = await tracked(new LookMeans());
    const out = await refined(online);
    expect(new Set(out.flatMap(({ tracks }) => tracks.map(({ id }) => id))).size).toBe(12);
    expect(out.at(-1)!.tracks.some(({ joined }) => joined !== undefined)).toBe(true);
    expect(identities(await written(online))).toEqual(identities(out));
  });

  it("are joined by their ways alone where nobody collects looks", async () => {
    const out = await refined(await tracked());
    expect(new Set(out.flatMap(({ tracks }) => tracks.map(({ id }) => id))).size).toBe(13);
  });
});
