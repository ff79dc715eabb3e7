/**
 * Association alone: Kalman filters, gating, assignment, keeping of tracks. No pictures, no models.
 *
 *   npm run bench -- association
 */
import munkres from "munkres-js";
import { Assigner } from "../../src/math/assignment.js";
import { DeepSort, recommended } from "../../src/track/deepsort.js";
import { Sort } from "../../src/track/sort.js";
import type { Tracker } from "../../src/types.js";
import { type CrowdFrame, crowd, knownMd5 } from "./_crowd.js";
import { machine, median } from "./_machine.js";

interface Candidate {
  readonly name: string;
  readonly looks: boolean;
  make(): Tracker;
  /** Milliseconds per frame that the project promises, by number of objects. */
  readonly goals?: Readonly<Record<number, number>>;
}

const goals: Candidate["goals"] = { 100: 0.15, 1000: 3 };
const trackers: readonly Candidate[] = [
  { name: "SORT", looks: false, make: () => new Sort(), goals },
  { name: "DeepSORT, motion alone", looks: false, make: () => new DeepSort(), goals },
  // Comparing every vector of every gallery is no part of the promise.
  { name: "DeepSORT, gallery of 100 x 128", looks: true, make: () => new DeepSort() },
  { name: "DeepSORT as recommended", looks: true, make: () => new DeepSort(recommended), goals },
];

console.log(machine());

await measureMemory();

const frameCount = 400;
console.log(
  `\nMilliseconds per frame, median (and 95th percentile) of ${frameCount} frames after as many to warm up`,
);
for (const objects of [100, 200, 1000]) {
  const { frames } = crowd({ objects, frames: 2 * frameCount });
  for (const { name, looks, make, goals } of trackers) {
    const times = timed(make(), frames, looks);
    const limit = goals?.[objects];
    const goal = limit === undefined ? "" : `  (goal ${limit})`;
    const p95 = [...times].sort((a, b) => a - b)[Math.floor(0.95 * times.length)];
    console.log(
      `${String(objects).padStart(5)} objects  ${name.padEnd(30)} ${median(times).toFixed(4)} (${p95.toFixed(4)})${goal}`,
    );
  }
}

function timed(tracker: Tracker, frames: readonly CrowdFrame[], withLooks: boolean): number[] {
  const times: number[] = [];
  for (const { detections, embeddings } of frames) {
    const start = performance.now();
    tracker.update(detections, { embeddings: withLooks ? embeddings : undefined, elapsed: 1 / 30 });
    times.push(performance.now() - start);
  }
  return times.slice(frames.length / 2);
}

const reference = crowd({ objects: 200, frames: 1000, dim: 1 });
console.log(
  `\nCrowd of 200 x 1000 frames: md5 ${reference.md5}, ${reference.md5 === knownMd5 ? "as published" : "DIFFERENT"}`,
);
const start = performance.now();
const sort = new Sort();
for (const { detections } of reference.frames) sort.update(detections);
console.log(`SORT on it, cold: ${Math.round((1000 * 1000) / (performance.now() - start))} frames/s`);

console.log("\nAssignment of 200 x 200 random costs, median of runs");
let state = 1;
const costs = Float64Array.from({ length: 200 * 200 }, () => {
  state = (Math.imul(1664525, state) + 1013904223) >>> 0;
  return state / 2 ** 32;
});
const matrix = Array.from({ length: 200 }, (_, i) => [...costs.subarray(200 * i, 200 * (i + 1))]);
const assigner = new Assigner();
const repeated = (runs: number, work: () => void) =>
  median(
    Array.from({ length: runs }, () => {
      const from = performance.now();
      work();
      return performance.now() - from;
    }),
  );
repeated(20, () => assigner.assign(costs, 200, 200));
const ours = repeated(40, () => assigner.assign(costs, 200, 200));
const theirs = repeated(5, () => munkres(matrix));
console.log(
  `shortest augmenting paths ${ours.toFixed(2)} ms, munkres-js ${theirs.toFixed(1)} ms: ${Math.round(theirs / ours)} x`,
);

/** Comes first, and in a function, so that nothing of the other measurements is counted. */
async function measureMemory(): Promise<void> {
  console.log("\nMemory, 100 objects, MiB after garbage collection (goal: within 10 of each other)");
  const { frames: loop } = crowd({ objects: 100, frames: 1000 });
  for (const { name, looks, make } of trackers) {
    const tracker = make();
    const at: number[] = [];
    for (let round = 1; round <= 100; round++) {
      for (const { detections, embeddings } of loop)
        tracker.update(detections, { embeddings: looks ? embeddings : undefined, elapsed: 1 / 30 });
      if (round === 10 || round === 100) at.push(await used());
    }
    console.log(
      `${name.padEnd(30)} after 10,000 frames ${at[0].toFixed(1)}, after 100,000 frames ${at[1].toFixed(1)}`,
    );
  }
}

async function used(): Promise<number> {
  if (!globalThis.gc) throw new Error("Cannot measure memory: start node with --expose-gc");
  // The first collection finds the dead arrays; their memory goes a moment later.
  globalThis.gc();
  await new Promise((resolve) => setTimeout(resolve, 50));
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}
