/**
 * Film strips: some pictures of every identity side by side, small, one JPEG for each identity.
 */
import sharp from "sharp";
import type { Frame, FrameTracks } from "../types.js";
import { type Picked, type Picks, pickPictures } from "./_pick.js";

/** One identity's pictures. */
export interface Strip {
  readonly id: number;
  /** Indices of the frames that the pictures are from, in order. */
  readonly frames: readonly number[];
  /** A JPEG of `frames.length` pictures from left to right. */
  readonly jpeg: Uint8Array;
}

/** How many pictures there are for each identity, and how large: less of each where there are many. */
const SIZES = [
  { identities: 120, most: 12, pixels: 96 * 144, quality: 78 },
  { identities: 1200, most: 12, pixels: 64 * 96, quality: 72 },
  { identities: 4000, most: 6, pixels: 56 * 84, quality: 68 },
  { identities: Number.POSITIVE_INFINITY, most: 3, pixels: 48 * 72, quality: 64 },
] as const;
/** Bytes of all strips together; identities that come later than that have none. */
const MOST_BYTES = 25e6;
/** Frames to decode in all: ffmpeg is told their numbers. */
const MOST_FRAMES = 5000;
/** Of the cell, width by height: people are slim, cars wide. */
const ASPECT = { least: 0.5, most: 1.5 };

/**
 * Cuts film strips out of a video.
 *
 * @example
 * const strips = new Strips(frames, { width: 1920, height: 1080 });
 * for await (const frame of await openInput("street.mp4", { only: strips.frames })) await strips.add(frame);
 * const pictures = await strips.finish();
 */
export class Strips {
  /** Pixels of each picture. */
  readonly width: number;
  readonly height: number;
  /** Indices of the frames that are wanted, rising. */
  readonly frames: readonly number[];
  readonly #picks: Picks;
  readonly #size: { readonly width: number; readonly height: number };
  readonly #quality: number;
  readonly #left: Map<number, number>;
  readonly #taken = new Map<number, { frames: number[]; cells: Buffer[] }>();
  readonly #done: Strip[] = [];
  #bytes = 0;

  /** @param size pixels of the pictures that the boxes are in */
  constructor(frames: readonly FrameTracks[], size: { readonly width: number; readonly height: number }) {
    const identities = new Set(frames.flatMap(({ tracks }) => tracks.map(({ id }) => id))).size;
    const { most, pixels, quality } = SIZES.find((one) => identities <= one.identities)!;
    const aspect = Math.min(ASPECT.most, Math.max(ASPECT.least, medianAspect(frames)));
    this.width = Math.round(Math.sqrt(pixels * aspect));
    this.height = Math.round(pixels / this.width);
    this.#size = size;
    this.#quality = quality;
    this.#picks = pickFew(frames, most);
    this.frames = [...this.#picks.wanted.keys()].sort((a, b) => a - b);
    this.#left = new Map(this.#picks.counts);
  }

  /** Takes what is wanted of a frame, which may be smaller than the boxes tell. Frames come in order. */
  async add(frame: Frame): Promise<void> {
    for (const picked of this.#picks.wanted.get(frame.index) ?? []) {
      if (this.#bytes >= MOST_BYTES) return;
      const cell = await this.#cut(frame, picked);
      if (cell !== undefined) {
        const taken = this.#taken.get(picked.id) ?? { frames: [], cells: [] };
        this.#taken.set(picked.id, taken);
        taken.frames.push(frame.index);
        taken.cells.push(cell);
      }
      const left = this.#left.get(picked.id)! - 1;
      this.#left.set(picked.id, left);
      // Its last: the pictures of thousands would not fit into memory together.
      if (left === 0) await this.#join(picked.id);
    }
  }

  /** The strips, ordered by id. */
  async finish(): Promise<readonly Strip[]> {
    for (const id of [...this.#taken.keys()]) await this.#join(id);
    return this.#done.sort((a, b) => a.id - b.id);
  }

  /** The box, widened to the shape of a cell so that nothing is bent; none where it lies outside of the picture. */
  async #cut({ width, height, data }: Frame, { box }: Picked): Promise<Buffer | undefined> {
    const [across, down] = [width / this.#size.width, height / this.#size.height];
    const [x1, y1, x2, y2] = [box[0] * across, box[1] * down, box[2] * across, box[3] * down];
    const aspect = this.width / this.height;
    const [wide, high] = [Math.max(x2 - x1, (y2 - y1) * aspect), Math.max(y2 - y1, (x2 - x1) / aspect)];
    const left = Math.max(0, Math.floor((x1 + x2 - wide) / 2));
    const top = Math.max(0, Math.floor((y1 + y2 - high) / 2));
    const area = {
      ...{ left, top },
      width: Math.min(width, Math.ceil((x1 + x2 + wide) / 2)) - left,
      height: Math.min(height, Math.ceil((y1 + y2 + high) / 2)) - top,
    };
    if (!(area.width >= 1 && area.height >= 1)) return undefined;
    // Cut out here: sharp would take a copy of the whole frame for each.
    const bytes = Buffer.allocUnsafe(area.width * area.height * 3);
    for (let y = 0; y < area.height; y++) {
      const from = ((top + y) * width + left) * 3;
      bytes.set(data.subarray(from, from + area.width * 3), y * area.width * 3);
    }
    return sharp(bytes, { raw: { width: area.width, height: area.height, channels: 3 } })
      .resize({ width: this.width, height: this.height, fit: "cover" })
      .raw()
      .toBuffer();
  }

  async #join(id: number): Promise<void> {
    const taken = this.#taken.get(id);
    if (!taken) return;
    this.#taken.delete(id);
    const { frames, cells } = taken;
    const row = this.width * 3;
    const bytes = Buffer.alloc(row * cells.length * this.height);
    for (const [i, cell] of cells.entries())
      for (let y = 0; y < this.height; y++)
        cell.copy(bytes, (y * cells.length + i) * row, y * row, (y + 1) * row);
    const raw = { width: this.width * cells.length, height: this.height, channels: 3 } as const;
    const jpeg = await sharp(bytes, { raw }).jpeg({ quality: this.#quality }).toBuffer();
    this.#bytes += jpeg.length;
    this.#done.push({ id, frames, jpeg });
  }
}

/** Fewer pictures, and more of them from the same frames, until there are few enough frames to decode. */
function pickFew(frames: readonly FrameTracks[], most: number): Picks {
  for (let coarse = 1; ; coarse *= 2) {
    const count = Math.max(1, Math.ceil(most / coarse));
    const multipleOf = (life: number) => coarse * 2 ** Math.max(0, Math.floor(Math.log2(life / (2 * count))));
    const picks = pickPictures(frames, { most: count, best: { multipleOf } });
    if (picks.wanted.size <= MOST_FRAMES) return picks;
    if (coarse < 64) continue;
    // Lives of a few frames each, thousands of them: every so many of the frames has to do.
    const kept = [...picks.wanted].sort(([a], [b]) => a - b);
    const step = Math.ceil(kept.length / MOST_FRAMES);
    const wanted = new Map(kept.filter((_, i) => i % step === 0));
    const counts = new Map<number, number>();
    for (const picked of wanted.values())
      for (const { id } of picked) counts.set(id, (counts.get(id) ?? 0) + 1);
    return { wanted, counts };
  }
}

function medianAspect(frames: readonly FrameTracks[]): number {
  const aspects: number[] = [];
  const step = Math.ceil(frames.length / 1000);
  for (let at = 0; at < frames.length; at += step)
    for (const { box } of frames[at]!.tracks) aspects.push((box[2] - box[0]) / (box[3] - box[1]));
  const found = aspects.filter((aspect) => aspect > 0 && Number.isFinite(aspect)).sort((a, b) => a - b);
  return found[found.length >> 1] ?? 1;
}
