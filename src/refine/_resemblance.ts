/**
 * How much two looks speak for one object rather than two, learnt from the recording itself: how a stretch of an identity
 * begins and how it ends are the same, stretches seen at one time are different. What all looks of a recording have in
 * common tells nobody apart: they are compared by what they differ in from their mean.
 */
import type { Looks, Mean } from "./_looks.js";

/** What is learnt from. */
export interface Example {
  readonly looks: Looks | undefined;
  readonly beginning: { readonly frame: number };
  readonly end: { readonly frame: number };
}

/** As many of both kinds must have been seen before anything is said. */
const enough = 8;
/** So many examples are taken at most, from the whole recording. */
const most = 256;
/** Beginning and end of an example have nothing in common with so many frames. */
const long = 32;
/** No log likelihood ratio is larger: what is seen once is no proof. */
export const certain = 8;
/** Means of fewer frames count for less. */
const full = 6;
/** Standard deviations are at least this, so that a few equal distances are no certainty. */
const smallest = 0.01;

/** A normal distribution. */
interface Bell {
  readonly mean: number;
  readonly deviation: number;
}

/** Log likelihood ratio of a last look and a first one: above 0 for one object. */
export type Resemblance = (last: Mean | undefined, first: Mean | undefined) => number;

/** @returns undefined where there is too little to learn from */
export function learnResemblance(examples: readonly Example[]): Resemblance | undefined {
  const all = examples.filter(({ looks }) => looks !== undefined) as (Example & { looks: Looks })[];
  const step = Math.max(1, Math.ceil(all.length / most));
  const taken = all.filter((_, i) => i % step === 0);
  if (taken.length < 2) return undefined;
  const centre = centreOf(taken.map(({ looks }) => looks));
  const first = taken.map(({ looks }) => unit(looks.first.vector, centre));
  const last = taken.map(({ looks }) => unit(looks.last.vector, centre));
  const same: number[] = [];
  const different: number[] = [];
  taken.forEach((a, i) => {
    if (a.looks.seen >= long) same.push(distance(first[i], last[i]));
    taken.forEach((b, j) => {
      if (i !== j && a.beginning.frame <= b.end.frame && b.beginning.frame <= a.end.frame)
        different.push(distance(last[i], first[j]));
    });
  });
  if (same.length < enough || different.length < enough) return undefined;
  const [near, far] = [bellOf(same), bellOf(different)];
  return (a, b) => {
    if (!a || !b) return 0;
    const ratio = ratioOf(distance(unit(a.vector, centre), unit(b.vector, centre)), near, far);
    return ratio * Math.min(1, a.count / full, b.count / full);
  };
}

function ratioOf(distance: number, near: Bell, far: Bell): number {
  // Two bells cross a second time in their tails; beyond the means nothing turns round.
  const clamped = Math.max(distance, near.mean);
  const ratio = logDensity(near, clamped) - logDensity(far, clamped);
  if (distance <= near.mean) return Math.min(certain, Math.max(0, ratio));
  return Math.max(-certain, Math.min(distance >= far.mean ? 0 : certain, ratio));
}

const logDensity = ({ mean, deviation }: Bell, x: number): number =>
  -(((x - mean) / deviation) ** 2) / 2 - Math.log(deviation);

/** By medians: some tracks went from one object to another, some people are dressed alike. */
function bellOf(values: readonly number[]): Bell {
  const mean = median(values);
  // 1.4826: a bell's standard deviation in medians of what lies off its middle.
  const deviation = 1.4826 * median(values.map((v) => Math.abs(v - mean)));
  return { mean, deviation: Math.max(smallest, deviation) };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

/** Every stretch counts once, however long it is. */
function centreOf(all: readonly Looks[]): Float64Array {
  const centre = new Float64Array(all[0].first.vector.length);
  for (const { first, last } of all)
    for (let k = 0; k < centre.length; k++)
      centre[k] += (first.vector[k] + last.vector[k]) / (2 * all.length);
  return centre;
}

/** The direction from the centre, of norm 1; nothing where there is none. */
function unit(vector: Float32Array, centre: Float64Array): Float64Array {
  const direction = Float64Array.from(vector, (v, k) => v - centre[k]);
  const norm = Math.sqrt(dot(direction, direction));
  return norm > 0 ? direction.map((v) => v / norm) : direction;
}

const distance = (a: Float64Array, b: Float64Array): number => 1 - dot(a, b);

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}
