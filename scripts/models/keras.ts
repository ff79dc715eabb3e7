/** TensorFlow.js layers models (Keras functional models) of the MobileNetV2 kind, as ONNX. */
import type { Graph, Value } from "../../src/nn/index.js";
import { conv, convWeights, depthwiseWeights, relu6 } from "./_layers.js";
import { floats, type Tensor } from "./_tensor.js";

interface Layer {
  readonly name: string;
  readonly class_name: string;
  readonly config: {
    readonly strides?: readonly [number, number];
    readonly padding?: string | readonly [readonly [number, number], readonly [number, number]];
    readonly use_bias?: boolean;
    readonly epsilon?: number;
    readonly max_value?: number;
    readonly activation?: string;
  };
  /** One call: the layers that feed it, by name. */
  readonly inbound_nodes: readonly (readonly (readonly [string, ...unknown[]])[])[];
}

export interface KerasModel {
  readonly modelTopology: {
    readonly model_config: { readonly config: { readonly layers: readonly Layer[] } };
  };
}

/** Appends the layers up to `last` to a graph, fed by `input` (NCHW), and returns what `last` computes. */
export function appendKeras(
  g: Graph,
  input: Value,
  { modelTopology }: KerasModel,
  weights: ReadonlyMap<string, Tensor>,
  last: string,
): Value {
  const values = new Map<string, Value>();
  const weight = (name: string): Tensor => {
    const tensor = weights.get(name);
    if (!tensor) throw new Error(`Cannot convert: there is no weight "${name}"`);
    return tensor;
  };
  for (const layer of modelTopology.model_config.config.layers) {
    const inputs = (layer.inbound_nodes[0] ?? []).map(([name]) => values.get(name)!);
    values.set(
      layer.name,
      layer.class_name === "InputLayer" ? input : convertLayer(g, layer, inputs, weight),
    );
    if (layer.name === last) return values.get(last)!;
  }
  throw new Error(`Cannot convert: there is no layer "${last}"`);
}

function convertLayer(
  g: Graph,
  { name, class_name: type, config }: Layer,
  inputs: readonly Value[],
  weight: (name: string) => Tensor,
): Value {
  const [x] = inputs as [Value];
  switch (type) {
    case "ZeroPadding2D": {
      const [[top, bottom], [left, right]] = config.padding as [[number, number], [number, number]];
      return g.add("Pad", [x, g.ints([0, 0, top, left, 0, 0, bottom, right])], { mode: "constant" });
    }
    case "Conv2D":
    case "DepthwiseConv2D": {
      if ((config.activation ?? "linear") !== "linear")
        throw new Error(`Cannot convert "${name}": no rule for the activation ${config.activation}`);
      const depthwise = type === "DepthwiseConv2D";
      const w = depthwise
        ? depthwiseWeights(weight(`${name}/depthwise_kernel`))
        : convWeights(weight(`${name}/kernel`));
      const bias = config.use_bias ? weight(`${name}/bias`) : undefined;
      const padding = config.padding === "same" ? "same" : "valid";
      return conv(g, x, w, bias, { stride: config.strides!, padding }, depthwise ? w.shape[0]! : 1);
    }
    case "BatchNormalization": {
      const [gamma, beta, mean, variance] = ["gamma", "beta", "moving_mean", "moving_variance"].map((part) =>
        floats(weight(`${name}/${part}`)),
      ) as [Float32Array, Float32Array, Float32Array, Float32Array];
      const deviation = Float64Array.from(variance, (value) => Math.sqrt(value + config.epsilon!));
      const scale = gamma.map((value, c) => value / deviation[c]!);
      const shift = beta.map((value, c) => value - (mean[c]! * gamma[c]!) / deviation[c]!);
      const shape = [1, scale.length, 1, 1];
      return g.add("Add", [g.add("Mul", [x, g.constant(scale, shape)]), g.constant(shift, shape)]);
    }
    case "ReLU":
      if (config.max_value !== 6) throw new Error(`Cannot convert "${name}": only a maximum of 6 is known`);
      return relu6(g, x);
    case "Add":
      return g.add("Add", inputs);
    default:
      throw new Error(`Cannot convert "${name}": no rule for the layer ${type}`);
  }
}
