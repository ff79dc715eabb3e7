/** Frames per second of tracks and pictures that have no times; the same wherever one is assumed. */
export const USUAL_RATE = 30;
