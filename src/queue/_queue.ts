/** What both ends of the queue have to agree on. */

/** All batches of all users of a Redis database go through one queue, so that one worker serves them all. */
export const QUEUE = "throughline";

/** How a job is delivered again after a machine failed at it: so often in all, after so many milliseconds, doubled each time. */
export const ATTEMPTS = 4;
export const BACKOFF = 2000;

/** A file that so many workers died on is given up: it may be what kills them. */
export const DEATHS = 6;

/** Seconds for which Redis keeps what nobody has collected. */
export const KEPT = 30 * 24 * 3600;
