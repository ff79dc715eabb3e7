import { farthest, type Kind, rowWidth } from "./_layout.js";

/** What is known of the rows before they are sorted: how many each frame has, which identity each row is of. */
export class Register {
  /** Identities numbered from 0 in the order of the file. */
  readonly ids: Int32Array;
  readonly labels: number[] = [];
  readonly #rowsOf: Int32Array;
  readonly #frames: number;
  readonly #isDetections: boolean;
  readonly #numbers = new Map<number, number>();
  /** Most identities are small numbers, for which a table is faster than a map. */
  readonly #small = new Int32Array(4096).fill(-1);
  #label = Number.NaN;
  #id = -1;

  constructor(count: number, frames: number, kind: Kind) {
    this.ids = new Int32Array(count);
    this.#rowsOf = new Int32Array(frames + 1);
    this.#frames = frames;
    this.#isDetections = kind === "detections";
  }

  /** @returns whether the row is one that can be used */
  add(values: Float64Array, i: number): boolean {
    const v = i * rowWidth;
    const frame = values[v];
    const place = frame | 0;
    if (place !== frame || place < 0 || place >= this.#frames || isFar(values, v + 2)) return false;
    this.#rowsOf[place + 1]++;
    if (this.#isDetections) {
      this.ids[i] = i;
      this.labels.push(i);
      return true;
    }
    const label = values[v + 1];
    if (label !== this.#label && !this.#look(label)) return false;
    this.ids[i] = this.#id;
    return true;
  }

  /** Row at which each frame will start. */
  starts(): Int32Array {
    const starts = this.#rowsOf.slice();
    for (let f = 0; f < this.#frames; f++) starts[f + 1] += starts[f];
    return starts;
  }

  /** Makes `label` the identity of the next rows. @returns whether it can be one */
  #look(label: number): boolean {
    const isSmall = (label | 0) === label && label >= 0 && label < this.#small.length;
    let id = isSmall ? this.#small[label] : (this.#numbers.get(label) ?? -1);
    if (id < 0) {
      if (!Number.isSafeInteger(label)) return false;
      id = this.labels.length;
      this.labels.push(label);
      if (isSmall) this.#small[label] = id;
      else this.#numbers.set(label, id);
    }
    this.#label = label;
    this.#id = id;
    return true;
  }
}

/** Whether one of four coordinates is farther away than can be computed with. */
function isFar(values: Float64Array, from: number): boolean {
  return !(
    Math.abs(values[from]) <= farthest &&
    Math.abs(values[from + 1]) <= farthest &&
    Math.abs(values[from + 2]) <= farthest &&
    Math.abs(values[from + 3]) <= farthest
  );
}

/** As in _columns.ts. */
export const kept: unknown = new Register(0, 0, "results");
