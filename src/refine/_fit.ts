/**
 * How well an end and a later beginning fit, in squared deviations halved: where each line leads against where the other
 * begins, and the heights.
 */
import type { End } from "./_line.js";

/** Standard deviations: of a place in heights, at once and more with every frame unseen; of the log of two heights. */
export interface Deviations {
  readonly near: number;
  readonly farther: number;
  readonly ofHeights: number;
}

/** Somebody who goes on as before: the errors of both predictions together. */
export function walking(end: End, beginning: End, { near, farther }: Deviations): number {
  const deviation = (near + farther * (beginning.frame - end.frame)) * heightOf(end, beginning);
  return (missed(end, beginning) + missed(beginning, end)) / (2 * deviation ** 2);
}

/** Somebody who stands. */
export function standing(end: End, beginning: End, { near }: Deviations): number {
  const deviation = near * heightOf(end, beginning);
  return squared(end.box, beginning.box) / (2 * deviation ** 2);
}

/** The heights of one and the same. */
export function equallyTall(end: End, beginning: End, { ofHeights }: Deviations): number {
  return (Math.log(end.line.at[3] / beginning.line.at[3]) / ofHeights) ** 2 / 2;
}

function heightOf(end: End, beginning: End): number {
  return Math.sqrt(end.line.at[3] * beginning.line.at[3]);
}

/** The squared distance from where one line leads to the other's box. */
function missed({ line: { at, velocity, middle } }: End, { frame, box }: End): number {
  const t = frame - middle;
  return squared([at[0] + velocity[0] * t, at[1] + velocity[1] * t], box);
}

function squared(a: readonly number[], b: readonly number[]): number {
  return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2;
}
