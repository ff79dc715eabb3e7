/** The crops as a model wants them. */
import { ModelError } from "../errors.js";
import { crop } from "../image/index.js";
import type { Card } from "../models/card.js";
import type { Graph, Value } from "../nn/index.js";
import { formatInfo, type Model, type TensorInfo } from "../onnx/index.js";

export interface CropInput {
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

/** The model's one input, checked against the card's size. */
export function cropInput(card: Card, model: Model): CropInput {
  const { size, fit, layout } = card.input;
  if (!("width" in size) || fit !== "stretch" || layout !== "nchw")
    throw new ModelError(
      `Cannot use model card "${card.name}": an embedder's input has a width and a height, fit "stretch" and layout "nchw"`,
    );
  const { width, height } = size;
  const [input] = model.inputs;
  const fits = (dim: number | string | undefined, want: number): boolean =>
    typeof dim === "string" || dim === want;
  if (
    model.inputs.length !== 1 ||
    input!.type !== "float32" ||
    input!.dims.length !== 4 ||
    !fits(input!.dims[1], 3) ||
    !fits(input!.dims[2], height) ||
    !fits(input!.dims[3], width)
  ) {
    const found = model.inputs.map((i) => `${i.name} ${formatInfo(i)}`).join(", ");
    throw new ModelError(
      `Cannot use model "${model.name}" as "${card.contract}": expected one input float32[n,3,${height},${width}], found ${found}`,
    );
  }
  return { name: input!.name, width, height };
}

/** Crops of the graph's inputs "frame" and "boxes", float32 [n, 3, height, width] RGB 0..255. */
export function crops(g: Graph, { width, height }: CropInput): Value {
  const frame = g.input("frame", "uint8", ["height", "width", 3]);
  const boxes = g.input("boxes", "float", ["n", 4]);
  return crop(g, frame, boxes, height, width);
}

/** Puts the crops out as the model's input: colour order, mean and deviation as the card says. */
export function feed(g: Graph, pixels: Value, { name, width, height }: CropInput, card: Card): void {
  const { colour, mean, std } = card.input;
  const ordered = colour === "bgr" ? g.add("Gather", [pixels, g.ints([2, 1, 0])], { axis: 1 }) : pixels;
  const scaled = g.add("Mul", [
    ordered,
    g.constant(
      Float32Array.from(std, (s) => 1 / s),
      [1, 3, 1, 1],
    ),
  ]);
  const shift = Float32Array.from(mean, (m, c) => -m / std[c]!);
  g.add("Add", [scaled, g.constant(shift, [1, 3, 1, 1])], {}, name);
  g.output(name, "float", ["n", 3, height, width]);
}

/** "Cannot use model ... as reid: expected ..., found outputs ...". */
export function onlyOutput(card: Card, model: Model): TensorInfo {
  const [output] = model.outputs;
  if (model.outputs.length === 1 && output!.type === "float32" && output!.dims.length >= 2) return output!;
  const found = model.outputs.map((o) => `${o.name} ${formatInfo(o)}`).join(", ");
  throw new ModelError(
    `Cannot use model "${model.name}" as "${card.contract}": expected one output float32[n,numbers], found outputs ${found}`,
  );
}
