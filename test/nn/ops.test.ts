/** Single operators against PyTorch's results. Those that only detectors have are in detectors-parts.test.ts. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import {
  type Activation,
  adaptiveAveragePool,
  averagePool,
  buildBackbone,
  contentLoss,
  convTranspose,
  criticLoss,
  deformConv,
  distillationLoss,
  elu,
  focalLoss,
  gram,
  gru,
  hardest,
  hardSigmoid,
  hardSwish,
  initialWeights,
  leakyRelu,
  lineIntegrals,
  localResponseNorm,
  lstm,
  maxPool,
  Network,
  type Recurrent,
  relu6,
  resize,
  rnn,
  sigmoid,
  smoothL1,
  softmax,
  styleLoss,
  swish,
  type Tensor,
} from "../../src/nn/index.js";
import { FOLDER, haveGoldens, numbers, sizeOf } from "./_golden.js";

/** float32(scale u + offset), u from the generator. */
interface Filled {
  readonly fill: string;
  readonly shape: readonly number[];
  readonly scale: number;
  readonly offset: number;
}
interface Result {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

const data = ({ fill, shape, scale, offset }: Filled) => numbers(fill, sizeOf(shape), scale, offset);

/** Runs what `build` makes of values; `weights` has the parameters. */
async function run(
  feeds: Readonly<Record<string, readonly [values: Float32Array, shape: readonly number[]]>>,
  build: (g: Network, ...values: Tensor[]) => Tensor | Record<string, Tensor>,
  weights: (name: string) => Float32Array = () => new Float32Array(),
): Promise<Record<string, { dims: readonly number[]; data: number[] }>> {
  const g = new Network("operator");
  const built = build(g, ...Object.entries(feeds).map(([name, [, shape]]) => g.input(name, shape)));
  const outputs = "shape" in built ? { y: built as Tensor } : built;
  for (const [name, value] of Object.entries(outputs)) g.output(name, value);
  const session = await ort.InferenceSession.create(g.encode(weights), { logSeverityLevel: 3 });
  try {
    const inputs = Object.entries(feeds).map(([name, [values, shape]]) => [
      name,
      new ort.Tensor("float32", values, shape),
    ]);
    const results = await session.run(Object.fromEntries(inputs));
    return Object.fromEntries(
      Object.entries(outputs).map(([name, { shape }]) => {
        const { dims, data: values } = results[name]!;
        if (shape.every((d) => typeof d === "number")) expect(dims).toEqual(shape);
        return [name, { dims, data: [...(values as Float32Array)] }];
      }),
    );
  } finally {
    await session.release();
  }
}

function expectClose(got: { dims: readonly number[]; data: number[] }, wanted: Result, tolerance = 2e-6) {
  expect(got.dims).toEqual(wanted.shape);
  const largest = Math.max(...wanted.values.map(Math.abs));
  const worst = Math.max(...wanted.values.map((v, k) => Math.abs(v - got.data[k]!)));
  expect(worst / largest).toBeLessThanOrEqual(tolerance);
}

const vector = (values: readonly number[]): [Float32Array, number[]] => [
  Float32Array.from(values),
  [values.length],
];

if (!haveGoldens) console.log("skipped: reference results of operators are not at ../shared/networks");

describe.skipIf(!haveGoldens)("operators", () => {
  // biome-ignore lint/suspicious/noExplicitAny: each operator is written in its own way
  const read = (file: string): any =>
    JSON.parse(readFileSync(resolve(FOLDER, file), "utf8").replace(/\bNaN\b/g, "null"));
  const ops = haveGoldens ? read("golden/ops.json") : {};
  const facts = haveGoldens ? read("facts.json").golden : {};

  it.each<[string, (g: Network, x: Tensor) => Tensor]>([
    ["max k3 s2 floor", (g, x) => maxPool(g, x, { kernel: 3, stride: 2 })],
    ["max k3 s2 ceil", (g, x) => maxPool(g, x, { kernel: 3, stride: 2, ceil: true })],
    ["max k3 s2 p1", (g, x) => maxPool(g, x, { kernel: 3, stride: 2, pad: 1 })],
    ["avg k3 s2 p1 include pad", (g, x) => averagePool(g, x, { kernel: 3, stride: 2, pad: 1 })],
    [
      "avg k3 s2 p1 exclude pad",
      (g, x) => averagePool(g, x, { kernel: 3, stride: 2, pad: 1, countPad: false }),
    ],
    ["avg k3 s2 ceil", (g, x) => averagePool(g, x, { kernel: 3, stride: 2, ceil: true })],
    ["adaptive avg 3x3", (g, x) => adaptiveAveragePool(g, x, 3)],
  ])("pools: %s", async (name, build) => {
    const { y } = await run({ x: [data(ops.pool.x), ops.pool.x.shape] }, build);
    expectClose(y!, ops.pool[name]);
  });

  it.each<[string, (g: Network, x: Tensor) => Tensor]>([
    ["nearest x2", (g, x) => resize(g, x, 2, "nearest")],
    ["bilinear x2 align_corners", (g, x) => resize(g, x, 2, "corners")],
    ["bilinear x2 half pixel", (g, x) => resize(g, x, 2, "linear")],
    ["bilinear to 5x9 half pixel", (g, x) => resize(g, x, [5, 9], "linear")],
  ])("resizes: %s", async (name, build) => {
    const { y } = await run({ x: [data(ops.resize.x), ops.resize.x.shape] }, build);
    expectClose(y!, ops.resize[name]);
  });

  it("convolves transposed", async () => {
    const { x, weight, "stride 2 pad 1": wanted } = ops.conv_transpose;
    const { y } = await run(
      { x: [data(x), x.shape] },
      (g, v) => convTranspose(g, "up", v, { out: 3, kernel: 4, stride: 2, pad: 1, bias: false }),
      () => data(weight),
    );
    expectClose(y!, wanted);
  });

  it.each<[string, Activation]>([
    ["hardswish", hardSwish],
    ["hardsigmoid", hardSigmoid],
    ["silu", swish],
    ["elu", elu],
    ["leaky_relu_0_1", leakyRelu(0.1)],
    ["relu6", relu6],
    ["softmax", softmax(0)],
    ["sigmoid", sigmoid],
  ])("activates: %s", async (name, activation) => {
    const { x } = ops.activation;
    const { y } = await run({ x: [data(x), x.shape] }, activation);
    expectClose(y!, { shape: x.shape, values: ops.activation[name] });
  });

  it.each([
    [5, 1e-4, 0.75, 2],
    [5, 5e-4, 0.75, 2],
    [5, 1e-4, 0.75, 1],
    [3, 1e-2, 0.5, 1],
  ])("normalises over %i channels with alpha %f, beta %f, k %f", async (size, alpha, beta, k) => {
    const { x } = ops.lrn;
    const { y } = await run({ x: [data(x), x.shape] }, (g, v) =>
      localResponseNorm(g, v, { size, alpha, beta, k }),
    );
    expectClose(y!, ops.lrn[`size=${size},alpha=${alpha},beta=${beta},k=${k}`]);
  });

  it("computes AlexNet's printed normalisation, whose alpha is not divided by the size", async () => {
    const x: [Float32Array, number[]] = [Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), [1, 8, 1, 1]];
    const { y } = await run({ x }, (g, v) => localResponseNorm(g, v, { alpha: 5e-4 }));
    expectClose(y!, { shape: x[1], values: facts.lrn.paper_formula });
  });

  it.each(["v1", "v2", "v2_stride2_dilation2_offsetgroups2"])("convolves deformed: %s", async (name) => {
    const { args, stride, pad, dilation, out } = ops[`deform_conv2d_${name}`];
    const { x, offset, weight, bias, mask } = args;
    const { y } = await run(
      {
        x: [data(x), x.shape],
        offset: [data(offset), offset.shape],
        ...(mask && { mask: [data(mask), mask.shape] }),
      },
      (g, v, offsets, m) =>
        deformConv(
          g,
          "conv",
          v!,
          { offsets: offsets!, ...(m && { mask: m }) },
          {
            ...{ out: weight.shape[0], kernel: 3, stride, pad, dilation },
          },
        ),
      (parameter) => data(parameter === "conv.weight" ? weight : bias),
    );
    expectClose(y!, out);
  });

  it("moves every tap of a deformable convolution by the same fraction of a pixel", async () => {
    const count = (n: number, scale = 1) => Float32Array.from({ length: n }, (_, k) => k * scale);
    const offsets = Float32Array.from({ length: 18 * 36 }, (_, k) =>
      Math.floor(k / 36) % 2 === 0 ? 0.5 : -0.25,
    );
    const { y } = await run(
      { x: [count(64), [1, 1, 8, 8]], offsets: [offsets, [1, 18, 6, 6]] },
      (g, x, moved) => deformConv(g, "conv", x!, { offsets: moved! }, { out: 1, kernel: 3, bias: false }),
      () => count(9, 0.1),
    );
    expectClose(y!, { shape: [1, 1, 6, 6], values: facts.deform_conv.out.flat() });
  });

  it.each<[string, typeof rnn]>([
    ["rnn", rnn],
    ["gru", gru],
    ["lstm", lstm],
  ])("steps as torch.nn does: %s", async (name, layer) => {
    const golden = ops.recurrent[name];
    const results = await run(
      { x: [data(golden.x), golden.x.shape] },
      (g, x) => {
        const { outputs, state, cell }: Recurrent = layer(g, name, x!, { hidden: 4 });
        return { outputs, state, ...(cell && { cell }) };
      },
      (parameter) => numbers(parameter, sizeOf(golden.params[parameter]), 1, 0),
    );
    expectClose(results.outputs!, golden.y);
    expectClose(results.state!, golden.h);
    if (golden.c) expectClose(results.cell!, golden.c);
  });

  it.each([
    ["output_half_pixel", "aligned=false", 0],
    ["output_half_pixel", "aligned=false", 2],
    ["half_pixel", "aligned=true", 0],
    ["half_pixel", "aligned=true", 2],
  ])("reads regions as ONNX's %s: torchvision's %s, %i points", async (mode, aligned, sampling) => {
    const { x, rois, spatialScale, outputSize, ...golden } = ops.roi_align;
    const [height, width] = outputSize;
    const boxes = Float32Array.from(rois.flatMap((r: number[]) => r.slice(1)));
    const { y } = await run(
      { x: [data(x), x.shape], boxes: [boxes, [rois.length, 4]] },
      (g, map, regions) => {
        const images = g.ints(rois.map((r: number[]) => r[0]));
        return g.op("RoiAlign", [map!, regions!, images], [rois.length, 3, height, width], {
          attributes: {
            ...{ coordinate_transformation_mode: mode, mode: "avg", sampling_ratio: sampling },
            ...{ spatial_scale: spatialScale, output_height: height, output_width: width },
          },
        });
      },
    );
    expectClose(y!, golden[`${aligned},sampling=${sampling}`]);
  });

  it("follows a part affinity field along a limb", async () => {
    const { p1, p2, p2b, p2c, score, scoreb, scorec } = facts.paf;
    const field = Float32Array.from({ length: 2 * 14 * 12 }, (_, k) => (k < 14 * 12 ? 1 : 0));
    const ends = Float32Array.from([p2, p2b, p2c].flat());
    const { y } = await run(
      {
        field: [field, [1, 2, 14, 12]],
        from: [Float32Array.from([p1, p1, p1].flat()), [3, 2]],
        to: [ends, [3, 2]],
      },
      (g, f, from, to) => lineIntegrals(g, f!, from!, to!),
    );
    for (const [k, wanted] of [score, scoreb, scorec].entries()) expect(y!.data[k]).toBeCloseTo(wanted, 6);
  });

  it("pools regions that reach outside of the map as torchvision does", async () => {
    const { x, rois, spatialScale, outputSize, out } = ops.roi_pool;
    const { y } = await run(
      { x: [data(x), x.shape], rois: [Float32Array.from(rois.flat()), [rois.length, 5]] },
      (g, map, regions) =>
        g.op("MaxRoiPool", [map!, regions!], out.shape, {
          attributes: { pooled_shape: outputSize, spatial_scale: spatialScale },
        }),
    );
    expectClose(y!, out);
  });
});

describe("losses", () => {
  it("rounds the corner of the absolute value", async () => {
    const xs = [1, 2, 0.5, -3, 0];
    const { y } = await run({ x: vector(xs) }, smoothL1);
    expect(y!.data).toEqual([0.5, 1.5, 0.125, 2.5, 0]);
  });

  it("hardly counts what is sure already", async () => {
    const { y } = await run({ p: vector([0.9, 0.5, 0.1]) }, (g, p) => focalLoss(g, p!));
    for (const [k, p] of [0.9, 0.5, 0.1].entries())
      expect(y!.data[k]).toBeCloseTo(-0.25 * (1 - p) ** 2 * Math.log(p), 6);
    expect(y!.data[0]! / -Math.log(0.9)).toBeCloseTo(0.0025, 6);
  });

  it("compares softened classes", async () => {
    const [teacher, student] = [
      [1, 2, 3],
      [3, 1, 0.5],
    ];
    const soften = (z: number[]) => {
      const e = z.map((v) => Math.exp(v / 4));
      return e.map((v) => v / e.reduce((a, b) => a + b));
    };
    const [p, q] = [soften(teacher!), soften(student!)];
    const wanted = 16 * p.reduce((sum, v, k) => sum + v * Math.log(v / q[k]!), 0);
    const row = (v: number[]): [Float32Array, number[]] => [Float32Array.from(v), [1, 3]];
    const { y } = await run({ t: row(teacher!), s: row(student!) }, (g, t, s) =>
      distillationLoss(g, t!, s!, 4),
    );
    expect(y!.data[0]).toBeCloseTo(wanted, 5);
  });

  it("scores a critic by the difference of its means", async () => {
    const { y } = await run({ fake: vector([1, 2, 3]), real: vector([5, 7]) }, (g, f, r) =>
      criticLoss(g, f!, r!),
    );
    expect(y!.data).toEqual([-4]);
  });

  it("compares style by products of channels, content by the maps", async () => {
    const a: [Float32Array, number[]] = [Float32Array.of(1, 2, 3, 4), [1, 2, 1, 2]];
    const b: [Float32Array, number[]] = [Float32Array.of(0, 1, 1, 0), [1, 2, 1, 2]];
    const results = await run({ a, b }, (g, x, y) => ({
      gram: gram(g, x!),
      style: styleLoss(g, x!, y!),
      content: contentLoss(g, x!, y!),
    }));
    expect(results.gram!.data).toEqual([5, 11, 11, 25]);
    // Gram of b is [[1, 0], [0, 1]]; 4 c^2 (h w)^2 is 64.
    expect(results.style!.data[0]).toBeCloseTo((16 + 2 * 121 + 576) / 64, 5);
    expect(results.content!.data).toEqual([(1 + 1 + 4 + 16) / 2]);
  });

  it("keeps the largest losses", async () => {
    const { y, at } = await run({ x: vector([0.1, 3, 2, 0.5]) }, (g, x) => {
      const { losses, places } = hardest(g, x!, 2);
      return { y: losses, at: g.op("Cast", [places], [2], { attributes: { to: 1 } }) };
    });
    expect(y!.data).toEqual([3, 2]);
    expect(at!.data).toEqual([1, 2]);
  });
});

describe("first weights", () => {
  const spread = (values: Float32Array) =>
    Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);

  it("have He's standard deviation and Glorot's bound", () => {
    const he = initialWeights()("conv.weight", [256, 64, 3, 3], "weight");
    expect(spread(he) / 0.0589255651).toBeCloseTo(1, 2); // sqrt(2 / 576)
    const xavier = initialWeights({ scheme: "xavier" })("fc.weight", [100, 300], "weight");
    const largest = xavier.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    expect(largest).toBeLessThanOrEqual(0.1224744871);
    expect(largest).toBeGreaterThan(0.122);
    expect(spread(xavier) ** 2 / 0.005).toBeCloseTo(1, 1);
  });

  it("are the same for the same seed and name only", () => {
    const weights = (seed: number, name = "a") => initialWeights({ seed })(name, [4, 4], "weight");
    expect(weights(1)).toEqual(weights(1));
    expect(weights(1)).not.toEqual(weights(2));
    expect(weights(1)).not.toEqual(weights(1, "b"));
  });

  it("let a network run", async () => {
    const net = buildBackbone("resnet20_cifar_optA");
    const session = await ort.InferenceSession.create(net.encode(initialWeights()));
    const input = new ort.Tensor("float32", numbers("input", 3072, 1, 0), [1, 3, 32, 32]);
    const output = (await session.run({ input })).output!;
    await session.release();
    expect([...(output.data as Float32Array)].every(Number.isFinite)).toBe(true);
  });
});
