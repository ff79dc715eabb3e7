/**
 * What a run tells its user, always on the standard error: the standard output belongs to the results.
 */
import type { Counts, Integrity } from "../types.js";

/** Where a run is. */
export interface Status {
  readonly input: string;
  /** Frames done. */
  readonly done: number;
  /** Frames to expect in all, where known. */
  readonly of?: number;
  /** Frames per second so far. */
  readonly fps: number;
  /** Identities in the latest frame, and in all; missing where a video is only read or made. */
  readonly live?: number;
  readonly identities?: number;
  /** Where the input is a recording that is still being fetched: bytes that are here, and in all where known. */
  readonly fetching?: { readonly received: number; readonly size?: number };
}

/** What came of an input. */
export interface Summary {
  readonly input: string;
  readonly frames: number;
  readonly identities: number;
  readonly seconds: number;
  /** Seconds spent in each stage that ran, and how often it ran. */
  readonly stages: readonly { readonly name: string; readonly seconds: number; readonly calls: number }[];
  readonly files: readonly string[];
  readonly integrity: Integrity;
}

/** One way of telling it. */
export interface Reporter {
  /** Called for every frame; most calls show nothing. */
  status(status: Status): void;
  note(text: string): void;
  warn(text: string): void;
  summary(summary: Summary): void;
  /** What was counted in the input whose summary was last; not every way shows it. */
  counts?(counts: Counts): void;
  /** Ends what is on screen. */
  close(): void;
}

/** "0:07", "12:03", "1:02:03". */
export function formatTime(seconds: number): string {
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Seconds until the end, where it is known. */
export function secondsLeft({ done, of, fps }: Status): number | undefined {
  return of === undefined || fps <= 0 ? undefined : Math.max(0, of - done) / fps;
}

/** Up to three significant digits: 0.123, 12.3, 123. */
export const short = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

/** "fetched 7.6 MB of 12.0 MB" */
export const fetchedText = ({ received, size }: NonNullable<Status["fetching"]>): string =>
  `fetched ${formatBytes(received)}${size === undefined ? "" : ` of ${formatBytes(size)}`}`;

/** "7.6 MB"; powers of 1000. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 99.95 ? value.toFixed(0) : value.toFixed(1)} ${units[unit]}`;
}
