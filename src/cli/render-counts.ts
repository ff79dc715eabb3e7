/** What was counted up to each frame of a video, in words that are drawn beside lines and zones. */
import { Counter, type Layout, layOutZones } from "../count/index.js";
import type { Place } from "../render/painter.js";
import type { Counts, FrameTracks } from "../types.js";
import { asUsage } from "./errors.js";
import { readZones } from "./zones-file.js";

/** Where it is counted, in pixels. @throws {UsageError} {SyntaxError} */
export function layoutOf(
  zones: string,
  size: { readonly width: number; readonly height: number },
  labels: readonly string[] | undefined,
): Promise<Layout> {
  return asUsage(() => layOutZones(readZones(zones), { size, labels }));
}

/** Counts a finished tracks file along with its video. */
export class Tallies {
  readonly #layout: Layout;
  readonly #counter: Counter;
  readonly #frames: readonly FrameTracks[];
  readonly #timeOf: (frame: FrameTracks) => number;
  readonly #inside = new Map<string, number>();
  #next = 0;
  #places: readonly Place[] | undefined;

  constructor(
    layout: Layout,
    frames: readonly FrameTracks[],
    {
      labels,
      timeOf,
    }: { readonly labels?: readonly string[]; readonly timeOf: (frame: FrameTracks) => number },
  ) {
    this.#layout = layout;
    this.#counter = new Counter(layout, labels);
    this.#frames = [...frames].sort((a, b) => a.index - b.index);
    this.#timeOf = timeOf;
  }

  get totals(): Counts {
    return this.#counter.totals;
  }

  /** As of a frame; frames are asked for in order. */
  at(index: number): readonly Place[] {
    let changed = this.#places === undefined;
    while (this.#next < this.#frames.length && this.#frames[this.#next]!.index <= index) {
      const frame = this.#frames[this.#next++]!;
      for (const event of this.#counter.update({ ...frame, time: this.#timeOf(frame) }).events) {
        changed = true;
        if (event.type !== "entered" && event.type !== "exited") continue;
        const inside = (this.#inside.get(event.zone) ?? 0) + (event.type === "entered" ? 1 : -1);
        this.#inside.set(event.zone, inside);
      }
    }
    if (changed) this.#places = this.#describe();
    return this.#places!;
  }

  #describe(): Place[] {
    const { lines, zones } = this.#counter.totals;
    return [
      ...lines.map(({ name, in: inward, out }, i) => ({
        points: this.#layout.lines[i]!.ends,
        text: `${name}   in ${inward}   out ${out}`,
      })),
      ...zones.map(({ name, visits }, i) => ({
        points: this.#layout.zones[i]!.polygon,
        text: `${name}   ${this.#inside.get(name) ?? 0} inside   ${visits} ${visits === 1 ? "visit" : "visits"}`,
      })),
    ];
  }
}
