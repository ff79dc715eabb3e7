/**
 * What the decision log of `track --explain` costs beside the association it tells about: trackers by name on a
 * crowd, with nobody told, with decisions collected, and with their lines put together as well.
 *
 *   npm run bench -- explain
 */
import { trackers } from "../../src/cli/choices.js";
import { formatDecisions } from "../../src/format/decisions.js";
import type { Cues, Decision } from "../../src/types.js";
import { type CrowdFrame, crowd } from "./_crowd.js";
import { machine, median } from "./_machine.js";

const frameCount = 300;

console.log(
  `${machine()}\nmicroseconds per frame, median of ${frameCount} frames after as many to warm up\n`,
);
console.log(
  `${"".padEnd(27)}${["alone", "decisions", "", "and text", "", "bytes"].map((head) => head.padStart(10)).join("")}`,
);
for (const objects of [30, 100, 200]) {
  const { frames } = crowd({ objects, frames: 2 * frameCount });
  for (const [name, choice] of Object.entries(trackers)) {
    const { create, usual } = await choice.load();
    const make = () => create(usual({ ownScores: false }));
    const { alone, told, written, bytes } = measure(make, frames, choice.appearance !== "never");
    const cells = [
      alone.toFixed(0),
      told.toFixed(0),
      `${(told / alone).toFixed(1)} x`,
      written.toFixed(0),
      `${(written / alone).toFixed(1)} x`,
      bytes.toFixed(0),
    ];
    console.log(
      `${`${objects} objects`.padEnd(13)}${name.padEnd(14)}${cells.map((cell) => cell.padStart(10)).join("")}`,
    );
  }
}

/** Three trackers side by side, so that all meet the machine in the same state. */
function measure(
  make: () => ReturnType<Awaited<ReturnType<(typeof trackers)[string]["load"]>>["create"]>,
  frames: readonly CrowdFrame[],
  withLooks: boolean,
) {
  const [alone, told, written] = [make(), make(), make()];
  const times: [number[], number[], number[]] = [[], [], []];
  let bytes = 0;
  frames.forEach(({ detections, embeddings }, index) => {
    const cues: Cues = { embeddings: withLooks ? embeddings : undefined, elapsed: 1 / 30 };
    const timed = (into: number[], run: () => void): void => {
      const start = performance.now();
      run();
      into.push(1000 * (performance.now() - start));
    };
    const collect = (tracker: typeof told): Decision[] => {
      const decisions: Decision[] = [];
      tracker.update(detections, { ...cues, onDecision: (decision) => decisions.push(decision) });
      return decisions;
    };
    timed(times[0], () => alone.update(detections, cues));
    timed(times[1], () => collect(told));
    timed(times[2], () => {
      // As bytes: until then a text may only be parts that are not put together yet.
      bytes += Buffer.from(formatDecisions({ index, time: index / 30, decisions: collect(written) })).length;
    });
  });
  const [a, b, c] = times.map((all) => median(all.slice(frameCount)));
  return { alone: a, told: b, written: c, bytes: bytes / frames.length };
}
