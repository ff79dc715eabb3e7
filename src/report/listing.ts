/** What `track view` tells its pages: the runs and batches of a folder, and how two runs differ. */

/** A tracks file, by what its beginning and end say. What is not known is missing. */
export interface RunEntry {
  /** Below the folder, with slashes. */
  readonly path: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
  readonly input?: string;
  readonly width?: number;
  readonly height?: number;
  readonly frameRate?: number;
  readonly frames?: number;
  /** From the first frame to the last. */
  readonly seconds?: number;
  readonly identities?: number;
  readonly tracker?: string;
  readonly detector?: string;
  /** Why it is not all of its input, in a few words. */
  readonly trouble?: string;
  /** Why it cannot be opened, one line. */
  readonly error?: string;
  /** Corrections beside it that stand. */
  readonly corrections?: number;
}

/** A run that is going on, as far as it is on the disk. */
export interface GoingRun {
  /** Of its files, below the folder; empty for the folder itself. */
  readonly folder: string;
  readonly input: string;
  /** Frames up to the last one that is on the disk. */
  readonly frames: number;
  /** Seconds of the input up to there. */
  readonly seconds: number;
  /** Milliseconds since 1970. */
  readonly began: number;
}

/** One input of a batch. */
export interface BatchFile {
  readonly name: string;
  readonly state: "waiting" | "running" | "done" | "damaged" | "failed";
  readonly error?: string;
  readonly attempts: number;
  readonly frames?: number;
  readonly identities?: number;
  /** Of work. */
  readonly seconds?: number;
  /** ISO 8601. */
  readonly started?: string;
  /** Its tracks, below the folder. */
  readonly run?: string;
  /** While it is worked on. */
  readonly going?: GoingRun;
}

/** A batch, by its manifest. */
export interface BatchEntry {
  /** The folder of its manifest, below the folder that is viewed; empty for that itself. */
  readonly path: string;
  /** Whether somebody is at work on it. */
  readonly isGoing: boolean;
  readonly files: readonly BatchFile[];
  /** Why its manifest cannot be read, one line. */
  readonly error?: string;
}

/** Everything in a folder. */
export interface Listing {
  /** Without links. */
  readonly folder: string;
  readonly runs: readonly RunEntry[];
  readonly batches: readonly BatchEntry[];
  /** Those that are no part of a batch. */
  readonly going: readonly GoingRun[];
  /** What was left out. */
  readonly notices: readonly string[];
}

/** Something in which two runs differ, with the frames (of the input) in which it does. */
export interface Difference {
  readonly kind: "birth" | "death" | "swap" | "gap" | "shift";
  readonly from: number;
  readonly to: number;
  /** The identity of the first run, where it has one. */
  readonly a?: number;
  /** The identities of the second run: one, or for a swap the one before and the one after. */
  readonly b?: readonly number[];
  /** Of a gap: the run without a box. */
  readonly missingIn?: "a" | "b";
  /** Pixels of the largest shift. */
  readonly pixels?: number;
}

/** How two runs differ. */
export interface Comparison {
  readonly isEqual: boolean;
  /** In the order of frames. */
  readonly differences: readonly Difference[];
  /** Stretches of moved boxes that are left out, the smallest. */
  readonly more: number;
  /** Identities that have another number in b. */
  readonly renumbered: number;
  /** Boxes of a, of b, and those that are in both. */
  readonly boxes: { readonly a: number; readonly b: number; readonly both: number };
}
