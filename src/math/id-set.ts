/** Ids to a page, of one bit each. */
const PAGE = 1 << 16;

/** More than come in a year; a run that claims more is there to keep us counting. */
const MOST = 2 ** 26;

/** A set of whole numbers from 0 that lie close together: a bit each, so that it stays small over days. */
export class IdSet {
  readonly #pages = new Map<number, Uint8Array>();
  #size = 0;

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  add(id: number): void {
    const number = Math.floor(id / PAGE);
    let page = this.#pages.get(number);
    if (!page) {
      page = new Uint8Array(PAGE / 8);
      this.#pages.set(number, page);
    }
    const bit = 1 << (id & 7);
    const at = (id % PAGE) >> 3;
    if ((page[at] & bit) !== 0) return;
    page[at] |= bit;
    this.#size++;
  }

  has(id: number): boolean {
    const page = this.#pages.get(Math.floor(id / PAGE));
    return page !== undefined && (page[(id % PAGE) >> 3] & (1 << (id & 7))) !== 0;
  }

  /** In ascending order. */
  *[Symbol.iterator](): Generator<number> {
    for (const number of [...this.#pages.keys()].sort((a, b) => a - b)) {
      const page = this.#pages.get(number)!;
      for (let i = 0; i < page.length; i++) {
        // Most pages are empty but for their beginning.
        if (page[i] === 0) continue;
        for (let bit = 0; bit < 8; bit++) if ((page[i] & (1 << bit)) !== 0) yield number * PAGE + 8 * i + bit;
      }
    }
  }

  /** Runs of ids, `[from, to, from, to, ...]`, both included. */
  save(): Float64Array {
    const runs: number[] = [];
    for (const id of this)
      if (runs.at(-1) === id - 1) runs[runs.length - 1] = id;
      else runs.push(id, id);
    return Float64Array.from(runs);
  }

  /** What `save` gave. @throws {RangeError} where that cannot be */
  static from(runs: ArrayLike<number>): IdSet {
    const set = new IdSet();
    let left = MOST;
    for (let i = 0; i < runs.length; i += 2) {
      left -= runs[i + 1] - runs[i] + 1;
      const isRun = runs[i] >= 0 && runs[i] <= runs[i + 1] && Number.isSafeInteger(runs[i + 1]);
      if (!isRun || !Number.isSafeInteger(runs[i]) || left < 0)
        throw new RangeError("Cannot read a set of identities: expected runs of whole numbers from 0");
    }
    for (let i = 0; i + 1 < runs.length; i += 2) for (let id = runs[i]; id <= runs[i + 1]; id++) set.add(id);
    return set;
  }
}
