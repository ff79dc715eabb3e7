/**
 * Film strips: some pictures of every identity side by side, small, one JPEG for each identity.
 */
import sharp from "sharp";
import type { Frame } from "../types.js";
import type { Picked, Picks } from "./_pick.js";
import type { StripPlan } from "./strip-plan.js";

/** One identity's pictures. */
export interface Strip {
  readonly id: number;
  /** Indices of the frames that the pictures are from, in order. */
  readonly frames: readonly number[];
  /** A JPEG of `frames.length` pictures from left to right. */
  readonly jpeg: Uint8Array;
}

/** What is known before the first frame, or wanted while they are cut; everything has a default. */
export interface StripsOptions {
  /** Pixels of the pictures that the boxes are in. @default those of each frame */
  readonly size?: { readonly width: number; readonly height: number };
  /** Strips of the same plan that are there already. @default none */
  readonly made?: readonly Strip[];
  /** Told of every other strip as soon as its last picture is there. */
  readonly onStrip?: (strip: Strip) => void;
}

/** Bytes of all strips together; identities that come later than that have none. */
const MOST_BYTES = 25e6;

/**
 * Cuts film strips out of a video.
 *
 * @example
 * const strips = new Strips(planStrips(frames));
 * for await (const frame of await openInput("street.mp4", { only: strips.frames })) await strips.add(frame);
 * const pictures = await strips.finish();
 */
export class Strips {
  /** Pixels of each picture. */
  readonly width: number;
  readonly height: number;
  /** Indices of the frames that are wanted, rising. */
  readonly frames: readonly number[];
  readonly #quality: number;
  readonly #wanted: Picks["wanted"];
  readonly #size: StripsOptions["size"];
  readonly #onStrip: (strip: Strip) => void;
  readonly #left: Map<number, number>;
  readonly #taken = new Map<number, { frames: number[]; cells: Buffer[] }>();
  readonly #done: Strip[];
  #bytes: number;

  constructor(plan: StripPlan, { size, made = [], onStrip = () => {} }: StripsOptions = {}) {
    this.width = plan.width;
    this.height = plan.height;
    this.#quality = plan.quality;
    this.#wanted = without(plan.wanted, new Set(made.map(({ id }) => id)));
    this.frames = [...this.#wanted.keys()].sort((a, b) => a - b);
    this.#size = size;
    this.#onStrip = onStrip;
    this.#left = new Map(plan.counts);
    this.#done = [...made];
    this.#bytes = made.reduce((bytes, { jpeg }) => bytes + jpeg.length, 0);
  }

  /** Takes what is wanted of a frame, which may be smaller than the boxes tell. Frames come in order. */
  async add(frame: Frame): Promise<void> {
    for (const picked of this.#wanted.get(frame.index) ?? []) {
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
    const of = this.#size ?? { width, height };
    const [across, down] = [width / of.width, height / of.height];
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
    const strip = { id, frames, jpeg };
    this.#done.push(strip);
    this.#onStrip(strip);
  }
}

/** The pictures of all other identities. */
function without(wanted: Picks["wanted"], made: ReadonlySet<number>): Picks["wanted"] {
  if (made.size === 0) return wanted;
  const left = [...wanted].map(
    ([frame, picked]) => [frame, picked.filter(({ id }) => !made.has(id))] as const,
  );
  return new Map(left.filter(([, picked]) => picked.length > 0));
}
