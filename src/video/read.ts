import type { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { InputError } from "../errors.js";
import type { Damage, Frame, Integrity } from "../types.js";
import { decodeArguments, safetyArguments, ticksPerSecond } from "./_arguments.js";
import { DamageLog } from "./_damage.js";
import { explain, tooManyPixels } from "./_explain.js";
import { type LogEvent, logArguments, parseLine } from "./_log.js";
import { PixelFrame } from "./_pixels.js";
import type { Promised } from "./_promised.js";
import { Queue } from "./_queue.js";
import { PictureSink } from "./_sink.js";
import { type FfmpegRun, runFfmpeg } from "./ffmpeg.js";
import type { Ffmpeg } from "./find.js";
import type { FrameSource, Selection } from "./source.js";

/** Frames that are decoded ahead of whoever takes them. */
const ahead = 4;

/** What ffmpeg says first is about the file, what it says last about the failure; a flood lies between. */
const keptMessages = 64;

/** One video, to be decoded once. */
export interface VideoInput {
  /** As it was given. */
  readonly name: string;
  /** Absolute path, or the bytes. */
  readonly from: string | Readable;
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

type Stream = Extract<LogEvent, { type: "stream" }>;
type Message = Extract<LogEvent, { type: "message" }>;

class VideoReader implements FrameSource {
  readonly name: string;
  readonly hasPictures: boolean;
  /** Settles when the first frame is there, or never will be. */
  readonly opened: Promise<void>;
  width = 0;
  height = 0;
  duration: number | undefined;

  readonly #input: VideoInput;
  readonly #run: FfmpegRun;
  readonly #sink: PictureSink;
  readonly #queue: Queue<Frame>;
  readonly #damage = new DamageLog();
  /** The input as ffmpeg gets it, and puts it before some of its messages. */
  readonly #url: string;
  readonly #messages: Message[] = [];
  readonly #streams: Stream[] = [];
  readonly #endTicks: number;
  /** Chosen frames whose picture is still under way, and pictures whose time is. */
  readonly #times: { readonly index: number; readonly time: number }[] = [];
  readonly #pictures: ArrayBuffer[] = [];
  readonly #whole: Promise<void>;
  #section: "input" | "mapping" | "output" = "input";
  #mapped: string | undefined;
  #decoded = 0;
  #firstTime = 0;
  #time = 0;
  #made = 0;
  #taken = 0;
  #takenIndex = -1;
  #tail: Damage | undefined;
  #ended = false;
  #closing: Promise<void> | undefined;
  #settle!: { resolve(): void; reject(error: unknown): void };

  constructor(input: VideoInput) {
    const { name, from, ffmpeg, selection, threads, signal } = input;
    this.#input = input;
    this.name = name;
    this.hasPictures = selection.pictures;
    this.#url = typeof from === "string" ? `file:${from}` : "pipe:0";
    this.#endTicks = selection.end * ticksPerSecond;
    this.opened = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.#queue = new Queue<Frame>({
      limit: ahead,
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
      isFull: () => this.#queue.full || this.#pictures.length >= ahead,
    });
    this.#run = runFfmpeg({
      path: ffmpeg.path,
      input: typeof from === "string" ? this.#url : from,
      inputOptions: [
        ...logArguments,
        ...safetyArguments(typeof from === "string" ? "file" : "pipe", selection.maxPixels),
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
    const { promised } = this.#input;
    if (promised !== undefined && promised.span > 0) return (promised.frames - 1) / promised.span;
    return this.#stream()?.frameRate;
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
    const frames = whole ? this.#decoded : this.#takenIndex + 1;
    const found = this.#damage.list().filter(({ fromFrame }) => whole || (fromFrame ?? 0) < frames);
    const damage = whole && this.#tail !== undefined ? [...found, this.#tail] : found;
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
    await this.#whole;
  }

  readonly #abort = (): void => {
    const { reason } = this.#input.signal as AbortSignal;
    this.#queue.clear();
    this.#queue.fail(reason);
    this.#settle.reject(reason);
    void this.close();
  };

  #onLine(line: string): void {
    const event = parseLine(line);
    if (event === undefined) return;
    if (event.type === "frame") this.#onFrame(event);
    else if (event.type === "message") {
      const message = { ...event, text: event.text.replace(`${this.#url}: `, "") };
      this.#damage.message(message);
      if (this.#messages.length >= keptMessages) this.#messages.splice(keptMessages / 2, 1);
      this.#messages.push(message);
    } else if (event.type === "section") {
      this.#section = event.section;
      if (event.section === "mapping") this.#damage.begin();
    } else if (event.type === "duration") this.duration = event.seconds;
    else if (event.type === "mapped") this.#mapped = event.id;
    else if (this.#section === "input") this.#streams.push(event);
    else if (this.hasPictures && event.width !== undefined && event.height !== undefined)
      this.#setSize(event.width, event.height, event.width * event.height * 3);
  }

  #onFrame({ kept, ticks, width, height }: Extract<LogEvent, { type: "frame" }>): void {
    if (kept) {
      this.#times.push({ index: this.#decoded - 1, time: this.#time });
      this.#pair();
      return;
    }
    if (ticks !== undefined && ticks >= this.#endTicks) return;
    if (!this.hasPictures && this.#decoded === 0) this.#setSize(width, height, 2 * 2 * 3);
    const time = this.#timeOf(ticks);
    if (this.#decoded === 0) this.#firstTime = time;
    this.#decoded++;
    this.#time = time;
    this.#damage.frame(time);
  }

  /** Never before the previous frame, whatever a broken stream says. */
  #timeOf(ticks: number | undefined): number {
    const next = this.#decoded === 0 ? 0 : this.#time + this.#step();
    const time = ticks === undefined ? next : ticks / ticksPerSecond;
    return this.#decoded === 0 ? time : Math.max(this.#time, time);
  }

  /** Seconds of a frame, about. */
  #step(): number {
    return 1 / (this.frameRate ?? 25);
  }

  #setSize(width: number, height: number, bytes: number): void {
    if (this.width > 0) return;
    const { maxPixels } = this.#input.selection;
    if (width * height > maxPixels) {
      this.#fail(tooManyPixels(width, height, maxPixels));
      void this.close();
      return;
    }
    this.width = width;
    this.height = height;
    this.#sink.setSize(bytes);
  }

  /** A frame is its picture from stdout and its time from stderr; both come in order. */
  #pair(): void {
    while (this.#times.length > 0 && this.#pictures.length > 0) {
      const { index, time } = this.#times.shift()!;
      const bytes = this.#pictures.shift()!;
      const at = { index, time, width: this.width, height: this.height };
      this.#made++;
      if (this.hasPictures) this.#queue.push(new PixelFrame(at, bytes, (back) => this.#sink.giveBack(back)));
      else {
        this.#sink.giveBack(bytes);
        this.#queue.push(new PixelFrame(at));
      }
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
    if (this.#made === 0) {
      this.#fail(
        inputBroke
          ? reason!
          : explain({
              maxPixels: this.#input.selection.maxPixels,
              start: this.#input.selection.start,
              duration: this.duration,
              streams: this.#streams,
              messages: this.#messages,
              decoded: this.#decoded,
              piped: typeof this.#input.from !== "string",
              reason,
            }),
      );
      return;
    }
    this.#tail = this.#missingTail(ok ? undefined : reason);
    this.#queue.end();
  }

  #fail(why: string): void {
    const error = new InputError(`Cannot read "${this.name}": ${why}`);
    this.#settle.reject(error);
    this.#queue.fail(error);
  }

  /** The part of the input that was promised or announced and did not come. */
  #missingTail(failure: string | undefined): Damage | undefined {
    const { promised, selection } = this.#input;
    const { duration } = this;
    const step = this.#step();
    if (this.#time + step >= selection.end) return undefined;
    const from = { kind: "missing", fromFrame: this.#decoded, fromTime: this.#time } as const;
    if (promised !== undefined) {
      const lastTime = this.#firstTime + promised.span;
      if (this.#decoded < promised.frames && this.#time < lastTime - step / 2) {
        const said = this.#damage.cutOff ?? failure;
        const reason = `the file promises ${promised.frames} frames, ${this.#decoded} came`;
        return {
          ...{ ...from, toFrame: promised.frames - 1, toTime: lastTime },
          reason: said === undefined ? reason : `${reason} (${said})`,
        };
      }
    } else if (duration !== undefined && this.#time + step < duration - Math.max(1, 5 * step)) {
      // Sound may go on after the pictures, and the last picture may stand for long: only with a further sign
      // is a short video a damaged one.
      const said = this.#damage.atEnd ?? failure;
      if (said !== undefined) return { ...from, toTime: duration, reason: said };
    }
    const said = this.#damage.cutOff ?? failure;
    return said === undefined ? undefined : { ...from, reason: said };
  }

  #stream(): Stream | undefined {
    return this.#streams.find(({ id }) => id === this.#mapped);
  }
}
