/**
 * The values of a tracks file as plain JSON objects, in the order in which they are written, and back.
 */
import type { FrameTracks, Track, TracksFooter, TracksHeader } from "../types.js";
import { pixels, score, seconds } from "./_text.js";

export const toHeader = ({ input, width, height, frameRate, labels, names, run }: TracksHeader) => ({
  format: "throughline-tracks" as const,
  version: 1 as const,
  input,
  width,
  height,
  frameRate: frameRate === undefined ? undefined : seconds(frameRate),
  labels,
  names,
  run,
});

export const toFrame = ({ index, time, tracks }: FrameTracks, { labels }: TracksHeader) => ({
  frame: index,
  time: seconds(time),
  tracks: tracks.map((track) => ({
    id: track.id,
    box: track.box.map(pixels),
    score: score(track.score),
    class: track.class,
    label: labels[track.class],
    detection: track.detection,
    interpolated: track.interpolated,
    joined: track.joined,
  })),
});

export const toFooter = ({ identities, integrity, counts }: TracksFooter): TracksFooter => ({
  identities,
  integrity,
  ...(counts === undefined ? {} : { counts }),
});

/** Picks the header's fields out of a whole document. */
export const fromHeader = ({
  input,
  width,
  height,
  frameRate,
  labels,
  names,
  run,
}: TracksHeader): TracksHeader => ({
  input,
  width,
  height,
  ...(frameRate === undefined ? {} : { frameRate }),
  labels,
  ...(names === undefined ? {} : { names }),
  run,
});

export const fromFrame = (frame: {
  readonly frame: number;
  readonly time: number;
  readonly tracks: readonly Track[];
}): FrameTracks => ({
  index: frame.frame,
  time: frame.time,
  // Without the label, which the header's list holds too.
  tracks: frame.tracks.map(({ id, box, score, class: index, detection, interpolated, joined }) => ({
    ...{ id, box, score, class: index, detection },
    ...(interpolated === undefined ? {} : { interpolated }),
    ...(joined === undefined ? {} : { joined }),
  })),
});
