/**
 * `track apply`: tracks as they are after corrections.
 */
import { readFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { Counter, layOutZones, zonesSchema } from "../count/index.js";
import { Correctable, correctedFrames, historyOf, parseLog, type TracksIdentity } from "../edit/index.js";
import { InputError } from "../errors.js";
import { openTrackFiles, type TrackFiles } from "../format/files.js";
import { toRun } from "../report/run.js";
import type { Counts, FrameTracks, TracksFooter, TracksHeader } from "../types.js";
import { asUsage, exitCodes, UsageError } from "./errors.js";
import type { Streams } from "./models.js";
import { peopleFormats } from "./people.js";
import { plural } from "./reporter.js";
import { type NamedTracks, readTracks } from "./tracks-file.js";
import { identifyTracks } from "./tracks-identity.js";
import { USUAL_RATE } from "./usual-rate.js";

/** The options of the command line, as given. */
export interface ApplyOptions {
  readonly out: readonly string[];
  readonly tracks?: string;
  readonly quiet?: boolean;
}

/**
 * Writes the corrected tracks. Returns the exit code.
 *
 * @throws {UsageError} {InputError} {OutputError} {SyntaxError}
 */
export async function runApply(
  path: string,
  { out, tracks: given, quiet = false }: ApplyOptions,
  { stdout, stderr }: Streams,
): Promise<number> {
  if (out.length === 0)
    throw new UsageError("Nothing to write: name the corrected tracks, as in --out corrected.json");
  const log = parseLog(readText(path), path);
  const tracksPath = given ?? join(dirname(path), basename(log.tracks.file));
  refuseOther(await identifyTracks(tracksPath), log.tracks, { path, tracksPath });
  const parsed = readTracks(tracksPath);
  const { frames, names, corrections } = correct(parsed, log.entries, { path, tracksPath });
  const { file, sha256 } = log.tracks;
  const corrected = corrections > 0 ? { file, sha256, corrections } : undefined;
  const header = headerOf(parsed, { tracksPath, names, corrected });
  const isMot = extname(tracksPath).toLowerCase() === ".txt";
  const isTimed = !isMot || out.every((name) => extname(name).toLowerCase() === ".txt");
  const timed = isTimed ? frames : frames.map((frame) => ({ ...frame, time: frame.index / USUAL_RATE }));
  const { counts, note } =
    corrections > 0 ? countAgain(parsed, header, timed) : { counts: parsed.footer?.counts };
  const people = isMot ? undefined : peopleFormats(header.labels);
  const inputs = [path, tracksPath];
  let files: TrackFiles | undefined;
  try {
    files = await asUsage(() => openTrackFiles(out, header, { inputs, stdout, formats: people?.formats }));
    const identities = new Set<number>();
    for (const frame of timed) {
      for (const { id } of frame.tracks) identities.add(id);
      await files.write(frame);
    }
    await files.finish({
      identities: identities.size,
      integrity: parsed.footer?.integrity ?? integrityOf(tracksPath, frames.length),
      counts,
    });
    if (quiet) return exitCodes.done;
    if (!isTimed)
      stderr.write(
        `note: ${JSON.stringify(tracksPath)} has no times: taken as ${USUAL_RATE} frames per second\n`,
      );
    if (note) stderr.write(`note: ${note}\n`);
    const others = people?.leftOut() ?? 0;
    if (others > 0)
      stderr.write(
        `note: MOTChallenge files cannot tell classes apart: .txt holds people only (${plural(others, "other identity", "other identities")} left out)\n`,
      );
    if (!out.includes("-"))
      stdout.write(
        `${plural(corrections, "correction")}: ${plural(identities.size, "identity", "identities")} in ${out.map((name) => JSON.stringify(name)).join(" and ")}\n`,
      );
    return exitCodes.done;
  } finally {
    await files?.discard();
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "no such file" : code === "EISDIR" ? "it is a folder" : message;
    throw new InputError(`Cannot read ${JSON.stringify(path)}: ${why}`, { cause });
  }
}

interface Places {
  readonly path: string;
  readonly tracksPath: string;
}

/** @throws {InputError} the corrections are those of another file. */
function refuseOther(here: TracksIdentity, told: TracksIdentity, { path, tracksPath }: Places): void {
  if (here.sha256 === told.sha256) return;
  const short = (of: TracksIdentity) => `${of.bytes} bytes, SHA-256 ${of.sha256.slice(0, 12)}...`;
  throw new InputError(
    `Cannot apply ${JSON.stringify(path)} to ${JSON.stringify(tracksPath)}: it corrects another file, ${JSON.stringify(told.file)} of ${short(told)}, and this one has ${short(here)}; name the right one with --tracks`,
  );
}

function correct(
  { header, frames, labels = [] }: NamedTracks,
  entries: Parameters<typeof historyOf>[0],
  { path, tracksPath }: Places,
) {
  const { width = 0, height = 0, names } = header ?? {};
  const facts = { input: tracksPath, width, height, labels, names, isTimed: true };
  try {
    const { edits } = historyOf(entries);
    const result = new Correctable(toRun(facts, frames)).correct(edits);
    return {
      frames: edits.length > 0 ? correctedFrames(frames, result) : frames,
      names: result.names,
      corrections: edits.length,
    };
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new InputError(
      `Cannot apply ${JSON.stringify(path)} to ${JSON.stringify(tracksPath)}: ${cause.message}`,
      {
        cause,
      },
    );
  }
}

function headerOf(
  { header, labels = [] }: NamedTracks,
  {
    tracksPath,
    names,
    corrected,
  }: {
    readonly tracksPath: string;
    readonly names: ReadonlyMap<number, string>;
    /** Left out where nothing was corrected: the file is then as it was. */
    readonly corrected: Readonly<Record<string, unknown>> | undefined;
  },
): TracksHeader {
  const { run, ...facts } = header ?? { input: basename(tracksPath), width: 0, height: 0, labels, run: {} };
  // What is corrected may have been corrected before.
  const before = Array.isArray(run.corrected) ? run.corrected : [];
  return {
    ...facts,
    names: names.size > 0 ? Object.fromEntries(names) : undefined,
    run: corrected ? { ...run, corrected: [...before, corrected] } : run,
  };
}

/** What is known of a file without a footer: a .jsonl was cut off, the other formats have none. */
const integrityOf = (path: string, frames: number): TracksFooter["integrity"] => {
  const isCut = extname(path).toLowerCase() === ".jsonl";
  return { complete: !isCut, frames, damage: [], ...(isCut ? { interrupted: true } : {}) };
};

/** Counts depend on identities: they are made again where the file says at which zones, else left out. */
function countAgain(
  { footer }: NamedTracks,
  { run, width, height, labels }: TracksHeader,
  frames: readonly FrameTracks[],
): { readonly counts?: Counts; readonly note?: string } {
  if (!footer?.counts) return {};
  const zones = zonesSchema.safeParse(run.zones).data;
  if (!zones) return { note: "what was counted is left out: the file does not say at which lines and zones" };
  try {
    const size = width > 0 && height > 0 ? { width, height } : undefined;
    const counter = new Counter(layOutZones(zones, { size, labels }), labels);
    for (const frame of frames) counter.update(frame);
    counter.end();
    return { counts: counter.totals };
  } catch (error) {
    return { note: `what was counted is left out: ${(error as Error).message}` };
  }
}
