/**
 * FairMOT. Zhang et al. 2021, "FairMOT: On the Fairness of Detection and Re-Identification in Multiple Object Tracking":
 * DLA-34 with deformable convolutions on the way up (Zhou et al. 2019, "Objects as Points", section 5), and per place a
 * chance, the distances of four sides, an offset and what tells people apart. Names as the authors write them.
 */
import { relu } from "../activations.js";
import { dla34Features } from "../backbones/dla.js";
import { deformable } from "../deform.js";
import { add, multiply } from "../joins.js";
import { batchNorm, conv, convTranspose } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { clipBoxes, halves, imageLimits } from "./_boxes.js";
import { MIN_SIDE } from "./_choose.js";
import type { Detector } from "./_detector.js";
import { mapAt, peaks, refine } from "./_keypoints.js";
import { UNIT } from "./_yolo.js";

/** Pixels of the input between neighbours of the result. */
const STRIDE = 4;
/** Numbers that describe a person. */
const EMBEDDING = 128;

/** A modulated deformable 3x3 convolution, batch norm and ReLU. */
function deform(g: Network, name: string, x: Tensor, out: number): Tensor {
  return g.scope(name, () => {
    const y = deformable(g, ["conv.conv_offset_mask", "conv"], x, {
      out,
      kernel: 3,
      pad: 1,
      modulated: true,
    });
    return relu(g, batchNorm(g, "actf.0", y));
  });
}

/**
 * Each coarser map is enlarged and joined with the one before: iterative deep aggregation. Maps from fine to coarse,
 * each twice as coarse as the one before, or in the same scale as the first if it was joined already.
 */
function aggregate(g: Network, maps: readonly Tensor[], factors: readonly number[]): Tensor[] {
  const out = maps[0]!.shape[1] as number;
  const joined = [maps[0]!];
  for (const [k, factor] of factors.entries()) {
    const y = deform(g, `proj_${k + 1}`, maps[k + 1]!, out);
    const up = convTranspose(g, `up_${k + 1}`, y, {
      out,
      groups: out,
      kernel: 2 * factor,
      stride: factor,
      pad: factor / 2,
      bias: false,
    });
    joined.push(deform(g, `node_${k + 1}`, add(g, up, joined[k]!), out));
  }
  return joined;
}

/** One map at 1/4 of all scales of the trunk. */
function features(g: Network, image: Tensor): Tensor {
  const levels = g.scope("base", () => dla34Features(g, image, { spare: true })).slice(2);
  // Three rounds, each from one scale further down: after it, all maps behind that scale have its size.
  const results: Tensor[] = [];
  let below = [levels[3]!];
  for (let round = 0; round < 3; round++) {
    const joined = g.scope(`dla_up.ida_${round}`, () =>
      aggregate(g, [levels[2 - round]!, ...below], Array<number>(round + 1).fill(2)),
    );
    below = joined;
    results.unshift(joined.at(-1)!);
  }
  return g.scope("ida_up", () => aggregate(g, results, [2, 4])).at(-1)!;
}

/** A 3x3 and a 1x1 convolution. */
function head(g: Network, name: string, x: Tensor, out: number): Tensor {
  return g.scope(name, () =>
    conv(g, "2", relu(g, conv(g, "0", x, { out: 256, kernel: 3, pad: 1 })), { out, kernel: 1 }),
  );
}

/** Rows of length 1. */
function unit(g: Network, x: Tensor): Tensor {
  const column = [x.shape[0]!, 1];
  const sum = g.op("ReduceSum", [multiply(g, x, x), g.ints([1])], column, { attributes: { keepdims: 1 } });
  const length = g.op("Max", [g.op("Sqrt", [sum], column), g.floats(1e-12)], column);
  return g.op("Div", [x, length], x.shape);
}

const fairmot: Detector = {
  input: { ...UNIT, fit: "letterbox", size: { width: 1088, height: 608 } },
  labels: "person",
  background: undefined,
  size: [608, 1088],
  // Of neighbouring places only the best counts, so boxes need not suppress each other: `nms` changes nothing.
  build(g, image, { classes = 1, minScore = 0.4, most = 500 }) {
    const x = features(g, image);
    const found = peaks(g, head(g, "hm", x, classes), most);
    const n = found.scores.shape[0]!;
    const sides = mapAt(g, head(g, "wh", x, 4), found.places);
    const described = mapAt(g, head(g, "id", x, EMBEDDING), found.places);
    const middle = refine(g, found, head(g, "reg", x, 2)).map((side) =>
      g.op("Unsqueeze", [side, g.ints([1])], [n, 1]),
    );
    const centre = g.op("Concat", middle, [n, 2], { attributes: { axis: 1 } });
    const [before, after] = halves(g, sides);
    const corners = [g.op("Sub", [centre, before], [n, 2]), g.op("Add", [centre, after], [n, 2])];
    const inMap = g.op("Concat", corners, [n, 4], { attributes: { axis: 1 } });
    const boxes = clipBoxes(g, g.op("Mul", [inMap, g.floats(STRIDE)], [n, 4]), imageLimits(g, image));

    const [first, last] = halves(g, boxes);
    const size = g.op("Sub", [last, first], [n, 2]);
    const side = g.op("ReduceMin", [size, g.ints([1])], [n], { attributes: { keepdims: 0 }, since: 18 });
    const good = g.op(
      "And",
      [
        g.op("Greater", [found.scores, g.floats(minScore)], [n]),
        g.op("GreaterOrEqual", [side, g.floats(MIN_SIDE)], [n]),
      ],
      [n],
    );
    const only = (value: Tensor): Tensor =>
      g.op("Compress", [value, good], ["n", ...value.shape.slice(1)], { attributes: { axis: 0 } });
    return {
      boxes: only(boxes),
      labels: only(found.labels),
      scores: only(found.scores),
      embeddings: only(unit(g, described)),
    };
  },
};

export const fairmots = { fairmot_dla34: fairmot } as const satisfies Readonly<Record<string, Detector>>;
