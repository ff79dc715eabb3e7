/** Readers of models and weights. */
import { ModelError } from "../../../src/errors.js";
import { checkModelFile } from "../../../src/models/check.js";
import {
  decodeModel,
  encodeModel,
  Graph,
  inspect,
  type ModelProto,
  wrapModel,
} from "../../../src/nn/index.js";
import { openWeights } from "../../../src/weights/index.js";
import { floats, legacyCheckpoint, safetensors, zipCheckpoint } from "../../../test/weights/_write.js";
import { damage, damageMessage, type Random } from "../_mutate.js";
import type { Reader } from "../_reader.js";

/** A small network with most of what files hold: convolution, shapes that are computed, a branch, constants. */
function network(): Uint8Array {
  const g = new Graph("small");
  const image = g.input("images", "float", [1, 3, "h", "w"]);
  const weight = g.constant(new Float32Array(4 * 3 * 9).fill(0.1), [4, 3, 3, 3]);
  const conv = g.add("Conv", [image, weight], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] });
  const pooled = g.add("MaxPool", [g.add("Relu", [conv])], { kernel_shape: [2, 2], strides: [2, 2] });
  const rows = g.add("Reshape", [pooled, g.ints([1, 4, -1])]);
  const cut = g.add("Slice", [g.add("Shape", [rows]), g.ints([0]), g.ints([2])]);
  g.output(g.add("Transpose", [rows], { perm: [0, 2, 1] }, "output"), "float", [1, "n", 4]);
  g.output(g.add("Concat", [cut, g.ints([1])], { axis: 0 }, "shape"), "int64", [3]);
  return g.encode(13);
}

/** Weights in files beside the model. */
function external(location: string): Uint8Array {
  const model = decodeModel(network());
  const [first, ...rest] = model.graph!.initializer!;
  const { rawData: _, ...described } = first!;
  const outside = { ...described, dataLocation: 1, externalData: [{ key: "location", value: location }] };
  return encodeModel({ ...model, graph: { ...model.graph, initializer: [outside, ...rest] } } as ModelProto);
}

const onnx = {
  seeds: [network(), external("small.bin"), external("../outside.bin"), external("/etc/passwd")],
  words: ["location", "offset", "../", "Conv", "Reshape", "If", "Loop", "Resize", "\x08\x01"],
  damage: (seed: Uint8Array, next: Random): Uint8Array =>
    next() < 0.7 ? damageMessage(seed, next) : damage(seed, next),
};

const values = floats(Array.from({ length: 24 }, (_, k) => k));
const tensors = (type: string) => [
  { name: "conv.weight", type, shape: [2, 3, 2, 2], data: values },
  { name: "fc.weight", type, shape: [24], data: values },
];

export const models: readonly Reader[] = [
  {
    name: "ONNX, before it is opened",
    file: "small.onnx",
    ...onnx,
    async read(_, path) {
      await checkModelFile(path);
      return 1;
    },
  },
  {
    name: "ONNX, inspected",
    ...onnx,
    // Every layer of a file may be as short as two bytes.
    read(input, path) {
      const { layers, totals } = inspect(input, { name: path });
      for (const number of Object.values(totals))
        if (typeof number === "number" && Number.isNaN(number)) throw new Error("a sum that is not a number");
      return layers.length;
    },
  },
  {
    name: "ONNX, decoded and written",
    ...onnx,
    names: /^not an ONNX model: /,
    read(input) {
      const { node = [], initializer = [] } = decodeModel(encodeModel(decodeModel(input))).graph!;
      return node.length + initializer.length;
    },
  },
  {
    name: "ONNX, wrapped",
    ...onnx,
    names: /^(not an ONNX model|Cannot wrap the model): /,
    read(input) {
      const after = (): Graph => {
        const g = new Graph("after");
        const rows = g.input("output", "float", [1, "n", 4]);
        g.output(g.add("ReduceMax", [rows], { axes: [2], keepdims: 0 }, "best"), "float", [1, "n"]);
        return g;
      };
      try {
        return wrapModel(input, { after }).length;
      } catch (error) {
        // Parts that do not fit are its caller's mistake by its own documentation.
        if (error instanceof RangeError) throw new ModelError(error.message, { cause: error });
        throw error;
      }
    },
  },
  // Each format with damage of every kind is in test/weights/fuzz.test.ts; here they are among the others.
  {
    name: "weights",
    seeds: [
      safetensors(tensors("F32"), { format: "pt" }),
      zipCheckpoint(tensors("Float")),
      zipCheckpoint(tensors("Float"), { deflate: true }),
      legacyCheckpoint(tensors("Float"), "state_dict"),
    ],
    names: /^Cannot read the weights "weights": /,
    read(input) {
      const file = openWeights(input);
      let count = 0;
      try {
        for (const tensor of file.tensors.values()) count += tensor.read().length;
      } finally {
        file.close();
      }
      return count;
    },
  },
];
