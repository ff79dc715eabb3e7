import { describe, expect, it } from "vitest";
import { ModelError } from "../../src/errors.js";
import { openWeights } from "../../src/weights/index.js";
import { random } from "../_random.js";
import { floats, type Given, legacyCheckpoint, pickle, safetensors, zip, zipCheckpoint } from "./_write.js";

/** Damaged files per format: FUZZ=100000 tries more. */
const COUNT = Number(process.env.FUZZ ?? 2500);

const values = floats(Array.from({ length: 24 }, (_, k) => k));
const tensors = (float: string): Given[] => [
  { name: "conv.weight", type: float, shape: [2, 3, 2, 2], data: values },
  { name: "conv.bias", type: float, shape: [4, 6], strides: [1, 4], data: values },
  { name: "fc.weight", type: float, shape: [3], offset: 5, data: values },
];
const flat = tensors("F32").map((t) => ({
  ...t,
  data: values.subarray(0, 4 * t.shape.reduce((a, b) => a * b, 1)),
}));

/** Numbers that readers trip over, in one, two, four and eight bytes. */
const NUMBERS = [
  0n,
  1n,
  127n,
  128n,
  255n,
  65535n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
];

function damaged(bytes: Buffer, next: () => number): Buffer {
  const int = (n: number) => Math.floor(next() * n);
  let out = Buffer.from(bytes);
  for (let k = int(4); k >= 0; k--) {
    const at = int(out.length);
    switch (int(6)) {
      case 0:
        out[at]! ^= 1 << int(8);
        break;
      case 1:
        out[at] = int(256);
        break;
      case 2: {
        const width = 2 ** int(4);
        const number = Buffer.alloc(8);
        number.writeBigUInt64LE(NUMBERS[int(NUMBERS.length)]!);
        number.copy(out, at, 0, width);
        break;
      }
      case 3:
        out = out.subarray(0, at);
        break;
      case 4: {
        const piece = out.subarray(at, at + 1 + int(40));
        out = Buffer.concat([out.subarray(0, at), piece, piece, out.subarray(at + piece.length)]);
        break;
      }
      default:
        out = Buffer.concat([out.subarray(0, at), out.subarray(at + 1 + int(20))]);
    }
    if (out.length === 0) break;
  }
  return out;
}

describe("files of weights with random damage", () => {
  it.each<[string, Buffer]>([
    ["safetensors", safetensors(flat, { format: "pt" })],
    ["a checkpoint", zipCheckpoint(tensors("Float"))],
    ["a deflated checkpoint", zipCheckpoint(tensors("Float"), { deflate: true })],
    ["an old checkpoint", legacyCheckpoint(tensors("Float"), "state_dict")],
  ])("%s is read or refused in one line, in little memory", { timeout: 30_000 + 20 * COUNT }, (_, whole) => {
    const next = random(whole.length);
    let read = 0;
    let refused = 0;
    for (let n = 0; n < COUNT; n++) {
      const bytes = damaged(whole, next);
      try {
        const file = openWeights(bytes);
        for (const tensor of file.tensors.values()) {
          // Nothing is larger than the file could hold.
          expect(tensor.read().length).toBeLessThanOrEqual(whole.length + 1000);
          read++;
        }
        file.close();
      } catch (error) {
        if (!(error instanceof ModelError))
          throw new Error(`case ${n}: ${bytes.toString("hex")}`, { cause: error });
        expect(error.message).toMatch(/^Cannot read the weights "weights": [^\n]{1,400}$/);
        refused++;
      }
    }
    expect(read).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(COUNT / 10);
  });

  it("a pickle of random instructions is refused", { timeout: 30_000 + 20 * COUNT }, () => {
    const next = random(11);
    const whole = pickle(tensors("Float"));
    for (let n = 0; n < COUNT; n++) {
      const noise = Buffer.from(Uint8Array.from({ length: 200 }, () => 256 * next()));
      const at = Math.floor(next() * whole.length);
      const bytes = zip([["a/data.pkl", Buffer.concat([whole.subarray(0, at), noise])]]);
      expect(() => openWeights(bytes)).toThrow(ModelError);
    }
  });
});
