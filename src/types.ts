/**
 * The nouns and verbs that flow through the pipeline, and nothing else. Stages meet here and never import
 * each other.
 */

/**
 * One decoded picture.
 *
 * `data` holds RGB bytes, row-major, `width * height * 3` of them; it is empty (length 0) for sequences that
 * have no pictures. While a model works on the frame the pixels are on loan to the model's thread and `data`
 * is empty too; they are back when the promise settles. This is the one field in this file that changes.
 */
export interface Frame {
  /** Position in the input, from 0, counting every frame that the input has (also those skipped). */
  readonly index: number;
  /** Seconds, from the stream's own timestamps. */
  readonly time: number;
  readonly width: number;
  readonly height: number;
  data: Uint8Array<ArrayBuffer>;
  /** Gives the pixel memory back for reuse. Called once, by the last user of the pixels. */
  release?(): void;
}

/** What a detector found in one frame, in columns. Row `i` is one detection. */
export interface Detections {
  readonly count: number;
  /** `[x1, y1, x2, y2] * count` in source pixels, x2 > x1, y2 > y1, all finite. */
  readonly boxes: Float64Array;
  /** Confidence; 0..1 for the embedded detectors, any finite number when read from a file. */
  readonly scores: Float64Array;
  /** Index into the detector's labels. */
  readonly classes: Int32Array;
}

/** Appearance vectors, one row per detection, each of L2 norm 1 (or all zero where nothing could be seen). */
export interface Embeddings {
  readonly count: number;
  readonly dim: number;
  /** `count * dim` numbers, row-major. */
  readonly data: Float32Array;
}

/** x1, y1, x2, y2 in source pixels. */
export type Box = readonly [x1: number, y1: number, x2: number, y2: number];

/** A snapshot of one identity in one frame; it never changes later. */
export interface Track {
  /** From 1, never reused within a run. */
  readonly id: number;
  readonly box: Box;
  readonly score: number;
  /** Index into the detector's labels. */
  readonly class: number;
  /** Row of the detection it was matched to in this frame, or -1 where the box is predicted. */
  readonly detection: number;
  /** True where the box was put between two others after the last frame. */
  readonly interpolated?: boolean;
  /** The id that the tracker gave it, where it was found later, or by a person, to be another object. */
  readonly joined?: number;
}

/** What an object looked like in some frames one after the other. */
export interface Look {
  /** The track. */
  readonly id: number;
  /** Frames. */
  readonly count: number;
  /** The mean of as many appearance vectors. */
  readonly mean: Float32Array;
}

/**
 * Detections that no track took, seven numbers each: a row that no other one of the frame has, x1, y1, x2, y2, score,
 * class.
 */
export type Unused = Float64Array;

/** The tracks of one frame. */
export interface FrameTracks {
  readonly index: number;
  readonly time: number;
  readonly tracks: readonly Track[];
  /** Looks up to this frame, where they are kept for what is put right after the last one; in no file. */
  readonly looks?: readonly Look[];
  /** Good detections that no track took, where they are kept for what is put right after the last one; in no file. */
  readonly unused?: Unused;
  /** How the picture moved since the frame before, where that is kept for what is put right after the last one; in no file. */
  readonly camera?: Affine;
}

/** Two rows of three numbers: a point (x, y) becomes (a x + b y + c, d x + e y + f). */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** What only some trackers understand. Everything is optional. */
export interface Cues {
  /** One row per detection. */
  readonly embeddings?: Embeddings;
  /** Seconds since the previous update, where the input has timestamps. */
  readonly elapsed?: number;
  /**
   * How the picture moved since the last frame: `[a, b, x, c, d, y]` takes the point (px, py) of the last picture to
   * (a px + b py + x, c px + d py + y) in this one, in pixels.
   */
  readonly camera?: Affine;
  /** Told the tracks of `ago` frames before this one that are certain only now, by trackers that wait for evidence. */
  readonly onLate?: (track: Track, ago: number) => void;
  /**
   * Told the appearance vectors of detections that show a reported track clearly, by trackers that compare looks; they are
   * the caller's own rows of `embeddings`.
   */
  readonly onLook?: (id: number, vector: Float32Array) => void;
  /** Told what became of every track of the frame, and why, by trackers that can tell; ordered by id. */
  readonly onDecision?: (decision: Decision) => void;
}

/** How well a track, as predicted, and a detection of the same frame fit. */
export interface Fit {
  /** Intersection over union, 0 to 1. */
  readonly iou: number;
  /** Squared Mahalanobis distance, where the tracker has one. */
  readonly motion?: number;
  /** Cosine distance of their looks, 0 to 2, where both are known. */
  readonly cosine?: number;
}

/** A track or a detection that came into question and was not taken. */
export interface Rival extends Fit {
  /** The track, where a detection is explained. */
  readonly id?: number;
  /** Frames for which that track was missing before this one. */
  readonly missed?: number;
  /** The detection: the one in question, or the one which the track `id` took instead. */
  readonly detection?: number;
  /** The track that has the detection in question. */
  readonly by?: number;
  /** The limits that kept them apart; none where other pairs came first. "age": the track is missing for too long. */
  readonly refused: readonly ("class" | "age" | "gate" | "cosine" | "iou")[];
}

/** What became of a track in one frame. Detections are rows, as in `Track.detection`. */
export type Decision = {
  readonly id: number;
  /** The track is reported from here on; only where the tracker has such a state. */
  readonly confirms?: boolean;
  /** Those that mattered, the closest first. */
  readonly rivals: readonly Rival[];
} & (
  | { readonly kind: "start"; readonly detection: number; readonly score: number; readonly box: Box }
  | (Fit & {
      readonly kind: "match";
      readonly detection: number;
      readonly by: "appearance" | "motion" | "overlap";
      /** Frames for which the track was missing before. */
      readonly missed: number;
    })
  | {
      readonly kind: "miss";
      /** Frames for which the track has been missing, this one included. */
      readonly missed: number;
      /** Why this is the track's last frame, where it is. */
      readonly ends?: "unconfirmed" | "age";
    }
);

/** What a tracker goes by where it decides. */
export interface Limits {
  /** Least IoU. */
  readonly iou: number;
  /** Largest squared Mahalanobis distance. */
  readonly gate?: number;
  /** Largest cosine distance. */
  readonly cosine?: number;
  /** Frames without a match that a track survives. */
  readonly maxAge: number;
  /** Matches before a track is reported. */
  readonly confirm: number;
}

/** Finds objects in a frame. */
export interface Detector {
  /** Class names; `Detections.classes` index into them. */
  readonly labels: readonly string[];
  detect(frame: Frame): Promise<Detections>;
  close?(): Promise<void>;
}

/** Tells how the picture moves from one frame to the next. */
export interface Camera {
  /**
   * Called with every frame, in order, while its pixels are here. What it returns is called once the frame's detections
   * are known, in the same order, and tells the motion since the frame before; undefined where it cannot be told.
   */
  look(frame: Frame): (detections: Detections) => Affine | undefined | Promise<Affine | undefined>;
}

/** Describes the appearance of boxes of a frame. */
export interface Embedder {
  /** Length of one vector. */
  readonly dim: number;
  /** `boxes` is `[x1, y1, x2, y2] * n` in source pixels; row i of the result belongs to box i. */
  embed(frame: Frame, boxes: Float64Array): Promise<Embeddings>;
  close?(): Promise<void>;
}

/**
 * Turns detections into identities. Synchronous and deterministic; one `update` per frame, also for frames
 * without detections; a new sequence needs a new tracker.
 */
export interface Tracker {
  /** Looks of detections with a lower score are of no use to it now. By default all are. */
  readonly looksFrom?: number;
  /** Frames by which `Cues.onLate` reaches back at most. @default 0 */
  readonly delay?: number;
  /** The tracks to report for this frame, ordered by id. */
  update(detections: Detections, cues?: Cues): readonly Track[];
}

/** Everything that a tracker knows between two frames. */
export interface TrackerState {
  /** The tracker and the version of its columns, such as "sort 1". */
  readonly layout: string;
  /** The options that the tracker was made with, as JSON: a state fits no others. */
  readonly options: string;
  /** By name, every number as it was to the last bit. */
  readonly columns: Readonly<Record<string, Column>>;
}

/** Numbers of one kind in a row. */
export type Column = Float64Array | Float32Array | Int32Array | Uint8Array;

/** A tracker that can be left and taken up again: what it reports afterwards is what it would have reported. */
export interface ResumableTracker extends Tracker {
  /** A copy of what it knows, between two frames. */
  save(): TrackerState;
  /**
   * Goes on where the saved tracker stood; for one that has not seen a frame yet, and is not used where this fails.
   *
   * @throws {RangeError} where the state is another tracker's, another version's or other options', or is damaged.
   */
  restore(state: TrackerState): void;
}

/** What stands at the head of a tracks file. */
export interface TracksHeader {
  /** Path or name of the input, as given. */
  readonly input: string;
  readonly width: number;
  readonly height: number;
  /** Average frames per second, where known. */
  readonly frameRate?: number;
  /** Class names; `Track.class` indexes into them. */
  readonly labels: readonly string[];
  /** Names that people gave to identities, by `Track.id`. */
  readonly names?: Readonly<Record<string, string>>;
  /** Tool, version, models, options: whatever reproduces the run. */
  readonly run: Readonly<Record<string, unknown>>;
}

/** How much of the input was really read. */
export interface Integrity {
  /** False when frames are missing or damaged, or the run was stopped before the end. */
  readonly complete: boolean;
  readonly frames: number;
  /** Frames the container promised, where known. */
  readonly expectedFrames?: number;
  readonly damage: readonly Damage[];
  /** Frames of a live input that were left out because a newer one was there; among `frames`. */
  readonly dropped?: number;
  /** Set when the run was interrupted before the input's end. */
  readonly interrupted?: boolean;
}

/** A part of the input that is missing or was concealed by the decoder. */
export interface Damage {
  readonly kind: "missing" | "corrupt";
  readonly fromFrame?: number;
  readonly toFrame?: number;
  readonly fromTime?: number;
  readonly toTime?: number;
  /** What the decoder said, one line. */
  readonly reason: string;
}

/** What stands at the end of a tracks file. */
export interface TracksFooter {
  readonly integrity: Integrity;
  readonly identities: number;
  /** What was counted at lines and in zones, where there are any. */
  readonly counts?: Counts;
}

/** Something that a counter is certain of as of one frame. */
export type CountEvent = {
  /** The frame as of which it is certain. */
  readonly frame: number;
  /** Seconds, of that frame. */
  readonly time: number;
  readonly id: number;
  /** Index into the labels. */
  readonly class: number;
} & (
  | { readonly type: "appeared" }
  /** Not seen for longer than the counter waits. `dwell`: seconds from its first to its last frame. */
  | { readonly type: "left"; readonly dwell: number }
  /** `how`: it came over the edge, or was inside when it was first seen. */
  | { readonly type: "entered"; readonly zone: string; readonly how: "moved" | "appeared" }
  /** `how`: it went over the edge, or was inside when it was last seen. `dwell`: seconds inside. */
  | {
      readonly type: "exited";
      readonly zone: string;
      readonly how: "moved" | "left";
      readonly dwell: number;
    }
  /** To the left hand (in) or the right hand (out) of somebody who looks along the line. */
  | { readonly type: "crossed"; readonly line: string; readonly direction: "in" | "out" }
);

/** What was counted between two times. */
export interface Counts {
  /** Seconds. */
  readonly from: number;
  readonly to: number;
  readonly lines: readonly LineCounts[];
  readonly zones: readonly ZoneCounts[];
}

/** Crossings of a line, of all classes and of each that crossed. */
export interface LineCounts extends Crossings {
  readonly name: string;
  readonly classes: readonly (Crossings & ClassName)[];
}

/** What happened in a zone, of all classes and of each that was there. */
export interface ZoneCounts extends Stays {
  readonly name: string;
  readonly classes: readonly (Stays & ClassName)[];
}

/** A class by its number and name. */
export interface ClassName {
  readonly class: number;
  readonly label: string;
}

/** How often a line was crossed. */
export interface Crossings {
  readonly in: number;
  readonly out: number;
}

/** How long and how often something was in a zone. */
export interface Stays {
  /** How often something came to be inside, in whatever way. */
  readonly visits: number;
  /** Different identities among them. */
  readonly identities: number;
  /** Those that came over the edge; the others were inside when they were first seen. */
  readonly entered: number;
  /** Those that went over the edge; the others were inside when they were last seen. */
  readonly exited: number;
  /** Seconds of the visits that ended, on average and at most; 0 where none did. */
  readonly dwell: { readonly mean: number; readonly max: number };
  /** How many were inside at a time, on average and at most. */
  readonly occupancy: { readonly mean: number; readonly max: number };
}

/** A text format for tracks: pure functions from values to text and back; files are format/_file.ts's business. */
export interface Format {
  /** With the dot: ".json". */
  readonly extension: string;
  begin?(header: TracksHeader): string;
  frame(frame: FrameTracks, header: TracksHeader): string;
  /** Stands between two frames. @default "" */
  readonly separator?: string;
  end?(footer: TracksFooter): string;
  /** @throws {SyntaxError} `Cannot parse "name:line": ...` */
  parse?(text: string, name: string): ParsedTracks;
}

/** A tracks file read back. Header and footer only where the format carries them. */
export interface ParsedTracks {
  readonly header?: TracksHeader;
  readonly frames: readonly FrameTracks[];
  readonly footer?: TracksFooter;
}
