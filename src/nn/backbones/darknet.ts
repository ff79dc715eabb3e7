/**
 * Darknet-19 and Darknet-53, the trunks of YOLO v2 and v3, and CSPDarknet-53, that of YOLO v4. Redmon & Farhadi 2016
 * (table 6) and 2018 (table 1); Bochkovskiy et al. 2020. Layers are named by their line in Darknet's configuration
 * files: "0.conv.weight", "0.bn.weight", "0.bn.bias", ...
 */
import { type Activation, leakyRelu } from "../activations.js";
import { add, concat, flatten } from "../joins.js";
import { conv } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { globalAveragePool, maxPool } from "../pools.js";
import { type Backbone, convNorm, twice } from "./_backbone.js";

/** Layers of a configuration file: each call is its next line. */
export interface Darknet {
  /** A convolution with batch norm and activation that keeps the size or, with stride 2, halves it. */
  conv(x: Tensor, out: number, kernel: 1 | 3, stride?: 1 | 2): Tensor;
  /** A 1x1 convolution with bias and nothing after it. */
  predict(x: Tensor, out: number): Tensor;
  /** Halves the map. */
  pool(x: Tensor): Tensor;
  /** The maximum around each pixel, the size kept; an even window reaches further down and right. */
  spread(x: Tensor, kernel: number): Tensor;
  add(x: Tensor, y: Tensor): Tensor;
  /** Values one after the other, by channels. A single one goes through: a line that refers to an earlier one. */
  route(...values: Tensor[]): Tensor;
  /** Twice as high and wide. */
  upsample(x: Tensor): Tensor;
  /** Goes on with a line that builds something else. */
  line<T>(build: () => T): T;
}

const ACTIVE = leakyRelu(0.1);

/** Starts a configuration; `activation` is that of its convolutions. */
export function darknet(g: Network, activation: Activation = ACTIVE, first = 0): Darknet {
  let count = first;
  const line = <T>(build: () => T): T => g.scope(String(count++), build);
  return {
    line,
    conv: (x, out, kernel, stride = 1) =>
      line(() => convNorm(g, ["conv", "bn"], x, { out, kernel, stride, pad: (kernel - 1) / 2, activation })),
    predict: (x, out) => line(() => conv(g, "conv", x, { out, kernel: 1 })),
    pool: (x) => line(() => maxPool(g, x, { kernel: 2 })),
    spread: (x, kernel) => {
      const [before, after] = [Math.floor((kernel - 1) / 2), Math.ceil((kernel - 1) / 2)];
      return line(() => maxPool(g, x, { kernel, stride: 1, pad: [before, before, after, after] }));
    },
    add: (x, y) => line(() => add(g, x, y)),
    route: (...values) => line(() => (values.length === 1 ? values[0]! : concat(g, values))),
    upsample: (x) => line(() => twice(g, x)),
  };
}

/** Five convolutions, 3x3 and 1x1 in turn, the 1x1 ones half as wide. */
function five(d: Darknet, x: Tensor, out: number): Tensor {
  const y = d.conv(d.conv(d.conv(x, out, 3), out / 2, 1), out, 3);
  return d.conv(d.conv(y, out / 2, 1), out, 3);
}

/** The first 17 layers of Darknet-19: the maps at 1/8 and 1/16. */
export function darknet17(d: Darknet, image: Tensor): [c3: Tensor, c4: Tensor] {
  let x = d.pool(d.conv(image, 32, 3));
  x = d.pool(d.conv(x, 64, 3));
  const three = (y: Tensor, out: number) => d.conv(d.conv(d.conv(y, out, 3), out / 2, 1), out, 3);
  x = d.pool(three(x, 128));
  const c3 = three(x, 256);
  return [c3, five(d, d.pool(c3), 512)];
}

/** Darknet-19 without its classifier: the maps at 1/16 and 1/32. */
export function darknet19(d: Darknet, image: Tensor): [c4: Tensor, c5: Tensor] {
  const [, c4] = darknet17(d, image);
  return [c4, five(d, d.pool(c4), 1024)];
}

/** Residual blocks of each stage, of Darknet-53 and CSPDarknet-53. */
const DEPTHS = [1, 2, 8, 8, 4] as const;

/** Darknet-53 without its classifier: the maps at 1/8, 1/16 and 1/32. */
export function darknet53(d: Darknet, image: Tensor): Tensor[] {
  let x = d.conv(image, 32, 3);
  const maps = DEPTHS.map((blocks, stage) => {
    const out = 64 * 2 ** stage;
    x = d.conv(x, out, 3, 2);
    for (let k = 0; k < blocks; k++) x = d.add(d.conv(d.conv(x, out / 2, 1), out, 3), x);
    return x;
  });
  return maps.slice(2);
}

/** CSPDarknet-53: half of each stage's channels pass beside its residual blocks. The maps at 1/8, 1/16 and 1/32. */
export function cspDarknet53(d: Darknet, image: Tensor): Tensor[] {
  let x = d.conv(image, 32, 3);
  const maps = DEPTHS.map((blocks, stage) => {
    const out = 64 * 2 ** stage;
    // The first stage does not split: both ways are as wide as the whole.
    const part = stage === 0 ? out : out / 2;
    const down = d.conv(x, out, 3, 2);
    const beside = d.conv(down, part, 1);
    let y = d.conv(d.route(down), part, 1);
    for (let k = 0; k < blocks; k++) y = d.add(d.conv(d.conv(y, out / 2, 1), part, 3), y);
    x = d.conv(d.route(d.conv(y, part, 1), beside), out, 1);
    return x;
  });
  return maps.slice(2);
}

const SIDE = 256;

export const darknets = {
  darknet19: {
    input: [3, SIDE, SIDE],
    build(g, image, { classes = 1000 } = {}) {
      const d = darknet(g);
      return flatten(g, globalAveragePool(g, d.predict(darknet19(d, image)[1], classes), "avgpool"));
    },
  },
  darknet53: {
    input: [3, SIDE, SIDE],
    build(g, image, { classes = 1000 } = {}) {
      const d = darknet(g);
      const c5 = darknet53(d, image).at(-1)!;
      const mean = d.line(() => globalAveragePool(g, c5, "avgpool"));
      return flatten(g, d.predict(mean, classes));
    },
  },
} as const satisfies Readonly<Record<string, Backbone>>;
