import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeModel, encodeModel, Graph, opsetOf, wrapModel } from "../../src/nn/index.js";
import { createRuntime, type Runtime, type Tensor } from "../../src/onnx/index.js";
import { random } from "../_random.js";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createRuntime({ threads: 1 });
});
afterAll(() => runtime.close());

/** "x" float [n] -> "y" = x * 3 + 1, with values whose names every graph of ours uses. */
function tripleAndOne(): Graph {
  const g = new Graph("model");
  const x = g.input("x", "float", ["n"]);
  g.output(g.add("Add", [g.add("Mul", [x, g.floats(3)]), g.floats(1)], {}, "y"), "float", ["n"]);
  return g;
}

/** "bytes" uint8 [n] -> "x" = bytes / 2. */
function halve(): Graph {
  const g = new Graph("before");
  const floats = g.add("Cast", [g.input("bytes", "uint8", ["n"])], { to: 1 });
  g.output(g.add("Mul", [floats, g.floats(0.5)], {}, "x"), "float", ["n"]);
  return g;
}

/** "y", "bytes" and "limit" -> "over": how many of y are above the limit and not from byte 0. */
function count(): Graph {
  const g = new Graph("after");
  const above = g.add("Less", [g.input("limit", "float", []), g.input("y", "float", ["n"])]);
  const real = g.add("Not", [
    g.add("Equal", [g.input("bytes", "uint8", ["n"]), g.constant(Uint8Array.of(0), [])]),
  ]);
  const both = g.add("Cast", [g.add("And", [above, real])], { to: 7 });
  g.output(g.add("ReduceSum", [both], { keepdims: 0 }, "over"), "int64", []);
  return g;
}

const bytes: Tensor = { type: "uint8", dims: [4], data: Uint8Array.of(0, 2, 4, 6) };
const limit: Tensor = { type: "float32", dims: [], data: Float32Array.of(4.5) };

describe("wrapping a model", () => {
  it("puts graphs before and after it, and joins what has one name", async () => {
    const wrapped = await runtime.load(wrapModel(tripleAndOne().encode(17), { before: halve, after: count }));
    expect(wrapped.inputs.map(({ name, type }) => `${name} ${type}`)).toEqual([
      "bytes uint8",
      "limit float32",
    ]);
    expect(wrapped.outputs.map(({ name }) => name)).toEqual(["over"]);
    // 1, 4, 7, 10.
    const { over } = await runtime.run([wrapped], { feeds: { bytes, limit }, fetch: ["over"] });
    expect(over!.data).toEqual(BigInt64Array.of(2n));
  });

  it("leaves inputs or outputs as they are where only one side is wrapped", async () => {
    const front = await runtime.load(wrapModel(tripleAndOne().encode(17), { before: halve }));
    expect((await runtime.run([front], { feeds: { bytes }, fetch: ["y"] })).y!.data).toEqual(
      Float32Array.of(1, 4, 7, 10),
    );
    const back = await runtime.load(wrapModel(tripleAndOne().encode(17), { after: count }));
    expect(back.inputs.map(({ name }) => name)).toEqual(["x", "limit", "bytes"]);
    const same = decodeModel(wrapModel(tripleAndOne().encode(17), {}));
    expect(same.graph).toEqual(decodeModel(tripleAndOne().encode(17)).graph);
  });

  it("writes the graphs in the model's version of the operators", () => {
    const seen: number[] = [];
    const before = (opset: number) => {
      seen.push(opset);
      return halve();
    };
    const wrapped = wrapModel(tripleAndOne().encode(11), { before });
    expect(seen).toEqual([11]);
    expect(opsetOf(wrapped)).toBe(11);
    expect(decodeModel(wrapped).opsetImport).toEqual([{ domain: "", version: 11 }]);
  });

  it("keeps every byte of the model that it does not know", () => {
    // Field 16 of a graph (metadata), 25 of a model (functions) and 900 of both, which ONNX has not.
    const strange = (id: number) => Buffer.from([...varint((id << 3) | 2), 3, 97, 98, 99]);
    const model = tripleAndOne().model(17);
    const plain = Buffer.from(encodeModel(model));
    const graph = plain.subarray(plain.indexOf(0x3a));
    const more = Buffer.concat([strange(16), strange(900)]);
    // A second graph field adds to the first.
    const file = Buffer.concat([plain, Buffer.from([0x3a, more.length]), more, strange(25), strange(900)]);
    const wrapped = Buffer.from(wrapModel(file, { before: halve, after: count }));
    expect(graph.length).toBeGreaterThan(0);
    for (const id of [16, 25]) expect(wrapped.includes(strange(id))).toBe(true);
    expect(wrapped.toString("latin1").split(strange(900).toString("latin1")).length).toBe(3);
  });

  it("takes files of the first version, whose constants are inputs as well", async () => {
    const model = tripleAndOne().model(9);
    const graph = model.graph!;
    const constants = graph.initializer!.map(({ name }) => ({
      name: name!,
      type: { tensorType: { elemType: 1, shape: { dim: [] } } },
    }));
    const old = encodeModel({
      ...model,
      irVersion: 3,
      graph: { ...graph, input: [...graph.input!, ...constants] },
    });
    const wrapped = await runtime.load(wrapModel(old, { before: halve }));
    expect(wrapped.inputs.map(({ name }) => name)).toEqual(["bytes"]);
    expect((await runtime.run([wrapped], { feeds: { bytes }, fetch: ["y"] })).y!.data).toEqual(
      Float32Array.of(1, 4, 7, 10),
    );
  });

  it("names what does not fit", () => {
    const model = tripleAndOne().encode(17);
    const graph =
      (input: string, output: string, type: "float" | "int64" = "float") =>
      () => {
        const g = new Graph("other");
        g.output(g.add("Identity", [g.input(input, type, ["n"])], {}, output), type, ["n"]);
        return g;
      };
    for (const [wrapping, why] of [
      [{ before: graph("a", "b") }, 'the graph before it puts out "b", the model takes "x"'],
      [
        { before: graph("a", "x", "int64") },
        '"x" has another element type in the graph before it than in the model',
      ],
      [
        { before: graph("y", "x") },
        '"y" is the name of an input of the graph before it and of a value in the model',
      ],
      [{ after: graph("a", "b") }, 'the graph after it takes "a", the model puts out "y"'],
      [{ after: graph("mul_2", "b") }, '"mul_2" is a value in the model, but no output'],
      [
        { after: graph("y", "b", "int64") },
        '"y" has another element type in the model than in the graph after it',
      ],
      [
        { after: graph("y", "x") },
        '"x" is the name of an output of the graph after it and of a value before',
      ],
    ] as const)
      expect(() => wrapModel(model, wrapping)).toThrow(new RangeError(`Cannot wrap the model: ${why}`));
  });

  it("refuses what is no model", () => {
    const whole = tripleAndOne().encode(17);
    for (const bad of [new Uint8Array(0), Buffer.from("no model"), whole.subarray(0, whole.length - 5)])
      expect(() => wrapModel(bad, { before: halve })).toThrow(SyntaxError);
    // Two bytes make a field: what costs little on disk must not cost much in memory.
    const many = Buffer.concat([whole, Buffer.alloc(4_000_000, Buffer.from([0x28, 0x00]))]);
    expect(() => wrapModel(many, { before: halve })).toThrow("more than 1000000 parts");
  });

  it("survives bytes that were changed at random", () => {
    const next = random(3);
    const whole = tripleAndOne().encode(17);
    for (let round = 0; round < 2000; round++) {
      const bytes = whole.slice();
      for (let i = 0; i < 3; i++) bytes[Math.floor(next() * bytes.length)] = Math.floor(256 * next());
      try {
        wrapModel(bytes, { before: halve, after: count });
      } catch (error) {
        expect(["SyntaxError", "RangeError"]).toContain((error as Error).name);
        expect((error as Error).message).toMatch(/^(not an ONNX model: |Cannot wrap the model: )/);
      }
    }
  });
});

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}
