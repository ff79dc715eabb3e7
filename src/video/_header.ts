/** What the header of a container says about its first video track. */
export interface Promised {
  readonly frames: number;
  /** Seconds from the first frame to the last. */
  readonly span: number;
}

/** A file, by its bytes; undefined where there are less than asked for. */
export type ReadAt = (position: number, length: number) => Promise<Buffer | undefined>;

/** A header of a whole film has some megabytes; what claims more is not read. */
export const largestHeader = 64 * 2 ** 20;
/** An index comes after a few boxes; what has more is there to keep us counting. */
export const mostBoxes = 10_000;
