import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { DataType, decodeModel, encodeModel, Graph } from "../../src/nn/index.js";

/** y = leakyRelu(conv(x)), with every kind of attribute and constant in use. */
function small(): Graph {
  const g = new Graph("small");
  const x = g.input("x", "float", [1, 1, "h", "w"]);
  const w = g.constant(Float32Array.from([1, 0, -1, 2, 0, -2, 1, 0, -1]), [1, 1, 3, 3], "w");
  const c = g.add("Conv", [x, w], { pads: [1, 1, 1, 1], kernel_shape: [3, 3] });
  const y = g.add("LeakyRelu", [c], { alpha: 0.5 });
  const [head, tail] = g.addMany("Split", [y, g.ints([1, 1])], 2, { axis: 2 });
  g.output(g.add("Concat", [head!, tail!], { axis: 2 }, "y"), "float", [1, 1, "h", "w"]);
  return g;
}

describe("Graph", () => {
  it("writes models that ONNX Runtime opens and runs", async () => {
    const session = await ort.InferenceSession.create(small().encode(17));
    const x = new ort.Tensor("float32", Float32Array.from([1, 2, 3, 4]), [1, 1, 2, 2]);
    const { y } = await session.run({ x });
    expect([...(y!.data as Float32Array)]).toEqual([0, 1, 2, 3].map(expected));
    await session.release();
  });

  it("gives the same bytes for the same graph", () => {
    expect(Buffer.compare(Buffer.from(small().encode(17)), Buffer.from(small().encode(17)))).toBe(0);
  });

  it("comes back unchanged through decode and encode", () => {
    const bytes = small().encode(17, { licence: "MIT" });
    const model = decodeModel(bytes);
    expect(model.graph!.node!.map((n) => n.opType)).toEqual(["Conv", "LeakyRelu", "Split", "Concat"]);
    expect(model.graph!.initializer![0]).toMatchObject({
      name: "w",
      dims: [1, 1, 3, 3],
      dataType: DataType.float,
    });
    expect(Buffer.compare(Buffer.from(encodeModel(model)), Buffer.from(bytes))).toBe(0);
  });

  it("refuses a constant whose data does not fill its shape", () => {
    expect(() => new Graph("g").constant(new Float32Array(3), [2, 2], "w")).toThrow('Cannot store "w"');
  });
});

describe("decodeModel", () => {
  it("says that text, nothing and empty models are not ONNX models", () => {
    for (const bytes of [
      new TextEncoder().encode("<html>Not found</html>"),
      new Uint8Array(),
      Uint8Array.of(8, 8),
    ])
      expect(() => decodeModel(bytes)).toThrow(SyntaxError);
  });

  it("throws SyntaxError and nothing else on every truncation", () => {
    const bytes = small().encode(17);
    for (let end = 0; end < bytes.length; end++) {
      try {
        decodeModel(bytes.subarray(0, end));
      } catch (error) {
        expect(error).toBeInstanceOf(SyntaxError);
      }
    }
  });
});

/** What the small network gives at each of the four pixels, by the definition. */
function expected(index: number): number {
  const x = [
    [0, 0, 0, 0],
    [0, 1, 2, 0],
    [0, 3, 4, 0],
    [0, 0, 0, 0],
  ];
  const k = [
    [1, 0, -1],
    [2, 0, -2],
    [1, 0, -1],
  ];
  const [r, c] = [Math.floor(index / 2), index % 2];
  let sum = 0;
  for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) sum += x[r + i]![c + j]! * k[i]![j]!;
  return sum < 0 ? sum * 0.5 : sum;
}
