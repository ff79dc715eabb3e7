/**
 * What a page is told when it opens. The page itself is one for all: the report, the list of runs, the comparison.
 */
import type { Counts } from "../types.js";
import type { Makeable } from "./making.js";

/** Stands in the template where the page's own data goes. */
export const PLACE = "<!-- throughline -->";

/** Where the moving picture comes from. */
export interface VideoSource {
  /** The part of the page that holds it, or an address, relative to the page. */
  readonly from: { readonly part: string } | { readonly url: string };
  /** With codecs, as browsers take it: `video/mp4; codecs="avc1.640028"`. */
  readonly type: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Seconds of the tracks' clock at which this video's clock is 0. */
  readonly offset: number;
  readonly hasSound?: boolean;
  /** What a viewer should know, such as that it was made smaller. */
  readonly note?: string;
}

/** Pictures of the identities, in one part of the page. */
export interface StripIndex {
  readonly part: string;
  /** Pixels of each picture. */
  readonly width: number;
  readonly height: number;
  readonly strips: readonly {
    readonly id: number;
    /** Frame numbers of the input, in order. */
    readonly frames: readonly number[];
    /** Bytes of the part, from and to before: one JPEG with the pictures side by side. */
    readonly from: number;
    readonly to: number;
  }[];
}

/** Something that the ground truth says went wrong. */
export interface Mistake {
  readonly kind: "switch" | "miss" | "false positive";
  /** Frame number of the input. */
  readonly frame: number;
  /** The track; for a miss there is none. */
  readonly id?: number;
  /** The track that had the object before; of switches. */
  readonly before?: number;
  /** The object of the ground truth; a false positive has none. */
  readonly truth?: number;
  /** Of the ground truth, or of the track where there is none. */
  readonly box: readonly [number, number, number, number];
}

/** How the tracks compare with ground truth. */
export interface Scores {
  readonly truth: string;
  readonly benchmark: string;
  /** In the order in which they are shown; shares in percent, counts as they are. */
  readonly metrics: readonly { readonly name: string; readonly value: number; readonly isShare: boolean }[];
  readonly mistakes: readonly Mistake[];
}

/** Everything about one run but its tracks, which are the part "run" (gzip of `pack`). */
export interface Report {
  readonly title: string;
  /** Path of the tracks file, as given. */
  readonly tracks: string;
  /** ISO 8601. */
  readonly made: string;
  readonly version: string;
  /** Tool, models and options, from the tracks file. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly video?: VideoSource;
  /** Why there is no moving picture, in one sentence with what to do. */
  readonly noVideo?: string;
  readonly strips?: StripIndex;
  /** What `track view` makes when the page asks. */
  readonly makeable?: Makeable;
  /** A zones file's content, to begin with. */
  readonly zones?: unknown;
  /** What the tracks file says was counted. */
  readonly counts?: Counts;
  readonly scores?: Scores;
  /** More to say on top of the page: a video of other length, damage, a missing part. */
  readonly notices: readonly string[];
}

/** What the page does. `base` goes before the names of parts that are not in the page. */
export type Boot =
  | { readonly page: "report"; readonly report: Report; readonly base?: string; readonly editing?: Editing }
  | { readonly page: "runs"; readonly base: string; readonly token: string }
  | {
      readonly page: "compare";
      readonly base: string;
      readonly token: string;
      /** Paths of the tracks files, as `track view` calls them. */
      readonly names: readonly [string, string];
      readonly reports: readonly [Report, Report];
    };

/** That the tracks can be corrected in the page, and where the corrections go. */
export interface Editing {
  /** The file that is corrected: its name without a folder, and what its bytes are. */
  readonly tracks: { readonly file: string; readonly bytes: number; readonly sha256: string };
  /** `track view` keeps them at once; without it they are in the page until somebody saves them. */
  readonly server?: { readonly url: string; readonly token: string };
}

/** A block of data inside the page. */
export interface Part {
  readonly name: string;
  readonly data: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** Whole groups of three bytes, so that blocks of base64 can be put one after the other. */
const BLOCK = 3 << 20;

/**
 * A page that opens by itself: the template with its data.
 *
 * @throws {RangeError} the template is not ours.
 * @example
 * for await (const text of fillPage(template, { page: "report", report }, parts)) file.write(text);
 */
export async function* fillPage(
  template: string,
  boot: Boot,
  parts: readonly Part[],
): AsyncGenerator<string> {
  const at = template.indexOf(PLACE);
  if (at < 0)
    throw new RangeError(
      "The page's template is damaged: expected a place for data; build the package again",
    );
  yield template.slice(0, at);
  // In a script nothing but "<" can end the script, or begin a comment in it.
  yield `<script type="application/json" id="boot">${JSON.stringify(boot).replaceAll("<", "\\u003c")}</script>\n`;
  for (const { name, data } of parts) {
    for await (const text of base64Blocks(data))
      yield `<script type="text/plain" data-part="${name}">${text}</script>\n`;
    // A page that was cut off is told by this.
    yield `<script type="text/plain" data-end="${name}"></script>\n`;
  }
  yield template.slice(at + PLACE.length);
}

async function* base64Blocks(data: Part["data"]): AsyncGenerator<string> {
  let rest = new Uint8Array(0);
  for await (const bytes of data) {
    const all = new Uint8Array(rest.length + bytes.length);
    all.set(rest);
    all.set(bytes, rest.length);
    let from = 0;
    for (; all.length - from >= BLOCK; from += BLOCK)
      yield Buffer.from(all.buffer, from, BLOCK).toString("base64");
    rest = all.slice(from);
  }
  yield Buffer.from(rest).toString("base64");
}
