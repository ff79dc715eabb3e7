/**
 * Camera motion in the format in which it is published for MOTChallenge sequences: one line per frame, the frame's index
 * from 0 and the two rows of the matrix, `frame a b x c d y`, separated by tabs or spaces. It takes a point of the
 * frame before to where it is in this one.
 */
import { compose, isPlausibleMotion, plausibleMotion } from "../math/affine.js";
import type { Affine } from "../types.js";
import { isBlank } from "./_mot.js";
import { readPieces } from "./_pieces.js";
import { cannotParse, linesOf, quote } from "./_text.js";

/** How a camera moved during a whole sequence. */
export interface CameraMotion {
  readonly name: string;
  /** One more than the last frame in the file. */
  readonly frames: number;
  /** How the picture moved from one frame to a later one; undefined where a frame on the way is not in the file. */
  between(from: number, to: number): Affine | undefined;
}

/**
 * Reads camera motion. Frames in order, with holes; blank lines and `#` comments skipped, CRLF allowed.
 *
 * @throws {InputError} where the file cannot be read.
 * @throws {SyntaxError} `Cannot parse "gmc.txt:14": ...` where a number is missing, not finite or out of range.
 *
 * @example
 * const motion = await readCameraMotion("GMC-MOT17-11.txt");
 * tracker.update(detections, { camera: motion.between(frame - 1, frame) });
 */
export async function readCameraMotion(path: string): Promise<CameraMotion> {
  const rows = new Rows(path);
  for await (const [text, firstLine] of readPieces(path)) rows.add(text, firstLine);
  return rows.finish();
}

/** `readCameraMotion` for a text that is in memory already; `name` is for the error messages. */
export function parseCameraMotion(text: string, name: string): CameraMotion {
  const rows = new Rows(name);
  rows.add(text, 1);
  return rows.finish();
}

const COLUMNS = 7;

class Rows {
  readonly #name: string;
  #count = 0;
  /** The frame and its matrix, seven numbers each. */
  #values = new Float64Array(1024 * COLUMNS);

  constructor(name: string) {
    this.#name = name;
  }

  add(text: string, firstLine: number): void {
    for (const [line, offset] of linesOf(text)) {
      if (isBlank(line)) continue;
      const row = this.#parse(line, firstLine + offset - 1);
      const at = COLUMNS * this.#count++;
      if (at === this.#values.length) {
        const values = new Float64Array(2 * at);
        values.set(this.#values);
        this.#values = values;
      }
      this.#values.set(row, at);
    }
  }

  #parse(line: string, number: number): readonly number[] {
    const texts = line.trim().split(/\s+/);
    if (texts.length !== COLUMNS)
      throw cannotParse(
        this.#name,
        number,
        `expected ${COLUMNS} columns (frame a b x c d y), got ${texts.length}`,
      );
    const values = texts.map((text) => {
      const value = Number(text);
      if (!Number.isFinite(value))
        throw cannotParse(this.#name, number, `expected a number, got ${quote(text)}`);
      return value;
    });
    const [frame, ...motion] = values as [number, number, number, number, number, number, number];
    const last = this.#count === 0 ? -1 : this.#values[COLUMNS * (this.#count - 1)]!;
    if (!Number.isSafeInteger(frame) || frame <= last)
      throw cannotParse(
        this.#name,
        number,
        `expected a whole frame number above ${last}, got ${quote(texts[0]!)}`,
      );
    if (!isPlausibleMotion(motion)) throw cannotParse(this.#name, number, `expected ${plausibleMotion}`);
    return values;
  }

  finish(): CameraMotion {
    const values = this.#values.slice(0, COLUMNS * this.#count);
    const count = this.#count;
    const frameAt = (row: number) => values[COLUMNS * row]!;
    const find = (frame: number): number => {
      let [low, high] = [0, count];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (frameAt(middle) < frame) low = middle + 1;
        else high = middle;
      }
      return low;
    };
    return {
      name: this.#name,
      frames: count === 0 ? 0 : frameAt(count - 1) + 1,
      between(from, to) {
        let all: Affine | undefined;
        // Rows are in order and none is missing where the last one stands where it should.
        const first = find(from + 1);
        if (to <= from || frameAt(first + to - from - 1) !== to) return undefined;
        for (let row = first; row < first + to - from; row++) {
          const motion = values.subarray(COLUMNS * row + 1, COLUMNS * (row + 1)) as unknown as Affine;
          all = all ? compose(all, motion) : [...motion];
        }
        return all && isPlausibleMotion(all) ? all : undefined;
      },
    };
  }
}
