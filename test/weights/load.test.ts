import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { ModelError } from "../../src/errors.js";
import { buildBackbone, buildDetector, conv, detectors, linear, Network } from "../../src/nn/index.js";
import { openInput } from "../../src/video/input.js";
import { loadWeights, openWeights, type StoredTensor } from "../../src/weights/index.js";
import { PETS_VIDEO, petsIsHere, petsTruth } from "../detect/_pets.js";
import { floats, type Given, safetensors } from "./_write.js";

const MODELS = resolve(import.meta.dirname, "../../../shared/models/test-only");
const CHECKPOINT = resolve(MODELS, "osnet_x0_25_msmt17.pth");
const haveCheckpoint = existsSync(CHECKPOINT);
if (!haveCheckpoint) console.log("skipped: OSNet's checkpoint is not at ../shared/models/test-only");

/** A convolution "c" from 2 to 3 channels and a classifier "fc" of 4 classes. */
function small(): Network {
  const g = new Network("small");
  const x = g.input("x", [1, 2, 1, 1]);
  const y = conv(g, "c", x, { out: 3, kernel: 1 });
  g.output("y", linear(g, "fc", g.op("Flatten", [y], [1, 3]), { out: 4 }));
  return g;
}

const given = (name: string, shape: readonly number[], value = 0.5): Given => ({
  name,
  shape,
  type: "F32",
  data: floats(new Array(shape.reduce((a, b) => a * b, 1)).fill(value)),
});
const whole = [
  given("c.weight", [3, 2, 1, 1]),
  given("c.bias", [3]),
  given("fc.weight", [4, 3]),
  given("fc.bias", [4]),
];

const load = (tensors: readonly Given[], options = {}) =>
  loadWeights(small(), openWeights(safetensors(tensors)), options);

function failure(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(ModelError);
    expect((error as Error).message).toMatch(/^Cannot load "weights"[^\n]+$/);
    return (error as Error).message.replace(/^Cannot load "weights" into small: /, "");
  }
  throw new Error("it worked");
}

describe("loadWeights", () => {
  it("gives every parameter by name", () => {
    const source = load(whole);
    expect(source("c.bias", [3], "bias")).toEqual(Float32Array.of(0.5, 0.5, 0.5));
    expect(() => source("d", [1], "bias")).toThrow(RangeError);
  });

  it("lists what is missing, extra and of another shape, in one line", () => {
    const tensors = [
      given("c.weight", [3, 2, 3, 3]),
      given("fc.weight", [4, 3]),
      given("fc.bias", [4]),
      given("d", [1]),
    ];
    expect(failure(() => load(tensors))).toBe(
      "1 missing (c.bias); 1 extra (d); 1 of another shape (c.weight: expected [3,2,1,1], got [3,2,3,3])",
    );
  });

  it("lists a few names where there are many", () => {
    const many = Array.from({ length: 60 }, (_, k) => given(`d${k}`, [1]));
    expect(failure(() => load([...whole, ...many]))).toBe("60 extra (d0, d1, d2, d3, d4, and 55 more)");
  });

  it("says when only the number of classes differs", () => {
    const tensors = [...whole.slice(0, 2), given("fc.weight", [10, 3]), given("fc.bias", [10])];
    expect(failure(() => load(tensors))).toMatch(
      /: it was trained for 10 classes, build the network with 10 classes$/,
    );
  });

  it("leaves out what only training uses: counters, and heads that the network is built without", () => {
    load([
      ...whole,
      given("bn.num_batches_tracked", []),
      given("aux1.conv.weight", [1]),
      given("classifier.weight", [9, 9]),
    ]);
    expect(failure(() => load([...whole, given("fc.extra", [1])]))).toBe("1 extra (fc.extra)");
  });

  it("renames and leaves out as it is told", () => {
    const tensors = [...whole.map((t) => ({ ...t, name: `net.${t.name}` })), given("optimizer", [1])];
    const rename = (name: string) => (name === "optimizer" ? undefined : name.replace(/^net\./, ""));
    expect(load(tensors, { rename })("fc.bias", [4], "bias")).toHaveLength(4);
    expect(failure(() => load(tensors, { rename: () => "c.bias" }))).toMatch("4 given twice");
  });

  it("takes a fully connected layer for a 1x1 convolution", () => {
    load([given("c.weight", [3, 2]), ...whole.slice(1)]);
  });

  it("refuses integers and numbers that are not finite", () => {
    const ints: Given = { ...whole[1]!, type: "I32" };
    expect(failure(() => load([whole[0]!, ints, ...whole.slice(2)]))).toBe(
      "1 of another type (c.bias: expected floats, got I32)",
    );
    const source = load([whole[0]!, given("c.bias", [3], Number.NaN), ...whole.slice(2)]);
    expect(() => source("c.bias", [3], "bias")).toThrow('"c.bias" holds NaN, expected finite numbers');
  });

  it.each<[network: string, pattern: RegExp, theirs: (...parts: string[]) => string]>([
    ["densenet121", /(denselayer\d+\.(?:norm|conv))([12])\./, (_, layer, k) => `${layer}.${k}.`],
    [
      "fasterrcnn_resnet50_fpn",
      /((?:inner|layer)_blocks\.\d|rpn\.head\.conv)(?:\.0)+\./,
      (_, block) => `${block}.`,
    ],
    ["retinanet_resnet50_fpn", /(_head\.conv\.)(\d)\.0\./, (_, conv, k) => `${conv}${2 * Number(k)}.`],
    ["maskrcnn_resnet50_fpn", /mask_head\.(\d)\.0\./, (_, k) => `mask_head.mask_fcn${Number(k) + 1}.`],
  ])("knows how the published files of %s write names", (network, pattern, theirs) => {
    const net = network in detectors ? buildDetector(network) : buildBackbone(network);
    const tensors = net.parameters.map(({ name, shape }): [string, StoredTensor] => {
      const written = name.replace(pattern, theirs);
      return [written, { name: written, shape, type: "F32", read: () => new Float32Array() }];
    });
    expect(tensors.filter(([name]) => !net.parameters.some((p) => p.name === name)).length).toBeGreaterThan(
      3,
    );
    loadWeights(net, { ...openWeights(safetensors([])), tensors: new Map(tensors) });
  });
});

describe.skipIf(!haveCheckpoint)("OSNet", () => {
  it("takes the published checkpoint by name", () => {
    const file = openWeights(CHECKPOINT);
    expect([file.format, file.tensors.size, file.inside, file.prefix]).toEqual([
      "pytorch-legacy",
      567,
      "",
      "",
    ]);
    loadWeights(buildBackbone("osnet_x0_25"), file);
    expect(() => loadWeights(buildBackbone("osnet_x0_5"), file)).toThrow(
      /480 of another shape \(conv1\.conv\.weight/,
    );
    file.close();
    expect(() => file.tensors.get("fc.0.weight")!.read()).toThrow(
      "it was closed before its weights were read",
    );
  });

  it.skipIf(!petsIsHere)("is the authors' own network on real people", async () => {
    const file = openWeights(CHECKPOINT);
    const bytes = buildBackbone("osnet_x0_25").encode(loadWeights(buildBackbone("osnet_x0_25"), file));
    file.close();
    const ours = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1 });
    const theirs = await ort.InferenceSession.create(
      readFileSync(resolve(MODELS, "osnet_x0_25_msmt17.onnx")),
      { intraOpNumThreads: 1 },
    );
    let people = 0;
    for await (const frame of await openInput(PETS_VIDEO, { end: 1 })) {
      for (const { box } of petsTruth().get(frame.index)?.slice(0, 4) ?? []) {
        const crop = cropOf(frame, box);
        const a = await run(ours, crop);
        const b = await run(theirs, crop);
        const largest = Math.max(...b.map(Math.abs));
        expect(Math.max(...a.map((v, k) => Math.abs(v - b[k]!)))).toBeLessThan(1e-5 * largest);
        people++;
      }
      frame.release?.();
    }
    expect(people).toBeGreaterThan(3);
    await ours.release();
    await theirs.release();
  });
});

async function run(session: ort.InferenceSession, crop: Float32Array): Promise<Float32Array> {
  const feeds = { [session.inputNames[0]!]: new ort.Tensor("float32", crop, [1, 3, 256, 128]) };
  return (await session.run(feeds))[session.outputNames[0]!]!.data as Float32Array;
}

/** The nearest pixels of a box as the network wants them: [3, 256, 128], ImageNet's mean and deviation. */
function cropOf(
  frame: { width: number; height: number; data: Uint8Array },
  box: readonly number[],
): Float32Array {
  const [x1, y1, x2, y2] = box as [number, number, number, number];
  const out = new Float32Array(3 * 256 * 128);
  const clamp = (v: number, max: number) => Math.min(Math.max(Math.floor(v), 0), max - 1);
  for (let y = 0; y < 256; y++)
    for (let x = 0; x < 128; x++) {
      const row = clamp(y1 + ((y + 0.5) / 256) * (y2 - y1), frame.height);
      const column = clamp(x1 + ((x + 0.5) / 128) * (x2 - x1), frame.width);
      for (let c = 0; c < 3; c++) {
        const value = frame.data[(row * frame.width + column) * 3 + c]! / 255;
        out[(c * 256 + y) * 128 + x] = (value - [0.485, 0.456, 0.406][c]!) / [0.229, 0.224, 0.225][c]!;
      }
    }
  return out;
}
