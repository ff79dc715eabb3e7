import { finished } from "node:stream/promises";
import { InputError } from "../errors.js";
import { decodeArguments, safetyArguments } from "./_arguments.js";
import { explain, tooManyPixels } from "./_explain.js";
import { reasonOfDevice } from "./_live-device.js";
import { openHttp } from "./_live-http.js";
import { openRtspDoor, type RtspDoor } from "./_live-rtsp.js";
import { type LogEvent, logArguments, parseLine } from "./_log.js";
import { PictureSink } from "./_sink.js";
import { type FfmpegJob, type FfmpegRun, runFfmpeg } from "./ffmpeg.js";
import type { Ffmpeg } from "./find.js";
import type { Address } from "./stream-address.js";

/** A picture as it came, and where its memory goes back to. */
export interface LivePicture {
  /** Of all frames that this connection decoded, from 0. */
  readonly index: number;
  /** The stream's own time, in ticks, where it has one. */
  readonly ticks: number | undefined;
  readonly width: number;
  readonly height: number;
  readonly bytes: ArrayBuffer;
  readonly giveBack: (bytes: ArrayBuffer) => void;
}

/** One connection to a camera. */
export interface ConnectionJob {
  readonly address: Address;
  readonly ffmpeg: Ffmpeg;
  readonly every: number;
  readonly maxPixels: number;
  readonly threads?: number;
  /** Seconds of the stream in which ffmpeg may find out what is in it. */
  readonly analysis: number;
  /** What a device is asked for. */
  readonly frameRate?: number;
  /** Size that pictures are brought to. @default their own */
  readonly size?: { readonly width: number; readonly height: number };
  readonly onPicture: (picture: LivePicture) => void;
  /** The camera's pictures changed their size while the connection lasted. */
  readonly onResize: (width: number, height: number) => void;
}

/** How a connection ended. */
export interface ConnectionEnd {
  readonly reason: string;
  /** Trying again is of no use. */
  readonly error?: Error;
}

type Message = Extract<LogEvent, { type: "message" }>;
type Stream = Extract<LogEvent, { type: "stream" }>;

/** What is kept of what ffmpeg says, the latest. */
const KEPT = 16;

/** One run of ffmpeg on a live input. Its pictures are taken as they come: nothing waits in a pipe and grows old. */
export class LiveConnection {
  /** Never rejects. */
  readonly done: Promise<ConnectionEnd>;
  readonly #job: ConnectionJob;
  readonly #abort = new AbortController();
  readonly #frames: { readonly index: number; readonly ticks: number | undefined }[] = [];
  readonly #pictures: ArrayBuffer[] = [];
  readonly #messages: Message[] = [];
  readonly #streams: Stream[] = [];
  readonly #sink = new PictureSink({
    onPicture: (bytes) => {
      this.#pictures.push(bytes);
      this.#pair();
    },
    isFull: () => false,
  });
  #door: RtspDoor | undefined;
  #run: FfmpegRun | undefined;
  #url = "";
  #isOutput = false;
  #hasTimes = true;
  #decoded = 0;
  #made = 0;
  #width = 0;
  #height = 0;
  #own: { readonly width: number; readonly height: number } | undefined;
  #error: Error | undefined;

  constructor(job: ConnectionJob) {
    this.#job = job;
    this.done = this.#work().catch((error: Error): ConnectionEnd => {
      const { name } = job.address;
      return { reason: error.message.replace(`Cannot read "${name}": `, "") };
    });
  }

  /** Ends it at once; `done` follows. */
  close(): void {
    this.#abort.abort(new Error("closed"));
    this.#door?.close();
    this.#run?.kill();
    this.#sink.discard();
  }

  async #work(): Promise<ConnectionEnd> {
    const { address, ffmpeg, every, threads, size, analysis } = this.#job;
    const { signal } = this.#abort;
    try {
      const { input, inputOptions } = await this.#open(address, signal);
      signal.throwIfAborted();
      this.#url = typeof input === "string" ? input : "pipe:0";
      this.#run = runFfmpeg({
        path: ffmpeg.path,
        input,
        inputOptions: [
          ...logArguments,
          // No "nobuffer": it throws away what was looked at first, and the only key frame with it. Threads that
          // work on frames in turn hold as many frames back.
          ...["-fpsprobesize", "2", "-thread_type", "slice"],
          ...["-analyzeduration", String(Math.round(analysis * 1e6))],
          ...(threads === undefined ? [] : ["-threads", String(threads)]),
          ...inputOptions,
        ],
        outputOptions: [
          ...decodeArguments({ start: 0, end: Infinity, every, pictures: true, size }, ffmpeg.keepFrames),
          ...["-flush_packets", "1"],
        ],
        output: this.#sink,
        onLine: (line) => this.#onLine(line),
      });
      const { ok, started, inputBroke, reason } = await this.#run.done;
      if (started) await finished(this.#sink);
      if (this.#error) return { reason: this.#error.message, error: this.#error };
      if (inputBroke) return { reason: reason! };
      if (!started) return { reason: `cannot run ffmpeg: ${reason}` };
      return { reason: this.#door?.reason ?? this.#explain(ok ? undefined : reason) };
    } finally {
      this.#door?.close();
      this.#abort.abort(new Error("closed"));
    }
  }

  async #open(
    address: Address,
    signal: AbortSignal,
  ): Promise<Pick<FfmpegJob, "input"> & { readonly inputOptions: readonly string[] }> {
    const { maxPixels, frameRate } = this.#job;
    if (address.kind === "device") {
      const rate = frameRate === undefined ? [] : ["-framerate", String(frameRate)];
      return {
        input: address.path,
        inputOptions: [...safetyArguments("device", maxPixels), "-f", "v4l2", ...rate],
      };
    }
    if (address.kind === "rtsp") {
      this.#door = await openRtspDoor(address);
      return {
        input: this.#door.url,
        inputOptions: [...safetyArguments("rtsp", maxPixels), "-rtsp_transport", "tcp"],
      };
    }
    const { body, type } = await openHttp(address, signal);
    // Pictures one after the other have no times of their own; ffmpeg makes some up.
    this.#hasTimes = type !== "multipart/x-mixed-replace";
    const form = this.#hasTimes ? [] : ["-f", "mpjpeg"];
    return { input: body, inputOptions: [...safetyArguments("pipe", maxPixels), ...form] };
  }

  #onLine(line: string): void {
    const event = parseLine(line);
    if (event?.type === "message") {
      const text = event.text.replace(`${this.#url}: `, "").replaceAll(this.#url, this.#job.address.name);
      if (this.#messages.length >= KEPT) this.#messages.shift();
      this.#messages.push({ ...event, text });
    } else if (event?.type === "output") this.#isOutput = true;
    else if (event?.type === "stream" && !this.#isOutput) this.#streams.push(event);
    else if (event?.type === "stream") this.#setSize(event.width, event.height);
    else if (event?.type === "frame" && !event.kept) this.#decoded++;
    else if (event?.type === "frame") {
      const { width, height, ticks } = event;
      if (this.#own && (this.#own.width !== width || this.#own.height !== height))
        this.#job.onResize(width, height);
      this.#own = { width, height };
      this.#frames.push({ index: this.#decoded - 1, ticks: this.#hasTimes ? ticks : undefined });
      this.#pair();
    }
  }

  #setSize(width: number | undefined, height: number | undefined): void {
    if (this.#width > 0 || width === undefined || height === undefined) return;
    const { maxPixels, address } = this.#job;
    if (width * height > maxPixels) {
      this.#error = new InputError(
        `Cannot read "${address.name}": ${tooManyPixels(width, height, maxPixels)}`,
      );
      this.close();
      return;
    }
    this.#width = width;
    this.#height = height;
    this.#sink.setSize(width * height * 3);
  }

  /** A frame is its picture from stdout and its time from stderr; both come in order. */
  #pair(): void {
    while (this.#frames.length > 0 && this.#pictures.length > 0) {
      this.#made++;
      this.#job.onPicture({
        ...this.#frames.shift()!,
        ...{ width: this.#width, height: this.#height },
        bytes: this.#pictures.shift()!,
        giveBack: (bytes) => this.#sink.giveBack(bytes),
      });
    }
  }

  /** Why it ended, where nobody else knows. */
  #explain(failure: string | undefined): string {
    const { maxPixels, address } = this.#job;
    const said = this.#messages.filter(({ level }) => level === "error").map(({ text }) => text);
    if (address.kind === "device" && (this.#made > 0 || this.#streams.length === 0))
      return reasonOfDevice(said) ?? failure ?? "the camera is gone";
    if (this.#made > 0) return said.at(-1) ?? failure ?? "the stream ended";
    return explain({
      ...{ maxPixels, start: 0, decoded: 0, piped: true },
      ...{ streams: this.#streams, messages: this.#messages, reason: failure },
    });
  }
}
