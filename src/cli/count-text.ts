/** Counts for people. */
import type { Counts, Crossings, Stays } from "../types.js";
import { formatTime, short } from "./reporter.js";
import { layOut } from "./table.js";

/** Tables of lines and zones, of all classes and, where there are several, of each. */
export function countsTable({ lines, zones }: Counts, width: number): string {
  const crossings = (counts: Crossings) => [counts.in, counts.out].map(String);
  const stays = ({ visits, identities, entered, exited, dwell, occupancy }: Stays) => [
    ...[visits, identities, entered, exited].map(String),
    ...[dwell.mean, dwell.max].map(duration),
    short(occupancy.mean),
    String(occupancy.max),
  ];
  const rowsOf = <T extends Crossings | Stays>(
    places: readonly (T & { name: string; classes: readonly (T & { label: string })[] })[],
    cells: (one: T) => string[],
  ) =>
    places.flatMap((one) => [
      [oneLine(one.name), ...cells(one)],
      ...(one.classes.length > 1
        ? one.classes.map((each) => [`  ${oneLine(each.label)}`, ...cells(each)])
        : []),
    ]);
  const tables: string[] = [];
  if (lines.length > 0) tables.push(layOut([["line", "in", "out"], ...rowsOf(lines, crossings)], width));
  if (zones.length > 0) {
    const head = [
      "visits",
      "identities",
      "entered",
      "exited",
      "mean dwell",
      "longest",
      "mean inside",
      "most",
    ];
    tables.push(layOut([["zone", ...head], ...rowsOf(zones, stays)], width));
  }
  return tables.join("\n");
}

/** "4.2 s", "1:02:03". */
const duration = (seconds: number): string =>
  seconds < 60 ? `${seconds.toFixed(1)} s` : formatTime(seconds);

/** Names may hold anything. */
const oneLine = (text: string): string => text.replaceAll(/\p{Cc}+/gu, "?");
