/**
 * What the parts of the report share. Panels read and write these signals and never each other.
 */
import { computed, signal } from "@preact/signals";
import type { Zones } from "../count/zones.js";
import type { Report } from "../report/boot.js";
import type { Health } from "../report/health.js";
import { livesOf } from "../report/lives.js";
import { framesOfRows, identitiesOf, type Run } from "../report/run.js";
import type { CountEvent, Counts } from "../types.js";

/** The tracks that are shown; corrections make a new one. */
export const run = signal<Run>(undefined as unknown as Run);
export const report = signal<Report>(undefined as unknown as Report);

/** Rows of each identity. */
export const identities = computed(() => identitiesOf(run.value));
/** The frame of each row. */
export const rowFrames = computed(() => framesOfRows(run.value));

/** What becomes of each identity. */
export const lives = computed(() => livesOf(run.value, identities.value, rowFrames.value));
/** What looks doubtful; undefined while it is being found. */
export const health = signal<Health | undefined>(undefined);

/** The frame that is shown, by its position among the frames of the run. */
export const frame = signal(0);
export const playing = signal(false);
/** Times the usual speed. */
export const speed = signal(1);

/** Identities that were picked, in the order of picking. */
export const selected = signal<readonly number[]>([]);
export const hovered = signal<number | undefined>(undefined);
/** Seconds that the timeline shows; the whole run where undefined. */
export const range = signal<readonly [from: number, to: number] | undefined>(undefined);
/** The panel that is shown, by its name. */
export const panel = signal("Identities");
/** Classes that are shown; all where undefined. */
export const shownClasses = signal<ReadonlySet<number> | undefined>(undefined);

/** A zones file's content, also while it is edited and not yet complete. */
export const zones = signal<Zones>({
  units: "pixels",
  point: "foot",
  margin: 0.1,
  gap: 5,
  lines: [],
  zones: [],
});
/** What was counted with them; undefined while counting or where there are none. */
export const counted = signal<
  { readonly totals: Counts; readonly events: readonly CountEvent[] } | undefined
>(undefined);

/** More than one thing can be wrong; said on top of the page. */
export const notices = signal<readonly string[]>([]);

/** The name that was given to an identity, or its number. */
export const names = signal<ReadonlyMap<number, string>>(new Map());

/** Seconds of the shown frame. */
export const time = computed(() => run.value.time[frame.value] ?? 0);

/** Seconds of the whole run, its last frame included; never empty. */
export const span = computed((): readonly [from: number, to: number] => {
  const { time, frameRate } = run.value;
  const [from, to] = [time[0] ?? 0, time[time.length - 1] ?? 0];
  const step = time.length > 1 ? (to - from) / (time.length - 1) : 1 / (frameRate ?? 25);
  return [from, Math.max(to + step, from + 1e-3)];
});

/** Goes to a frame; outside of the run to its nearest. */
export function goTo(at: number): void {
  frame.value = Math.min(Math.max(Math.round(at), 0), Math.max(run.value.index.length - 1, 0));
}

/** Picks an identity, alone or in addition. */
export function pick(id: number, more = false): void {
  const now = selected.value;
  if (more) selected.value = now.includes(id) ? now.filter((other) => other !== id) : [...now, id];
  else selected.value = now.length === 1 && now[0] === id ? [] : [id];
}
