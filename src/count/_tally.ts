/** Sums by place and class. */
import type { Counts, LineCounts, Stays, ZoneCounts } from "../types.js";
import type { Layout } from "./zones.js";

/** What is summed up of one class at one place. */
const FIELDS = [
  "in",
  "out",
  "visits",
  "identities",
  "entered",
  "exited",
  /** Visits that ended, the seconds that they took, and the longest. */
  "ended",
  "dwell",
  "longest",
  /** Seconds inside of all together, also of visits that go on. */
  "inside",
  /** Most inside in one frame. */
  "most",
] as const;
type Field = (typeof FIELDS)[number];

/** Stands for all classes together. */
const ALL = -1;
const WIDTH = FIELDS.length + 2;

/** Places are the lines, then the zones, in the order of their layout. */
export class Tally {
  /** By place, then by class. */
  readonly #cells: readonly Map<number, Record<Field, number>>[];

  constructor(places: number) {
    this.#cells = Array.from({ length: places }, () => new Map());
  }

  /** Adds to a class and to all together. */
  add(place: number, c: number, field: Field, amount = 1): void {
    this.#cell(place, c)[field] += amount;
    this.#cell(place, ALL)[field] += amount;
  }

  /** A visit ended. */
  end(place: number, c: number, seconds: number): void {
    for (const cell of [this.#cell(place, c), this.#cell(place, ALL)]) {
      cell.ended++;
      cell.dwell += seconds;
      cell.longest = Math.max(cell.longest, seconds);
    }
  }

  /** So many of each class are inside now. */
  look(place: number, counts: ReadonlyMap<number, number>): void {
    let all = 0;
    for (const [c, count] of counts) {
      const cell = this.#cell(place, c);
      cell.most = Math.max(cell.most, count);
      all += count;
    }
    const cell = this.#cell(place, ALL);
    cell.most = Math.max(cell.most, all);
  }

  /** In words, between two times. */
  counts(layout: Layout, labels: readonly string[] | undefined, from: number, to: number): Counts {
    const classesOf = <T>(place: number, values: (cell: Record<Field, number>) => T) =>
      [...this.#cells[place]!]
        .filter(([c]) => c !== ALL)
        .sort(([a], [b]) => a - b)
        .map(([c, cell]) => ({ class: c, label: labels?.[c] ?? "object", ...values(cell) }));
    const crossings = (cell: Record<Field, number>) => ({ in: cell.in, out: cell.out });
    const stays = (cell: Record<Field, number>): Stays => ({
      visits: cell.visits,
      identities: cell.identities,
      entered: cell.entered,
      exited: cell.exited,
      dwell: { mean: cell.ended > 0 ? round(cell.dwell / cell.ended) : 0, max: round(cell.longest) },
      occupancy: { mean: to > from ? round(cell.inside / (to - from)) : 0, max: cell.most },
    });
    const lines = layout.lines.map(
      ({ name }, i): LineCounts => ({
        name,
        ...crossings(this.#cells[i]!.get(ALL) ?? empty()),
        classes: classesOf(i, crossings),
      }),
    );
    const zones = layout.zones.map(({ name }, i): ZoneCounts => {
      const place = lines.length + i;
      const all = this.#cells[place]!.get(ALL) ?? empty();
      return { name, ...stays(all), classes: classesOf(place, stays) };
    });
    return { from, to, lines, zones };
  }

  save(): Float64Array {
    const rows: number[] = [];
    for (const [place, cells] of this.#cells.entries())
      for (const [c, cell] of cells) rows.push(place, c, ...FIELDS.map((field) => cell[field]));
    return Float64Array.from(rows);
  }

  /** @throws {RangeError} where they are not what `save` gives. */
  restore(rows: Float64Array): void {
    if (rows.length % WIDTH !== 0) throw new RangeError("Cannot restore counts: they do not fit");
    for (let at = 0; at < rows.length; at += WIDTH) {
      const cells = this.#cells[rows[at]];
      if (!cells) throw new RangeError("Cannot restore counts: there is no such line or zone");
      const cell = empty();
      for (const [i, field] of FIELDS.entries()) cell[field] = rows[at + 2 + i];
      cells.set(rows[at + 1], cell);
    }
  }

  #cell(place: number, c: number): Record<Field, number> {
    const cells = this.#cells[place]!;
    let cell = cells.get(c);
    if (!cell) {
      cell = empty();
      cells.set(c, cell);
    }
    return cell;
  }
}

const empty = () => Object.fromEntries(FIELDS.map((field) => [field, 0])) as Record<Field, number>;

/** To the millisecond. */
const round = (value: number): number => Math.round(value * 1000) / 1000;
