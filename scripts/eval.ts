/**
 * Scores tracks during development:
 * `npx tsx scripts/eval.ts --gt DIR --results DIR [--benchmark mot15] [--all] [sequences...]`;
 * `--detections` scores det.txt files by average precision instead.
 */
import { parseArgs } from "node:util";
import {
  custom,
  evaluate,
  evaluateDetections,
  findTruth,
  formatTable,
  kitti,
  mot15,
  mot16,
  mot17,
  mot20,
  readPair,
  scoreColumns,
} from "../src/eval/index.js";

const benchmarks = { mot15, mot16, mot17, mot20, kitti, custom };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    gt: { type: "string" },
    results: { type: "string" },
    benchmark: { type: "string", default: "mot15" },
    detections: { type: "boolean", default: false },
    all: { type: "boolean", default: false },
  },
});
const benchmark = Object.entries(benchmarks).find(([name]) => name === values.benchmark)?.[1];
if (!values.gt || !values.results || !benchmark) {
  console.error("usage: eval.ts --gt DIR --results DIR [--benchmark NAME] [--all] [sequences...]");
  process.exit(2);
}
const results = values.results;
const truth = findTruth(values.gt, benchmark, positionals);
const pairs = (function* () {
  for (const file of truth) {
    yield readPair(file, results, benchmark, values.detections ? "detections" : "results");
  }
})();
if (values.detections) {
  for (const scores of evaluateDetections(pairs, benchmark)) {
    for (const { name, scores: s } of [...scores.sequences, { name: "COMBINED", scores: scores.combined }]) {
      if (!s) continue;
      const best = s.bestF1;
      console.log(
        `${scores.class} ${name.padEnd(18)} AP50 ${(100 * s.ap50).toFixed(2)}  AP ${(100 * s.ap).toFixed(2)}  recall ${(100 * s.recall).toFixed(2)}  precision ${(100 * s.precision).toFixed(2)}  best F1 ${best ? `${(100 * best.f1).toFixed(2)} at score ${best.score}` : "-"}`,
      );
    }
  }
} else {
  const labels = values.all ? scoreColumns.map((c) => c.label) : undefined;
  for (const scores of evaluate(pairs, benchmark)) console.log(formatTable(scores, labels));
}
