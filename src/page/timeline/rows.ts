/** Which identities the timeline shows, in which order, and what is marked on them. */
import { computed, signal } from "@preact/signals";
import type { Mistake } from "../../report/boot.js";
import type { Finding } from "../../report/health.js";
import type { Join } from "../../report/lives.js";
import { positionOf } from "../../report/run.js";
import type { CountEvent } from "../../types.js";
import { counted, health, lives, range, report, run, shownClasses } from "../state.js";

export type Order = "first" | "length" | "id";

export const order = signal<Order>("first");
/** Seconds; shorter lives are left out. */
export const leastLength = signal(0);
/** Whether those who are not there in the window are left out. */
export const isInWindowOnly = signal(true);

const lengthOf = (at: number): number => {
  const { first, last } = lives.value;
  return run.value.time[last[at]!]! - run.value.time[first[at]!]!;
};

/** Places in `lives` that are asked for, from top to bottom, at whatever time they are there. */
const asked = computed((): Int32Array => {
  const { id, first, class: classes } = lives.value;
  const kept: number[] = [];
  for (let at = 0; at < id.length; at++)
    if ((shownClasses.value?.has(classes[at]!) ?? true) && lengthOf(at) >= leastLength.value) kept.push(at);
  if (order.value === "first") kept.sort((a, b) => first[a]! - first[b]! || id[a]! - id[b]!);
  if (order.value === "length") {
    const lengths = Float64Array.from(id, (_, at) => lengthOf(at));
    kept.sort((a, b) => lengths[b]! - lengths[a]! || id[a]! - id[b]!);
  }
  return Int32Array.from(kept);
});

/** Places in `lives` that are shown, from top to bottom. */
export const rows = computed((): Int32Array => {
  if (!isInWindowOnly.value || range.value === undefined) return asked.value;
  const { first, last } = lives.value;
  const { time } = run.value;
  const [from, to] = range.value;
  return asked.value.filter((at) => time[last[at]!]! >= from && time[first[at]!]! <= to);
});

/** Marks of one identity, each list in the order of frames. */
export interface Marks {
  readonly doubts: Finding[];
  readonly joins: Join[];
  readonly mistakes: (Mistake & { readonly at: number })[];
  readonly events: (CountEvent & { readonly at: number })[];
}

/** Marks by identity, those that have none left out. */
export const marks = computed(() => {
  const all = new Map<number, Marks>();
  const of = (id: number): Marks => {
    const found = all.get(id) ?? { doubts: [], joins: [], mistakes: [], events: [] };
    all.set(id, found);
    return found;
  };
  for (const finding of health.value?.findings ?? [])
    for (const id of finding.ids) of(id).doubts.push(finding);
  for (const join of lives.value.joins) of(join.id).joins.push(join);
  for (const mistake of report.value.scores?.mistakes ?? [])
    if (mistake.id !== undefined)
      of(mistake.id).mistakes.push({ ...mistake, at: positionOf(run.value, mistake.frame) });
  for (const event of counted.value?.events ?? [])
    if (event.type === "crossed")
      of(event.id).events.push({ ...event, at: positionOf(run.value, event.frame) });
  return all;
});

/** Positions of the misses, which belong to no identity. */
export const misses = computed(() =>
  Int32Array.from(
    (report.value.scores?.mistakes ?? []).filter(({ kind }) => kind === "miss"),
    ({ frame }) => positionOf(run.value, frame),
  ),
);

/** Stretches of damaged or missing video. */
export const damage = computed(() => (health.value?.findings ?? []).filter(({ kind }) => kind === "damage"));
