import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ModelError } from "../../src/errors.js";
import { encodeModel, Graph } from "../../src/nn/index.js";
import { createRuntime, type Runtime, type Tensor } from "../../src/onnx/index.js";
import type { Frame } from "../../src/types.js";
import { frameSum, OPSET, unary } from "./_models.js";

const floats = (...values: number[]): Tensor => ({
  type: "float32",
  dims: [values.length],
  data: Float32Array.from(values),
});

const frameOf = (data: Uint8Array<ArrayBuffer>, width: number, height: number): Frame => ({
  index: 0,
  time: 0,
  width,
  height,
  data,
});

let runtime: Runtime;
let folder: string;
beforeAll(async () => {
  runtime = await createRuntime({ threads: 1 });
  folder = mkdtempSync(join(tmpdir(), "throughline-onnx-"));
});
afterAll(async () => {
  await runtime.close();
  rmSync(folder, { recursive: true });
});

describe("a runtime", () => {
  it("says where it really runs", () => {
    expect(runtime.device).toBe("cpu");
    expect(runtime.threads).toBe(1);
  });

  it("runs a model from bytes and from a file, and tells its inputs and outputs", async () => {
    const path = join(folder, "relu.onnx");
    writeFileSync(path, unary("Relu"));
    for (const source of [unary("Relu"), path]) {
      const model = await runtime.load(source);
      expect(model.inputs).toEqual([{ name: "x", type: "float32", dims: ["n"] }]);
      const { y } = await runtime.run([model], { feeds: { x: floats(-1, 2, 3) }, fetch: ["y"] });
      expect(y).toEqual(floats(0, 2, 3));
      await model.release();
      await model.release();
    }
  });

  it("hands the outputs of one model to the next by name", async () => {
    const g = new Graph("second");
    const y = g.input("y", "float", ["n"]);
    g.add("Add", [y, g.input("bias", "float", [1])], {}, "z");
    g.output("z", "float", ["n"]);
    const chain = [await runtime.load(unary("Neg")), await runtime.load(g.encode(OPSET))];
    const feeds = { x: floats(1, -2), bias: floats(10) };
    expect(await runtime.run(chain, { feeds, fetch: ["z", "y"] })).toEqual({
      z: floats(9, 12),
      y: floats(-1, 2),
    });
  });

  it("borrows a frame and gives it back unchanged", async () => {
    const model = await runtime.load(frameSum());
    const frame = frameOf(
      Uint8Array.from({ length: 2 * 3 * 3 }, (_, i) => i),
      3,
      2,
    );
    const running = runtime.run([model], { frame, fetch: ["sum"] });
    expect(frame.data.length).toBe(0);
    await expect(runtime.run([model], { frame, fetch: ["sum"] })).rejects.toThrow("on loan to another call");
    expect((await running).sum!.data[0]).toBe(153);
    expect([...frame.data]).toEqual(Array.from({ length: 18 }, (_, i) => i));
  });

  it("gives the frame back when the run fails", async () => {
    const model = await runtime.load(unary("Relu"), "relu.onnx");
    const frame = frameOf(new Uint8Array(3).fill(7), 1, 1);
    await expect(runtime.run([model], { frame, fetch: ["y"] })).rejects.toThrow(
      'Cannot run model "relu.onnx": it needs the input "x" float32[n], got frame',
    );
    expect([...frame.data]).toEqual([7, 7, 7]);
  });

  it("leaves the rest of a buffer alone that a frame is a part of", async () => {
    const model = await runtime.load(frameSum());
    const all = new Uint8Array(10).fill(2);
    const frame = frameOf(all.subarray(1, 4), 1, 1);
    expect((await runtime.run([model], { frame, fetch: ["sum"] })).sum!.data[0]).toBe(6);
    expect(all.length).toBe(10);
    expect(frame.data.buffer).toBe(all.buffer);
  });

  it("refuses a frame whose bytes do not fit its size", async () => {
    const model = await runtime.load(frameSum());
    await expect(
      runtime.run([model], { frame: frameOf(new Uint8Array(5), 1, 1), fetch: ["sum"] }),
    ).rejects.toThrow(new RangeError("Cannot use frame 0: expected 3 bytes, got 5"));
    await expect(
      runtime.run([model], { frame: frameOf(new Uint8Array(0), 1, 1), fetch: ["sum"] }),
    ).rejects.toThrow("Cannot use frame 0: it has no pixels");
  });

  it("serves requests in the order they were made", async () => {
    const model = await runtime.load(unary("Relu"));
    const order: number[] = [];
    const ask = (i: number, size: number) =>
      runtime
        .run([model], {
          feeds: { x: { type: "float32", dims: [size], data: new Float32Array(size) } },
          fetch: ["y"],
        })
        .then(() => order.push(i));
    await Promise.all([ask(0, 1_000_000), ask(1, 1), ask(2, 100_000), ask(3, 1)]);
    expect(order).toEqual([0, 1, 2, 3]);
  });

  it("finishes what was asked before it closes, and answers nothing after", async () => {
    const other = await createRuntime({ threads: 1 });
    const model = await other.load(unary("Relu"));
    const running = other.run([model], { feeds: { x: floats(-1) }, fetch: ["y"] });
    await Promise.all([other.close(), other.close()]);
    expect((await running).y).toEqual(floats(0));
    await expect(other.load(unary("Relu"))).rejects.toThrow("The runtime is closed");
    await model.release();
  });

  it("does not run models of another runtime", async () => {
    const other = await createRuntime({ threads: 1 });
    const model = await other.load(unary("Relu"), "relu.onnx");
    await expect(runtime.run([model], { feeds: { x: floats(1) }, fetch: ["y"] })).rejects.toThrow(TypeError);
    await other.close();
  });

  it("lets an idle process end without being closed, and loads ONNX Runtime in its thread alone", () => {
    const entry = pathToFileURL(join(import.meta.dirname, "../../dist/onnx/index.js")).href;
    const script = `
      import { createRuntime } from ${JSON.stringify(entry)};
      const loaded = () => process.report.getReport().sharedObjects.some((file) => file.includes("libonnxruntime"));
      if (process.platform === "linux" && loaded()) throw new Error("loaded by the import");
      const runtime = await createRuntime({ threads: 1 });
      await runtime.load(Uint8Array.from(${JSON.stringify([...unary("Relu")])}));
      console.log("idle");`;
    const out = execFileSync(process.execPath, ["--input-type=module", "-e", script], { timeout: 30_000 });
    expect(String(out)).toBe("idle\n");
  });
});

describe("bad models", () => {
  const refused = async (model: string | Uint8Array, name: string, why: string | RegExp) => {
    const error = await runtime.load(model, name).then(
      () => undefined,
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(ModelError);
    const { message } = error as ModelError;
    expect(message).toMatch(why);
    expect(message).toContain(`"${name}"`);
    expect(message).not.toContain("\n");
  };

  it("are named: missing, empty, a folder, not ONNX, cut short", async () => {
    const write = (name: string, data: string | Uint8Array): string => {
      writeFileSync(join(folder, name), data);
      return join(folder, name);
    };
    await refused(join(folder, "no.onnx"), "no.onnx", "no such file");
    await refused(folder, "folder", "it is not a file");
    await refused(write("empty.onnx", ""), "empty.onnx", "the file is empty");
    await refused(write("text.onnx", "no model at all"), "text.onnx", "not an ONNX model, or cut short");
    const whole = unary("Relu");
    const cut = write("cut.onnx", whole.subarray(0, whole.length - 5));
    await refused(cut, "cut.onnx", "not an ONNX model, or cut short");
    await refused(unary("NoSuchOperator"), "strange.onnx", "NoSuchOperator");
  });

  it("cannot read weights outside their folder", async () => {
    const inner = join(folder, "inner");
    mkdirSync(inner);
    const secret = join(folder, "secret.bin");
    writeFileSync(secret, new Uint8Array(4));
    writeFileSync(join(inner, "fine.bin"), new Uint8Array(4));
    symlinkSync("../secret.bin", join(inner, "link.bin"));
    const withWeightsAt = (location: string): string => {
      const g = new Graph("external");
      const x = g.input("x", "float", [1]);
      g.add("Add", [x, g.constant(new Float32Array(1), [1], "w")], {}, "y");
      g.output("y", "float", [1]);
      const model = g.model(OPSET);
      const weights = model.graph!.initializer![0]!;
      delete weights.rawData;
      Object.assign(weights, { dataLocation: 1, externalData: [{ key: "location", value: location }] });
      const path = join(inner, "external.onnx");
      writeFileSync(path, encodeModel(model));
      return path;
    };
    await (await runtime.load(withWeightsAt("fine.bin"))).release();
    for (const location of ["../secret.bin", secret, "link.bin"])
      await refused(withWeightsAt(location), "external.onnx", /outside|escapes|[Aa]bsolute/);
  });

  it("whose outputs are not finite are refused", async () => {
    const log = await runtime.load(unary("Log"), "log.onnx");
    for (const x of [-1, 0])
      await expect(
        runtime.run([log], { feeds: { x: floats(1, 1, x, 1, 1, 1) }, fetch: ["y"] }),
      ).rejects.toThrow(
        new ModelError('Cannot use model "log.onnx": its output "y" is not finite (NaN or infinity)'),
      );
    const { y } = await runtime.run([log], { feeds: { x: floats(1) }, fetch: ["y"] });
    expect(y).toEqual(floats(0));
  });

  it("that are fed wrongly are named with what was expected", async () => {
    const model = await runtime.load(unary("Relu"), "relu.onnx");
    const x: Tensor = { type: "int32", dims: [1], data: Int32Array.of(1) };
    await expect(runtime.run([model], { feeds: { x }, fetch: ["y"] })).rejects.toThrow(
      /Cannot run model "relu.onnx": .*int32.*float/,
    );
    await expect(runtime.run([model], { feeds: { x: floats(1) }, fetch: ["z"] })).rejects.toThrow(
      'output "z"',
    );
  });
});
