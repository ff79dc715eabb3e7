import type { Damage } from "../types.js";
import { ticksPerSecond } from "./_arguments.js";
import { DamageLog } from "./_damage.js";
import { explain } from "./_explain.js";
import type { Promised } from "./_header.js";
import { type LogEvent, parseLine } from "./_log.js";
import type { Selection } from "./source.js";

/** What ffmpeg says first is about the file, what it says last about the failure; a flood lies between. */
const keptMessages = 64;

type Event<Type> = Extract<LogEvent, { type: Type }>;

/** What a line of ffmpeg means for the frames under way. */
export type Notice =
  /** The next picture is of this frame. */
  | { readonly type: "frame"; readonly index: number; readonly time: number }
  /** Pictures are of this size. */
  | { readonly type: "size"; readonly width: number; readonly height: number };

/** Listens to one run of ffmpeg, counts its frames, and says in the end what was missing, or why nothing came. */
export class Account {
  /** Seconds, as the container says. */
  duration: number | undefined;
  readonly #url: string;
  readonly #selection: Selection;
  readonly #promised: Promised | undefined;
  readonly #damage = new DamageLog();
  readonly #messages: Event<"message">[] = [];
  readonly #streams: Event<"stream">[] = [];
  #container = "";
  #isOutput = false;
  #mapped: string | undefined;
  #decoded = 0;
  #firstTime = 0;
  #time = 0;
  /** A frame came at or after the end that was asked for: all before it are here. */
  #isPastEnd = false;

  /** @param url the input as ffmpeg gets it, and puts it before some of its messages */
  constructor(url: string, selection: Selection, promised: Promised | undefined) {
    this.#url = url;
    this.#selection = selection;
    this.#promised = promised;
  }

  /** Frames that came out of the decoder before the end that was asked for, also those that were not chosen. */
  get decoded(): number {
    return this.#decoded;
  }

  get frameRate(): number | undefined {
    const { frames, span } = this.#promised ?? { frames: 0, span: 0 };
    if (span > 0) return Math.round(((frames - 1) / span) * 1e6) / 1e6;
    return this.#streams.find(({ id }) => id === this.#mapped)?.frameRate;
  }

  get damage(): Damage[] {
    return this.#damage.list();
  }

  line(line: string): Notice | undefined {
    const event = parseLine(line);
    if (event?.type === "frame") return this.#frame(event);
    if (event?.type === "stream") return this.#stream(event);
    if (event?.type === "message") this.#message(event);
    else if (event?.type === "duration") this.duration = event.seconds;
    else if (event?.type === "mapped") this.#mapped = event.id;
    else if (event?.type === "input") this.#container = event.container;
    else if (event?.type === "mapping") this.#damage.begin(this.#container);
    else if (event?.type === "output") this.#isOutput = true;
    return undefined;
  }

  #frame({ kept, ticks, width, height }: Event<"frame">): Notice | undefined {
    if (kept) return { type: "frame", index: this.#decoded - 1, time: this.#time };
    if (ticks !== undefined && ticks >= this.#selection.end * ticksPerSecond) {
      this.#isPastEnd = true;
      return undefined;
    }
    const next = this.#decoded === 0 ? 0 : this.#time + this.#step();
    const time = ticks === undefined ? next : ticks / ticksPerSecond;
    // Never before the previous frame, whatever a broken stream says.
    this.#time = this.#decoded === 0 ? time : Math.max(this.#time, time);
    if (this.#decoded === 0) this.#firstTime = this.#time;
    this.#decoded++;
    this.#damage.frame(this.#time);
    // Without pictures ffmpeg's output has another size.
    return this.#selection.pictures ? undefined : { type: "size", width, height };
  }

  #stream(event: Event<"stream">): Notice | undefined {
    const { width, height } = event;
    if (!this.#isOutput) this.#streams.push(event);
    else if (this.#selection.pictures && width !== undefined && height !== undefined)
      return { type: "size", width, height };
    return undefined;
  }

  #message(event: Event<"message">): void {
    const message = { ...event, text: event.text.replace(`${this.#url}: `, "") };
    this.#damage.message(message);
    if (this.#messages.length >= keptMessages) this.#messages.splice(keptMessages / 2, 1);
    this.#messages.push(message);
  }

  /** Seconds of a frame, about. */
  #step(): number {
    return 1 / (this.frameRate ?? 25);
  }

  /** The frame and those after it were announced, and then their pictures did not come. */
  takeBack(index: number): void {
    this.#decoded = index;
  }

  /** Why no frame came; `failure` is how ffmpeg ended, where it failed. */
  explain(failure: string | undefined): string {
    return explain({
      maxPixels: this.#selection.maxPixels,
      start: this.#selection.start,
      duration: this.duration,
      streams: this.#streams,
      messages: this.#messages,
      decoded: this.#decoded,
      piped: this.#url.startsWith("pipe:"),
      reason: failure,
    });
  }

  /** What is known in the end and has no place among the frames; `failure` is how ffmpeg ended, where it failed. */
  rest(failure: string | undefined): Damage | undefined {
    const missing = this.#missing(failure);
    const reason = this.#damage.packets;
    if (missing !== undefined || reason === undefined) return missing;
    const isKnown = this.damage.length > 0 || this.#selection.end < Number.POSITIVE_INFINITY;
    return isKnown ? undefined : { kind: "corrupt", reason };
  }

  /** The part that was promised or announced and did not come. */
  #missing(failure: string | undefined): Damage | undefined {
    const step = this.#step();
    if (this.#isPastEnd || this.#time + step >= this.#selection.end) return undefined;
    const from = { kind: "missing", fromFrame: this.#decoded, fromTime: this.#time } as const;
    const said = this.#damage.cutOff ?? failure;
    if (this.#promised !== undefined) {
      const { frames, span } = this.#promised;
      const lastTime = this.#firstTime + span;
      if (this.#decoded >= frames || this.#time >= lastTime - step / 2) return undefined;
      const reason = `the file promises ${frames} frames, ${this.#decoded} came`;
      return {
        ...{ ...from, toFrame: frames - 1, toTime: lastTime },
        reason: said === undefined ? reason : `${reason} (${said})`,
      };
    }
    // Sound may go on after the pictures, and the last picture may stand for long: only with a further sign is
    // a short video a damaged one.
    const isShort = this.duration !== undefined && this.#time + step < this.duration - Math.max(1, 5 * step);
    const reason = isShort ? (said ?? this.#damage.atEnd ?? this.#damage.packets) : said;
    if (reason === undefined) return undefined;
    return { ...from, ...(isShort ? { toTime: this.duration } : {}), reason };
  }
}
