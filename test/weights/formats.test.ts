import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { ModelError } from "../../src/errors.js";
import { openWeights } from "../../src/weights/index.js";
import {
  floats,
  type Given,
  legacyCheckpoint,
  op,
  pickle,
  safetensorsOf,
  zip,
  zipCheckpoint,
} from "./_write.js";

const GOLDEN = join(import.meta.dirname, "../golden/weights");
const expected: Record<"state" | "views", Record<string, { shape: number[]; values: number[] }>> = JSON.parse(
  readFileSync(join(GOLDEN, "expected.json"), "utf8"),
);

/** All tensors of a file as in expected.json. */
function contents(source: string | Uint8Array) {
  const file = openWeights(source);
  try {
    return Object.fromEntries(
      [...file.tensors].map(([name, t]) => [name, { shape: [...t.shape], values: [...t.read()] }]),
    );
  } finally {
    file.close();
  }
}

function failure(source: string | Uint8Array): string {
  try {
    contents(source);
  } catch (error) {
    expect(error).toBeInstanceOf(ModelError);
    expect((error as Error).message).toMatch(/^Cannot read the weights "[^\n]+$/);
    return (error as Error).message.replace(/^Cannot read the weights "[^"]*": /, "");
  }
  throw new Error("it worked");
}

const one: Given = { name: "w", type: "Float", shape: [2, 3], data: floats([1, 2, 3, 4, 5, 6]) };
const whole = { w: { shape: [2, 3], values: [1, 2, 3, 4, 5, 6] } };

describe("openWeights", () => {
  it.each(["state.pth", "legacy.pth", "training.pth"])("reads %s as PyTorch wrote it", (name) => {
    expect(contents(join(GOLDEN, name))).toEqual(expected.state);
  });

  it.each(["views.pth", "views-legacy.pth", "views-protocol4.pth", "views.safetensors"])(
    "reads every element type and view of %s",
    (name) => {
      expect(contents(join(GOLDEN, name))).toEqual(expected.views);
      expect(contents(readFileSync(join(GOLDEN, name)))).toEqual(expected.views);
    },
  );

  it("tells where in a training checkpoint the weights were", () => {
    const file = openWeights(join(GOLDEN, "training.pth"));
    expect([file.format, file.inside, file.prefix]).toEqual(["pytorch", "state_dict", "module."]);
    file.close();
  });

  it("reads what re-packed and very large files look like: deflated, zip64, big-endian", () => {
    expect(contents(zipCheckpoint([one]))).toEqual(whole);
    expect(contents(zipCheckpoint([one], { deflate: true }))).toEqual(whole);
    expect(contents(zipCheckpoint([one], { zip64: true }))).toEqual(whole);
    const swapped = Buffer.from(one.data).swap32();
    expect(contents(zipCheckpoint([{ ...one, data: swapped }], { byteorder: "big" }))).toEqual(whole);
    expect(contents(zipCheckpoint([one], { key: "model" }))).toEqual(whole);
    expect(contents(legacyCheckpoint([one], "net"))).toEqual(whole);
  });

  it("reads a tensor when it is asked for, not before", () => {
    const folder = mkdtempSync(join(tmpdir(), "throughline-weights-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, "w.pth");
    writeFileSync(path, zipCheckpoint([one]));
    const file = openWeights(path);
    const at = readFileSync(path).indexOf(Buffer.from(one.data));
    const handle = openSync(path, "r+");
    writeSync(handle, floats([9]), 0, 4, at);
    closeSync(handle);
    expect(file.tensors.get("w")!.read()[0]).toBe(9);
    file.close();
    file.close();
  });
});

describe("openWeights refuses", () => {
  it.each<[string, () => string | Uint8Array, RegExp]>([
    ["a file that is not there", () => "/no/such.pth", /^there is no such file$/],
    ["a folder", () => GOLDEN, /^expected a file$/],
    [
      "an empty file",
      () => new Uint8Array(),
      /^the file is empty, expected safetensors or a PyTorch checkpoint$/,
    ],
    ["text", () => Buffer.from("hello, this is no model at all"), /^its format is not known/],
    ["a web page", () => Buffer.from("<!DOCTYPE html><html></html>"), /^it is a web page or a pointer/],
    [
      "a whole module",
      () => join(GOLDEN, "module.pth"),
      /^it holds a Python object \([\w.]+\), .*; save model\.state_dict\(\) instead$/,
    ],
    ["a TorchScript program", () => join(GOLDEN, "script.pt"), /^it is a TorchScript program/],
    ["a plain pickle", () => Buffer.concat([op.start, op.dict(), op.stop]), /^it is a plain Python pickle/],
    [
      "a zip of something else",
      () => zip([["a.txt", Buffer.from("a")]]),
      /no PyTorch checkpoint: expected one data\.pkl/,
    ],
    [
      "a checkpoint without tensors",
      () => zip([["a/data.pkl", Buffer.concat([op.start, op.dict([op.text("a"), op.int(1)]), op.stop])]]),
      /no tensors were found$/,
    ],
  ])("%s", (_, source, message) => {
    expect(failure(source())).toMatch(message);
  });

  const row = (row: object) => safetensorsOf(JSON.stringify({ w: row }), Buffer.alloc(8));
  it.each<[string, () => Uint8Array, RegExp]>([
    [
      "a header longer than the file",
      () => Buffer.concat([Buffer.from([255, 255, 255, 255, 15, 0, 0, 0]), Buffer.from("{}")]),
      /^it ends early: expected a header of 68719476735 bytes, got 2$/,
    ],
    ["a header that is not JSON", () => safetensorsOf("{nonsense"), /^its header is not JSON$/],
    [
      "16 TB in 8 bytes",
      () => row({ dtype: "F32", shape: [4 * 2 ** 40], data_offsets: [0, 16 * 2 ** 40] }),
      /^it ends early: expected 1759218\d+ bytes/,
    ],
    [
      "a shape beyond all numbers",
      () => row({ dtype: "F32", shape: [2 ** 40, 2 ** 40], data_offsets: [0, 8] }),
      /has no usable shape/,
    ],
    [
      "offsets at 2^53",
      () => row({ dtype: "F32", shape: [2], data_offsets: [2 ** 53, 2 ** 53 + 8] }),
      /has no usable data_offsets$/,
    ],
    [
      "negative offsets",
      () => row({ dtype: "F32", shape: [2], data_offsets: [-8, 0] }),
      /has no usable data_offsets$/,
    ],
    [
      "a size that the shape does not have",
      () => row({ dtype: "F32", shape: [3], data_offsets: [0, 8] }),
      /has 8 bytes, its shape \[3\] in F32 needs 12$/,
    ],
    [
      "an unknown element type",
      () => row({ dtype: "F8_E4M3", shape: [8], data_offsets: [0, 8] }),
      /has the type "F8_E4M3", expected one of F64/,
    ],
    [
      "a gap",
      () => row({ dtype: "F32", shape: [1], data_offsets: [4, 8] }),
      /starts at byte 4 of the data, expected 0$/,
    ],
    [
      "bytes left over",
      () => row({ dtype: "F32", shape: [1], data_offsets: [0, 4] }),
      /^expected \d+ bytes, got \d+$/,
    ],
    [
      "tensors that share bytes",
      () =>
        safetensorsOf(
          '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
          Buffer.alloc(8),
        ),
      /"b" starts at byte 4 of the data, expected 8$/,
    ],
    [
      "one name twice",
      () =>
        safetensorsOf(
          '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
          Buffer.alloc(8),
        ),
      /^its header names a tensor twice$/,
    ],
  ])("safetensors with %s", (_, bytes, message) => {
    expect(failure(bytes())).toMatch(message);
  });

  const archive = (data: Buffer, ...more: [string, Uint8Array][]) => zip([["a/data.pkl", data], ...more]);
  const program = (...parts: Buffer[]) => archive(Buffer.concat([op.start, ...parts, op.stop]));
  const storage = (length: Buffer) =>
    Buffer.concat([
      op.tuple(op.text("storage"), op.global("torch", "FloatStorage"), op.text("0"), op.text("cpu"), length),
      Buffer.from("Q"),
    ]);
  const tensor = (shape: number[], strides: number[], { offset = 0, length = 4 } = {}) =>
    archive(
      Buffer.concat([
        op.start,
        op.dict([
          op.text("w"),
          op.call(
            op.global("torch._utils", "_rebuild_tensor_v2"),
            storage(op.int(length)),
            op.int(offset),
            op.tuple(...shape.map(op.int)),
            op.tuple(...strides.map(op.int)),
            op.no,
            op.none,
          ),
        ]),
        op.stop,
      ]),
      ["a/data/0", Buffer.alloc(16)],
    );
  it.each<[string, () => Uint8Array, RegExp]>([
    [
      "a call of the system",
      () => program(op.call(op.global("posix", "system"), op.text("touch /tmp/owned"))),
      /^it holds a Python object \(posix\.system\), expected tensors, dicts/,
    ],
    [
      "a numpy scalar",
      () => program(op.global("numpy.core.multiarray", "scalar")),
      /\(numpy\.core\.multiarray\.scalar\)/,
    ],
    ["a name with control characters", () => program(op.global("a\u001b[31m", "b")), /\(a\?\?31m\.b\)/],
    [
      "a tensor of 16 TB",
      () => tensor([4 * 2 ** 40], [1], { length: 4 * 2 ** 40 }),
      /^a storage inside it has another size/,
    ],
    [
      "more elements than the storage has",
      () => tensor([1000, 1000], [0, 0]),
      /has no usable shape: \[1000,1000\] in 4$/,
    ],
    [
      "strides out of the storage",
      () => tensor([2, 2], [1000, 1]),
      /reaches element 1001 of a storage of 4 elements$/,
    ],
    ["an offset out of the storage", () => tensor([2], [1], { offset: 3 }), /reaches element 4/],
    ["an offset of 2^53", () => tensor([1], [1], { offset: 2 ** 53 }), /no usable shape|is damaged/],
    ["negative strides", () => tensor([2], [-1]), /no usable shape/],
    ["a list that holds itself", () => program(Buffer.from("]q\0h\0a")), /^it holds no state dict$/],
    [
      "a dict that holds itself",
      () => program(Buffer.from("}q\0"), op.text("model"), Buffer.from("h\0s")),
      /no tensors were found$/,
    ],
    [
      "two and a half million empty lists",
      () => program(Buffer.alloc(2_500_000, "]")),
      /^its pickle needs too much memory$/,
    ],
    [
      "two and a half million marks",
      () => program(Buffer.alloc(2_500_000, "(")),
      /^its pickle needs too much memory$/,
    ],
    [
      "a text longer than the file",
      () => program(Buffer.from([0x58, 255, 255, 255, 127])),
      /^its pickle holds a text of 2147483647 bytes$/,
    ],
    ["an integer of 2 GB", () => program(Buffer.from([0x8b, 255, 255, 255, 127])), /is damaged$/],
    [
      "an instruction of its own",
      () => program(Buffer.from("\x81")),
      /^its pickle holds an instruction \(0x81\)|\(0xc2\)/,
    ],
    ["nothing on the stack", () => program(), /is damaged$/],
    [
      "one file twice",
      () =>
        zip([
          ["a/data.pkl", pickle([one])],
          ["a/data.pkl", pickle([one])],
        ]),
      /^it holds "a\/data\.pkl" twice$/,
    ],
    [
      "a storage that is missing",
      () => archive(pickle([one])),
      /^it ends early: "data\/0" is missing inside$/,
    ],
    [
      "a zip bomb",
      () => zip([["a/data.pkl", Buffer.alloc(50_000_000)]], { deflate: true }),
      /claims to unpack from \d+ to 50000000 bytes$/,
    ],
    [
      "a directory cut off",
      () => zipCheckpoint([one]).subarray(0, -30),
      /^it ends early: its zip directory is missing$/,
    ],
  ])("a checkpoint with %s", (_, bytes, message) => {
    expect(failure(bytes())).toMatch(message);
  });

  it("pickles that grow by repeating themselves", () => {
    // A list of pairs in the memo, made into a dict again and again.
    const pair = Buffer.concat([op.int(1), op.int(2), Buffer.from([0x86])]);
    const list = [Buffer.from("]q\0("), ...Array.from({ length: 20_000 }, () => pair), Buffer.from("e0")];
    const name = Buffer.concat([op.global("collections", "OrderedDict"), Buffer.from("q\x010")]);
    const again = Array.from({ length: 100_000 }, () => Buffer.from([0x68, 1, 0x68, 0, 0x85, 0x52]));
    expect(failure(program(...list, name, ...again))).toMatch(/^its pickle needs too much memory$/);
    // One dict under very many keys.
    const keys = Array.from({ length: 50_000 }, (_, k) =>
      Buffer.concat([op.text(String(k)), Buffer.from("h\0s")]),
    );
    const inner = Array.from({ length: 50_000 }, (_, k) => Buffer.concat([op.int(k), op.none]));
    const dict = [Buffer.from("}q\0("), ...inner, Buffer.from("u0}")];
    expect(failure(program(...dict, ...keys))).toMatch(/no tensors were found$/);
    // A name that is nothing but prefixes.
    expect(contents(zipCheckpoint([{ ...one, name: "module.".repeat(100_000) }]))).toBeDefined();
  });

  it("names that would break the line", () => {
    const message = failure(safetensorsOf('{"a\\nb\\u001b[31m":{"dtype":"X"}}'));
    expect(message).toMatch(/^tensor "a\?b\?\[31m" has the type "X"/);
  });

  it("headers that nest or repeat without end", () => {
    expect(failure(safetensorsOf(`{"a":${"[".repeat(2_500_000)}`))).toMatch(/^its header is not JSON$/);
    expect(failure(safetensorsOf(`{${'"a":[],'.repeat(500_000)}"b":0}`))).toMatch(/twice$|type/);
    expect(failure(safetensorsOf(`{${" ".repeat(17 * 2 ** 20)}}`))).toMatch(
      /^expected a header of at most 16777216 bytes, got/,
    );
  });

  it("entries that share their bytes", () => {
    const bytes = zip([
      ["a/data.pkl", pickle([one])],
      ["a/data/0", one.data],
    ]);
    const row = bytes.lastIndexOf("a/data/0") - 46;
    bytes.writeUInt32LE(0, row + 42);
    expect(failure(bytes)).toMatch(/^files inside it overlap$|is damaged$/);
  });

  it("an old checkpoint that is cut off, whose storages have other sizes, or are views", () => {
    const bytes = legacyCheckpoint([one]);
    expect(failure(bytes.subarray(0, -1))).toMatch(/^it ends early: expected at least \d+ bytes, got \d+$/);
    const other = Buffer.from(bytes);
    other.writeBigInt64LE(7n, bytes.length - 32);
    expect(failure(other)).toMatch(/another size than its tensors say$/);
    const views = Buffer.from(bytes.toString("latin1").replace("NtQ", "\x88tQ"), "latin1");
    expect(failure(views)).toMatch(/^it holds views of storages/);
  });
});
