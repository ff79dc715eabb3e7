/**
 * Counting at lines and in zones, frame by frame, in memory that depends on the living identities only.
 *
 * What counts of a box is a point, its foot or its centre. A line is crossed when the path of the point went through it
 * and the point is clearly on the other side. A zone is entered when the point is inside and left when it is clearly
 * outside. Clearly is a margin in heights of the box, so that what trembles at an edge counts once. Where an identity was
 * not seen for a while its path is a straight one.
 */
import type { Column, CountEvent, Counts, FrameTracks } from "../types.js";
import { type Living, Memory } from "./_living.js";
import { distanceToEdge, isInside } from "./_polygon.js";
import { Tally } from "./_tally.js";
import type { Layout } from "./zones.js";

/** What became certain in a frame. */
export interface Counted {
  /** In the order in which they happened. */
  readonly events: readonly CountEvent[];
  /** The minute of the input that is over with this frame, where one is. */
  readonly minute?: Counts;
}

/** Steps into which a gap is divided at most. */
const MOST_STEPS = 256;

/** As the files have it, so that counting from a file gives what counting on the way gave. */
const pixels = (value: number): number => Math.round(value * 100) / 100;
const seconds = (value: number): number => Math.round(value * 1e6) / 1e6;

/**
 * Counts the tracks of one input. Synchronous and deterministic: one `update` per frame, in order.
 *
 * @throws {RangeError} from `update`, for numbers that are not finite; from `restore`, for what `save` did not give.
 * @example
 * const counter = new Counter(layOutZones(zones, { size: { width, height }, labels }), labels);
 * for await (const frame of track(frames, stages))
 *   for (const event of counter.update(frame).events) console.log(event);
 * counter.end();
 * console.log(counter.totals);
 */
export class Counter {
  readonly #layout: Layout;
  readonly #labels: readonly string[] | undefined;
  readonly #places: number;
  #living: Memory;
  #total: Tally;
  #minute: Tally;
  /** Number of the minute, and where counting began in it. */
  #now: { minute: number; begin: number } | undefined;
  #begin = 0;
  #time = 0;
  #frame = 0;
  #minutes = 0;

  constructor(layout: Layout, labels?: readonly string[]) {
    this.#layout = layout;
    this.#labels = labels;
    this.#places = layout.lines.length + layout.zones.length;
    this.#living = new Memory(layout.lines.length, layout.zones.length);
    this.#total = new Tally(this.#places);
    this.#minute = new Tally(this.#places);
  }

  /** Everything so far. Visits that go on count as visits; how long they took is known when they end. */
  get totals(): Counts {
    return this.#total.counts(this.#layout, this.#labels, this.#begin, this.#time);
  }

  /** Identities that are remembered. */
  get size(): number {
    return this.#living.size;
  }

  /** Minutes that are over. */
  get minutes(): number {
    return this.#minutes;
  }

  update({ index, time: exact, tracks }: FrameTracks): Counted {
    const time = seconds(exact);
    if (!Number.isFinite(time)) throw new RangeError(`Cannot count in frame ${index}: its time is ${exact}`);
    const minute = this.#turn(time);
    this.#frame = index;
    this.#time = time;
    const events: CountEvent[] = [];
    // Also where the clock of a stream was set back.
    for (const one of this.#living)
      if (Math.abs(time - one.time) > this.#layout.gap) this.#forget(one, events);
    const inside: (Map<number, number> | undefined)[] = [];
    for (const { id, box, class: c } of tracks) {
      const [x1, y1, x2, y2] = [pixels(box[0]), pixels(box[1]), pixels(box[2]), pixels(box[3])];
      if (!Number.isFinite(x1 + y1 + x2 + y2))
        throw new RangeError(`Cannot count identity ${id} in frame ${index}: its box is not finite`);
      const x = (x1 + x2) / 2;
      const y = this.#layout.point === "foot" ? y2 : (y1 + y2) / 2;
      const height = Math.abs(y2 - y1);
      let one = this.#living.get(id);
      if (one) {
        one.class = c;
        this.#move(one, { x, y, height, index, time }, events);
      } else {
        one = this.#living.start({ id, class: c, x, y, height, index, time });
        events.push({ type: "appeared", ...this.#stamp(one) });
        this.#look(one, 0, events);
      }
      for (let z = 0; z < one.inside.length; z++) {
        const as = one.inside[z];
        if (as < 0) continue;
        const counts = inside[z] ?? new Map<number, number>();
        counts.set(as, (counts.get(as) ?? 0) + 1);
        inside[z] = counts;
      }
    }
    inside.forEach((counts, z) => {
      if (!counts) return;
      this.#total.look(this.#layout.lines.length + z, counts);
      this.#minute.look(this.#layout.lines.length + z, counts);
    });
    return { events, minute };
  }

  /** The input is over: whatever is still there has left, and the last minute is complete. */
  end(): Counted {
    const events: CountEvent[] = [];
    for (const one of this.#living) this.#forget(one, events);
    return { events, minute: this.#closeMinute(this.#time) };
  }

  /** Everything that decides how counting goes on. */
  save(): Readonly<Record<string, Column>> {
    const { minute = Number.NaN, begin = Number.NaN } = this.#now ?? {};
    return {
      clock: Float64Array.of(this.#begin, this.#time, this.#frame, minute, begin, this.#minutes),
      total: this.#total.save(),
      minute: this.#minute.save(),
      ...this.#living.save(),
    };
  }

  /** Goes on where the saved counter stood, at the same lines and zones. */
  restore(columns: Readonly<Record<string, Column>>): void {
    const { clock, total, minute } = columns;
    if (
      !(clock instanceof Float64Array && clock.length === 6) ||
      !(total instanceof Float64Array) ||
      !(minute instanceof Float64Array)
    )
      throw new RangeError("Cannot restore counts: a column is missing");
    [this.#begin, this.#time, this.#frame] = clock;
    this.#minutes = clock[5];
    this.#now = Number.isNaN(clock[3]) ? undefined : { minute: clock[3], begin: clock[4] };
    this.#total = new Tally(this.#places);
    this.#total.restore(total);
    this.#minute = new Tally(this.#places);
    this.#minute.restore(minute);
    this.#living = new Memory(this.#layout.lines.length, this.#layout.zones.length);
    this.#living.restore(columns);
  }

  /** Begins a minute where `time` is in another one. @returns the one before */
  #turn(time: number): Counts | undefined {
    const minute = Math.floor(time / 60);
    if (this.#now?.minute === minute) return undefined;
    // A clock that was set back ends a minute where it stood.
    const end = this.#now && time > this.#time ? (this.#now.minute + 1) * 60 : this.#time;
    const before = this.#closeMinute(end);
    if (!before) this.#begin = time;
    // The first minute begins with the input, the others where the clock says.
    this.#now = { minute, begin: before ? minute * 60 : time };
    return before;
  }

  #closeMinute(to: number): Counts | undefined {
    if (!this.#now) return undefined;
    const counts = this.#minute.counts(this.#layout, this.#labels, this.#now.begin, to);
    this.#minute = new Tally(this.#places);
    this.#now = undefined;
    this.#minutes++;
    return counts;
  }

  #move(
    one: Living,
    to: { x: number; y: number; height: number; index: number; time: number },
    events: CountEvent[],
  ): void {
    const { x, y, height, time } = one;
    const steps = Math.max(1, Math.min(MOST_STEPS, to.index - one.index));
    const elapsed = Math.max(0, to.time - time) / steps;
    for (let k = 1; k <= steps; k++) {
      const part = k / steps;
      const [fromX, fromY] = [one.x, one.y];
      one.x = k === steps ? to.x : x + (to.x - x) * part;
      one.y = k === steps ? to.y : y + (to.y - y) * part;
      one.height = k === steps ? to.height : height + (to.height - height) * part;
      for (let i = 0; i < this.#layout.lines.length; i++) this.#cross(one, i, fromX, fromY, events);
      this.#look(one, elapsed, events);
    }
    one.index = to.index;
    one.time = to.time;
  }

  /** Follows one line over one step. */
  #cross(one: Living, i: number, fromX: number, fromY: number, events: CountEvent[]): void {
    const { name, ends, classes } = this.#layout.lines[i]!;
    const before = one.sign[i];
    const [x1, y1, x2, y2] = ends;
    const dx = x2 - x1;
    const dy = y2 - y1;
    const length = Math.hypot(dx, dy);
    // With y down, what is to the right hand has a positive distance.
    const was = (dx * (fromY - y1) - dy * (fromX - x1)) / length;
    const is = (dx * (one.y - y1) - dy * (one.x - x1)) / length;
    const sign = Math.sign(is);
    if (before === 0) one.side[i] = Math.sign(was) || sign;
    const last = before || Math.sign(was);
    if (sign !== 0) {
      if (last !== 0 && last !== sign) {
        const part = was === is ? 0 : was / (was - is);
        const along =
          ((fromX + part * (one.x - fromX) - x1) * dx + (fromY + part * (one.y - fromY) - y1) * dy) /
          (length * length);
        if (along >= 0 && along <= 1) one.through[i] += sign;
      }
      one.sign[i] = sign;
    } else one.sign[i] = last;
    if (sign === 0 || Math.abs(is) < this.#layout.margin * one.height) return;
    const isOther = one.side[i] !== sign;
    const went = one.through[i] * sign > 0;
    one.side[i] = sign;
    one.through[i] = 0;
    if (!isOther || !went || (classes && !classes.has(one.class))) return;
    const direction = sign > 0 ? "out" : "in";
    for (const tally of [this.#total, this.#minute]) tally.add(i, one.class, direction);
    events.push({ type: "crossed", ...this.#stamp(one), line: name, direction });
  }

  /** Looks which zones the point is in, `elapsed` seconds after the last look. */
  #look(one: Living, elapsed: number, events: CountEvent[]): void {
    const { zones, lines, margin } = this.#layout;
    for (let z = 0; z < zones.length; z++) {
      const { name, polygon, classes } = zones[z]!;
      const place = lines.length + z;
      const c = one.inside[z];
      const isIn = isInside(polygon, one.x, one.y);
      if (c >= 0) {
        one.seconds[z] += elapsed;
        this.#total.add(place, c, "inside", elapsed);
        this.#minute.add(place, c, "inside", elapsed);
        if (!isIn && distanceToEdge(polygon, one.x, one.y) >= margin * one.height)
          this.#exit(one, z, "moved", events);
      } else if (isIn && (!classes || classes.has(one.class))) {
        const isNew = one.visited[z] === 0;
        const how = one.isNew ? "appeared" : "moved";
        one.inside[z] = one.class;
        one.visited[z] = 1;
        one.seconds[z] = 0;
        for (const tally of [this.#total, this.#minute]) {
          tally.add(place, one.class, "visits");
          if (isNew) tally.add(place, one.class, "identities");
          if (how === "moved") tally.add(place, one.class, "entered");
        }
        events.push({ type: "entered", ...this.#stamp(one), zone: name, how });
      }
    }
    one.isNew = false;
  }

  #exit(one: Living, z: number, how: "moved" | "left", events: CountEvent[]): void {
    const place = this.#layout.lines.length + z;
    const c = one.inside[z];
    const dwell = one.seconds[z];
    for (const tally of [this.#total, this.#minute]) {
      tally.end(place, c, dwell);
      if (how === "moved") tally.add(place, c, "exited");
    }
    one.inside[z] = -1;
    events.push({
      ...{ type: "exited", ...this.#stamp(one), class: c },
      ...{ zone: this.#layout.zones[z]!.name, how, dwell: seconds(dwell) },
    });
  }

  #forget(one: Living, events: CountEvent[]): void {
    for (let z = 0; z < one.inside.length; z++) if (one.inside[z] >= 0) this.#exit(one, z, "left", events);
    const dwell = Math.max(0, seconds(one.time - one.first));
    events.push({ type: "left", ...this.#stamp(one), dwell });
    this.#living.delete(one.id);
  }

  #stamp({ id, class: c }: Living) {
    return { frame: this.#frame, time: this.#time, id, class: c };
  }
}
