/** Counts over time, for charts. */
import type { CountEvent } from "../../types.js";

/** Times, then one list of values for each label. */
export interface Series {
  readonly labels: readonly string[];
  readonly data: readonly (readonly number[])[];
}

const POINTS = 600;

/** Times at which a chart has values, the last one the end. */
const timesOf = ([from, to]: readonly [number, number]): number[] =>
  Array.from({ length: POINTS + 1 }, (_, i) => from + ((to - from) * i) / POINTS);

/** How often each line was crossed up to each time. */
export function crossingsOf(
  events: readonly CountEvent[],
  lines: readonly string[],
  span: readonly [from: number, to: number],
): Series {
  const labels = lines.flatMap((name) => [`${name} in`, `${name} out`]);
  const at = new Map(lines.map((name, i) => [name, 2 * i]));
  return follow(events, labels, span, (event, values) => {
    const label = event.type === "crossed" ? at.get(event.line) : undefined;
    if (label !== undefined)
      values[label + (event.type === "crossed" && event.direction === "out" ? 1 : 0)]++;
  });
}

/** How many are in each zone at each time. */
export function occupancyOf(
  events: readonly CountEvent[],
  zones: readonly string[],
  span: readonly [from: number, to: number],
): Series {
  const at = new Map(zones.map((name, i) => [name, i]));
  return follow(events, zones, span, (event, values) => {
    if (event.type !== "entered" && event.type !== "exited") return;
    const label = at.get(event.zone);
    if (label !== undefined) values[label] += event.type === "entered" ? 1 : -1;
  });
}

/** Events are in the order of time. */
function follow(
  events: readonly CountEvent[],
  labels: readonly string[],
  span: readonly [from: number, to: number],
  apply: (event: CountEvent, values: number[]) => void,
): Series {
  const times = timesOf(span);
  const values = labels.map(() => 0);
  const columns = labels.map((): number[] => []);
  let next = 0;
  for (const time of times) {
    for (; next < events.length && events[next]!.time <= time; next++) apply(events[next]!, values);
    for (const [i, value] of values.entries()) columns[i]!.push(value);
  }
  return { labels, data: [times, ...columns] };
}
