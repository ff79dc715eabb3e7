import type { Damage } from "../types.js";
import type { LogEvent } from "./_log.js";

type Message = Extract<LogEvent, { type: "message" }>;
type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** A demuxer that came to the end of the file too early says one of these, at any level. */
const cutOff = /partial file|ended prematurely|truncated|^Read error$/i;
/** Decoders work around much in silence; these warnings mean that a picture is not what was filmed. */
const concealed = /corrupt/i;
/** Said in an error's voice about nothing that is wrong with the pictures. */
const harmless = /non.monoton|deprecated|Timestamps are unset|EOI missing|Last message repeated/i;

/** The reader of the container speaks, under its own name or this one. */
const ofInput = /^in#/;
const ofPacket = /corrupt input packet|packet corrupt/i;

/** Frames under way in the decoder (its threads, and pictures shown in another order than stored), about. */
const underWay = 16;

/**
 * Collects what ffmpeg says about damage, and where. Most complaints come before the frame that they are about
 * has come out, so positions are right to about `underWay` frames, and what lies closer together is one range.
 * The reader of the container runs far ahead of the decoder in newer ffmpegs: no telling where it complained.
 */
export class DamageLog {
  readonly #ranges: Writable<Damage>[] = [];
  #seen = 0;
  #time = 0;
  #container: string | undefined;
  #cutOff: string | undefined;
  #packets: string | undefined;

  /** What was said about an early end of the file, or about the last frames where they are damaged. */
  get atEnd(): string | undefined {
    const last = this.#ranges.at(-1);
    return (
      this.#cutOff ?? (last !== undefined && last.toFrame! >= this.#seen - underWay ? last.reason : undefined)
    );
  }

  /** What the demuxer said about an early end of the file. */
  get cutOff(): string | undefined {
    return this.#cutOff;
  }

  /** From here on complaints are about decoding, no longer about guessing what the file is. */
  begin(container: string): void {
    this.#container = container;
  }

  /** A frame came out of the decoder. */
  frame(time: number): void {
    const last = this.#ranges.at(-1);
    if (last !== undefined && last.toFrame === this.#seen) last.toTime = time;
    this.#seen++;
    this.#time = time;
  }

  message({ level, from, text }: Message): void {
    const reason = from === "" ? text : `${from}: ${text}`;
    if (cutOff.test(text)) this.#cutOff ??= reason;
    else if (
      this.#container === undefined ||
      harmless.test(text) ||
      (level !== "error" && !concealed.test(text))
    )
      return;
    else if (from === this.#container || ofInput.test(from) || ofPacket.test(text)) this.#packets ??= reason;
    else this.#corrupt(reason);
  }

  #corrupt(reason: string): void {
    const last = this.#ranges.at(-1);
    if (last?.toFrame !== undefined && last.toFrame >= this.#seen - underWay) last.toFrame = this.#seen;
    else
      this.#ranges.push({
        kind: "corrupt",
        fromFrame: this.#seen,
        toFrame: this.#seen,
        fromTime: this.#time,
        reason,
      });
  }

  /** What the reader of the container said about what it read, wherever. */
  get packets(): string | undefined {
    return this.#packets;
  }

  /** The damage so far; a complaint after the last frame has no frame to point at. */
  list(): Damage[] {
    return this.#ranges.map(({ fromFrame, toFrame, ...range }) => ({
      ...range,
      ...(fromFrame! < this.#seen ? { fromFrame, toFrame: Math.min(toFrame!, this.#seen - 1) } : {}),
    }));
  }
}
