/**
 * Scores tracks during development:
 * `npx tsx scripts/eval.ts --gt DIR --results DIR [--benchmark mot15] [--all] [sequences...]`
 */
import { parseArgs } from "node:util";
import {
  custom,
  evaluate,
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
  for (const file of truth) yield readPair(file, results, benchmark);
})();
const labels = values.all ? scoreColumns.map((c) => c.label) : undefined;
for (const scores of evaluate(pairs, benchmark)) console.log(formatTable(scores, labels));
