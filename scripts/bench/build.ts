/**
 * How long a detector takes to build and to write as an ONNX file, with random weights and with weights that cost
 * nothing to make, and how much memory at the peak.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeModel } from "../../src/index.js";
import { buildDetector, initialWeights } from "../../src/nn/index.js";
import { machine, median } from "./_machine.js";

const NAME = "fasterrcnn_resnet101_fpn";
const RUNS = 5;
const MB = 2 ** 20;

const elements = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const free = (_: string, shape: readonly number[]): Float32Array =>
  new Float32Array(elements(shape)).fill(0.5);
const network = buildDetector(NAME);
const weights = 4 * network.parameters.reduce((sum, p) => sum + elements(p.shape), 0);

console.log(machine());
console.log(`${NAME}: ${network.nodes.length} nodes, weights ${(weights / MB).toFixed(0)} MB`);
const folder = mkdtempSync(join(tmpdir(), "throughline-bench-"));
try {
  // What keeps least in memory comes first: the peak only grows.
  await measure("random weights, to a file", async () => {
    await writeModel(join(folder, "model.onnx"), buildDetector(NAME).model(initialWeights()));
  });
  await measure("free weights, to bytes", () => buildDetector(NAME).encode(free));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(what: string, work: () => unknown): Promise<void> {
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  const times: number[] = [];
  const used: number[] = [];
  let peak = 0;
  for (let run = 0; run < RUNS; run++) {
    const [start, cpu] = [performance.now(), process.cpuUsage()];
    await work();
    times.push(performance.now() - start);
    const { user, system } = process.cpuUsage(cpu);
    used.push((user + system) / 1000);
    // The first run alone says what one build needs: later ones meet what it has left behind.
    if (run === 0) peak = process.resourceUsage().maxRSS * 1024 - before;
  }
  console.log(
    `${what}: ${Math.min(...times).toFixed(0)} ms (median ${median(times).toFixed(0)}, of it work of a core ${median(used).toFixed(0)}), ` +
      `at the peak ${(peak / MB).toFixed(0)} MB more memory (${(peak / weights).toFixed(2)} times the weights)`,
  );
}
