/** What `track view` makes for a page while it is open, and how it tells of it: lines of JSON until it is done. */
import type { VideoSource } from "./boot.js";

/** What a page may ask for. */
export interface Makeable {
  readonly token: string;
  /** Where film strips are made, and where each is then (`?id=`). */
  readonly strips: { readonly url: string; readonly each: string };
  /** Where a copy of the video is made; undefined where the video is best as it is. */
  readonly copy?: { readonly url: string; readonly why: "unplayable" | "large" };
}

/** A line. */
export type Making =
  /** Something else is being made: ask again in a while. */
  | { readonly type: "busy" }
  | { readonly type: "progress"; readonly done: number; readonly of: number }
  /** Pixels of each picture of the strips. */
  | { readonly type: "size"; readonly width: number; readonly height: number }
  | { readonly type: "strip"; readonly id: number; readonly frames: readonly number[] }
  | { readonly type: "copy"; readonly video: VideoSource }
  | { readonly type: "failed"; readonly message: string }
  /** Nothing more comes. */
  | { readonly type: "done" };
