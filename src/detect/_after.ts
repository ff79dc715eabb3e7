/** The graph behind a model: what it puts out goes in, the few candidates come out, in pixels of the picture. */
import { Graph, type Value } from "../nn/index.js";
import type { Model } from "../onnx/index.js";
import type { Reader } from "./_contract.js";
import { doubles, flat, toDouble } from "./_graph.js";

/** The names of what comes out; see `afterGraph`. */
export const FETCH = [
  "found_boxes",
  "found_scores",
  "found_classes",
  "output_sizes",
  "output_finite",
] as const;

/**
 * Appends nothing to the model but its reading: the inputs are the model's outputs and input, "frame", "fit" as
 * `fitNumbers` makes it, and "min_score" (double, a scalar).
 *
 * Outputs: "found_boxes" double [k, 4], x1, y1, x2, y2 in pixels of the frame, clipped to it; "found_scores" double
 * [k]; "found_classes" int64 [k]; and per output of the model that was read "output_sizes" int64 (how many numbers)
 * and "output_finite" int64 (1 where all of them are).
 */
export function afterGraph(model: Model, reader: Reader, opset: number): Graph {
  const g = new Graph("after");
  const [image] = model.inputs;
  const shape = g.add("Shape", [g.input(image!.name, "float", image!.dims)]);
  const frame = g.add("Shape", [g.input("frame", "uint8", ["frame_height", "frame_width", 3])]);
  const fit = g.input("fit", "int64", [4]);
  const outputs = reader.outputs.map((o) => g.input(o.name, o.type === "int64" ? "int64" : "float", o.dims));
  const finite = g.add(
    "Concat",
    outputs.map((o) => allFinite(g, o)),
    { axis: 0 },
    "output_finite",
  );
  const minScore = unlessBroken(g, finite, g.input("min_score", "double", []));
  const at = (list: Value, places: readonly number[]): Value => g.add("Gather", [list, g.ints(places)]);
  const found = reader.append(g, outputs, {
    minScore,
    height: at(shape, [-2]),
    width: at(shape, [-1]),
    opset,
  });

  const limits = toDouble(g, at(frame, [1, 0, 1, 0]));
  const scale = g.add("Div", [limits, toDouble(g, at(fit, [1, 0, 1, 0]))]);
  const inside = g.add("Min", [g.add("Mul", [found.boxes, scale]), limits]);
  g.add("Max", [inside, doubles(g, [0])], {}, "found_boxes");
  g.add("Identity", [found.scores], {}, "found_scores");
  g.add("Identity", [found.classes], {}, "found_classes");
  g.add(
    "Concat",
    outputs.map((o) => flat(g, g.add("Size", [o]))),
    { axis: 0 },
    "output_sizes",
  );
  g.output("found_boxes", "double", ["found", 4]);
  g.output("found_scores", "double", ["found"]);
  g.output("found_classes", "int64", ["found"]);
  g.output("output_sizes", "int64", [outputs.length]);
  g.output("output_finite", "int64", [outputs.length]);
  return g;
}

/** int64 [1], 1 or 0. One NaN or infinity makes the sum one, and the sum minus itself is 0 otherwise. */
function allFinite(g: Graph, x: Value): Value {
  const sum = g.add("ReduceSum", [g.add("Cast", [x], { to: FLOAT })], { keepdims: 0 });
  const zero = g.add("Equal", [g.add("Sub", [sum, sum]), g.floats([0])]);
  return g.add("Cast", [zero], { to: INT64 });
}

/** A minimum score that nothing reaches where an output is not finite, so that none of it becomes a box. */
function unlessBroken(g: Graph, finite: Value, minScore: Value): Value {
  const broken = g.add("Equal", [finite, g.ints([0])]);
  const none = g.add("Equal", [g.add("Size", [g.add("NonZero", [broken])]), g.ints(0)]);
  return g.add("Where", [none, minScore, g.constant(Float64Array.of(Number.NaN), [])]);
}

const FLOAT = 1;
const INT64 = 7;
