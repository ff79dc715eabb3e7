/**
 * Counts at one line or zone with `Counter`, and no more of the run than can matter there: identities whose path cannot
 * touch the place are left out, which changes nothing of what is counted. So it is fast enough while a place is dragged.
 */
import { type Counted, Counter } from "../../count/counter.js";
import type { Layout } from "../../count/zones.js";
import { type CountsHeader, CountsText, countsFormats } from "../../format/counts-text.js";
import type { CountEvent, Counts, Track } from "../../types.js";

/** What counting needs of a run. */
export interface Columns {
  readonly index: Int32Array;
  readonly time: Float64Array;
  readonly start: Int32Array;
  readonly id: Float64Array;
  /** In hundredths of a pixel. */
  readonly box: Int32Array;
  readonly class: Int32Array;
  readonly labels: readonly string[];
}

/** What was counted at a place. */
export interface Recount {
  readonly totals: Counts;
  /** Crossings, entries and exits. */
  readonly events: readonly CountEvent[];
}

/** Pixels by which a path may be beside a place and still be looked at: far more than floats are off. */
const SLACK = 0.01;
/** The rows of a run by identity, in order. */
export class Paths {
  readonly columns: Columns;
  /** Number of each row's identity, from 0. */
  readonly #identity: Int32Array;
  /** Rows of identity `i` are `#rows[#from[i]]` to before `#rows[#from[i + 1]]`. */
  readonly #rows: Int32Array;
  readonly #from: Int32Array;

  constructor(columns: Columns) {
    this.columns = columns;
    const { id } = columns;
    const numbers = new Map<number, number>();
    this.#identity = new Int32Array(id.length);
    for (let row = 0; row < id.length; row++) {
      let number = numbers.get(id[row]!);
      if (number === undefined) {
        number = numbers.size;
        numbers.set(id[row]!, number);
      }
      this.#identity[row] = number;
    }
    this.#from = new Int32Array(numbers.size + 1);
    for (const number of this.#identity) this.#from[number + 1]!++;
    for (let i = 0; i < numbers.size; i++) this.#from[i + 1]! += this.#from[i]!;
    const next = this.#from.slice();
    this.#rows = new Int32Array(id.length);
    for (let row = 0; row < id.length; row++) this.#rows[next[this.#identity[row]!]++] = row;
  }

  /** For each row, whether its identity can be counted at the places. */
  candidates(layout: Layout): (row: number) => boolean {
    const isIn = new Uint8Array(this.#from.length - 1);
    const isFoot = layout.point === "foot";
    for (const { ends } of layout.lines) this.#mark(ends, isFoot, true, isIn);
    for (const { polygon } of layout.zones) this.#mark(polygon, isFoot, false, isIn);
    return (row) => isIn[this.#identity[row]!] === 1;
  }

  /** Marks the identities of which a step comes near the points' bounds and, of a line, goes from one side to the other. */
  #mark(points: Float64Array, isFoot: boolean, isLine: boolean, isIn: Uint8Array): void {
    const { box } = this.columns;
    const rows = this.#rows;
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < points.length; i += 2) {
      left = Math.min(left, points[i]! - SLACK);
      right = Math.max(right, points[i]! + SLACK);
      top = Math.min(top, points[i + 1]! - SLACK);
      bottom = Math.max(bottom, points[i + 1]! + SLACK);
    }
    const [x1, y1] = [points[0]!, points[1]!];
    const [dx, dy] = [points[2]! - x1, points[3]! - y1];
    const length = Math.hypot(dx, dy) || 1;
    for (let i = 0; i < isIn.length; i++) {
      if (isIn[i]) continue;
      const from = this.#from[i]!;
      const end = this.#from[i + 1]!;
      let [px, py, pd] = [0, 0, 0];
      for (let k = from; k < end; k++) {
        const at = rows[k]! * 4;
        const x = (box[at]! + box[at + 2]!) / 200;
        const y = isFoot ? box[at + 3]! / 100 : (box[at + 1]! + box[at + 3]!) / 200;
        const d = isLine ? (dx * (y - y1) - dy * (x - x1)) / length : 0;
        if (k === from) [px, py, pd] = [x, y, d];
        const isNear =
          (x >= left || px >= left) &&
          (x <= right || px <= right) &&
          (y >= top || py >= top) &&
          (y <= bottom || py <= bottom);
        const isOver = !isLine || !((d > SLACK && pd > SLACK) || (d < -SLACK && pd < -SLACK));
        if (isNear && isOver) {
          isIn[i] = 1;
          break;
        }
        px = x;
        py = y;
        pd = d;
      }
    }
  }
}

/** Counts at the places of a layout what `track count` counts there. */
export function recount(paths: Paths, layout: Layout): Recount {
  const { index, time, start, labels } = paths.columns;
  const mayCount = paths.candidates(layout);
  const counter = new Counter(layout, labels.length > 0 ? labels : undefined);
  const events: CountEvent[] = [];
  const keep = (counted: Counted): void => {
    for (const event of counted.events)
      if (event.type !== "appeared" && event.type !== "left") events.push(event);
  };
  const last = index.length - 1;
  for (let at = 0; at <= last; at++) {
    const tracks: Track[] = [];
    for (let row = start[at]!; row < start[at + 1]!; row++)
      if (mayCount(row)) tracks.push(trackOf(paths.columns, row));
    // A frame without anybody, while nobody is remembered, matters only where it begins or ends the time that is counted.
    if (tracks.length === 0 && counter.size === 0 && at > 0 && at < last) continue;
    keep(counter.update({ index: index[at]!, time: time[at]!, tracks }));
  }
  keep(counter.end());
  return { totals: counter.totals, events };
}

/** A counts file of everything, the events of the formats that have them included: as `track count` writes it. */
export function countsFile(
  columns: Columns,
  layout: Layout,
  header: CountsHeader,
  extension: string,
): string {
  const { index, time, start, labels } = columns;
  const format = countsFormats.find((one) => one.extension === extension)!;
  const counter = new Counter(layout, labels.length > 0 ? labels : undefined);
  const text = new CountsText(format, header);
  const pieces = [text.begin()];
  for (let at = 0; at < index.length; at++) {
    const tracks: Track[] = [];
    for (let row = start[at]!; row < start[at + 1]!; row++) tracks.push(trackOf(columns, row));
    pieces.push(text.write(counter.update({ index: index[at]!, time: time[at]!, tracks })));
  }
  pieces.push(text.end(counter.end(), counter.totals));
  return pieces.join("");
}

const trackOf = ({ id, box, class: classes }: Columns, row: number): Track => ({
  id: id[row]!,
  box: [box[row * 4]! / 100, box[row * 4 + 1]! / 100, box[row * 4 + 2]! / 100, box[row * 4 + 3]! / 100],
  score: 1,
  class: classes[row]!,
  detection: 0,
});

/** The counts of places that were counted one by one, as if together. */
export function together(parts: readonly Recount[]): Recount | undefined {
  const [first] = parts;
  if (!first) return undefined;
  const { from, to } = first.totals;
  const lines = parts.flatMap(({ totals }) => totals.lines);
  const zones = parts.flatMap(({ totals }) => totals.zones);
  const events = parts.flatMap((part) => part.events).sort((a, b) => a.frame - b.frame || a.id - b.id);
  return { totals: { from, to, lines, zones }, events };
}
