/**
 * Comma-separated values with a header row, quoted as RFC 4180 says; lines end in LF.
 */
import type { Format, FrameTracks, Track, TracksHeader } from "../types.js";
import { cannotParse, pixels, quote, score, seconds } from "./_text.js";

const COLUMNS = [
  "frame",
  "time",
  "id",
  "x1",
  "y1",
  "x2",
  "y2",
  "score",
  "class",
  "label",
  "detection",
] as const;

/**
 * Tracks as a table, one row per identity and frame, for spreadsheets and data frames. Frames count from 0; rounding
 * as in the JSON document. Frames without tracks have no row.
 *
 * @example
 * const { frames } = csv.parse!(readFileSync("tracks.csv", "utf8"), "tracks.csv");
 */
export const csv: Format = {
  extension: ".csv",
  begin: () => `${COLUMNS.join(",")}\n`,
  frame: (frame, header) => frame.tracks.map((track) => formatLine(frame, track, header)).join(""),
  parse(text, name) {
    const frames = new Map<number, { time: number; tracks: Track[] }>();
    let first = true;
    for (const [fields, line] of rowsOf(text, name)) {
      if (first) {
        if (fields.join() !== COLUMNS.join())
          throw cannotParse(name, line, `expected the header ${COLUMNS.join()}, got ${quote(fields.join())}`);
        first = false;
        continue;
      }
      const { index, time, track } = parseRow(fields, name, line);
      const frame = frames.get(index) ?? { time, tracks: [] };
      frame.tracks.push(track);
      frames.set(index, frame);
    }
    if (first) throw cannotParse(name, 1, `expected the header ${COLUMNS.join()}, got nothing`);
    return {
      frames: [...frames]
        .sort(([a], [b]) => a - b)
        .map(([index, { time, tracks }]) => ({ index, time, tracks })),
    };
  },
};

function formatLine({ index, time }: FrameTracks, track: Track, { labels }: TracksHeader): string {
  return `${[
    index,
    seconds(time),
    track.id,
    ...track.box.map(pixels),
    score(track.score),
    track.class,
    quoted(labels[track.class] ?? ""),
    track.detection,
  ].join(",")}\n`;
}

const quoted = (field: string): string =>
  /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;

function parseRow(fields: readonly string[], name: string, line: number) {
  if (fields.length !== COLUMNS.length)
    throw cannotParse(name, line, `expected ${COLUMNS.length} columns, got ${fields.length}`);
  const value = (column: (typeof COLUMNS)[number], least?: number): number => {
    const text = fields[COLUMNS.indexOf(column)]!.trim();
    const number = text === "" ? Number.NaN : Number(text);
    const whole = least !== undefined;
    if (!Number.isFinite(number) || (whole && (!Number.isSafeInteger(number) || number < least)))
      throw cannotParse(
        name,
        line,
        `expected a ${whole ? `whole number from ${least}` : "number"} for ${column}, got ${quote(text)}`,
      );
    return number;
  };
  const track: Track = {
    id: value("id", 1),
    box: [value("x1"), value("y1"), value("x2"), value("y2")],
    score: value("score"),
    class: value("class", 0),
    detection: value("detection", -1),
  };
  return { index: value("frame", 0), time: value("time"), track };
}

/** The rows of a CSV text with the line each starts on; blank lines are skipped. */
function* rowsOf(text: string, name: string): Generator<readonly [fields: string[], line: number]> {
  // One field and what ends it: a comma, a line end, or the end of the text.
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  let fields: string[] = [];
  let line = 1;
  let start = 1;
  for (field.lastIndex = text.startsWith("\uFEFF") ? 1 : 0; field.lastIndex < text.length; ) {
    const match = field.exec(text);
    if (!match) throw cannotParse(name, line, "expected a quoted field to be closed and followed by a comma");
    const [whole, inQuotes, plain, end] = match;
    fields.push(inQuotes?.replaceAll('""', '"') ?? plain!);
    line += whole.split("\n").length - 1;
    if (end === ",") continue;
    if (fields.length > 1 || fields[0] !== "") yield [fields, start];
    fields = [];
    start = line;
  }
  if (fields.length > 0) yield [[...fields, ""], start];
}
