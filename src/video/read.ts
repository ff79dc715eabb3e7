import type { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { EnvironmentError, InputError } from "../errors.js";
import type { Damage, Frame, Integrity } from "../types.js";
import { Account } from "./_account.js";
import { decodeArguments, placeholderPixels, safetyArguments } from "./_arguments.js";
import { tooManyPixels } from "./_explain.js";
import type { Promised } from "./_header.js";
import { logArguments } from "./_log.js";
import { PixelFrame, planarBytes } from "./_pixels.js";
import { Queue } from "./_queue.js";
import { PictureSink } from "./_sink.js";
import { type FfmpegRun, runFfmpeg } from "./ffmpeg.js";
import type { Ffmpeg } from "./find.js";
import type { FrameSource, Selection } from "./source.js";

/** Frames that are decoded ahead of whoever takes them: less where they are very large, but one. */
const ahead = { frames: 4, bytes: 2 ** 27 };

/** One video, to be decoded once. */
export interface VideoInput {
  /** As it was given. */
  readonly name: string;
  /** Absolute path, or the bytes. */
  readonly from: string | Readable;
  /** Lets go of what the bytes come from; called when they are not wanted any more. */
  readonly release?: () => void;
  /** What the container's header says, where it can be known. */
  readonly promised?: Promised;
  readonly ffmpeg: Ffmpeg;
  readonly selection: Selection;
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

/**
 * Starts decoding a video and waits for its first frame.
 *
 * @throws {InputError} where no frame can be had: one line that says why
 */
export async function readVideo(input: VideoInput): Promise<FrameSource> {
  input.signal?.throwIfAborted();
  const reader = new VideoReader(input);
  try {
    await reader.opened;
    return reader;
  } catch (error) {
    await reader.close();
    throw error;
  }
}

class VideoReader implements FrameSource {
  readonly name: string;
  readonly hasPictures: boolean;
  readonly decoder: string;
  /** Settles when the first frame is there, or never will be. */
  readonly opened: Promise<void>;
  width = 0;
  height = 0;

  readonly #input: VideoInput;
  readonly #account: Account;
  readonly #run: FfmpegRun;
  readonly #sink: PictureSink;
  readonly #queue: Queue<Frame>;
  readonly #whole: Promise<void>;
  /** Frames whose picture is still under way, and pictures whose frame is. */
  readonly #frames: { readonly index: number; readonly time: number }[] = [];
  readonly #pictures: ArrayBuffer[] = [];
  #ahead = ahead.frames;
  #made = 0;
  #taken = 0;
  #takenIndex = -1;
  #rest: Damage | undefined;
  #ended = false;
  #closing: Promise<void> | undefined;
  #settle!: { resolve(): void; reject(error: unknown): void };

  constructor(input: VideoInput) {
    const { name, from, ffmpeg, selection, threads, signal } = input;
    const isFile = typeof from === "string";
    const url = isFile ? `file:${from}` : "pipe:0";
    this.#input = input;
    this.name = name;
    this.hasPictures = selection.pictures;
    this.decoder = `ffmpeg ${ffmpeg.version}`;
    this.opened = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.#account = new Account(url, selection, input.promised);
    this.#queue = new Queue<Frame>({
      onTake: (frame) => {
        this.#taken++;
        this.#takenIndex = frame.index;
        this.#sink.resumeCutting();
      },
      onLeave: () => this.close(),
    });
    this.#sink = new PictureSink({
      onPicture: (bytes) => {
        this.#pictures.push(bytes);
        this.#pair();
      },
      isFull: () => this.#queue.size + this.#pictures.length >= this.#ahead,
    });
    this.#run = runFfmpeg({
      path: ffmpeg.path,
      input: isFile ? url : from,
      inputOptions: [
        ...logArguments,
        ...safetyArguments(isFile ? "file" : "pipe", selection.maxPixels),
        ...(threads === undefined ? [] : ["-threads", String(threads)]),
      ],
      outputOptions: decodeArguments(selection, ffmpeg.keepFrames),
      output: this.#sink,
      onLine: (line) => this.#onLine(line),
    });
    this.#whole = this.#watch();
    signal?.addEventListener("abort", this.#abort, { once: true });
  }

  get frameRate(): number | undefined {
    return this.#account.frameRate;
  }

  get duration(): number | undefined {
    return this.#account.duration;
  }

  get frames(): number | undefined {
    const { promised, selection } = this.#input;
    const { frameRate, duration } = this;
    const { start, end, every } = selection;
    if (start === 0 && end === Infinity && promised !== undefined) return Math.ceil(promised.frames / every);
    if (frameRate === undefined || duration === undefined) return undefined;
    return Math.max(0, Math.ceil(((Math.min(end, duration) - start) * frameRate) / every));
  }

  [Symbol.asyncIterator](): AsyncIterator<Frame> {
    return this.#queue;
  }

  integrity(): Integrity {
    const { promised, selection } = this.#input;
    const whole = this.#ended && this.#taken === this.#made;
    const frames = whole ? this.#account.decoded : this.#takenIndex + 1;
    const found = this.#account.damage.filter(({ fromFrame = 0 }) => whole || fromFrame < frames);
    const damage = whole && this.#rest !== undefined ? [...found, this.#rest] : found;
    return {
      complete: whole && damage.length === 0,
      frames,
      ...(promised !== undefined && selection.end === Infinity ? { expectedFrames: promised.frames } : {}),
      damage,
      ...(whole ? {} : { interrupted: true }),
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#stop();
    return this.#closing;
  }

  async #stop(): Promise<void> {
    this.#input.signal?.removeEventListener("abort", this.#abort);
    this.#queue.clear();
    this.#queue.end();
    this.#run.kill();
    this.#sink.discard();
    this.#input.release?.();
    await this.#whole;
  }

  readonly #abort = (): void => {
    this.#fail(this.#input.signal?.reason);
    void this.close();
  };

  #onLine(line: string): void {
    this.#input.selection.planes?.line(line);
    const notice = this.#account.line(line);
    if (notice?.type === "size") this.#setSize(notice.width, notice.height);
    if (notice?.type !== "frame") return;
    this.#frames.push(notice);
    this.#pair();
  }

  #setSize(width: number, height: number): void {
    if (this.width > 0) return;
    const { maxPixels, planes } = this.#input.selection;
    if (width * height > maxPixels) {
      this.#fail(this.#unreadable(tooManyPixels(width, height, maxPixels)));
      void this.close();
      return;
    }
    this.width = width;
    this.height = height;
    const bytes = !this.hasPictures
      ? placeholderPixels * 3
      : planes
        ? planarBytes(width, height)
        : width * height * 3;
    this.#ahead = Math.min(ahead.frames, Math.max(1, Math.floor(ahead.bytes / bytes)));
    this.#sink.setSize(bytes);
  }

  /** A frame is its picture from stdout and its time from stderr; both come in order. */
  #pair(): void {
    while (this.#frames.length > 0 && this.#pictures.length > 0) {
      const at = { ...this.#frames.shift()!, width: this.width, height: this.height };
      const bytes = this.#pictures.shift()!;
      const giveBack = (back: ArrayBuffer) => this.#sink.giveBack(back);
      this.#made++;
      if (!this.hasPictures) giveBack(bytes);
      this.#queue.push(this.hasPictures ? new PixelFrame(at, bytes, giveBack) : new PixelFrame(at));
      this.#settle.resolve();
    }
  }

  /** Waits for the end of the process and of its bytes, and draws up the account. */
  async #watch(): Promise<void> {
    const { ok, started, inputBroke, reason } = await this.#run.done;
    if (started) await finished(this.#sink);
    if (this.#closing !== undefined) return;
    this.#input.signal?.removeEventListener("abort", this.#abort);
    this.#ended = true;
    const failure = ok ? undefined : reason;
    if (!started)
      this.#fail(new EnvironmentError(`Cannot run the ffmpeg "${this.#input.ffmpeg.path}": ${reason}`));
    else if (this.#made === 0)
      this.#fail(this.#unreadable(inputBroke ? reason! : this.#account.explain(failure)));
    if (this.#frames.length > 0) this.#account.takeBack(this.#frames[0].index);
    this.#rest = this.#account.rest(failure);
    this.#queue.end();
  }

  #unreadable(why: string): InputError {
    return new InputError(`Cannot read "${this.name}": ${why}`);
  }

  /** Whoever waits, for the first frame or a later one, gets the error. */
  #fail(error: unknown): void {
    this.#queue.clear();
    this.#queue.fail(error);
    this.#settle.reject(error);
  }
}
