/**
 * How long a detector takes to build and to write as an ONNX file, and how much memory at the peak, with weights that
 * cost nothing to make.
 */
import { buildDetector } from "../../src/nn/index.js";
import { machine, median } from "./_machine.js";

const NAME = "fasterrcnn_resnet101_fpn";
const RUNS = 5;
const MB = 2 ** 20;

const elements = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const source = (_: string, shape: readonly number[]): Float32Array =>
  new Float32Array(elements(shape)).fill(0.5);

console.log(machine());
globalThis.gc?.();
const before = process.memoryUsage.rss();
const times: number[] = [];
const work: number[] = [];
let [bytes, nodes, weights] = [0, 0, 0];
for (let run = 0; run < RUNS; run++) {
  const [start, used] = [performance.now(), process.cpuUsage()];
  const net = buildDetector(NAME);
  bytes = net.encode(source).length;
  times.push(performance.now() - start);
  const { user, system } = process.cpuUsage(used);
  work.push((user + system) / 1000);
  nodes = net.nodes.length;
  weights = 4 * net.parameters.reduce((sum, p) => sum + elements(p.shape), 0);
  // The first run alone says what one build needs: later ones meet what it has left behind.
  if (run === 0) {
    const peak = process.resourceUsage().maxRSS * 1024 - before;
    console.log(
      `${NAME}: weights ${(weights / MB).toFixed(0)} MB, ${(peak / MB).toFixed(0)} MB more memory at the peak (${(peak / weights).toFixed(2)} times the weights)`,
    );
  }
}
const ms = (values: readonly number[]): string => `${median(values).toFixed(0)} ms`;
console.log(
  `${NAME}: ${nodes} nodes and ${(bytes / MB).toFixed(0)} MB in ${ms(times)}, ${ms(work)} of it work of a core (medians of ${RUNS}, first run ${times[0]!.toFixed(0)} ms)`,
);
