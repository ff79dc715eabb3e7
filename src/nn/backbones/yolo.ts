/** YOLO v1. Redmon et al. 2015 (figure 3): a grid of 7x7 cells with two boxes and 20 classes each, as one row. */
import { leakyRelu } from "../activations.js";
import { flatten } from "../joins.js";
import { conv, linear } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { maxPool } from "../pools.js";
import type { Backbone } from "./_backbone.js";

type Layer = "pool" | readonly [kernel: number, out: number, stride?: number];

const repeat = (n: number, layers: readonly Layer[]): Layer[] =>
  Array.from({ length: n }, () => layers).flat();

const LAYERS: readonly Layer[] = [
  [7, 64, 2],
  "pool",
  [3, 192],
  "pool",
  ...([
    [1, 128],
    [3, 256],
    [1, 256],
    [3, 512],
  ] as const),
  "pool",
  ...repeat(4, [
    [1, 256],
    [3, 512],
  ]),
  ...([
    [1, 512],
    [3, 1024],
  ] as const),
  "pool",
  ...repeat(2, [
    [1, 512],
    [3, 1024],
  ]),
  ...([
    [3, 1024],
    [3, 1024, 2],
    [3, 1024],
    [3, 1024],
  ] as const),
];

/** Cells of the grid along each side. */
export const YOLO_CELLS = 7;
/** Boxes of each cell. */
export const YOLO_BOXES = 2;

/** The whole network, from an image of 448x448 to the numbers of all cells, [n, 49 (5 * 2 + classes)]. */
export function yoloV1(g: Network, image: Tensor, classes: number): Tensor {
  const active = leakyRelu(0.1);
  let x = image;
  let count = 0;
  for (const layer of LAYERS) {
    if (layer === "pool") {
      x = maxPool(g, x, { kernel: 2 });
      continue;
    }
    const [kernel, out, stride] = layer;
    x = active(g, conv(g, `conv${++count}`, x, { out, kernel, stride, pad: (kernel - 1) / 2 }));
  }
  x = active(g, linear(g, "fc1", flatten(g, x), { out: 4096 }));
  return linear(g, "fc2", x, { out: YOLO_CELLS ** 2 * (5 * YOLO_BOXES + classes) });
}

export const yolos = {
  yolo_v1_paper: {
    input: [3, 448, 448],
    build: (g, image, { classes = 20 } = {}) => yoloV1(g, image, classes),
  },
} as const satisfies Readonly<Record<string, Backbone>>;
