/** Functions of single elements. */
import type { Attributes } from "./graph.js";
import type { Network, Tensor } from "./network.js";

/** A function of each element, as a layer. */
export type Activation = (g: Network, x: Tensor) => Tensor;

const elementwise =
  (op: string, attributes: Attributes = {}): Activation =>
  (g, x) =>
    g.op(op, [x], x.shape, { attributes });

/** max(x, 0). */
export const relu: Activation = elementwise("Relu");

/** 1 / (1 + exp(-x)). */
export const sigmoid: Activation = elementwise("Sigmoid");

/** Hyperbolic tangent. */
export const tanh: Activation = elementwise("Tanh");

/** x for x > 0, exp(x) - 1 otherwise. Clevert et al. 2016. */
export const elu: Activation = elementwise("Elu", { alpha: 1 });

/** min(max(x, 0), 6). Howard et al. 2017. */
export const relu6: Activation = (g, x) =>
  g.op("Clip", [x, g.floats(0), g.floats(6)], x.shape, { name: "relu6" });

/** clip(x / 6 + 1 / 2, 0, 1). Howard et al. 2019. */
export const hardSigmoid: Activation = elementwise("HardSigmoid", { alpha: 1 / 6, beta: 0.5 });

/** x hardSigmoid(x). Howard et al. 2019. */
export const hardSwish: Activation = elementwise("HardSwish");

/** x sigmoid(x), also called SiLU. Ramachandran et al. 2017. */
export const swish: Activation = (g, x) => g.op("Mul", [x, sigmoid(g, x)], x.shape, { name: "swish" });

/** x for x > 0, slope x otherwise. Maas et al. 2013. */
export const leakyRelu = (slope: number): Activation => elementwise("LeakyRelu", { alpha: slope });

/** exp(x) / sum of exp(x) along `axis`. */
export const softmax = (axis: number): Activation => elementwise("Softmax", { axis });
