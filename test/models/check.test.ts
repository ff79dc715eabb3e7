import { existsSync } from "node:fs";
import { mkdir, open, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ModelError } from "../../src/errors.js";
import { checkModelFile } from "../../src/models/check.js";
import { ownModelsDir } from "../../src/models/load.js";
import { DataType, encodeModel, Graph, type ModelProto, type TensorProto } from "../../src/nn/index.js";
import { random } from "../_random.js";
import { folder } from "./_server.js";

function smallModel(): ModelProto {
  const g = new Graph("small");
  const x = g.input("x", "float", ["n", 4]);
  g.output(g.add("MatMul", [x, g.constant(new Float32Array(16), [4, 4], "w")], {}, "y"), "float", ["n", 4]);
  return g.model(13);
}

/** A tensor whose bytes lie elsewhere. */
const outside = (location: string, more: Record<string, string> = {}): TensorProto => ({
  name: "w",
  dims: [4, 4],
  dataType: DataType.float,
  dataLocation: 1,
  externalData: Object.entries({ location, ...more }).map(([key, value]) => ({ key, value })),
});

function withWeights(tensor: TensorProto): Uint8Array {
  const model = smallModel();
  return encodeModel({ ...model, graph: { ...model.graph, initializer: [tensor] } });
}

async function put(name: string, bytes: Uint8Array | string): Promise<string> {
  const path = join(await folder(), name);
  await writeFile(path, bytes);
  return path;
}

/** The one line that a file is refused with. */
async function refusal(path: string): Promise<string> {
  const error = await checkModelFile(path).then(
    () => new Error("it was accepted"),
    (e) => e,
  );
  expect(error).toBeInstanceOf(ModelError);
  expect(error.message).toContain(`"${path}": `);
  expect(error.message).not.toContain("\n");
  return error.message.slice(error.message.indexOf(`"${path}": `) + path.length + 4);
}

describe("checkModelFile", () => {
  it("accepts whole models, also those with weights beside them", async () => {
    await checkModelFile(join(ownModelsDir, "nanodet-g.onnx"));
    await checkModelFile(await put("m.onnx", encodeModel(smallModel())));
    const path = await put("m.onnx", withWeights(outside("sub/weights.bin", { offset: "64", length: "64" })));
    await mkdir(join(path, "..", "sub"));
    await writeFile(join(path, "..", "sub", "weights.bin"), new Uint8Array(128));
    await checkModelFile(path);
  });

  it("refuses what is no file, and an empty one", async () => {
    expect(await refusal(join(await folder(), "none.onnx"))).toBe("there is no such file");
    expect(await refusal(await folder())).toBe("expected a file");
    expect(await refusal(await put("m.onnx", ""))).toBe("the file is empty, expected an ONNX model");
  });

  it("refuses what is not ONNX", async () => {
    const texts = [
      "<!DOCTYPE html><html>Not found</html>",
      "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n",
      '{"a": 1}',
      "PK\u0003\u0004 a zip file, as PyTorch's checkpoints are",
      "\b\b",
    ];
    for (const text of texts)
      expect(await refusal(await put("m.onnx", text))).toBe("it is not an ONNX model");
  });

  it("refuses a model that was cut off, wherever that was", async () => {
    const bytes = encodeModel(smallModel());
    const path = await put("m.onnx", "");
    for (let length = 1; length < bytes.length - 8; length++) {
      await writeFile(path, bytes.subarray(0, length));
      expect(await refusal(path), `after ${length} bytes`).toMatch(/ends early|damaged|not an ONNX model/);
    }
    await writeFile(path, bytes.subarray(0, bytes.length - 30));
    expect(await refusal(path)).toMatch(/^it ends early: expected at least \d+ bytes, got \d+$/);
  });

  it("neither hangs nor breaks on random bytes", async () => {
    const next = random(5);
    const path = await put("m.onnx", "");
    const whole = encodeModel(smallModel());
    for (let i = 0; i < 300; i++) {
      const bytes = whole.slice();
      for (let k = 0; k < 5; k++) bytes[Math.floor(next() * bytes.length)] = 256 * next();
      await writeFile(path, bytes);
      await checkModelFile(path).catch((error) => expect(error).toBeInstanceOf(ModelError));
    }
  });

  it("refuses graphs nested without end", async () => {
    // attribute.g -> graph.node -> node.attribute -> ...
    let bytes = Buffer.alloc(0);
    const wrap = (field: number, inner: Buffer) => Buffer.concat([tag(field, inner.length), inner]);
    for (let depth = 0; depth < 200; depth++) bytes = wrap(1, wrap(5, wrap(6, bytes)));
    expect(await refusal(await put("m.onnx", wrap(7, bytes)))).toBe("its graphs are nested too deeply");
  });

  it.each(["/etc/passwd", "../secret.bin", "sub/../../secret.bin", "..", "..\\secret.bin", ""])(
    "refuses weights at %j",
    async (location) => {
      const path = await put("m.onnx", withWeights(outside(location)));
      expect(await refusal(path)).toBe(
        `it wants to read "${location}", expected a file inside the model's own folder`,
      );
    },
  );

  it("refuses weights that a link leads away to", async () => {
    const path = await put("m.onnx", withWeights(outside("weights.bin")));
    const secret = await put("secret.bin", "secret");
    await symlink(secret, join(path, "..", "weights.bin"));
    expect(await refusal(path)).toMatch(/^it wants to read "weights\.bin"/);
  });

  it("follows links to a model and its weights that lie together, as caches of hubs make them", async () => {
    const blobs = await put("m.onnx", withWeights(outside("weights.bin", { length: "64" })));
    await writeFile(join(blobs, "..", "weights.bin"), new Uint8Array(64));
    const path = join(await folder(), "m.onnx");
    await symlink(blobs, path);
    expect(await refusal(path)).toMatch(/"weights\.bin" is missing/);
    await symlink(join(blobs, "..", "weights.bin"), join(path, "..", "weights.bin"));
    await checkModelFile(path);
  });

  it("refuses weights outside wherever the reference hides", async () => {
    const value = outside("../secret.bin");
    const graph = { name: "inner", node: [{ opType: "Identity" }], initializer: [value] };
    for (const attribute of [
      { name: "value", t: value },
      { name: "then_branch", g: graph },
      { name: "body", g: { name: "outer", node: [{ opType: "If", attribute: [{ name: "b", g: graph }] }] } },
    ]) {
      const model = smallModel();
      const node = [...model.graph!.node!, { opType: "Constant", output: ["c"], attribute: [attribute] }];
      const path = await put("m.onnx", encodeModel({ ...model, graph: { ...model.graph, node } }));
      expect(await refusal(path)).toMatch(/^it wants to read "\.\.\/secret\.bin"/);
    }
  });

  it("refuses weights that are missing or too short", async () => {
    const missing = await put("m.onnx", withWeights(outside("weights.bin")));
    expect(await refusal(missing)).toBe(
      'its weights file "weights.bin" is missing, expected it in the model\'s folder',
    );
    const short = await put("m.onnx", withWeights(outside("weights.bin", { offset: "10", length: "64" })));
    await writeFile(join(short, "..", "weights.bin"), new Uint8Array(40));
    expect(await refusal(short)).toBe(
      'its weights file "weights.bin" ends early: expected at least 74 bytes, got 40',
    );
    const odd = await put("m.onnx", withWeights(outside("weights.bin", { offset: "minus one" })));
    expect(await refusal(odd)).toBe('its weights have the offset "minus one"');
  });

  it.skipIf(process.platform === "win32")("checks 3 GB of weights without reading them", async () => {
    const size = 3_000_000_000;
    const node = Buffer.concat([tag(1, 3), tag(4, 1), Buffer.from("A")]);
    const tensor = Buffer.concat([tag(5, size + tag(9, size).length), tag(9, size)]);
    const head = Buffer.concat([tag(7, node.length + tensor.length + size), node, tensor]);
    const path = join(await folder(), "m.onnx");
    const file = await open(path, "w");
    await file.write(head);
    // A hole in the file: it takes no space on the disk.
    await file.truncate(head.length + size);
    await file.close();
    await checkModelFile(path);
    expect(existsSync(path)).toBe(true);
  });
});

/** Tag and length of a field of bytes. */
function tag(field: number, length: number): Buffer {
  const bytes = [(field << 3) | 2];
  for (; length >= 128; length = Math.floor(length / 128)) bytes.push((length % 128) + 128);
  return Buffer.from([...bytes, length]);
}
