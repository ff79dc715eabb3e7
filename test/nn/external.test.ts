import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { describe, expect, it, onTestFinished } from "vitest";
import { checkModelFile } from "../../src/models/check.js";
import { writeModel } from "../../src/models/write.js";
import {
  buildBackbone,
  DataType,
  decodeModel,
  encodeExternal,
  encodeModel,
  encodePieces,
  fitsOneFile,
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
    const model = decodeModel(buildBackbone("squeezenet1_1").encode(source));
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
    expect([...data].reduce((sum, d) => sum + d.length, 0)).toBeGreaterThan(2 ** 31);
    expect(Buffer.from(model).toString("latin1")).toContain("2147483648");
  });

  it("refuses a weights file outside the model's folder", () => {
    for (const name of ["", "..", "a/b", "..\\w"])
      expect(() => encodeExternal(huge(), name)).toThrow("expected a file name without a folder");
  });
});

describe("encodePieces", () => {
  it("gives the same bytes, and asks for weights only when it is their turn", () => {
    let asked = 0;
    const network = buildBackbone("squeezenet1_1");
    const model = network.model((name, shape, role) => {
      if (role === "weight") asked++;
      return source(name, shape, role);
    });
    expect(asked).toBe(0);
    const pieces: Uint8Array[] = [];
    for (const piece of encodePieces(model)) {
      pieces.push(piece);
      expect(asked).toBeLessThanOrEqual(pieces.length);
    }
    expect(asked).toBe(network.parameters.filter((p) => p.role === "weight").length);
    expect(Buffer.concat(pieces).equals(encodeModel(model))).toBe(true);
  });

  it("refuses what one file cannot hold before the first piece", () => {
    expect([fitsOneFile(huge()), fitsOneFile({ graph: {} })]).toEqual([false, true]);
    expect(() => encodePieces(huge())).toThrow('Cannot write "huge" as one file');
  });
});

describe("writeModel", () => {
  const network = () => buildBackbone("squeezenet1_1", { size: [65, 65] });

  it("writes one file, or two where asked to, and leaves nothing else", async () => {
    const model = network().model(source);
    const at = await folder();
    const one = join(at, "one.onnx");
    const two = join(at, "two.onnx");
    const { files, bytes, sha256 } = await writeModel(one, model);
    expect(files).toEqual([one]);
    expect((await writeModel(two, model, { external: true })).files).toEqual([two, `${two}.data`]);
    expect((await readdir(at)).sort()).toEqual(["one.onnx", "two.onnx", "two.onnx.data"]);
    expect(await run(two)).toEqual(await run(one));
    const content = await readFile(one);
    expect(content.equals(encodeModel(model))).toBe(true);
    expect([bytes, sha256]).toEqual([content.length, createHash("sha256").update(content).digest("hex")]);
  });

  it("writes a card that knows the model", async () => {
    const path = join(await folder(), "a.onnx");
    const { files, ...model } = await writeModel(path, network().model(source), {
      card: ({ bytes, sha256 }) => JSON.stringify({ bytes, sha256 }),
    });
    expect(files).toEqual([path, `${path}.json`]);
    expect(JSON.parse(await readFile(`${path}.json`, "utf8"))).toEqual(model);
  });

  it("says in one line what failed", async () => {
    const at = await folder();
    await expect(writeModel(join(at, "no", "a.onnx"), network().model(source))).rejects.toThrow(
      /^Cannot write the model ".*a\.onnx": there is no such folder$/,
    );
  });

  it.each(["the source fails", "it is ended"])("leaves what was there where %s", async (how) => {
    const at = await folder();
    const path = join(at, "a.onnx");
    await writeFile(path, "before");
    const ended = new AbortController();
    const temporary: string[] = [];
    const model = network().model((name, shape, role) => {
      if (name.startsWith("classifier")) {
        if (how === "the source fails") throw new RangeError("no such weights");
        ended.abort(new RangeError("no such weights"));
      }
      return source(name, shape, role);
    });
    for (const external of [false, true]) {
      const options = { external, signal: ended.signal, onTemporary: (file: string) => temporary.push(file) };
      await expect(writeModel(path, model, options)).rejects.toThrow(/^no such weights$/);
    }
    expect(await readdir(at)).toEqual(["a.onnx"]);
    expect(await readFile(path, "utf8")).toBe("before");
    expect(temporary.every((file) => file.startsWith(path))).toBe(true);
  });
});
