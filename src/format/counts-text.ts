/**
 * Counts at lines and in zones as text. Pure, so that pages write what `track count` writes.
 */
import type { CountEvent, Counts, Crossings, Stays } from "../types.js";
import { seconds } from "./_text.js";

export const COUNTS_FORMAT = "throughline-counts";

/** What stands at the head of a counts file. */
export interface CountsHeader {
  /** What was counted in. */
  readonly input: string;
  /** Where was counted. */
  readonly zones: Readonly<Record<string, unknown>>;
  /** Class names. */
  readonly labels: readonly string[] | undefined;
}

/** One way of writing counts. */
export interface CountsFormat {
  readonly extension: string;
  begin(header: CountsHeader): string;
  event?(event: CountEvent, header: CountsHeader): string;
  minute(minute: Counts, isFirst: boolean): string;
  end(totals: Counts): string;
}

const COLUMNS = [
  ...["period", "from", "to", "kind", "name", "class", "in", "out"],
  ...["visits", "identities", "entered", "exited"],
  ...["dwell_mean", "dwell_max", "occupancy_mean", "occupancy_max"],
];

const csv: CountsFormat = {
  extension: ".csv",
  begin: () => `${COLUMNS.join(",")}\n`,
  minute: (minute) => rowsOf("minute", minute),
  end: (totals) => rowsOf("total", totals),
};

/** What the standard output gets. */
export const json: CountsFormat = {
  extension: ".json",
  begin: ({ input, zones }) =>
    `${JSON.stringify({ format: COUNTS_FORMAT, version: 1, input, zones }).slice(0, -1)},"minutes":[\n`,
  minute: (minute, isFirst) => (isFirst ? "" : ",\n") + JSON.stringify(minute),
  end: (totals) => `\n],"totals":${JSON.stringify(totals)}}\n`,
};

const line = (value: object): string => `${JSON.stringify(value)}\n`;

const jsonl: CountsFormat = {
  extension: ".jsonl",
  begin: ({ input, zones }) => line({ type: "header", format: COUNTS_FORMAT, version: 1, input, zones }),
  event: ({ type, frame, time, id, class: c, ...rest }, { labels }) =>
    line({ type, frame, time: seconds(time), id, class: c, label: labels?.[c], ...rest }),
  minute: (minute) => line({ type: "minute", ...minute }),
  end: (totals) => line({ type: "totals", ...totals }),
};

/** Every format of counts, chosen by the ending of the file's name. */
export const countsFormats: readonly CountsFormat[] = [csv, json, jsonl];

/** What became certain in a frame, and the minute that was over before it. */
export interface Counted {
  readonly events: readonly CountEvent[];
  readonly minute?: Counts;
}

/** A counts file in pieces, in the order in which a counter gives what is in it. */
export class CountsText {
  readonly #format: CountsFormat;
  readonly #header: CountsHeader;
  #minutes: number;

  /** @param minutes that are written already, where a file is gone on with */
  constructor(format: CountsFormat, header: CountsHeader, minutes = 0) {
    this.#format = format;
    this.#header = header;
    this.#minutes = minutes;
  }

  begin(): string {
    return this.#format.begin(this.#header);
  }

  /** What a counter gave for a frame. */
  write(counted: Counted): string {
    return this.#minuteOf(counted) + this.#eventsOf(counted);
  }

  /** What it gave in the end, and the totals. */
  end(counted: Counted, totals: Counts): string {
    // In the end the last minute is over with the last events, not before them.
    return this.#eventsOf(counted) + this.#minuteOf(counted) + this.#format.end(totals);
  }

  #eventsOf({ events }: Counted): string {
    return events.map((one) => this.#format.event?.(one, this.#header) ?? "").join("");
  }

  #minuteOf({ minute }: Counted): string {
    return minute ? this.#format.minute(minute, this.#minutes++ === 0) : "";
  }
}

/** A row for all classes of every place, and one for each class that had something. */
function rowsOf(period: string, { from, to, lines, zones }: Counts): string {
  const row = (kind: string, name: string, label: string, values: readonly (number | string)[]): string =>
    `${[period, seconds(from), seconds(to), kind, quoted(name), quoted(label), ...values].join(",")}\n`;
  const crossings = (counts: Crossings) => [counts.in, counts.out, ...Array(8).fill("")];
  const stays = ({ visits, identities, entered, exited, dwell, occupancy }: Stays) => [
    ...["", "", visits, identities, entered, exited],
    ...[dwell.mean, dwell.max, occupancy.mean, occupancy.max],
  ];
  return [
    ...lines.flatMap((one) => [
      row("line", one.name, "all", crossings(one)),
      ...one.classes.map((each) => row("line", one.name, each.label, crossings(each))),
    ]),
    ...zones.flatMap((one) => [
      row("zone", one.name, "all", stays(one)),
      ...one.classes.map((each) => row("zone", one.name, each.label, stays(each))),
    ]),
  ].join("");
}

const quoted = (field: string): string =>
  /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
