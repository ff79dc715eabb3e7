/**
 * How much two looks speak for one object rather than two, learnt from the recording itself: how a stretch of an identity
 * begins and how it ends are the same, stretches seen at one time are different. What all looks of a recording have in
 * common tells nobody apart: they are compared by what they differ in from their mean, and in the recording's own metric
 * where there is one (`_metric.ts`).
 */
import type { Looks, Mean } from "./_looks.js";
import { median } from "./_median.js";
import type { Metric, Metrics } from "./_metric.js";

/** What is learnt from. */
export interface Example {
  readonly track: number;
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
/** So many directions are kept, not to be worked out again. */
const kept = 4096;
/** Standard deviations are at least this, so that a few equal distances are no certainty. */
const smallest = 0.01;

/** A normal distribution. */
interface Bell {
  readonly mean: number;
  readonly deviation: number;
}

/** Log likelihood ratio of a last look and a first one: above 0 for one object. */
export type Resemblance = (last: Mean | undefined, first: Mean | undefined) => number;

/**
 * @param metrics in which looks are compared; by default as they are
 * @returns undefined where there is too little to learn from
 */
export function learnResemblance(examples: readonly Example[], metrics?: Metrics): Resemblance | undefined {
  const all = examples.filter(({ looks }) => looks !== undefined) as (Example & { looks: Looks })[];
  const step = Math.max(1, Math.ceil(all.length / most));
  const taken = all.filter((_, i) => i % step === 0);
  if (taken.length < 2) return undefined;
  const centre = centreOf(taken.map(({ looks }) => looks));
  // What a metric was fitted to would seem more alike than it is.
  const unfitted = [0, 1].map((half) => new Directions(centre, metrics?.without[half]));
  const same: number[] = [];
  const different: number[] = [];
  for (const a of taken) {
    const directions = unfitted[a.track & 1];
    const last = directions.of(a.looks.last);
    if (a.looks.seen >= long) same.push(distance(directions.of(a.looks.first), last));
    for (const b of taken)
      if (a !== b && a.beginning.frame <= b.end.frame && b.beginning.frame <= a.end.frame)
        different.push(distance(last, directions.of(b.looks.first)));
  }
  if (same.length < enough || different.length < enough) return undefined;
  const [near, far] = [bellOf(same), bellOf(different)];
  const fitted = new Directions(centre, metrics?.all);
  return (a, b) => {
    if (!a || !b) return 0;
    const ratio = ratioOf(distance(fitted.of(a), fitted.of(b)), near, far);
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

/** Every stretch counts once, however long it is. */
function centreOf(all: readonly Looks[]): Float64Array {
  const centre = new Float64Array(all[0].first.vector.length);
  for (const { first, last } of all)
    for (let k = 0; k < centre.length; k++)
      centre[k] += (first.vector[k] + last.vector[k]) / (2 * all.length);
  return centre;
}

/** Directions from the centre, of norm 1; nothing where there is none. */
class Directions {
  readonly #centre: Float64Array;
  readonly #metric: Metric | undefined;
  readonly #known = new Map<Mean, Float64Array>();

  constructor(centre: Float64Array, metric: Metric | undefined) {
    this.#centre = centre;
    this.#metric = metric;
  }

  of(mean: Mean): Float64Array {
    let direction = this.#known.get(mean);
    if (!direction) {
      const away = Float64Array.from(mean.vector, (v, k) => v - this.#centre[k]);
      direction = unit(this.#metric ? this.#metric(away) : away);
      if (this.#known.size >= kept) this.#known.clear();
      this.#known.set(mean, direction);
    }
    return direction;
  }
}

function unit(vector: Float64Array): Float64Array {
  const norm = Math.sqrt(dot(vector, vector));
  return norm > 0 ? vector.map((v) => v / norm) : vector;
}

const distance = (a: Float64Array, b: Float64Array): number => 1 - dot(a, b);

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}
