/**
 * Counts at lines and in zones as text, by the ending of the name: .csv and .json have minutes and totals, .jsonl has the
 * events as well.
 */
import { extname } from "node:path";
import type { Writable } from "node:stream";
import type { CountEvent, Counts, Crossings, Stays } from "../types.js";
import { COUNTS_FORMAT } from "./_counts-schema.js";
import { findTarget } from "./_file.js";
import { type Draft, draftOf, type Lasting, openAll, publishAll } from "./_output.js";
import { seconds } from "./_text.js";

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
interface CountsFormat {
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

const json: CountsFormat = {
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

/** A file of counts while it is written. */
export interface CountsFile extends Draft {
  readonly path: string;
  /** Appends what a counter gave for a frame. */
  write(counted: Counted): Promise<void>;
  /** Appends what a counter gave in the end, and the totals. */
  end(counted: Counted, totals: Counts): Promise<void>;
  /** Ends the file and gives it its name, in place of what was there before. */
  finish(counted: Counted, totals: Counts): Promise<void>;
}

/** What became certain in a frame, and the minute that was over before it. */
interface Counted {
  readonly events: readonly CountEvent[];
  readonly minute?: Counts;
}

export interface CountsFileOptions extends Lasting {
  /** Files that are read in the same run and so must not be written. @default [] */
  readonly inputs?: readonly string[];
  /** What "-" writes to. @default process.stdout */
  readonly stdout?: Writable;
  /** Minutes that are in the file already, where it is gone on with. @default 0 */
  readonly minutes?: number;
}

/**
 * Whether counts can be written under this name; "-" is the standard output and gets JSON.
 *
 * @throws {RangeError} where the ending is none of those that there are.
 */
export function checkCountsFile(path: string): void {
  formatOf(path);
}

function formatOf(path: string): CountsFormat {
  if (path === "-") return json;
  const ending = extname(path).toLowerCase();
  const format = countsFormats.find(({ extension }) => extension === ending);
  if (format) return format;
  throw new RangeError(
    `Cannot write counts to ${JSON.stringify(path)}: expected a name that ends in ${countsFormats.map((f) => f.extension).join(", ")}`,
  );
}

/**
 * Opens a counts file for writing, under a temporary name until it is published.
 *
 * @throws {RangeError} where its ending is unknown.
 * @throws {OutputError} where it cannot be written or is one of the `inputs`.
 * @throws {InputError} where it is not there as `from` says.
 */
export async function openCountsFile(
  path: string,
  header: CountsHeader,
  { inputs = [], minutes = 0, ...lasting }: CountsFileOptions = {},
): Promise<CountsFile> {
  const format = formatOf(path);
  const [file] = await openAll([await findTarget(path, inputs)], lasting);
  const draft = draftOf([file!]);
  if (!lasting.from) await file!.write(format.begin(header));
  let written = minutes;
  const write = async (text: string): Promise<void> => {
    if (text !== "") await file!.write(text);
  };
  const eventsOf = ({ events }: Counted) => events.map((one) => format.event?.(one, header) ?? "").join("");
  const minuteOf = ({ minute }: Counted) => (minute ? format.minute(minute, written++ === 0) : "");
  // In the end the last minute is over with the last events, not before them.
  const end = (counted: Counted, totals: Counts) =>
    write(eventsOf(counted) + minuteOf(counted) + format.end(totals));
  return Object.assign(draft, {
    path,
    write: (counted: Counted) => write(minuteOf(counted) + eventsOf(counted)),
    end,
    async finish(counted: Counted, totals: Counts) {
      await end(counted, totals);
      await publishAll([draft]);
    },
  });
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
