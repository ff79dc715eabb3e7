/** All metrics over all sequences of a benchmark. */
import { pairsOf } from "./_pairs.js";
import * as clear from "./clear.js";
import * as counts from "./counts.js";
import * as detection from "./detection.js";
import * as hota from "./hota.js";
import * as identity from "./identity.js";
import type { Benchmark, Boxes, Sequence } from "./sequence.js";

/** The metric families by name. */
export type MetricName = "hota" | "clear" | "identity" | "counts";

/** Names of all metric families. */
export const metricNames: readonly MetricName[] = ["hota", "clear", "identity", "counts"];

/** Truth and results of one sequence, as read. */
export interface Pair {
  readonly name: string;
  readonly truth: Boxes;
  readonly results: Boxes;
}

/** Counts of the families that were asked for. They add up over sequences. */
export interface Counts {
  readonly hota?: hota.HotaCounts;
  readonly clear?: clear.ClearCounts;
  readonly identity?: identity.IdentityCounts;
  readonly counts?: counts.SizeCounts;
}

/** Scores of the families that were asked for. */
export interface Scores {
  readonly hota?: hota.HotaScores;
  readonly clear?: clear.ClearScores;
  readonly identity?: identity.IdentityScores;
  readonly counts?: counts.SizeCounts;
}

/** Scores of one class. */
export interface ClassScores<S = Scores> {
  readonly class: string;
  readonly sequences: readonly { readonly name: string; readonly scores: S }[];
  /** All sequences together: counts added up, then scored. Undefined without a sequence. */
  readonly combined?: S;
}

/** Options of `evaluate`. */
export interface EvaluateOptions {
  /** Families to compute. @default all of them */
  readonly metrics?: readonly MetricName[];
}

/** Counts one prepared sequence. */
export function countAll(sequence: Sequence, metrics: readonly MetricName[] = metricNames): Counts {
  const wanted = (name: MetricName): boolean => metrics.includes(name);
  const pairs = wanted("hota") && wanted("identity") ? pairsOf(sequence) : undefined;
  return {
    hota: wanted("hota") ? hota.count(sequence, pairs) : undefined,
    clear: wanted("clear") ? clear.count(sequence) : undefined,
    identity: wanted("identity") ? identity.count(sequence, pairs) : undefined,
    counts: wanted("counts") ? counts.count(sequence) : undefined,
  };
}

/** Counts of two sets of sequences together; a family must be in both. */
export function addAll(a: Counts, b: Counts): Counts {
  return {
    hota: a.hota && b.hota && hota.add(a.hota, b.hota),
    clear: a.clear && b.clear && clear.add(a.clear, b.clear),
    identity: a.identity && b.identity && identity.add(a.identity, b.identity),
    counts: a.counts && b.counts && counts.add(a.counts, b.counts),
  };
}

/** Scores of counts. */
export function scoreAll(c: Counts): Scores {
  return {
    hota: c.hota && hota.score(c.hota),
    clear: c.clear && clear.score(c.clear),
    identity: c.identity && identity.score(c.identity),
    counts: c.counts && counts.score(c.counts),
  };
}

/**
 * Scores sequences one after the other. `pairs` may be a generator that reads each sequence when its turn comes:
 * only the counts of the earlier ones are kept.
 *
 * @returns one entry per class of the benchmark.
 * @example
 * const truth = parseMot(truthText, "gt.txt", { length: 71 });
 * const results = parseMot(resultText, "results.txt", { length: 71 });
 * const [pedestrian] = evaluate([{ name: "TUD-Campus", truth, results }], mot15);
 * pedestrian.combined?.hota?.hota; // 0 .. 1
 */
export function evaluate(
  pairs: Iterable<Pair>,
  benchmark: Benchmark,
  { metrics = metricNames }: EvaluateOptions = {},
): ClassScores[] {
  const count = (sequence: Sequence): Counts => countAll(sequence, metrics);
  return overSequences(pairs, benchmark, { count, add: addAll, score: scoreAll });
}

/**
 * Average precision of detections, by the same rules. The result side of each pair holds detections.
 *
 * @example
 * const detections = parseMot(text, "det.txt", { kind: "detections", length: 71 });
 * const [pedestrian] = evaluateDetections([{ name: "TUD-Campus", truth, results: detections }], mot15);
 * pedestrian.combined?.ap50; // 0 .. 1
 */
export function evaluateDetections(
  pairs: Iterable<Pair>,
  benchmark: Benchmark,
): ClassScores<detection.DetectionScores>[] {
  return overSequences(pairs, benchmark, detection);
}

/** A metric: what it counts adds up, what it scores does not. */
interface Metric<C, S> {
  count(sequence: Sequence): C;
  add(a: C, b: C): C;
  score(counts: C): S;
}

function overSequences<C, S>(
  pairs: Iterable<Pair>,
  benchmark: Benchmark,
  metric: Metric<C, S>,
): ClassScores<S>[] {
  const sequences: { name: string; scores: S }[][] = benchmark.classes.map(() => []);
  const totals: (C | undefined)[] = benchmark.classes.map(() => undefined);
  for (const { name, truth, results } of pairs) {
    benchmark.classes.forEach((className, c) => {
      const counted = metric.count(benchmark.prepare(name, truth, results, className));
      sequences[c].push({ name, scores: metric.score(counted) });
      const total = totals[c];
      totals[c] = total === undefined ? counted : metric.add(total, counted);
    });
  }
  return benchmark.classes.map((className, c) => {
    const total = totals[c];
    return {
      class: className,
      sequences: sequences[c],
      combined: total === undefined ? undefined : metric.score(total),
    };
  });
}
