/** The graph behind a model, run on outputs that a test makes up. */
import { afterGraph, FETCH } from "../../src/detect/_after.js";
import type { Contract } from "../../src/detect/_contract.js";
import { finish } from "../../src/detect/_finish.js";
import { type Fit, fitNumbers } from "../../src/image/index.js";
import type { Model, Runtime, Tensor } from "../../src/onnx/index.js";
import type { Detections } from "../../src/types.js";
import { cardOf } from "./_synthetic.js";

export interface Scene {
  readonly contract: Contract;
  /** By name, in the order of the file. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly classes: number;
  readonly options?: Record<string, unknown>;
  readonly fit: Fit;
  readonly minScore: number;
  /** @default 18 */
  readonly opset?: number;
}

export const floats = (data: ArrayLike<number>, ...dims: number[]): Tensor<"float32"> => ({
  type: "float32",
  dims,
  data: Float32Array.from(data),
});

export async function read(runtime: Runtime, scene: Scene): Promise<Detections> {
  const { contract, outputs, classes, options = {}, fit, minScore, opset = 18 } = scene;
  const model: Model = {
    name: "some.onnx",
    inputs: [{ name: "image", type: "float32", dims: [1, 3, "h", "w"] }],
    outputs: Object.entries(outputs).map(([name, { type, dims }]) => ({ name, type, dims })),
    release: async () => {},
  };
  const labels = Array.from({ length: classes }, (_, i) => `label ${i}`);
  const input = { colour: "rgb", fit: "stretch", size: { width: fit.width, height: fit.height } };
  const reader = contract(cardOf({ contract: "some", labels, input, options }), model);
  const graph = await runtime.load(afterGraph(model, reader, opset).encode(opset), "after");
  try {
    const found = await runtime.run([graph], {
      feeds: {
        ...outputs,
        image: floats(new Float32Array(3 * fit.height * fit.width), 1, 3, fit.height, fit.width),
        frame: {
          type: "uint8",
          dims: [fit.sourceHeight, fit.sourceWidth, 3],
          data: new Uint8Array(3 * fit.sourceHeight * fit.sourceWidth),
        },
        fit: { type: "int64", dims: [4], data: fitNumbers(fit) },
        min_score: { type: "float64", dims: [], data: Float64Array.of(minScore) },
      },
      fetch: FETCH,
    });
    return finish(found, reader, fit, model.name, classes);
  } finally {
    await graph.release();
  }
}
