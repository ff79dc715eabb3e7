/** What a counter remembers of identities, for as long as they live. */
import type { Column } from "../types.js";

/** One identity, as it was last seen. */
export interface Living {
  readonly id: number;
  class: number;
  x: number;
  y: number;
  /** Of its box. */
  height: number;
  index: number;
  time: number;
  /** Time of its first frame. */
  readonly first: number;
  /** Whether it was looked at for the first time; never saved. */
  isNew: boolean;
  /** For each line the side it is on: -1 to the left hand, 1 to the right, 0 on it ever since it is known. */
  readonly sign: Int8Array;
  /** The side on which it clearly was last, or began. */
  readonly side: Int8Array;
  /** How often its path went through the line since then, to the right less to the left. */
  readonly through: Int32Array;
  /** For each zone the class as which it is inside, or -1. */
  readonly inside: Int32Array;
  /** Whether it ever was inside. */
  readonly visited: Uint8Array;
  /** How long it is inside. */
  readonly seconds: Float64Array;
}

/** What is known of an identity in one frame. */
type Sight = Pick<Living, "id" | "class" | "x" | "y" | "height" | "index" | "time">;

const OWN = ["id", "class", "x", "y", "height", "index", "time", "first"] as const;
const OF_LINES = ["sign", "side", "through"] as const;
const OF_ZONES = ["inside", "visited", "seconds"] as const;

/** The living, in the order in which they appeared. */
export class Memory {
  readonly #all = new Map<number, Living>();
  readonly #lines: number;
  readonly #zones: number;

  constructor(lines: number, zones: number) {
    this.#lines = lines;
    this.#zones = zones;
  }

  get size(): number {
    return this.#all.size;
  }

  get(id: number): Living | undefined {
    return this.#all.get(id);
  }

  start(sight: Sight): Living {
    const one: Living = {
      ...sight,
      first: sight.time,
      isNew: true,
      sign: new Int8Array(this.#lines),
      side: new Int8Array(this.#lines),
      through: new Int32Array(this.#lines),
      inside: new Int32Array(this.#zones).fill(-1),
      visited: new Uint8Array(this.#zones),
      seconds: new Float64Array(this.#zones),
    };
    this.#all.set(one.id, one);
    return one;
  }

  delete(id: number): void {
    this.#all.delete(id);
  }

  /** An identity may be deleted while it is the current one. */
  [Symbol.iterator](): Iterator<Living> {
    return this.#all.values();
  }

  save(): Readonly<Record<string, Column>> {
    const all = [...this.#all.values()];
    return {
      living: Float64Array.from(all.flatMap((one) => OWN.map((key) => one[key]))),
      atLines: Int32Array.from(all.flatMap((one) => OF_LINES.flatMap((key) => [...one[key]]))),
      inZones: Float64Array.from(all.flatMap((one) => OF_ZONES.flatMap((key) => [...one[key]]))),
    };
  }

  /** @throws {RangeError} where the columns do not fit together. */
  restore({ living, atLines, inZones }: Readonly<Record<string, Column>>): void {
    const count = living instanceof Float64Array ? living.length / OWN.length : Number.NaN;
    if (
      !Number.isInteger(count) ||
      !(atLines instanceof Int32Array && atLines.length === count * OF_LINES.length * this.#lines) ||
      !(inZones instanceof Float64Array && inZones.length === count * OF_ZONES.length * this.#zones)
    )
      throw new RangeError("Cannot restore the identities that are counted: their columns do not fit");
    for (let k = 0; k < count; k++) {
      const [id, c, x, y, height, index, time, first] = living!.subarray(k * OWN.length);
      const one = { ...this.start({ id, class: c, x, y, height, index, time }), first, isNew: false };
      this.#all.set(id, one);
      for (const [i, key] of OF_LINES.entries())
        one[key].set(atLines.subarray((k * OF_LINES.length + i) * this.#lines).subarray(0, this.#lines));
      for (const [i, key] of OF_ZONES.entries())
        one[key].set(inZones.subarray((k * OF_ZONES.length + i) * this.#zones).subarray(0, this.#zones));
    }
  }
}
