import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import {
  batchNorm,
  buildBackbone,
  conv,
  convTranspose,
  DataType,
  decodeModel,
  encodeModel,
  flatten,
  linear,
  Network,
  relu,
  type Storage,
  storeWeights,
  type WeightSource,
} from "../../src/nn/index.js";
import { random } from "../_random.js";

/** As large as training starts with: each layer keeps the size of what goes through. */
const source: WeightSource = (name, shape, role) => {
  const next = random([...name].reduce((a, c) => a * 31 + c.charCodeAt(0), 7) >>> 0);
  const scale = role === "weight" ? Math.sqrt(6 / shape.slice(1).reduce((a, b) => a * b, 1)) : 0.1;
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () =>
    role === "variance" || role === "scale" ? 1 + 0.1 * next() : scale * (2 * next() - 1),
  );
};

/** Every layer that has weights. */
function mixed(): Network {
  const g = new Network("mixed");
  let x = g.input("x", [1, 3, 16, 16]);
  x = relu(g, batchNorm(g, "bn", conv(g, "c", x, { out: 64, kernel: 3, pad: 1 })));
  x = relu(g, convTranspose(g, "t", x, { out: 32, kernel: 2, stride: 2 }));
  g.output("y", linear(g, "fc", flatten(g, x), { out: 10 }));
  return g;
}

async function run(bytes: Uint8Array, sides: readonly number[]): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const next = random(5);
  const x = Float32Array.from({ length: sides.reduce((a, b) => a * b, 1) }, () => 2 * next() - 1);
  const outputs = await session.run({ [session.inputNames[0]!]: new ort.Tensor("float32", x, sides) });
  await session.release();
  return outputs[session.outputNames[0]!]!.data as Float32Array;
}

/** Largest difference over the largest absolute value. */
function difference(a: Float32Array, b: Float32Array): number {
  return Math.max(...a.map((v, k) => Math.abs(v - b[k]!))) / Math.max(...a.map(Math.abs));
}

describe("storage of weights", () => {
  it.each<[Storage, number, number]>([
    ["float16", 0.51, 1e-3],
    ["int8", 0.27, 1e-2],
  ])("%s shrinks the file and changes results by little", async (storage, size, worst) => {
    const whole = mixed().encode(source);
    const stored = mixed().encode(source, { storage });
    expect(stored.length).toBeLessThan(size * whole.length);
    const [a, b] = [await run(whole, [1, 3, 16, 16]), await run(stored, [1, 3, 16, 16])];
    expect(difference(a, b)).toBeGreaterThan(0);
    expect(difference(a, b)).toBeLessThan(worst);
  });

  it.each<[Storage, number]>([
    ["float16", 2e-3],
    ["int8", 5e-2],
  ])("a whole network in %s stays close to itself", async (storage, worst) => {
    const net = buildBackbone("osnet_x0_25");
    const sides = [1, 3, 256, 128];
    const [a, b] = [await run(net.encode(source), sides), await run(net.encode(source, { storage }), sides)];
    expect(difference(a, b)).toBeLessThan(worst);
  });

  it("keeps as float32 what has no half, and what is small", () => {
    const large: WeightSource = (name, shape, role) =>
      name === "fc.weight" ? source(name, shape, role).fill(1e5) : source(name, shape, role);
    const types = new Map(
      decodeModel(mixed().encode(large, { storage: "float16" })).graph!.initializer!.map((t) => [
        t.name,
        t.dataType,
      ]),
    );
    expect(types.get("fc.weight")).toBe(DataType.float);
    expect(types.get("fc.bias")).toBe(DataType.float);
    expect(types.get("t.weight_half")).toBe(DataType.float16);
  });

  it("rounds each channel to 255 steps of its own", () => {
    const g = new Network("one");
    g.output("y", conv(g, "c", g.input("x", [1, 32, 1, 1]), { out: 64, kernel: 1, bias: false }));
    const weights = source("c.weight", [64, 32, 1, 1], "weight").map((v, k) => v * 10 ** ((k >> 5) % 7));
    const { initializer } = decodeModel(g.encode(() => weights, { storage: "int8" })).graph!;
    const codes = new Int8Array(new Uint8Array(initializer![0]!.rawData!).buffer);
    const scales = new Float32Array(new Uint8Array(initializer![1]!.rawData!).buffer);
    expect(scales).toHaveLength(64);
    for (let k = 0; k < weights.length; k++)
      expect(Math.abs(codes[k]! * scales[k >> 5]! - weights[k]!)).toBeLessThanOrEqual(
        0.5001 * scales[k >> 5]!,
      );
  });

  it("works on any model, and leaves a channel of zeros at zero", async () => {
    const zeros: WeightSource = (name, shape, role) =>
      name === "c.weight" ? new Float32Array(64 * 27) : source(name, shape, role);
    const model = decodeModel(mixed().encode(zeros));
    const out = await run(encodeModel(storeWeights(model, "int8")), [1, 3, 16, 16]);
    expect(out.every(Number.isFinite)).toBe(true);
    expect(storeWeights(model, "float32")).toBe(model);
  });
});
