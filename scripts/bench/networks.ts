/**
 * How fast built networks run, beside the same network from elsewhere: an export by others where one is at hand, else
 * the graph with its batch norms left for ONNX Runtime to fold. Rows give a ratio, since both run in turns in one
 * process; below 1, ours is faster. Of all runs the fastest counts: what else a machine does only adds.
 *
 *   npm run bench -- networks
 *   npx tsx scripts/bench/networks.ts --network resnet50 --batch 8 --runs 30
 *   npx tsx scripts/bench/networks.ts --network fasterrcnn_resnet50_fpn --size 800x1344 --device cuda
 *   npx tsx scripts/bench/networks.ts --exports DIR --threads 1     # what export.py wrote there
 *
 * A detector is run on a frame as `track` runs it too: what is not the network is reading pixels, scaling, and boxes.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { cardOf, labelsOf } from "../../src/cli/build-card.js";
import { type NamedNetwork, requireNetwork } from "../../src/cli/network-names.js";
import { createDetector, createRuntime } from "../../src/index.js";
import type { Card } from "../../src/models/card.js";
import { initialWeights, inspect, type Network } from "../../src/nn/index.js";
import type { Model, Outputs, Tensor } from "../../src/onnx/index.js";
import { loadWeights, openWeights } from "../../src/weights/index.js";
import { machine } from "./_machine.js";

const { values: given } = parseArgs({
  options: {
    network: { type: "string" },
    device: { type: "string", default: "cpu" },
    batch: { type: "string", default: "1" },
    size: { type: "string" },
    runs: { type: "string", default: "20" },
    threads: { type: "string" },
    exports: { type: "string" },
  },
});
const [batch, runs] = [Number(given.batch), Number(given.runs)];
const size = given.size?.split("x").map(Number) as [number, number] | undefined;
/** Enough different shapes of network to show a mistake in any of them. */
const USUAL = ["resnet18", "mobilenet_v2", "shufflenet_v2_x1_0", "squeezenet1_1"];

const testOnly = join(import.meta.dirname, "../../../shared/models/test-only");
const runtime = await createRuntime({
  device: given.device,
  threads: given.threads === undefined ? undefined : Number(given.threads),
});
console.log(
  `${machine()}; ${runtime.device}, ${runtime.threads} threads, batch ${batch}, fastest of ${runs} runs`,
);
try {
  if (given.exports !== undefined) await measureExports(given.exports);
  else {
    for (const name of given.network === undefined ? USUAL : given.network.split(",")) {
      const network = requireNetwork(name, undefined);
      if (network.detector) await measureDetector(network);
      else await measureBackbone(network);
    }
    if (given.network === undefined) await measureExport();
  }
} finally {
  await runtime.close();
}

async function measureBackbone({ name, build }: NamedNetwork): Promise<void> {
  const net = build({ size });
  const weights = initialWeights();
  await compare(`${name} and with norms left to ONNX Runtime`, net, [
    net.encode(weights),
    net.encode(weights, { fold: false }),
  ]);
}

/** OSNet as PyTorch exported it, with the weights of the same checkpoint. */
async function measureExport(): Promise<void> {
  const exported = join(testOnly, "osnet_x0_25_msmt17.onnx");
  if (existsSync(exported))
    await compareExport("osnet_x0_25", exported, join(testOnly, "osnet_x0_25_msmt17.pth"));
  else console.log(`no export to compare with: "${exported}" is not there`);
}

/** Every NAME.onnx of a folder with NAME.safetensors beside it. */
async function measureExports(folder: string): Promise<void> {
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".onnx"))) {
    const path = join(folder, file.slice(0, -".onnx".length));
    await compareExport(basename(path), `${path}.onnx`, `${path}.safetensors`);
  }
}

async function compareExport(name: string, exported: string, weights: string): Promise<void> {
  const theirs = await runtime.load(exported);
  const [, , height, width] = theirs.inputs[0]!.dims as number[];
  await theirs.release();
  const net = requireNetwork(name, undefined).build({ size: [height!, width!] });
  const file = openWeights(weights);
  try {
    await compare(`${name} and its export by PyTorch`, net, [net.encode(loadWeights(net, file)), exported]);
  } finally {
    file.close();
  }
}

async function compare(
  what: string,
  net: Network,
  [ours, theirs]: readonly [Uint8Array, Uint8Array | string],
) {
  const models = [await runtime.load(ours, "ours"), await runtime.load(theirs)] as const;
  const fixed = models[1].inputs[0]!.dims[0];
  const images = typeof fixed === "number" ? fixed : batch;
  const works = models.map((model) => runOf(model, net, images));
  const [a, b] = (await inTurns(works)).map((list) => Math.min(...list)) as [number, number];
  const macs = inspect(net).totals.macs * images;
  const [mine, other] = (await Promise.all(works.map((work) => work()))) as [Outputs, Outputs];
  console.log(
    `${what}: ${a.toFixed(2)} and ${b.toFixed(2)} ms for ${images} (ratio ${(a / b).toFixed(2)}), ` +
      `${(macs / a / 1e6).toFixed(1)} G multiply-accumulates/s; results differ by ${difference(mine, other)}`,
  );
  for (const model of models) await model.release();
}

/** Of each output, the largest difference over its largest number. */
function difference(ours: Outputs, theirs: Outputs): string {
  return Object.entries(ours)
    .map(([name, { data }], k) => {
      // Another exporter may have called it something else.
      const other = (theirs[name] ?? Object.values(theirs)[k])!.data;
      if (other.length !== data.length) return `${name} ${data.length} and ${other.length} numbers`;
      let [most, largest] = [0, 0];
      for (let i = 0; i < data.length; i++) {
        most = Math.max(most, Math.abs(Number(data[i]) - Number(other[i])));
        largest = Math.max(largest, Math.abs(Number(other[i])));
      }
      return `${name} (${data.length}) ${(most / (largest || 1)).toExponential(0)}`;
    })
    .join(", ");
}

/** Milliseconds of each piece of work; they take turns, so that what slows the machine slows all. */
async function inTurns(works: readonly (() => Promise<unknown>)[]): Promise<number[][]> {
  const times = works.map((): number[] => []);
  for (let run = -3; run < runs; run++)
    for (const [k, work] of works.entries()) {
      const start = performance.now();
      await work();
      if (run >= 0) times[k]!.push(performance.now() - start);
    }
  return times;
}

/** One run of a model on noise. */
function runOf(model: Model, net: Network, images: number): () => Promise<Outputs> {
  const feeds = feedsOf(model, net, images);
  const fetch = model.outputs.map((output) => output.name);
  return () => runtime.run([model], { feeds, fetch });
}

/** Seeded noise in the range of normalised pixels. */
function feedsOf({ inputs }: Model, net: Network, images: number): Record<string, Tensor> {
  const dims = net.inputs[0]!.shape.map((side, k) =>
    k === 0 ? images : typeof side === "number" ? side : size![k - 2]!,
  );
  let state = 1;
  const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
  return { [inputs[0]!.name]: { type: "float32", dims, data } };
}

/** The network alone, and a frame of its size from pixels to boxes, as `track` does it. */
async function measureDetector(network: NamedNetwork): Promise<void> {
  const [height, width] = size ?? network.size!;
  const folder = mkdtempSync(join(tmpdir(), "throughline-bench-"));
  try {
    const net = network.build({ size: [height, width] });
    const path = join(folder, "model.onnx");
    const bytes = net.encode(initialWeights());
    writeFileSync(path, bytes);
    const card = cardOf(network, net.inputs.length, {
      file: "model.onnx",
      bytes: bytes.length,
      sha256: "0".repeat(64),
      source: "random weights",
      licence: "none",
      labels: await labelsOf(network.detector!, undefined, undefined),
      size: [height, width],
    });
    if (!card) throw new RangeError(`No measure of "${network.name}": it takes more than pictures`);
    const model = await runtime.load(path);
    // Random weights are sure of nothing: with a floor under scores there would be nothing to sort out.
    const detector = await createDetector(card, path, runtime, { minScore: 0 });
    const data = Uint8Array.from({ length: height * width * 3 }, (_, k) => (k * 37 + (k >> 8)) & 255);
    const frame = { index: 0, time: 0, width, height, data };
    const input = {
      type: "float32",
      dims: [1, 3, height, width],
      data: normalised(data, card.input),
    } as const;
    const request = { feeds: { input }, fetch: model.outputs.map((output) => output.name) };
    const times = await inTurns([() => runtime.run([model], request), () => detector.detect(frame)]);
    const [alone, whole] = times.map((list) => Math.min(...list)) as [number, number];
    await detector.close?.();
    await model.release();
    console.log(
      `${network.name} at ${height}x${width}: network ${alone.toFixed(1)} ms, from frame to boxes ${whole.toFixed(1)} ms ` +
        `(${(1000 / whole).toFixed(1)} frames/s), outside the network ${Math.max(0, 100 * (1 - alone / whole)).toFixed(0)} %`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The same pixels as the detector's own graph makes of the frame: how much there is to sort out depends on them. */
function normalised(pixels: Uint8Array, { mean, std, colour }: Card["input"]): Float32Array {
  const n = pixels.length / 3;
  return Float32Array.from({ length: 3 * n }, (_, k) => {
    const channel = Math.floor(k / n);
    const from = colour === "bgr" ? 2 - channel : channel;
    return (pixels[3 * (k % n) + from]! - mean[channel]!) / std[channel]!;
  });
}
