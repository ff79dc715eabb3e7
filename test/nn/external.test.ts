import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { describe, expect, it, onTestFinished } from "vitest";
import { checkModelFile } from "../../src/models/check.js";
import { writeModel } from "../../src/models/write.js";
import {
  buildBackbone,
  DataType,
  encodeExternal,
  encodeModel,
  MAX_MODEL_BYTES,
  type ModelProto,
  type WeightSource,
} from "../../src/nn/index.js";
import { random } from "../_random.js";

const source: WeightSource = (name, shape, role) => {
  const next = random(name.length * 77 + shape.length);
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () =>
    role === "variance" ? 1 + next() : 0.2 * next() - 0.1,
  );
};

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "throughline-external-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

async function run(model: string | Uint8Array): Promise<Float32Array> {
  // Two overloads: a path, or bytes.
  const session =
    typeof model === "string"
      ? await ort.InferenceSession.create(model)
      : await ort.InferenceSession.create(model);
  const x = new ort.Tensor("float32", new Float32Array(3 * 65 * 65).fill(0.5), [1, 3, 65, 65]);
  const { output } = await session.run({ input: x });
  await session.release();
  return output!.data as Float32Array;
}

/** A model that claims more weights than one file holds; the bytes are shared, so it takes little memory. */
function huge(): ModelProto {
  const rawData = new Uint8Array(256 * 1024 * 1024);
  const initializer = Array.from({ length: 9 }, (_, k) => ({
    name: `w${k}`,
    dims: [rawData.length / 4],
    dataType: DataType.float,
    rawData,
  }));
  return {
    irVersion: 8,
    graph: { name: "huge", node: [{ opType: "Identity", input: ["w0"], output: ["y"] }], initializer },
  };
}

describe("encodeExternal", () => {
  it("gives a model that ONNX Runtime opens with its weights beside it, and computes the same", async () => {
    const model = buildBackbone("squeezenet1_1", { size: [65, 65] }).model(source);
    const path = join(await folder(), "net.onnx");
    const { model: bytes, data } = encodeExternal(model, "net.onnx.data", { minBytes: 256 });
    await writeFile(path, bytes);
    await writeFile(`${path}.data`, data);
    expect(bytes.length).toBeLessThan(50_000);
    await checkModelFile(path);
    expect(await run(path)).toEqual(await run(encodeModel(model)));
  });

  it("starts every tensor at a page, without copying any", () => {
    const model = buildBackbone("squeezenet1_1").model(source);
    const { data } = encodeExternal(model, "w");
    const given = new Set(model.graph!.initializer!.map((t) => t.rawData));
    let at = 0;
    for (const piece of data) {
      if (given.has(piece)) expect(at % 4096).toBe(0);
      else expect(piece.length).toBeLessThan(4096);
      at += piece.length;
    }
  });

  it("keeps models beyond what one file holds", () => {
    expect(() => encodeModel(huge())).toThrow(
      'Cannot write "huge" as one file: its weights take 2415919104 bytes and an ONNX file holds less than 2147483647',
    );
    const { model, data } = encodeExternal(huge(), "huge.data");
    expect(model.length).toBeLessThan(1000);
    expect(data.reduce((sum, d) => sum + d.length, 0)).toBeGreaterThan(MAX_MODEL_BYTES);
    expect(Buffer.from(model).toString("latin1")).toContain("2147483648");
  });

  it("refuses a weights file outside the model's folder", () => {
    for (const name of ["", "..", "a/b", "..\\w"])
      expect(() => encodeExternal(huge(), name)).toThrow("expected a file name without a folder");
  });
});

describe("writeModel", () => {
  it("writes one file, or two where asked to, and leaves nothing else", async () => {
    const model = buildBackbone("squeezenet1_1", { size: [65, 65] }).model(source);
    const at = await folder();
    const one = join(at, "one.onnx");
    const two = join(at, "two.onnx");
    expect(await writeModel(one, model)).toEqual([one]);
    expect(await writeModel(two, model, { external: true })).toEqual([two, `${two}.data`]);
    expect((await readdir(at)).sort()).toEqual(["one.onnx", "two.onnx", "two.onnx.data"]);
    expect(await run(two)).toEqual(await run(one));
  });

  it("says in one line what failed and leaves what was there", async () => {
    const model = buildBackbone("squeezenet1_1", { size: [65, 65] }).model(source);
    const at = await folder();
    await expect(writeModel(join(at, "no", "a.onnx"), model)).rejects.toThrow(
      /^Cannot write the model ".*a\.onnx": there is no such folder$/,
    );
  });
});
