/**
 * Builds a detector as an ONNX file, looks into it and runs it on a frame. Its weights are random here; with
 * `loadWeights(network, openWeights("ssdlite.pth"))` of "throughline/weights" in their place it would find things.
 */
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDetector, createRuntime, openInput, resolveModel } from "throughline";
import { buildDetector, detectors, initialWeights, inspect } from "throughline/nn";

const labels = ["background", "cat", "dog"];
const network = buildDetector("ssdlite320_mobilenet_v3_large", { classes: labels.length });
const { totals, layers } = inspect(network);
const largest = layers.reduce((a, b) => ((b.macs ?? 0) > (a.macs ?? 0) ? b : a));
console.log(`${totals.macs} multiply-accumulates, most of them in ${largest.name}`);

const file = join(process.env.OUT ?? tmpdir(), "pets.onnx");
writeFileSync(file, network.encode(initialWeights()));
const { input, background } = detectors.ssdlite320_mobilenet_v3_large;
const card = {
  name: "pets",
  kind: "detector",
  title: "Cats and dogs",
  file: "pets.onnx",
  licence: "MIT",
  source: "samples/build-detector.ts",
  contract: "faster-rcnn",
  input,
  labels,
  options: { background },
};
writeFileSync(`${file}.json`, JSON.stringify(card));

const runtime = await createRuntime();
const model = await resolveModel(file, "detector");
const detector = await createDetector(model.card, model.path, runtime, { minScore: 0.2 });
const video = await openInput(new URL("pets.mp4", import.meta.url).pathname, { end: 0.1 });
try {
  for await (const frame of video) {
    const { count } = await detector.detect(frame);
    console.log(`frame ${frame.index}: ${count} boxes from ${network.parameterCount} parameters`);
  }
} finally {
  await video.close();
  await runtime.close();
}
