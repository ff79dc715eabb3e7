/**
 * `track count`: counts at lines and in zones on a finished tracks file, without the video.
 */
import { extname } from "node:path";
import { Counter, layOutZones } from "../count/index.js";
import { type CountsFile, checkCountsFile, openCountsFile } from "../format/counts.js";
import type { FrameTracks } from "../types.js";
import { countsTable } from "./count-text.js";
import { asUsage, exitCodes, UsageError } from "./errors.js";
import type { Streams } from "./models.js";
import { widthOf } from "./table.js";
import { readTracks } from "./tracks-file.js";
import { USUAL_RATE } from "./usual-rate.js";
import { readZones } from "./zones-file.js";

/** The options of the command line, as given. */
export interface CountOptions {
  readonly zones?: string;
  readonly out?: string;
  readonly json?: boolean;
  /** Of tracks without times. */
  readonly frameRate?: string;
  /** Of the picture, where the tracks do not say. */
  readonly size?: string;
}

/**
 * Counts and prints a table, or JSON. Returns the exit code.
 *
 * @throws {UsageError} {InputError} {OutputError} {SyntaxError}
 */
export async function runCount(
  path: string,
  { zones: zonesPath, out, json = false, frameRate, size }: CountOptions,
  { stdout, stderr }: Streams,
): Promise<number> {
  if (zonesPath === undefined)
    throw new UsageError("Nothing to count at: name the lines and zones, as in --zones zones.json");
  if (json && out === "-") throw new UsageError("Option --json: --out - is the same; give one of them");
  const rate = frameRate === undefined ? undefined : rateOf(frameRate);
  const given = size === undefined ? undefined : sizeOf(size);
  const zones = readZones(zonesPath);
  const file = json ? "-" : out;
  if (file !== undefined) await asUsage(() => checkCountsFile(file));
  const note = (text: string) => stderr.write(`note: ${text}\n`);
  const quoted = JSON.stringify(path);
  const { header, frames: parsed, footer, labels } = readTracks(path);
  const own = header && header.width > 0 && header.height > 0 ? header : undefined;
  const layout = await asUsage(() => {
    if (zones.units === "fraction" && !given && !own)
      throw new UsageError(
        `Option --size: expected with fractions, since ${quoted} does not say how large the picture is`,
      );
    return layOutZones(zones, { size: given ?? own, labels });
  });
  if (footer ? !footer.integrity.complete : /\.jsonl$/i.test(path))
    note(`${quoted} holds a part of its input only: the run was cut short or the input damaged`);
  const isMot = extname(path).toLowerCase() === ".txt";
  if (isMot && rate === undefined)
    note(`${quoted} has no times: taken as ${USUAL_RATE} frames per second; --frame-rate says otherwise`);
  if (labels === undefined && [...zones.zones, ...zones.lines].some(({ classes }) => classes))
    note(`${quoted} cannot tell classes apart: everything in it counts as every class`);
  const counter = new Counter(layout, labels);
  const frames = isMot ? timed(parsed, rate ?? USUAL_RATE) : parsed;
  const inputs = [path, zonesPath];
  const files: CountsFile[] = [];
  try {
    for (const name of new Set([out, file].filter((one) => one !== undefined)))
      files.push(
        await asUsage(() =>
          openCountsFile(name, { input: header?.input ?? path, zones, labels }, { inputs, stdout }),
        ),
      );
    // A format may have them in any order.
    for (const frame of [...frames].sort((a, b) => a.index - b.index)) {
      const certain = counter.update(frame);
      for (const one of files) await one.write(certain);
    }
    const last = counter.end();
    for (const one of files) await one.finish(last, counter.totals);
  } finally {
    for (const one of files) await one.discard();
  }
  if (file !== "-") stdout.write(countsTable(counter.totals, widthOf(stdout)));
  return exitCodes.done;
}

/** Frames whose time is their number, as if one took a second, by the clock. */
const timed = (frames: readonly FrameTracks[], rate: number): FrameTracks[] =>
  frames.map((frame) => ({ ...frame, time: frame.index / rate }));

function rateOf(text: string): number {
  const rate = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isFinite(rate) && rate > 0) return rate;
  throw new UsageError(`Option --frame-rate: expected a number above 0, got ${JSON.stringify(text)}`);
}

function sizeOf(text: string): { width: number; height: number } {
  const match = /^([1-9]\d{0,5})x([1-9]\d{0,5})$/i.exec(text.trim());
  if (match) return { width: Number(match[1]), height: Number(match[2]) };
  throw new UsageError(
    `Option --size: expected WIDTHxHEIGHT, such as 1920x1080, got ${JSON.stringify(text)}`,
  );
}
