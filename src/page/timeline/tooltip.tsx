/** What is under the mouse on the timeline. */
import type { ReadonlySignal } from "@preact/signals";
import { FILLED } from "../../report/lives.js";
import { frameAt } from "../../report/run.js";
import { nameOf, sentenceOf } from "../findings.js";
import { clock, duration } from "../show.js";
import { lives, run } from "../state.js";
import { marks } from "./rows.js";

/** A place on the timeline. */
export interface Pointed {
  /** In `lives`. */
  readonly place: number;
  readonly seconds: number;
  /** Of the window, in pixels. */
  readonly x: number;
  readonly y: number;
  /** Seconds of a pixel. */
  readonly perPixel: number;
}

const NEAR = 6;

export function Tooltip({ pointed }: { readonly pointed: ReadonlySignal<Pointed | undefined> }) {
  const now = pointed.value;
  if (!now) return null;
  const { place, seconds, x, y } = now;
  const { id, first, last, class: classes } = lives.value;
  const { time, labels } = run.value;
  const [from, to] = [time[first[place]!]!, time[last[place]!]!];
  const isLeft = x > window.innerWidth - 320;
  const isUp = y > window.innerHeight - 180;
  return (
    <div
      class="tooltip"
      aria-hidden="true"
      style={{
        [isLeft ? "right" : "left"]: `${isLeft ? window.innerWidth - x + 14 : x + 14}px`,
        [isUp ? "bottom" : "top"]: `${isUp ? window.innerHeight - y + 10 : y + 14}px`,
      }}
    >
      <strong>{nameOf(id[place]!)}</strong> {labels[classes[place]!] ?? ""}
      <div class="faint">
        {clock(from)} to {clock(to)} ({duration(to - from)})
      </div>
      <div>
        {clock(seconds, 2)} {stateAt(place, seconds)}
      </div>
      {near(now).map((text) => (
        <div key={text} class="mark">
          {text}
        </div>
      ))}
    </div>
  );
}

function stateAt(place: number, seconds: number): string {
  const { stretch, from, to, kind, first, last } = lives.value;
  const at = frameAt(run.value, seconds);
  if (at < first[place]! || at > last[place]!) return "";
  for (let i = stretch[place]!; i < stretch[place + 1]!; i++)
    if (at >= from[i]! && at <= to[i]!) return kind[i] === FILLED ? "filled in" : "seen";
  return "missing";
}

/** Marks within reach of the mouse, in words. */
function near({ place, seconds, perPixel }: Pointed): string[] {
  const found = marks.value.get(lives.value.id[place]!);
  if (!found) return [];
  const { time } = run.value;
  const reach = NEAR * perPixel;
  const isNear = (from: number, to = from): boolean =>
    seconds >= time[from]! - reach && seconds <= time[to]! + reach;
  return [
    ...found.mistakes
      .filter(({ at }) => isNear(at))
      .map(({ kind, before }) => (kind === "switch" ? `switch: ${before} had the object before` : kind)),
    ...found.joins.filter(({ frame }) => isNear(frame)).map(({ before }) => `joined: was ${before}`),
    ...found.events
      .filter(({ at }) => isNear(at))
      .map((event) => (event.type === "crossed" ? `crossed ${event.line}: ${event.direction}` : "")),
    ...found.doubts.filter(({ from, to }) => isNear(from, to)).map(sentenceOf),
  ].slice(0, 5);
}
