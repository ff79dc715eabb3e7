/** Losses as graphs: what published networks were trained with, to score predictions or to train elsewhere. */
import { softmax } from "./activations.js";
import { multiply, reshape, transpose } from "./joins.js";
import type { Network, Tensor } from "./network.js";

const mean = (g: Network, x: Tensor): Tensor => g.op("ReduceMean", [x], [], { attributes: { keepdims: 0 } });
const total = (g: Network, x: Tensor): Tensor => g.op("ReduceSum", [x], [], { attributes: { keepdims: 0 } });
const minus = (g: Network, a: Tensor, b: Tensor): Tensor => g.op("Sub", [a, b], a.shape);
const times = (g: Network, x: Tensor, factor: number): Tensor => multiply(g, x, g.floats(factor));
const log = (g: Network, x: Tensor): Tensor => g.op("Log", [x], x.shape);

/** For each element x^2 / 2 below 1 and |x| - 1 / 2 above. Girshick 2015, equation 3. */
export function smoothL1(g: Network, x: Tensor): Tensor {
  const size = g.op("Abs", [x], x.shape);
  const near = g.op("Min", [size, g.floats(1)], x.shape);
  return multiply(g, near, minus(g, size, times(g, near, 0.5)));
}

/**
 * -alpha (1 - p)^gamma log p for each probability p that the network gives to what is true. Lin et al. 2017, equation 5.
 */
export function focalLoss(
  g: Network,
  p: Tensor,
  { alpha = 0.25, gamma = 2 }: { readonly alpha?: number; readonly gamma?: number } = {},
): Tensor {
  const missing = minus(g, g.op("Expand", [g.floats(1), g.op("Shape", [p], [p.shape.length])], p.shape), p);
  const weight = g.op("Pow", [missing, g.floats(gamma)], p.shape);
  return times(g, multiply(g, weight, log(g, p)), -alpha);
}

/**
 * How far a student's classes are from its teacher's: T^2 times the Kullback-Leibler divergence of softmax(teacher / T)
 * from softmax(student / T), both [n, classes], mean over the rows. Hinton et al. 2015, section 2.
 */
export function distillationLoss(g: Network, teacher: Tensor, student: Tensor, temperature: number): Tensor {
  const [soft, own] = [teacher, student].map((x) => softmax(1)(g, times(g, x, 1 / temperature)));
  const each = multiply(g, soft!, minus(g, log(g, soft!), log(g, own!)));
  const rows = g.op("ReduceSum", [each, g.ints([1])], [teacher.shape[0]!], { attributes: { keepdims: 0 } });
  return times(g, mean(g, rows), temperature ** 2);
}

/** What a critic makes small: its mean over generated images minus that over real ones. Arjovsky et al. 2017. */
export const criticLoss = (g: Network, generated: Tensor, real: Tensor): Tensor =>
  minus(g, mean(g, generated), mean(g, real));

/** Products of the channels of a map with each other, summed over places: [n, c, h, w] becomes [n, c, c]. */
export function gram(g: Network, x: Tensor): Tensor {
  const [n, channels, height, width] = x.shape as [string, number, number, number];
  const rows = reshape(g, x, [0, channels, height * width]);
  return g.op("MatMul", [rows, transpose(g, rows, [0, 2, 1])], [n, channels, channels], { name: "gram" });
}

/** Squared difference of two maps' Gram matrices over 4 c^2 (h w)^2, summed. Gatys et al. 2016, equation 4. */
export function styleLoss(g: Network, a: Tensor, b: Tensor): Tensor {
  const [, channels, height, width] = a.shape as number[];
  const apart = minus(g, gram(g, a), gram(g, b));
  return times(g, total(g, multiply(g, apart, apart)), 1 / (2 * channels! * height! * width!) ** 2);
}

/** Half the squared difference of two maps, summed. Gatys et al. 2016, equation 1. */
export function contentLoss(g: Network, a: Tensor, b: Tensor): Tensor {
  const apart = minus(g, a, b);
  return times(g, total(g, multiply(g, apart, apart)), 0.5);
}

/** The `count` largest of the losses [n] and where they are. Shrivastava et al. 2016 (OHEM, section 4). */
export function hardest(g: Network, losses: Tensor, count: number): { losses: Tensor; places: Tensor } {
  const [values, places] = g.opMany("TopK", [losses, g.ints([count])], [[count], [count]]);
  return { losses: values!, places: places! };
}
