/**
 * Live inputs: cameras and streams that are watched as they happen, for as long as it takes.
 */
import { setTimeout as wait } from "node:timers/promises";
import { InputError } from "../errors.js";
import type { Damage, Frame, Integrity } from "../types.js";
import { StreamClock } from "./_live-clock.js";
import { type ConnectionEnd, LiveConnection, type LivePicture } from "./_live-connection.js";
import { Newest } from "./_live-newest.js";
import { PixelFrame } from "./_pixels.js";
import { type Ffmpeg, findFfmpeg } from "./find.js";
import { type FrameSource, type InputOptions, type Selection, select } from "./source.js";
import { type Address, parseAddress } from "./stream-address.js";

/** How a live input is watched; everything has a default. */
export interface StreamOptions
  extends Pick<
    InputOptions,
    "end" | "every" | "maxPixels" | "threads" | "frameRate" | "ffmpeg" | "env" | "signal"
  > {
  /** Seconds without a frame after which a connection counts as lost; for the first frame, twice as many. @default 10 */
  readonly timeout?: number;
  /** Seconds without a frame after which it is not tried again. @default never */
  readonly giveUp?: number;
  /** Told what happens to the connection, at once. */
  readonly onEvent?: (event: StreamEvent) => void;
}

/** What happens to a connection. */
export type StreamEvent =
  | { readonly type: "connected"; readonly width: number; readonly height: number }
  /** There is no connection, or no longer; the next try is after `seconds`. */
  | { readonly type: "waiting"; readonly reason: string; readonly seconds: number; readonly wasOpen: boolean }
  /** The camera's pictures have another size; they are scaled to the first. */
  | { readonly type: "resized"; readonly width: number; readonly height: number };

/** The time in which there were no pictures. */
export interface Gap {
  readonly seconds: number;
  readonly reason: string;
}

/** A frame of a live input. */
export interface LiveFrame extends Frame {
  /** When it came: seconds, of `performance.now()`. */
  readonly arrival: number;
  /** Seconds by which it came later than the most punctual frames of the last minutes. */
  readonly behind: number;
  /** Where it is the first after a connection was lost. */
  readonly gap?: Gap;
}

/** How a live input does. */
export interface StreamStats {
  readonly state: "connecting" | "open" | "waiting" | "closed";
  /** Frames that came, and those of them that were left out because a newer one was there. */
  readonly received: number;
  readonly dropped: number;
  /** Connections after the first one that brought pictures. */
  readonly reconnects: number;
  /** Why there was no connection the last time. */
  readonly reason: string | undefined;
}

/** Frames of a live input as they come. Whoever is slow gets the newest; those in between are left out and counted. */
export interface LiveSource extends FrameSource, AsyncIterable<LiveFrame> {
  /** The wall clock at the first frame, whose time is 0. */
  readonly startedAt: Date;
  /** True where it was given up on. */
  readonly gaveUp: boolean;
  stats(): StreamStats;
  [Symbol.asyncIterator](): AsyncIterator<LiveFrame>;
}

/** What is used where `StreamOptions` say nothing. */
export const streamDefaults = { timeout: 10 } as const;

/** Seconds before the second try, and between tries that fail for long. */
const BACKOFF = { first: 0.5, longest: 30 };
/** Seconds of pictures after which a connection counts as a good one, and the next is tried soon. */
const GOOD = 10;
/** Seconds by which a stream may lag behind itself, for so many seconds, before it is opened anew at the present. */
const LAG = { most: 5, patience: 5 };
/** A stream tells what is in it soon or, with key frames that are far apart, late: seconds, and how they grow. */
const ANALYSIS = { first: 1, growth: 4 };
/** Milliseconds between two looks at the clock. */
const LOOK = 100;
/** Gaps that an account lists, the latest. */
const LISTED = 100;

/**
 * Watches a live input: `rtsp://` (over TCP), `rtsps://`, `http://` and `https://` (a video or MJPEG in one piece), or a
 * device such as /dev/video0. Resolves at the first frame and then never waits for whoever takes the frames: one that
 * is not taken before the next one comes is dropped. A connection that ends, or brings nothing for `timeout` seconds, is
 * opened again, after half a second and then ever later, up to 30 seconds. `Frame.index` counts the dropped frames too,
 * and `Frame.time` goes on over a gap as the wall clock did. Where the camera changes its size, frames keep the first.
 *
 * @throws {InputError} for what is no live input, or where it was given up on before the first frame
 * @throws {EnvironmentError} where no ffmpeg works
 * @throws {RangeError} for an option out of range
 *
 * @example
 * const source = await openStream("rtsp://camera.local/stream1", { giveUp: 60 });
 * for await (const { time, tracks } of track(source, { detector, tracker: new Sort() }))
 *   console.log(time, tracks.length, source.stats().dropped);
 */
export async function openStream(input: string, options: StreamOptions = {}): Promise<LiveSource> {
  const selection = select(options);
  const { timeout = streamDefaults.timeout, giveUp = Number.POSITIVE_INFINITY, signal } = options;
  if (!(Number.isFinite(timeout) && timeout > 0))
    throw new RangeError(`Option "timeout" must be seconds above 0, got ${timeout}`);
  if (!(giveUp >= 0)) throw new RangeError(`Option "giveUp" must be seconds from 0, got ${giveUp}`);
  signal?.throwIfAborted();
  const address = parseAddress(input);
  const ffmpeg =
    typeof options.ffmpeg === "object"
      ? options.ffmpeg
      : await findFfmpeg({ ffmpeg: options.ffmpeg, env: options.env, signal });
  signal?.throwIfAborted();
  const stream = new LiveStream({ ...options, address, ffmpeg, selection, timeout, giveUp });
  try {
    await stream.opened;
    return stream;
  } catch (error) {
    await stream.close();
    throw error;
  }
}

type Complete = Omit<StreamOptions, "ffmpeg"> & {
  readonly address: Address;
  readonly ffmpeg: Ffmpeg;
  readonly selection: Selection;
  readonly timeout: number;
  readonly giveUp: number;
};

const now = (): number => performance.now() / 1e3;

class LiveStream implements LiveSource {
  readonly name: string;
  readonly hasPictures = true;
  readonly decoder: string;
  readonly opened: Promise<void>;
  width = 0;
  height = 0;
  startedAt = new Date(0);
  gaveUp = false;

  readonly #options: Complete;
  readonly #clock = new StreamClock();
  readonly #newest: Newest<LiveFrame>;
  readonly #closed = new AbortController();
  readonly #gaps: Damage[] = [];
  readonly #whole: Promise<void>;
  #connection: LiveConnection | undefined;
  #state: StreamStats["state"] = "connecting";
  #reason: string | undefined;
  #received = 0;
  #dropped = 0;
  #connections = 0;
  #gapCount = 0;
  /** Tries in a row that brought no picture. */
  #inVain = 0;
  /** Frames of the connections before. */
  #before = 0;
  #frames = 0;
  #lastTime = 0;
  /** When the last frame came, or the first try was made. */
  #lastArrival = now();
  #behindSince: number | undefined;
  #settle!: { resolve(): void; reject(error: unknown): void };

  constructor(options: Complete) {
    this.#options = options;
    this.name = options.address.name;
    this.decoder = `ffmpeg ${options.ffmpeg.version}`;
    this.opened = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.#newest = new Newest<LiveFrame>({
      onReplaced: (old, by) => {
        this.#dropped++;
        // What the dropped frame had to tell is still true.
        if (old.gap && !by.gap) Object.assign(by, { gap: old.gap });
        old.release?.();
      },
      onLeave: () => this.close(),
    });
    options.signal?.addEventListener("abort", this.#onAbort, { once: true });
    this.#whole = this.#watch();
  }

  stats(): StreamStats {
    return {
      ...{ state: this.#state, reason: this.#reason },
      ...{ received: this.#received, dropped: this.#dropped },
      reconnects: Math.max(0, this.#connections - 1),
    };
  }

  [Symbol.asyncIterator](): AsyncIterator<LiveFrame> {
    return this.#newest;
  }

  integrity(): Integrity {
    const isOver = this.#state === "closed";
    return {
      complete: this.#gapCount === 0 && !this.gaveUp,
      frames: this.#frames,
      dropped: this.#dropped,
      damage: [...this.#gaps],
      ...(isOver ? {} : { interrupted: true }),
    };
  }

  async close(): Promise<void> {
    this.#closed.abort(new Error("closed"));
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    this.#newest.end();
    this.#connection?.close();
    await this.#whole;
  }

  readonly #onAbort = (): void => {
    const { reason } = this.#options.signal!;
    this.#newest.fail(reason);
    this.#settle.reject(reason);
    void this.close();
  };

  /** One connection after another, until the end. */
  async #watch(): Promise<void> {
    const { onEvent, giveUp, address } = this.#options;
    let delay = BACKOFF.first;
    while (!this.#closed.signal.aborted) {
      const began = this.#lastArrival;
      const received = this.#received;
      const { reason, error } = await this.#connect();
      if (this.#closed.signal.aborted) break;
      const wasOpen = this.#received > received;
      this.#inVain = wasOpen ? 0 : Math.min(this.#inVain + 1, 10);
      this.#reason = reason;
      if (error) return this.#end(error);
      // A camera that only ever says a word is not asked all the time.
      if (wasOpen && this.#lastArrival - began > GOOD) delay = BACKOFF.first;
      const left = this.#lastArrival + giveUp - now();
      if (left <= 0) {
        this.gaveUp = true;
        const tried = `gave up after ${Math.round(giveUp)} s without a picture`;
        return this.#end(new InputError(`Cannot read "${address.name}": ${reason} (${tried})`));
      }
      this.#state = "waiting";
      const seconds = Math.min(delay, Math.max(left, 0.01));
      onEvent?.({ type: "waiting", reason, seconds, wasOpen });
      delay = Math.min(BACKOFF.longest, delay * 2);
      await wait(seconds * 1e3, undefined, { signal: this.#closed.signal }).catch(() => {});
    }
    this.#state = "closed";
  }

  /** Before the first frame whoever opens it is told why; afterwards the frames just end. */
  #end(error: Error): void {
    this.#state = "closed";
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    if (this.#received === 0) this.#newest.fail(error);
    else this.#newest.end();
    this.#settle.reject(error);
  }

  async #connect(): Promise<ConnectionEnd> {
    const { address, ffmpeg, threads, selection, frameRate, onEvent } = this.#options;
    const { every, maxPixels } = selection;
    this.#state = "connecting";
    this.#clock.reconnect();
    this.#behindSince = undefined;
    const began = now();
    let isFirst = true;
    let cut: string | undefined;
    const connection = new LiveConnection({
      ...{ address, ffmpeg, every, maxPixels, threads, frameRate },
      analysis: Math.min(this.#options.timeout, ANALYSIS.first * ANALYSIS.growth ** this.#inVain),
      ...(this.width > 0 ? { size: { width: this.width, height: this.height } } : {}),
      onPicture: (picture) => {
        this.#onPicture(picture, isFirst);
        isFirst = false;
      },
      onResize: (width, height) => onEvent?.({ type: "resized", width, height }),
    });
    this.#connection = connection;
    const look = setInterval(() => {
      cut ??= this.#whyCut(began, isFirst);
      if (cut !== undefined) connection.close();
    }, LOOK);
    const end = await connection.done;
    clearInterval(look);
    this.#before = this.#frames;
    return cut === undefined ? end : { reason: cut };
  }

  /** What is wrong with the connection, where it is no good any more. */
  #whyCut(began: number, isFirst: boolean): string | undefined {
    const { timeout } = this.#options;
    const at = now();
    if (isFirst && at - began > 2 * timeout) return `no picture within ${2 * timeout} s`;
    if (!isFirst && at - this.#lastArrival > timeout) return `no picture for ${timeout} s`;
    if (this.#behindSince !== undefined && at - this.#behindSince > LAG.patience)
      return `pictures came more than ${LAG.most} s late: decoding or the network is too slow`;
    return undefined;
  }

  #onPicture({ index, ticks, width, height, bytes, giveBack }: LivePicture, isFirst: boolean): void {
    if (this.#closed.signal.aborted || this.#state === "closed") return;
    const arrival = now();
    const { time, behind } = this.#clock.at(ticks, arrival);
    if (time >= this.#options.selection.end) {
      this.#end(new InputError(`Cannot read "${this.name}": it ended before its first frame`));
      this.#connection?.close();
      this.#closed.abort(new Error("the end that was asked for"));
      return;
    }
    const gap = isFirst ? this.#open(time, width, height) : undefined;
    if (behind <= LAG.most) this.#behindSince = undefined;
    else this.#behindSince ??= arrival;
    this.#frames = this.#before + index + 1;
    this.#received++;
    this.#lastTime = time;
    this.#lastArrival = arrival;
    const at = { index: this.#frames - 1, time, width, height };
    this.#newest.put(
      Object.assign(new PixelFrame(at, bytes, giveBack), { arrival, behind, ...(gap ? { gap } : {}) }),
    );
    this.#settle.resolve();
  }

  /** The first picture of a connection is there. @returns the gap before it */
  #open(time: number, width: number, height: number): Gap | undefined {
    this.#connections++;
    this.#state = "open";
    this.#options.onEvent?.({ type: "connected", width, height });
    if (this.#connections === 1) {
      this.width = width;
      this.height = height;
      this.startedAt = new Date();
      return undefined;
    }
    const reason = this.#reason ?? "the connection was lost";
    this.#gapCount++;
    if (this.#gaps.length >= LISTED) this.#gaps.shift();
    this.#gaps.push({ kind: "missing", fromTime: this.#lastTime, toTime: time, reason });
    return { seconds: time - this.#lastTime, reason };
  }
}
