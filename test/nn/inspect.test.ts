import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { ModelError } from "../../src/errors.js";
import {
  type BackboneName,
  type ByteSource,
  backbones,
  buildBackbone,
  buildDetector,
  conv,
  type DetectorName,
  decodeModel,
  detectors,
  encodeModel,
  Graph,
  type GraphProto,
  type Inspection,
  initialWeights,
  inspect,
  type ModelProto,
  Network,
  relu,
  type Value,
} from "../../src/nn/index.js";
import { random } from "../_random.js";
import { haveGoldens, loadFacts } from "./_golden.js";

const ROOT = resolve(import.meta.dirname, "../..");
const TEST_ONLY = resolve(ROOT, "../shared/models/test-only");
const size = (shape: readonly unknown[]): number =>
  shape.reduce<number>((n, side) => n * (side as number), 1);

/** Runs a model with every value inside as an output, and gives their real shapes and types. */
async function realShapes(
  bytes: Uint8Array,
  { inputs, layers }: Inspection,
): Promise<Record<string, ort.Tensor>> {
  const model = decodeModel(bytes);
  const out = model.graph!.output!;
  const there = new Set(out.map(({ name }) => name));
  for (const { name } of layers.flatMap((l) => l.results)) if (name && !there.has(name)) out.push({ name });
  const session = await ort.InferenceSession.create(encodeModel(model), {
    logSeverityLevel: 3,
    graphOptimizationLevel: "disabled",
    intraOpNumThreads: 1,
  });
  try {
    const feeds = inputs.map(({ name, type, shape }) => {
      const n = size(shape!);
      const data =
        type === "uint8" ? new Uint8Array(n) : type === "int64" ? new BigInt64Array(n) : new Float32Array(n);
      return [name, new ort.Tensor(type as "float32", data as Float32Array, shape as number[])] as const;
    });
    return (await session.run(Object.fromEntries(feeds))) as Record<string, ort.Tensor>;
  } finally {
    await session.release();
  }
}

async function expectAsRun(bytes: Uint8Array, inspection: Inspection): Promise<void> {
  const real = await realShapes(bytes, inspection);
  const told = inspection.layers.flatMap((l) => l.results).filter(({ name }) => name !== "");
  expect(told.length).toBeGreaterThan(0);
  expect(told.map(({ name, type, shape }) => `${name} ${type} [${shape}]`)).toEqual(
    told.map(({ name }) => `${name} ${real[name]!.type} [${real[name]!.dims}]`),
  );
}

const zeros = (_: string, shape: readonly number[]) => new Float32Array(size(shape));

describe("inspect on built networks", () => {
  it("says of every network of the catalogue what building it said", () => {
    for (const name of Object.keys(backbones)) {
      const net = buildBackbone(name);
      const { layers, totals, unknown } = inspect(net);
      expect([name, totals.parameters, totals.unsized, totals.uncounted, unknown]).toEqual([
        name,
        net.parameterCount,
        0,
        0,
        {},
      ]);
      const built = new Map(net.layers.map((l) => [l.name, l]));
      // Left out is what only rearranges weights.
      const made = layers.map((l) => built.get(l.name)!);
      expect(layers.map((l) => l.op)).toEqual(made.map((l) => l.op));
      expect(layers.map((l) => l.results[0]!.shape)).toEqual(
        made.map((l) => l.shape.map((side) => (side === "batch" ? 1 : side))),
      );
      if (net.macs !== undefined) expect(layers.map((l) => l.macs)).toEqual(made.map((l) => l.macs));
      // What enlarging does to the field is left open here.
      if (!layers.some(({ op }) => op === "Resize"))
        for (const [k, { field }] of made.entries()) if (field) expect(layers[k]!.field).toEqual(field);
    }
  });

  it.each<BackboneName>(["squeezenet1_1", "shufflenet_v2_x0_5", "osnet_x0_25", "mobilenet_v3_small"])(
    "says of the file of %s what it says of the network",
    (name) => {
      const net = buildBackbone(name);
      const written = inspect(net.encode(zeros, { fold: false }), { name });
      const built = inspect(net);
      expect(written.totals.parameters).toBe(built.totals.parameters);
      expect(written.totals.macs).toBe(built.totals.macs);
      expect(written.totals.peakBytes).toBe(built.totals.peakBytes);
      expect(written.layers.map((l) => l.results[0]!.shape)).toEqual(
        built.layers.map((l) => l.results[0]!.shape),
      );
      expect(written.outputs).toEqual(built.outputs);
      // A folded file has the same work in fewer layers.
      const folded = inspect(net.encode(zeros));
      expect(folded.totals.macs).toBe(built.totals.macs);
      const norms = built.layers.filter(({ op }) => op === "BatchNormalization").length;
      expect(folded.layers.length).toBe(built.layers.length - norms);
    },
  );

  it("knows the operators of every detector, and its parameters", () => {
    for (const name of Object.keys(detectors)) {
      const net = buildDetector(name);
      const { totals, unknown } = inspect(net, { size: detectors[name as DetectorName].size ?? [320, 416] });
      expect([name, totals.parameters, totals.uncounted, unknown]).toEqual([name, net.parameterCount, 0, {}]);
      expect(totals.macs).toBeGreaterThan(1e8);
    }
  });

  it.each(["ssdlite320_mobilenet_v3_large", "fasterrcnn_mobilenet_v3_large_320_fpn"])(
    "contradicts no shape that ONNX Runtime has inside %s",
    async (name) => {
      const net = buildDetector(name, { size: [320, 320], minScore: 0 });
      const bytes = net.encode(initialWeights());
      const inspection = inspect(bytes);
      const real = await realShapes(bytes, inspection);
      const told = inspection.layers.flatMap((l) => l.results).filter((v) => v.name !== "");
      let numbers = 0;
      for (const { name: value, type, shape } of told) {
        const { dims, type: is } = real[value]!;
        expect([value, type, shape!.length]).toEqual([value, is, dims.length]);
        for (const [k, side] of shape!.entries())
          if (typeof side === "number" && ++numbers) expect([value, k, side]).toEqual([value, k, dims[k]]);
      }
      expect(numbers).toBeGreaterThan(500);
    },
  );

  it("sees 196 pixels from VGG-16's last convolution", () => {
    const layer = inspect(buildBackbone("vgg16")).layers.find((l) => l.name === "features.28")!;
    expect(layer.field).toEqual({ size: [196, 196], jump: [16, 16] });
  });

  it.skipIf(!haveGoldens)("has the receptive fields of the catalogue (skipped without ../shared)", () => {
    const { receptive_fields: known } = loadFacts();
    for (const name of ["resnet18", "resnet50", "resnet152"]) {
      const fields = new Set(
        inspect(buildBackbone(name)).layers.map((l) => `${l.field?.size[0]} ${l.field?.jump[0]}`),
      );
      for (const { rf, jump } of known[`${name}_torchvision`]!) expect(fields).toContain(`${rf} ${jump}`);
    }
  });

  it("keeps each value until its last use when it adds up memory", () => {
    const g = new Network("fork");
    const x = g.input("x", [1, 1, 10, 10]); // 400 bytes
    const a = conv(g, "a", x, { out: 2, kernel: 1 }); // 800, x is still needed
    const b = conv(g, "b", x, { out: 4, kernel: 1 }); // 1600, a is still needed; x goes
    g.output("y", g.op("Concat", [relu(g, a), b], [1, 6, 10, 10], { attributes: { axis: 1 } }));
    const { totals } = inspect(g);
    // At the end: relu(a) 800 and b 1600 become 2400.
    expect(totals.peakBytes).toBe(800 + 1600 + 2400);
    expect(totals.peakAt).toBe("concat");
    expect(totals.activationBytes).toBe(800 + 1600 + 800 + 2400);
    expect(totals.weightBytes).toBe(4 * (2 + 2 + 4 + 4));
  });
});

describe("inspect on files", () => {
  const own: [string, (readonly [number, number])?][] = [
    ["mobilenet-v2-stripes"],
    ["nanodet-g", [160, 192]],
    ["ssd-mobilenet-v2-oid", [300, 300]],
    ["ssdlite-mobilenet-v2-coco", [300, 300]],
  ];
  it.each(own)("gives the shapes that ONNX Runtime has inside %s", async (name, at) => {
    const bytes = readFileSync(resolve(ROOT, `models/${name}.onnx`));
    const inspection = inspect(bytes, { size: at });
    expect(inspection.unknown).toEqual({});
    await expectAsRun(bytes, inspection);
  });

  it.skipIf(!existsSync(TEST_ONLY)).each(["osnet_x0_25_msmt17", "yolox_nano"])(
    "gives the shapes that ONNX Runtime has inside %s, exported by others (skipped without ../shared)",
    async (name) => {
      const bytes = readFileSync(resolve(TEST_ONLY, `${name}.onnx`));
      await expectAsRun(bytes, inspect(bytes));
    },
  );

  it("leaves open what the image decides, and says so", () => {
    const bytes = readFileSync(resolve(ROOT, "models/nanodet-g.onnx"));
    const open = inspect(bytes);
    expect(open.inputs[0]!.shape!.filter((side) => typeof side === "string")).toHaveLength(2);
    expect(open.totals.unsized).toBeGreaterThan(100);
    expect(open.totals.parameters).toBe(3786068);
    const closed = inspect(bytes, { size: [416, 416] });
    expect(closed.totals.unsized).toBe(0);
  });

  it("refuses a size that the network does not take", () => {
    const bytes = readFileSync(resolve(ROOT, "models/mobilenet-v2-stripes.onnx"));
    expect(() => inspect(bytes, { size: [64, 64] })).toThrow('"images" is fixed at 128x64');
    const g = new Graph("rows");
    g.output(g.add("Relu", [g.input("x", "float", ["n", 7])]), "float", ["n", 7]);
    expect(() => inspect(g.encode(17), { size: [64, 64] })).toThrow("the network takes no image");
  });

  it("reads no weights", () => {
    const bytes = readFileSync(resolve(ROOT, "models/ssd-mobilenet-v2-oid.onnx"));
    let read = 0;
    const source: ByteSource = {
      size: bytes.length,
      read(target, position) {
        const part = bytes.subarray(position, position + target.length);
        target.set(part);
        read++;
        return part.length;
      },
    };
    expect(inspect(source).totals.parameters).toBe(inspect(bytes).totals.parameters);
    // A window for each stored tensor, not the 10 MB of them.
    expect(read).toBeLessThan(bytes.length / 65536 + 300);
  });

  it("goes on after an operator that it does not know", () => {
    const g = new Graph("odd");
    const x = g.input("x", "float", [1, 3, 8, 8]);
    const y = g.add("FancyNewThing", [x, g.floats([1, 2, 3])]);
    g.output(g.add("Reshape", [g.add("Relu", [y]), g.ints([1, 3, 64])]), "float", [1, 3, 64]);
    const { layers, unknown, totals, outputs } = inspect(g.encode(17));
    expect(unknown).toEqual({ FancyNewThing: 1 });
    expect(layers.map((l) => l.results[0]!.shape)).toEqual([undefined, undefined, [1, 3, 64]]);
    expect(outputs[0]!.shape).toEqual([1, 3, 64]);
    expect(totals.parameters).toBe(3);
    expect(totals.uncounted).toBe(1);
  });

  it("counts the work of each row where the data decides how many there are", () => {
    const g = new Graph("rows");
    const boxes = g.add("NonZero", [g.input("x", "float", [100])]);
    const rows = g.add("Cast", [g.add("Transpose", [boxes])], { to: 1 });
    g.output(g.add("MatMul", [rows, g.constant(new Float32Array(7), [1, 7])]), "float", ["n", 7]);
    const { totals, layers } = inspect(g.encode(17));
    expect(layers.at(-1)!.macsPerRow).toBe(7);
    expect(totals).toMatchObject({ macs: 0, macsPerRow: 7, uncounted: 0 });
  });
});

/** Inputs by shape; `last` may give several results. */
type Case = readonly [
  name: string,
  inputs: readonly (readonly number[])[],
  build: (g: Graph, x: readonly Value[]) => Value | readonly Value[],
  opset?: number,
];

const cases: readonly Case[] = [
  [
    "a convolution with odd numbers",
    [[2, 4, 9, 11]],
    (g, [x]) =>
      conv2(g, x!, [6, 2, 3, 2], { group: 2, strides: [2, 3], dilations: [2, 1], pads: [1, 0, 2, 1] }),
  ],
  [
    "a convolution padded SAME",
    [[1, 3, 9, 10]],
    (g, [x]) => conv2(g, x!, [4, 3, 3, 4], { auto_pad: "SAME_UPPER", strides: [2, 2] }),
  ],
  [
    "a convolution padded VALID",
    [[1, 3, 9, 10]],
    (g, [x]) => conv2(g, x!, [4, 3, 3, 4], { auto_pad: "VALID", strides: [2, 2] }),
  ],
  ["a convolution along one axis", [[1, 3, 9]], (g, [x]) => conv2(g, x!, [4, 3, 5], { pads: [2, 2] })],
  [
    "a transposed convolution",
    [[1, 4, 5, 7]],
    (g, [x]) =>
      g.add("ConvTranspose", [x!, weights(g, [4, 3, 3, 2])], {
        strides: [2, 3],
        pads: [1, 0, 0, 1],
        output_padding: [1, 2],
        group: 2,
      }),
  ],
  [
    "pooling that rounds up",
    [[1, 2, 10, 7]],
    (g, [x]) =>
      g.add("MaxPool", [x!], { kernel_shape: [3, 2], strides: [2, 2], ceil_mode: 1, pads: [1, 1, 1, 0] }),
  ],
  [
    "pooling with indices",
    [[1, 2, 10, 7]],
    (g, [x]) => g.addMany("MaxPool", [x!], 2, { kernel_shape: [3, 3], dilations: [2, 2] }),
  ],
  [
    "mean pooling",
    [[1, 2, 10, 7]],
    (g, [x]) => g.add("AveragePool", [x!], { kernel_shape: [3, 2], strides: [3, 2] }),
  ],
  [
    "Gemm with turned matrices",
    [[5, 2], [5]],
    (g, [x, b]) => g.add("Gemm", [x!, weights(g, [5, 5]), b!], { transA: 1, transB: 1 }),
  ],
  [
    "a product of stacks of matrices",
    [
      [2, 1, 3, 4],
      [5, 4, 6],
    ],
    (g, x) => g.add("MatMul", x),
  ],
  ["a matrix times a vector", [[2, 3, 4], [4]], (g, x) => g.add("MatMul", x)],
  [
    "Einstein's sum",
    [
      [2, 3, 4],
      [2, 4, 5],
    ],
    (g, x) => g.add("Einsum", x, { equation: "bij,bjk->bik" }),
  ],
  [
    "an LSTM",
    [[7, 2, 3]],
    (g, [x]) =>
      g.addMany("LSTM", [x!, weights(g, [2, 20, 3]), weights(g, [2, 20, 5])], 3, {
        hidden_size: 5,
        direction: "bidirectional",
      }),
  ],
  [
    "RoiAlign",
    [
      [1, 3, 8, 8],
      [4, 4],
    ],
    (g, [x, b]) => g.add("RoiAlign", [x!, b!, g.ints([0, 0, 0, 0])], { output_height: 5, output_width: 7 }),
  ],
  [
    "a sum of unlike shapes",
    [
      [2, 1, 4],
      [3, 1],
    ],
    (g, x) => g.add("Add", x),
  ],
  [
    "a comparison and a choice",
    [[2, 1], [3]],
    (g, [x, y]) => g.add("Where", [g.add("Less", [x!, y!]), x!, y!]),
  ],
  [
    "a reshape with a kept and an open side",
    [[2, 3, 4, 5]],
    (g, [x]) => g.add("Reshape", [x!, g.ints([0, -1, 5])]),
  ],
  [
    "a reshape to a computed shape",
    [[2, 3, 4, 5]],
    (g, [x]) => {
      const sides = g.add("Gather", [g.add("Shape", [x!]), g.ints([0, 3])]);
      const product = g.add("Mul", [g.add("Gather", [g.add("Shape", [x!]), g.ints(1)]), g.ints(4)]);
      const whole = g.add("Concat", [sides, g.add("Unsqueeze", [product, g.ints([0])])], { axis: 0 });
      return g.add("Reshape", [x!, whole]);
    },
  ],
  ["flattening from behind", [[2, 3, 4, 5]], (g, [x]) => g.add("Flatten", [x!], { axis: -1 })],
  ["a transpose without order", [[2, 3, 4]], (g, [x]) => g.add("Transpose", [x!])],
  ["squeezing what is one", [[1, 3, 1]], (g, [x]) => g.add("Squeeze", [x!])],
  [
    "squeezing and unsqueezing",
    [[1, 3, 1]],
    (g, [x]) => g.add("Unsqueeze", [g.add("Squeeze", [x!, g.ints([-1])]), g.ints([0, -1])]),
  ],
  [
    "joining along the last axis",
    [
      [2, 3],
      [2, 5],
    ],
    (g, x) => g.add("Concat", x, { axis: -1 }),
  ],
  ["splitting evenly", [[2, 9]], (g, [x]) => g.addMany("Split", [x!], 3, { axis: 1 })],
  ["splitting unevenly", [[2, 9]], (g, [x]) => g.addMany("Split", [x!, g.ints([2, 3, 4])], 3, { axis: -1 })],
  [
    "splitting with a rest",
    [[2, 8]],
    (g, [x]) => g.addMany("Split", [x!], 3, { axis: 1, num_outputs: 3 }),
    18,
  ],
  [
    "slicing",
    [[9, 8, 7]],
    (g, [x]) => g.add("Slice", [x!, g.ints([-6, 1]), g.ints([2 ** 31, -2]), g.ints([0, -1]), g.ints([2, 1])]),
  ],
  [
    "slicing backwards",
    [[9, 8]],
    (g, [x]) =>
      g.add("Slice", [x!, g.ints([-1, 5]), g.ints([-(2 ** 31), 1]), g.ints([0, 1]), g.ints([-2, -3])]),
  ],
  ["slicing nothing", [[9, 8]], (g, [x]) => g.add("Slice", [x!, g.ints([7]), g.ints([3]), g.ints([0])])],
  [
    "slicing by attributes",
    [[9, 8]],
    (g, [x]) => g.add("Slice", [x!], { starts: [1], ends: [-1], axes: [1] }),
    9,
  ],
  [
    "gathering",
    [[4, 5]],
    (g, [x]) =>
      g.add("Gather", [x!, g.constant(BigInt64Array.from([0n, 1n, 2n, 0n, 1n, 2n]), [2, 3])], { axis: 1 }),
  ],
  [
    "gathering points",
    [[4, 5, 6]],
    (g, [x]) => g.add("GatherND", [x!, g.constant(BigInt64Array.from([0n, 1n, 2n, 0n]), [2, 2])]),
  ],
  [
    "gathering elements",
    [[4, 5]],
    (g, [x]) => g.add("GatherElements", [x!, g.constant(BigInt64Array.from([0n, 1n]), [1, 2])]),
  ],
  [
    "scattering",
    [
      [4, 5],
      [2, 5],
    ],
    (g, [x, u]) => g.add("ScatterND", [x!, g.constant(BigInt64Array.from([0n, 3n]), [2, 1]), u!]),
  ],
  ["expanding", [[3, 1]], (g, [x]) => g.add("Expand", [x!, g.ints([2, 1, 6])])],
  ["tiling", [[3, 2]], (g, [x]) => g.add("Tile", [x!, g.ints([2, 4])])],
  ["padding", [[3, 4]], (g, [x]) => g.add("Pad", [x!, g.ints([1, 2, 0, -1])])],
  ["padding some axes", [[3, 4, 5]], (g, [x]) => g.add("Pad", [x!, g.ints([1, 2]), "", g.ints([-1])]), 18],
  ["padding by attributes", [[3, 4]], (g, [x]) => g.add("Pad", [x!], { pads: [0, 1, 2, 0] }), 2],
  ["enlarging by factors", [[1, 2, 5, 7]], (g, [x]) => g.add("Resize", [x!, "", g.floats([1, 1, 1.5, 2.3])])],
  ["enlarging to a size", [[1, 2, 5, 7]], (g, [x]) => g.add("Resize", [x!, "", "", g.ints([1, 2, 13, 3])])],
  [
    "enlarging some axes",
    [[1, 2, 5, 7]],
    (g, [x]) => g.add("Resize", [x!, "", "", g.ints([9, 3])], { axes: [2, 3] }),
    18,
  ],
  ["enlarging as of old", [[1, 2, 5, 7]], (g, [x]) => g.add("Upsample", [x!, g.floats([1, 1, 2, 2])]), 9],
  ["depth to space", [[1, 12, 4, 5]], (g, [x]) => g.add("DepthToSpace", [x!], { blocksize: 2 })],
  ["space to depth", [[1, 3, 4, 6]], (g, [x]) => g.add("SpaceToDepth", [x!], { blocksize: 2 })],
  ["the best of an axis", [[3, 9]], (g, [x]) => g.addMany("TopK", [x!, g.ints([4])], 2, { axis: -1 })],
  [
    "reducing by attributes",
    [[3, 4, 5]],
    (g, [x]) => g.add("ReduceMean", [x!], { axes: [0, -1], keepdims: 0 }),
  ],
  ["reducing by inputs", [[3, 4, 5]], (g, [x]) => g.add("ReduceSum", [x!, g.ints([1])])],
  ["reducing everything", [[3, 4, 5]], (g, [x]) => g.add("ReduceMax", [x!], { keepdims: 0 })],
  ["the place of the largest", [[3, 4, 5]], (g, [x]) => g.add("ArgMax", [x!], { axis: 1, keepdims: 0 })],
  ["quantising", [[3, 4]], (g, [x]) => g.addMany("DynamicQuantizeLinear", [x!], 3)],
  [
    "sampling a grid",
    [
      [1, 2, 5, 6],
      [1, 3, 4, 2],
    ],
    (g, x) => g.add("GridSample", x),
  ],
  [
    "normalising",
    [[2, 3, 4]],
    (g, [x]) => g.add("LayerNormalization", [x!, weights(g, [4]), weights(g, [4])]),
  ],
  [
    "a condition that is known",
    [[2, 3]],
    (g, [x]) => {
      const isSmall = g.add("Less", [g.add("Size", [x!]), g.ints(7)]);
      return g.add("If", [isSmall], {}, "chosen");
    },
  ],
];

const weights = (g: Graph, shape: readonly number[]): Value =>
  g.constant(new Float32Array(size(shape)), shape);
const conv2 = (
  g: Graph,
  x: Value,
  shape: readonly number[],
  attributes: Record<string, number | string | readonly number[]>,
) => g.add("Conv", [x, weights(g, shape)], attributes);

/** A branch of an If: the value squared, or its sum. */
function branch(op: string, output: string): GraphProto {
  return {
    name: output,
    node: [{ opType: op, input: ["x0"], output: [output] }],
    output: [{ name: output }],
  };
}

function encodeCase([, inputs, build, opset = 17]: Case): Uint8Array {
  const g = new Graph("case");
  const results = build(
    g,
    inputs.map((shape, k) => g.input(`x${k}`, "float", shape)),
  );
  const model = g.model(opset);
  for (const node of model.graph!.node!)
    if (node.opType === "If")
      node.attribute = [
        { name: "then_branch", g: branch("Transpose", "turned"), type: 5 },
        { name: "else_branch", g: branch("ReduceSum", "sum"), type: 5 },
      ];
  model.graph!.output = [results].flat().map((name) => ({ name }));
  return encodeModel(model);
}

describe("inspect on operators", () => {
  it.each(cases)("gives the shape that ONNX Runtime has for %s", async (...which) => {
    const bytes = encodeCase(which as unknown as Case);
    const inspection = inspect(bytes);
    expect(inspection.unknown).toEqual({});
    const real = await realShapes(bytes, { ...inspection, layers: [] });
    expect(inspection.outputs.map(({ name, type, shape }) => `${name} ${type} [${shape}]`)).toEqual(
      inspection.outputs.map(({ name }) => `${name} ${real[name]!.type} [${real[name]!.dims}]`),
    );
  });
});

describe("inspect on bad input", () => {
  const tiny = (): ModelProto => {
    const g = new Graph("tiny");
    const y = g.add("Relu", [conv2(g, g.input("x", "float", [1, 3, 8, 8]), [4, 3, 3, 3], {})]);
    g.output(g.add("Reshape", [y, g.ints([1, -1])]), "float", [1, 144]);
    return g.model(17);
  };
  const changed = (change: (graph: GraphProto) => void): Uint8Array => {
    const model = tiny();
    change(model.graph!);
    return encodeModel(model);
  };
  const line = (bytes: Uint8Array): string => {
    try {
      inspect(bytes, { name: "bad.onnx" });
    } catch (error) {
      expect(error).toBeInstanceOf(ModelError);
      expect((error as Error).message).toMatch(/^Cannot inspect "bad\.onnx": [^\n]{1,400}$/);
      return (error as Error).message;
    }
    return "it was accepted";
  };

  it.each<[string, Uint8Array, RegExp]>([
    ["an empty file", new Uint8Array(0), /the file is empty/],
    ["a text", new TextEncoder().encode("<html>not a model</html>"), /not an ONNX model/],
    ["zeros", new Uint8Array(1000), /not an ONNX model/],
    [
      "a file that was cut off",
      encodeModel(tiny()).subarray(0, 300),
      /ends early: expected at least \d+ bytes, got 300/,
    ],
    [
      "a graph that claims 16 TB",
      Uint8Array.of(0x3a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x04, 1),
      /ends early/,
    ],
    [
      "nodes in a circle",
      changed((g) => {
        g.node![0]!.input![0] = g.node![2]!.output![0]!;
      }),
      /form a circle around Conv/,
    ],
    [
      "a value that nothing gives",
      changed((g) => {
        g.node![1]!.input![0] = "ghost";
      }),
      /takes "ghost", which nothing gives/,
    ],
    [
      "a value that two nodes give",
      changed((g) => {
        g.node!.push({ ...g.node![1]! });
      }),
      /given twice/,
    ],
    [
      "an output that nothing gives",
      changed((g) => {
        g.output![0]!.name = "ghost";
      }),
      /nothing gives its output "ghost"/,
    ],
    [
      "a tensor of 2^62 rows",
      changed((g) => {
        g.initializer![0]!.dims = [2 ** 62, 3, 3, 3];
      }),
      /expected one that memory can hold/,
    ],
    [
      "a tensor of -1 rows",
      changed((g) => {
        g.initializer![0]!.dims = [-1, 3, 3, 3];
      }),
      /expected one that memory can hold/,
    ],
    [
      "a tensor of 65 dimensions",
      changed((g) => {
        g.initializer![0]!.dims = Array(65).fill(1);
      }),
      /65 dimensions/,
    ],
    [
      "fewer bytes than the shape needs",
      changed((g) => {
        g.initializer![0]!.dims = [5, 3, 3, 3];
      }),
      /needs 540 bytes, got 432/,
    ],
    [
      "filters for other channels",
      changed((g) => {
        g.initializer![0]!.dims = [3, 4, 3, 3];
      }),
      /Conv "conv_2": its filters take 4 channels, the input \[1,3,8,8\] has 3/,
    ],
    [
      "a window of no size",
      changed((g) => {
        g.node![0]!.attribute = [{ name: "strides", ints: [0, 1], type: 7 }];
      }),
      /strides \[0,1\]/,
    ],
    [
      "a reshape that does not fit",
      changed((g) => {
        g.node![2]!.input![1] = "seven";
        g.initializer!.push({ name: "seven", dims: [1], dataType: 7, int64Data: [7] });
      }),
      /\[1,4,6,6\] cannot become \[7\]/,
    ],
    [
      "results without end",
      changed((g) => {
        g.node![1]!.opType = "Tile";
        g.node![1]!.input!.push("times");
        g.initializer!.push({ name: "times", dims: [4], dataType: 7, int64Data: Array(4).fill(2 ** 50) });
      }),
      /Tile/,
    ],
    [
      "a range without end",
      changed((g) => {
        g.initializer!.push(
          { name: "n", dims: [], dataType: 7, int64Data: [2 ** 60] },
          { name: "k", dims: [], dataType: 7, int64Data: [1] },
        );
        g.node!.push({ opType: "Range", input: ["k", "n", "k"], output: ["all"] });
      }),
      /Range/,
    ],
  ])("refuses %s in one clear line", (_, bytes, why) => {
    expect(line(bytes)).toMatch(why);
  });

  it("takes nodes in any order", () => {
    const turned = inspect(changed((g) => g.node!.reverse()));
    expect(turned.layers.map((l) => l.op)).toEqual(["Conv", "Relu", "Reshape"]);
  });

  it("needs no memory for what a constant claims to hold", () => {
    const bytes = changed((g) => {
      g.initializer!.push({ name: "much", dims: [3], dataType: 7, int64Data: [2 ** 16, 2 ** 16, 2 ** 16] });
      g.node!.push({ opType: "ConstantOfShape", input: ["much"], output: ["huge"] });
      g.node!.push({ opType: "Relu", input: ["huge"], output: ["alsoHuge"] });
    });
    expect(inspect(bytes).totals.parameters).toBe(108);
  });

  it("refuses shapes that grow without end", () => {
    const grown = (op: string): Uint8Array => {
      const g = new Graph("grown");
      let x = g.input("x", "int64", [2, 2]);
      for (let k = 0; k < 60; k++) x = g.add(op, [x, x], { axis: 0 });
      g.output(x, "int64", ["n"]);
      return g.encode(17);
    };
    expect(line(grown("Gather"))).toMatch(/would have 65 dimensions/);
    expect(line(grown("Concat"))).toMatch(/more than memory holds/);
  });

  it("refuses graphs that are nested without end, or larger than networks are", () => {
    let inner: GraphProto = {
      name: "g",
      node: [{ opType: "Relu", input: ["x"], output: ["y"] }],
      output: [{ name: "y" }],
    };
    for (let k = 0; k < 25; k++)
      inner = {
        name: "g",
        node: [
          {
            opType: "If",
            input: ["x"],
            output: ["y"],
            attribute: [{ name: "then_branch", g: inner, type: 5 }],
          },
        ],
        output: [{ name: "y" }],
      };
    expect(line(encodeModel({ graph: inner }))).toMatch(/nested too deeply/);
    // A million nodes of two bytes each.
    const many = new Uint8Array(2_000_000);
    for (let k = 0; k < many.length; k += 2) many[k] = 0x0a;
    const length = [0x3a, 0x80, 0x89, 0x7a];
    expect(line(Uint8Array.from([...length, ...many]))).toMatch(/takes more than 100 MB without its weights/);
  });

  it("survives thousands of damaged files with one line each", () => {
    const next = random(20);
    const originals = [encodeModel(tiny()), ...cases.map(encodeCase)];
    let refused = 0;
    for (let round = 0; round < 4000; round++) {
      const bytes = Uint8Array.from(originals[Math.floor(next() * originals.length)]!);
      const changes = 1 + Math.floor(next() * 4);
      for (let k = 0; k < changes; k++) {
        const at = Math.floor(next() * bytes.length);
        bytes[at] = next() < 0.5 ? Math.floor(next() * 256) : bytes[at]! ^ (1 << Math.floor(next() * 8));
      }
      const part = next() < 0.2 ? bytes.subarray(0, Math.floor(next() * bytes.length)) : bytes;
      const told = line(part);
      expect(told).not.toMatch(/undefined|NaN|Invalid|not a function|call stack/);
      if (told !== "it was accepted") refused++;
    }
    expect(refused).toBeGreaterThan(1000);
  });
});
