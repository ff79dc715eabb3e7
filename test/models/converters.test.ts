import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { transpose } from "../../scripts/models/_tensor.js";
import { readWeights } from "../../scripts/models/_tfjs-weights.js";
import { fold } from "../../scripts/models/fold.js";
import { fromHalf, storeHalf, toHalf } from "../../scripts/models/fp16.js";
import { encodeModel, Graph, type ModelProto } from "../../src/nn/index.js";
import { random } from "../_random.js";

const next = random(11);
const noise = (length: number): Float32Array => Float32Array.from({ length }, () => next() * 2 - 1);

async function run(model: ModelProto, x: Float32Array, dims: number[]): Promise<number[]> {
  const session = await ort.InferenceSession.create(encodeModel(model), { intraOpNumThreads: 1 });
  try {
    return [...((await session.run({ x: new ort.Tensor("float32", x, dims) })).y!.data as Float32Array)];
  } finally {
    await session.release();
  }
}

describe("half precision", () => {
  it("comes back unchanged for every half there is", () => {
    const wrong: number[] = [];
    for (let bits = 0; bits < 65536; bits++) {
      const value = fromHalf(bits);
      const back = toHalf(value);
      if (Number.isNaN(value) ? !Number.isNaN(fromHalf(back)) : back !== bits) wrong.push(bits);
    }
    expect(wrong).toEqual([]);
  });

  it("rounds to the nearest, ties to even", () => {
    const wrong: number[] = [];
    for (let bits = 0; bits < 0x7bff; bits++) {
      const [low, high] = [fromHalf(bits), fromHalf(bits + 1)];
      const even = bits % 2 === 0 ? bits : bits + 1;
      const rounded = [0.25, 0.5, 0.75].map((part) => toHalf(low + (high - low) * part));
      if (rounded[0] !== bits || rounded[1] !== even || rounded[2] !== bits + 1) wrong.push(bits);
    }
    expect(wrong).toEqual([]);
    expect(fromHalf(toHalf(65520))).toBe(Number.POSITIVE_INFINITY);
    expect(fromHalf(toHalf(65519))).toBe(65504);
    expect(fromHalf(toHalf(1e-9))).toBe(0);
  });

  it("is stored behind a Cast, small tensors as they are", async () => {
    const g = new Graph("t");
    const w = g.constant(
      noise(64).map((v) => fromHalf(toHalf(v))),
      [8, 8],
    );
    const sum = g.add(
      "Add",
      [g.add("MatMul", [g.input("x", "float", [1, 8]), w]), g.constant(noise(8), [8])],
      {},
      "y",
    );
    g.output(sum, "float", [1, 8]);
    const x = noise(8);
    const half = storeHalf(g.model(13));
    expect(half.graph!.node!.map((n) => n.opType)).toEqual(["Cast", "MatMul", "Add"]);
    expect(await run(half, x, [1, 8])).toEqual(await run(g.model(13), x, [1, 8]));
  });
});

describe("fold", () => {
  /** Conv, then whatever `after` appends. */
  function network(after: (g: Graph, x: string) => string, bias = true): ModelProto {
    const g = new Graph("t");
    const inputs = [g.input("x", "float", [1, 3, 6, 6]), g.constant(noise(4 * 3 * 9), [4, 3, 3, 3])];
    if (bias) inputs.push(g.constant(noise(4), [4]));
    g.output(
      g.add("Identity", [after(g, g.add("Conv", inputs, { kernel_shape: [3, 3] }))], {}, "y"),
      "float",
      [1, 4, 4, 4],
    );
    return g.model(13);
  }
  const perChannel = (g: Graph): string => g.constant(noise(4), [1, 4, 1, 1]);

  it("takes multiplications and additions into the convolution", async () => {
    for (const bias of [true, false]) {
      const model = network(
        (g, x) =>
          g.add("Mul", [g.floats(0.5), g.add("Add", [g.add("Mul", [x, perChannel(g)]), perChannel(g)])]),
        bias,
      );
      const folded = fold(model);
      expect(folded.graph!.node!.map((n) => n.opType)).toEqual(["Conv", "Identity"]);
      expect(folded.graph!.initializer).toHaveLength(2);
      const x = noise(108);
      const [a, b] = [await run(model, x, [1, 3, 6, 6]), await run(folded, x, [1, 3, 6, 6])];
      a.forEach((value, i) => {
        expect(b[i]).toBeCloseTo(value, 5);
      });
      // The same bytes each time.
      expect(encodeModel(fold(model))).toEqual(encodeModel(folded));
    }
  });

  it("leaves alone what is not per channel, or read twice", () => {
    const columns = network((g, x) => g.add("Mul", [x, g.constant(noise(4), [4])]));
    expect(fold(columns).graph!.node).toHaveLength(3);
    const twice = network((g, x) => g.add("Add", [g.add("Mul", [x, perChannel(g)]), x]));
    expect(fold(twice)).toEqual(twice);
  });
});

describe("weights of TensorFlow.js", () => {
  it("are read by type, one after the other, and dequantised", () => {
    const bytes = new Uint8Array(2 * 4 + 2 + 2);
    const view = new DataView(bytes.buffer);
    view.setFloat32(0, 1.5, true);
    view.setInt32(4, -7, true);
    view.setUint16(8, toHalf(0.25), true);
    bytes.set([0, 255], 10);
    const weights = [
      { name: "f", shape: [], dtype: "float32" },
      { name: "i", shape: [1], dtype: "int32" },
      { name: "h", shape: [1], dtype: "float32", quantization: { dtype: "float16" } },
      { name: "q", shape: [2], dtype: "float32", quantization: { dtype: "uint8", scale: 0.5, min: -3 } },
    ];
    const read = readWeights({ weightsManifest: [{ paths: ["a"], weights }] }, bytes);
    expect([...read.values()].map((tensor) => [...tensor.data])).toEqual([[1.5], [-7], [0.25], [-3, 124.5]]);
    expect(() =>
      readWeights({ weightsManifest: [{ paths: ["a"], weights }] }, bytes.subarray(0, 11)),
    ).toThrow();
    expect(() =>
      readWeights({ weightsManifest: [{ paths: ["a"], weights: weights.slice(1) }] }, bytes),
    ).toThrow(/describes 8 bytes, got 12/);
  });
});

describe("transpose", () => {
  it("moves axes", () => {
    const t = { shape: [2, 3, 4], data: Int32Array.from({ length: 24 }, (_, i) => i) };
    const moved = transpose(t, [2, 0, 1]);
    expect(moved.shape).toEqual([4, 2, 3]);
    for (let a = 0; a < 2; a++)
      for (let b = 0; b < 3; b++)
        for (let c = 0; c < 4; c++) expect(moved.data[c * 6 + a * 3 + b]).toBe(a * 12 + b * 4 + c);
  });
});
