/**
 * `track explain TRACKS ID@FRAME`: why an identity started, ended or changed there.
 */
import { existsSync } from "node:fs";
import { InputError } from "../errors.js";
import { type DecisionsHeader, readDecisions } from "../format/decisions.js";
import type { FrameTracks, ParsedTracks, Track } from "../types.js";
import { exitCodes, UsageError } from "./errors.js";
import { describeLife } from "./explain-text.js";
import { type Life, LifeReader, type Moment } from "./life.js";
import { usualLog } from "./outputs.js";
import { readTracks } from "./tracks-file.js";

export interface ExplainOptions {
  readonly stdout: NodeJS.WritableStream;
  /** The decision log. @default the tracks file's name with .explain.jsonl behind it */
  readonly log?: string;
  /** JSON in place of words. */
  readonly json?: boolean;
}

/**
 * Prints what the decision log knows of an identity around a frame. Returns the exit code.
 *
 * @throws {UsageError} `place` is not ID@FRAME. @throws {InputError} there is no log, or it does not know the place.
 */
export async function explain(
  path: string,
  place: string,
  { stdout, log = usualLog(path), json = false }: ExplainOptions,
): Promise<number> {
  const [id, frame] = parsePlace(place);
  const tracks = readTracks(path);
  if (!existsSync(log))
    throw new InputError(
      `Cannot explain ${JSON.stringify(path)}: there is no decision log ${JSON.stringify(log)}; ` +
        "track again with --explain, or name the log with --log",
    );
  const online = beforeRefining(tracks.frames, id, frame);
  const reader = new LifeReader(online.id);
  let header: DecisionsHeader | undefined;
  for await (const decided of readDecisions(log, (read) => {
    header = read;
  }))
    reader.add(decided);
  checkSameRun(path, tracks, log, header!);
  const life = reader.life(online.frames, header!.limits);
  if (!life) throw new InputError(unknown(online.id, path, reader.ids));
  const moment = momentOf(life, frame, reader.frames);
  const labels = tracks.header?.labels;
  const { joined, interpolated } = online;
  if (json) {
    const told = { ...toJson(life, moment, header!, labels), ...(joined && { joinedTo: id }), interpolated };
    stdout.write(`${JSON.stringify(told, undefined, 2)}\n`);
  } else
    stdout.write(
      (joined ? `Told as ${online.id} while it was tracked; joined to ${id} after the last frame.\n` : "") +
        (interpolated ? `Its box in frame ${frame} was put between two others after the last frame.\n` : "") +
        describeLife(life, moment, {
          header: header!,
          labels,
          first: reader.frames[0]!,
          last: reader.frames.at(-1)!,
        }),
    );
  return exitCodes.done;
}

/**
 * The tracks as the tracker told them, before they were put right after the last frame, and what it called the identity
 * `id` in this frame, or the last one before it.
 */
function beforeRefining(all: readonly FrameTracks[], id: number, frame: number) {
  let found: Track | undefined;
  let interpolated: true | undefined;
  const frames = all.map((one): FrameTracks => {
    const own = one.tracks.find((track) => track.id === id);
    if (own && !own.interpolated && (!found || one.index <= frame)) found = own;
    if (own?.interpolated && one.index === frame) interpolated = true;
    const told = one.tracks.filter((track) => !track.interpolated);
    return { ...one, tracks: told.map((track) => ({ ...track, id: track.joined ?? track.id })) };
  });
  const { joined } = found ?? {};
  return { id: joined ?? id, joined: joined !== undefined, interpolated, frames };
}

/** "12@340" as numbers. */
function parsePlace(place: string): [id: number, frame: number] {
  const match = /^(\d{1,15})@(\d{1,15})$/.exec(place);
  if (match) return [Number(match[1]), Number(match[2])];
  throw new UsageError(
    `Cannot explain ${JSON.stringify(place)}: expected ID@FRAME, such as 12@340, frames from 0`,
  );
}

/** A log that stayed behind when the input was tracked again in another way explains nothing. */
function checkSameRun(path: string, { header }: ParsedTracks, log: string, logHeader: DecisionsHeader): void {
  if (!header) return;
  const key = ({ input, run }: Pick<DecisionsHeader, "input" | "run">) => JSON.stringify([input, run]);
  if (key(header) === key(logHeader)) return;
  throw new InputError(
    `Cannot explain ${JSON.stringify(path)}: ${JSON.stringify(log)} is of another run; track again with --explain`,
  );
}

function unknown(id: number, path: string, ids: readonly number[]): string {
  const what = `Cannot find identity ${id} of ${JSON.stringify(path)} in its log`;
  if (ids.length === 0) return `${what}: there is none at all`;
  const nearest = ids.reduce((a, b) => (Math.abs(b - id) < Math.abs(a - id) ? b : a));
  return `${what}: there are ${ids.length} from ${ids[0]} to ${ids.at(-1)}, the closest is ${nearest}`;
}

function momentOf({ id, moments }: Life, frame: number, frames: readonly number[]): Moment {
  const moment = moments.find((m) => m.frame === frame);
  if (moment) return moment;
  const [from, to] = [moments[0]!.frame, moments.at(-1)!.frame];
  if (frame < from || frame > to)
    throw new InputError(
      `Cannot explain frame ${frame} of identity ${id}: it lived from frame ${from} to frame ${to}`,
    );
  const nearest = frames.reduce((a, b) => (Math.abs(b - frame) < Math.abs(a - frame) ? b : a));
  throw new InputError(
    `Cannot explain frame ${frame} of identity ${id}: that frame was not tracked; the closest is ${nearest}`,
  );
}

function toJson(
  life: Life,
  { frame, time, decision }: Moment,
  { input, limits }: DecisionsHeader,
  labels?: readonly string[],
) {
  const { id, start, lost, end, reported, stretches, before, after } = life;
  const label = life.class === undefined ? undefined : labels?.[life.class];
  return {
    input,
    id,
    label,
    frame,
    time,
    decision,
    start,
    lost,
    end,
    reported,
    stretches,
    before,
    after,
    limits,
  };
}
