/** Layers that see along rows and columns. Law & Deng 2018, section 3.2; Duan et al. 2019, section 3.3. */
import { relu } from "../activations.js";
import { convNorm } from "../backbones/_backbone.js";
import { add, concat, slice } from "../joins.js";
import { batchNorm, conv } from "../layers.js";
import type { Network, Tensor } from "../network.js";

/** Where the maximum is looked for, from each place on. */
export type Direction = "down" | "right" | "up" | "left";

/**
 * The largest value from each place on to the end of its row or column: the places 1, 2, 4, ... further on are taken
 * in, so that each step doubles what is seen.
 *
 * @throws {RangeError} when the side has no number.
 */
export function cornerPool(g: Network, x: Tensor, direction: Direction): Tensor {
  const axis = direction === "down" || direction === "up" ? 2 : 3;
  const side = x.shape[axis]!;
  if (typeof side !== "number")
    throw new RangeError(`Cannot pool corners of "${x.name}" [${x.shape}]: its size must be known`);
  const forward = direction === "down" || direction === "right";
  let y = x;
  for (let step = 1; step < side; step *= 2) {
    const early = slice(g, y, axis, { end: side - step });
    const late = slice(g, y, axis, { start: step });
    const larger = g.op("Max", [early, late], early.shape);
    // Places at the end have nothing further on.
    y = forward
      ? concat(g, [larger, slice(g, y, axis, { start: side - step })], axis)
      : concat(g, [slice(g, y, axis, { end: step }), larger], axis);
  }
  return y;
}

/** A convolution with batch norm and ReLU. */
export const unit = (g: Network, name: string, x: Tensor, out: number, kernel = 3, stride = 1): Tensor =>
  convNorm(g, [`${name}.conv`, `${name}.bn`], x, { out, kernel, stride, pad: (kernel - 1) / 2 });

/** Two 3x3 convolutions and a way past them. */
export function residual(g: Network, name: string, x: Tensor, out: number, stride = 1): Tensor {
  return g.scope(name, () => {
    const y = convNorm(g, ["conv1", "bn1"], x, { out, kernel: 3, stride, pad: 1 });
    const z = convNorm(g, ["conv2", "bn2"], y, { out, kernel: 3, pad: 1, activation: null });
    const past =
      stride === 1 && x.shape[1] === out
        ? x
        : convNorm(g, ["skip.0", "skip.1"], x, { out, kernel: 1, stride, activation: null });
    return relu(g, add(g, z, past));
  });
}

/** Channels that are pooled. */
const WIDTH = 128;

/** What both ways of pooling end in: their sum, and what passes beside. */
function end(g: Network, x: Tensor, both: Tensor): Tensor {
  const out = x.shape[1] as number;
  const pooled = batchNorm(g, "p_bn1", conv(g, "p_conv1", both, { out, kernel: 3, pad: 1, bias: false }));
  const beside = convNorm(g, ["conv1", "bn1"], x, { out, kernel: 1, activation: null });
  return unit(g, "conv2", relu(g, add(g, pooled, beside)), out);
}

/** The module of one kind of corner; the first direction is along columns, the second along rows. */
export function cornerModule(
  g: Network,
  x: Tensor,
  [first, second]: readonly [Direction, Direction],
): Tensor {
  const one = cornerPool(g, unit(g, "p1_conv1", x, WIDTH), first);
  const two = cornerPool(g, unit(g, "p2_conv1", x, WIDTH), second);
  return end(g, x, add(g, one, two));
}

/** The same, each way having first looked along the other: "cascade corner pooling". */
export function cascadeModule(
  g: Network,
  x: Tensor,
  [first, second]: readonly [Direction, Direction],
): Tensor {
  const way = (k: 1 | 2, along: Direction, across: Direction): Tensor => {
    const looked = cornerPool(g, unit(g, `look_conv${k}`, x, WIDTH), across);
    const both = add(g, unit(g, `p${k}_conv1`, x, WIDTH), looked);
    return cornerPool(
      g,
      conv(g, `P${k}_look_conv`, both, { out: WIDTH, kernel: 3, pad: 1, bias: false }),
      along,
    );
  };
  return end(g, x, add(g, way(1, first, second), way(2, second, first)));
}

/** The module of middles: the largest of the whole column and of the whole row. */
export function centreModule(g: Network, x: Tensor): Tensor {
  const [n, , height, width] = x.shape;
  const largest = (y: Tensor, axis: 2 | 3): Tensor =>
    g.op("ReduceMax", [y], [n!, WIDTH, axis === 2 ? 1 : height!, axis === 3 ? 1 : width!], {
      attributes: { axes: [axis], keepdims: 1 },
    });
  const column = largest(unit(g, "p1_conv1", x, WIDTH), 2);
  const row = largest(unit(g, "p2_conv1", x, WIDTH), 3);
  return end(g, x, add(g, column, row));
}
