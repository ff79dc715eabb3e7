/**
 * Tracks files of an input that never ends: one after the other by time or size, each complete by itself.
 */
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { z } from "zod";
import { writeDurably } from "../checkpoint/durable.js";
import { type Lock, takeLock } from "../checkpoint/lock.js";
import { OutputError } from "../errors.js";
import { beside } from "../format/beside.js";
import { checkTrackFiles, findOutputs, openTrackFiles, type TrackFiles } from "../format/files.js";
import { IdSet } from "../math/id-set.js";
import type { Damage, FrameTracks, TracksHeader } from "../types.js";
import { salvage } from "./salvage.js";

/** When a file is complete and the next one begins. */
export interface Rotation {
  /** Seconds; files begin at whole multiples of it, in UTC. */
  readonly seconds?: number;
  /** Bytes of the largest file, about. */
  readonly bytes?: number;
}

/** What the files say, and when they change. */
export interface PartsOptions {
  readonly header: TracksHeader;
  /** The wall clock at time 0. */
  readonly startedAt: Date;
  /** @default one file until the end, under the name that was given */
  readonly rotation?: Rotation;
  /** Told the names of files that are complete. */
  readonly onComplete?: (paths: readonly string[]) => void;
}

/** Seconds of output that are lost at most when the process is killed. */
const FLUSH = 2;
/** Gaps that a file lists; more are counted. */
const LISTED = 1000;

const unfinishedSchema = z.strictObject({
  parts: z.array(z.strictObject({ path: z.string(), as: z.string() })),
});

/** "tracks.jsonl" at a time is "tracks-20261122T071612Z.jsonl". */
export function timedName(path: string, at: Date): string {
  const extension = extname(path);
  const time = at.toISOString().replaceAll(/[-:]|\.\d+/g, "");
  return free(join(dirname(path), `${basename(path, extension)}-${time}`), extension);
}

/** Nothing is overwritten: a name that is taken gets a number. */
function free(stem: string, extension: string): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? stem + extension : `${stem}-${n}${extension}`;
    if (!existsSync(name) && !existsSync(beside(resolve(name), "part"))) return name;
  }
}

/** Files that may be written now, by this run alone. */
export interface PreparedParts {
  /** Names of what an earlier run had left. */
  readonly recovered: readonly string[];
  open(options: PartsOptions): Parts;
  /** Lets other runs write them; called where nothing was opened. */
  release(): Promise<void>;
}

/** The tracks files of a live run while they are written. */
export class Parts {
  readonly #paths: readonly string[];
  readonly #options: PartsOptions;
  readonly #locks: readonly Lock[];
  /** Where is written down what is open. */
  readonly #note: string | undefined;
  #files: TrackFiles | undefined;
  #names: readonly string[] = [];
  #number = 0;
  #end = Number.POSITIVE_INFINITY;
  #flushed = 0;
  #bytes = 0;
  /** Of the open files. */
  #identities = new IdSet();
  #gaps: Damage[] = [];
  #moreGaps = 0;
  /** Frames that came and that were dropped, up to now and before the open files. */
  #totals = { received: 0, dropped: 0 };
  #before = { received: 0, dropped: 0 };

  private constructor(
    paths: readonly string[],
    options: PartsOptions,
    locks: readonly Lock[],
    note: string | undefined,
  ) {
    this.#paths = paths;
    this.#options = options;
    this.#locks = locks;
    this.#note = note;
  }

  /**
   * Looks at the files before any work is done. What an earlier run left unfinished when it was killed gets its end and
   * a name with its time.
   *
   * @throws {OutputError} where they cannot be written, or another run writes them
   * @throws {RangeError} where an ending is unknown or a file is named twice
   */
  static async prepare(paths: readonly string[]): Promise<PreparedParts> {
    await checkTrackFiles(paths);
    const files = (await findOutputs(paths)).filter(({ kind }) => kind === "file");
    const locks: Lock[] = [];
    const release = async () => {
      for (const lock of locks.splice(0)) await lock.release();
    };
    for (const { identity, path } of files) {
      const lock = await takeLock(beside(identity, "lock"));
      if ("release" in lock) {
        locks.push(lock);
        continue;
      }
      await release();
      throw new OutputError(
        `Cannot write ${JSON.stringify(path)}: another run (process ${lock.pid} on ${lock.host}) is writing it`,
      );
    }
    const note = files[0] && beside(files[0].identity, "live");
    const recovered: string[] = [];
    for (const { path, as } of note === undefined ? [] : await unfinished(note)) {
      const extension = extname(as);
      const name = free(as.slice(0, as.length - extension.length), extension);
      if (await salvage(beside(path, "part"), name)) recovered.push(name);
    }
    if (note !== undefined) await rm(note, { force: true });
    return { recovered, release, open: (options) => new Parts(paths, options, locks, note) };
  }

  /** The files that are open. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** Bytes of the open files, as of the last time they were brought to the disk. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @param totals frames so far that came, and that were dropped, this one included */
  async write(
    frame: FrameTracks,
    totals: { readonly received: number; readonly dropped: number },
  ): Promise<void> {
    if (this.#files && this.#isOver(frame.time)) await this.#complete();
    if (!this.#files) await this.#begin(frame.time);
    await this.#files!.write(frame);
    for (const { id } of frame.tracks) this.#identities.add(id);
    this.#totals = totals;
    if (frame.time - this.#flushed < FLUSH) return;
    this.#flushed = frame.time;
    const marks = await this.#files!.mark();
    this.#bytes = Math.max(...marks.map(({ bytes }) => bytes));
  }

  /** There was nothing to track for a while. */
  gap(gap: Damage): void {
    if (this.#gaps.length < LISTED) this.#gaps.push(gap);
    else this.#moreGaps++;
  }

  /** Completes what is open. Nothing is left behind where nothing was written. */
  async finish(): Promise<void> {
    if (this.#files) await this.#complete();
  }

  /** Always called at the end: what is not complete by then is left for the next run to complete. */
  async close(): Promise<void> {
    await this.#files?.keep();
    for (const lock of this.#locks) await lock.release();
  }

  #isOver(time: number): boolean {
    const { bytes = Number.POSITIVE_INFINITY } = this.#options.rotation ?? {};
    return time >= this.#end || this.#bytes >= bytes;
  }

  async #begin(time: number): Promise<void> {
    const { header, startedAt, rotation } = this.#options;
    const at = new Date(startedAt.getTime() + time * 1e3);
    const { seconds } = rotation ?? {};
    if (seconds !== undefined) {
      const wall = at.getTime() / 1e3;
      this.#end = time + (Math.floor(wall / seconds) + 1) * seconds - wall;
    }
    const outputs = await findOutputs(this.#paths);
    this.#names = rotation ? this.#paths.map((path) => timedName(path, at)) : this.#paths;
    this.#number++;
    const live = { startedAt: startedAt.toISOString(), part: this.#number, partAt: at.toISOString() };
    if (this.#note !== undefined) {
      const named = await findOutputs(this.#names);
      const parts = outputs.flatMap(({ kind, identity }, i) =>
        kind === "file" ? [{ path: named[i]!.identity, as: timedName(identity, at) }] : [],
      );
      await writeDurably(this.#note, JSON.stringify({ parts }));
    }
    const run = { ...header.run, live: { ...(header.run.live as object | undefined), ...live } };
    this.#files = await openTrackFiles(this.#names, { ...header, run }, { lasting: true });
    this.#flushed = time;
    this.#bytes = 0;
  }

  async #complete(): Promise<void> {
    const files = this.#files!;
    const { received, dropped } = this.#totals;
    const damage = [...this.#gaps];
    if (this.#moreGaps > 0) damage.push({ kind: "missing", reason: `and ${this.#moreGaps} more gaps` });
    await files.finish({
      identities: this.#identities.size,
      integrity: {
        complete: damage.length === 0,
        frames: received - this.#before.received,
        damage,
        dropped: dropped - this.#before.dropped,
      },
    });
    this.#files = undefined;
    if (this.#note !== undefined) await rm(this.#note, { force: true });
    this.#options.onComplete?.(this.#names);
    this.#before = this.#totals;
    this.#identities = new IdSet();
    this.#gaps = [];
    this.#moreGaps = 0;
  }
}

async function unfinished(note: string): Promise<{ readonly path: string; readonly as: string }[]> {
  const text = await readFile(note, "utf8").catch(() => "{}");
  try {
    return unfinishedSchema.parse(JSON.parse(text)).parts;
  } catch {
    return [];
  }
}
