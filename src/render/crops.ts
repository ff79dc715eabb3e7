/**
 * Pictures of every identity: some crops spread over its life, and a sheet with all of them.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import type { Frame, FrameTracks } from "../types.js";
import { type Picked, type Picks, pickPictures } from "./_pick.js";
import { type Code, toRgb } from "./canvas.js";
import { Lettering } from "./lettering.js";
import type { Mask } from "./stencil.js";

/** Crops of an identity at most. */
const MOST = 12;
/** Letters of a given name in the name of a file: 4 bytes each at most, of 255. */
const LONGEST_NAME = 40;
const COLUMNS = 6;
const CELL = { width: 128, height: 192 };
const GAP = 8;
const GROUND = 24;
const GREY = { r: GROUND, g: GROUND, b: GROUND };
const INK = 230;

/** What to cut; everything has a default. */
export interface CropOptions {
  /** Frames that may be taken. @default all */
  readonly within?: (frame: FrameTracks) => boolean;
  /** Names that people gave to identities, by id. @default none */
  readonly given?: Readonly<Record<string, string>>;
}

interface Taken {
  readonly frame: number;
  readonly cell: Buffer;
}

/**
 * Cuts identities out of frames: `FOLDER/ID/FRAME.jpg`, and `FOLDER/ID.jpg` with all of them; `ID-Name` where people gave it a
 * name.
 *
 * @example
 * const crops = new Crops("crops", frames, code);
 * for await (const frame of video) await crops.add(frame);
 * await crops.finish();
 */
export class Crops {
  readonly #folder: string;
  readonly #code: Code;
  readonly #wanted: Picks["wanted"];
  readonly #taken = new Map<number, Taken[]>();
  readonly #left: Map<number, number>;
  readonly #given: Readonly<Record<string, string>>;
  readonly #letters = new Lettering(15);

  /** Chooses up to twelve frames of each identity: its life in as many stretches, and of each where it is seen best. */
  constructor(
    folder: string,
    frames: readonly FrameTracks[],
    code: Code,
    { within = () => true, given = {} }: CropOptions = {},
  ) {
    this.#folder = folder;
    this.#code = code;
    this.#given = given;
    const { wanted, counts } = pickPictures(frames, { most: MOST, within, best: { multipleOf: () => 1 } });
    this.#wanted = wanted;
    this.#left = new Map(counts);
  }

  /** Takes what is wanted of a frame, which holds planes and must not be drawn on yet. */
  async add(frame: Frame): Promise<void> {
    const wanted = this.#wanted.get(frame.index) ?? [];
    await Promise.all(wanted.map((one) => this.#cut(frame, one)));
  }

  async #cut(frame: Frame, { id, box }: Picked): Promise<void> {
    const { index, width, height } = frame;
    const [x1, y1] = [Math.max(0, Math.floor(box[0])), Math.max(0, Math.floor(box[1]))];
    const [x2, y2] = [Math.min(width, Math.ceil(box[2])), Math.min(height, Math.ceil(box[3]))];
    if (x2 - x1 >= 1 && y2 - y1 >= 1) {
      const area = { left: x1, top: y1, width: x2 - x1, height: y2 - y1 };
      const raw = { width: area.width, height: area.height, channels: 3 } as const;
      const crop = sharp(toRgb(frame, area, this.#code), { raw });
      const folder = join(this.#folder, this.#nameOf(id));
      await mkdir(folder, { recursive: true });
      const file = join(folder, `${String(index).padStart(6, "0")}.jpg`);
      const cell = crop.clone().resize({ ...CELL, fit: "contain", background: GREY });
      const [bytes] = await Promise.all([
        cell.raw().toBuffer(),
        crop.clone().jpeg({ quality: 90 }).toFile(file),
      ]);
      const taken = this.#taken.get(id) ?? [];
      this.#taken.set(id, taken);
      taken.push({ frame: index, cell: bytes });
    }
    const left = this.#left.get(id)! - 1;
    this.#left.set(id, left);
    // Its last: the cells of thousands of identities would not fit into memory together.
    if (left === 0) await this.#writeSheet(id);
  }

  /** Writes the sheets of those that were not seen to their end. */
  async finish(): Promise<void> {
    for (const id of [...this.#taken.keys()]) await this.#writeSheet(id);
  }

  async #writeSheet(id: number): Promise<void> {
    const taken = this.#taken.get(id);
    if (!taken) return;
    this.#taken.delete(id);
    const caption = this.#letters.height + 4;
    const columns = Math.min(COLUMNS, taken.length);
    const rows = Math.ceil(taken.length / COLUMNS);
    const width = GAP + columns * (CELL.width + GAP);
    const height = GAP + rows * (CELL.height + caption);
    const data = new Uint8Array(width * height * 3).fill(GROUND);
    for (const [i, { frame, cell }] of taken.entries()) {
      const x = GAP + (i % COLUMNS) * (CELL.width + GAP);
      const y = GAP + Math.floor(i / COLUMNS) * (CELL.height + caption);
      for (let row = 0; row < CELL.height; row++)
        data.set(
          cell.subarray(row * CELL.width * 3, (row + 1) * CELL.width * 3),
          ((y + row) * width + x) * 3,
        );
      this.#letters.lay(`frame ${frame}`, x, y + CELL.height + 1, (letter, left, top) =>
        stampGrey(data, width, letter, left, top),
      );
    }
    await sharp(data, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 90 })
      .toFile(join(this.#folder, `${this.#nameOf(id)}.jpg`));
  }

  /** Begins with the number, so that no two are the same and none is a name that a system keeps for itself. */
  #nameOf(id: number): string {
    const name = this.#given[id] ?? "";
    // Letters of any script with their marks, and digits: what every file system takes, in any shell.
    const words = name.normalize("NFC").match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
    const safe = [...words.join("-")].slice(0, LONGEST_NAME).join("");
    return safe === "" ? String(id) : `${id}-${safe}`;
  }
}

/** Writes a letter into RGB bytes; it lies within them. */
function stampGrey(data: Uint8Array, width: number, { data: ink, ...letter }: Mask, x: number, y: number) {
  for (let row = 0; row < letter.height; row++)
    for (let column = 0; column < letter.width; column++) {
      const value = GROUND + ((INK - GROUND) * ink[row * letter.width + column]!) / 255;
      const at = ((y + row) * width + x + column) * 3;
      if (value > GROUND) data.fill(value, at, at + 3);
    }
}
