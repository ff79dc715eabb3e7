/** Region proposal network. Ren et al. 2015, section 3.1. */
import { relu, sigmoid, softmax } from "../activations.js";
import { conv } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { anchorGrid, perAnchor } from "./_anchors.js";
import { clipBoxes, decodeBoxes, dropSmall, imageLimits } from "./_boxes.js";
import type { ProposalOptions } from "./_detector.js";
import { best, rowsAt, suppress } from "./_nms.js";

/** What a region proposal network is. */
export interface RpnOptions extends Required<ProposalOptions> {
  /** The anchors of each level around the middle of a cell; see `cellAnchors`. */
  readonly cells: readonly (readonly (readonly number[])[])[];
  /** Channels of its convolution. @default those of the maps */
  readonly width?: number;
  /** One number per anchor, or two as in the paper: background and object. @default "sigmoid" */
  readonly score?: "sigmoid" | "softmax";
  /** Pixels between neighbouring cells. @default the image's size over the map's */
  readonly stride?: number;
  /** Regions with a shorter side, in pixels, are dropped. @default 0.001 */
  readonly minSize?: number;
}

/**
 * The regions most likely to hold an object, float32 [n, 4], the best first. Names as in torchvision: "head.conv.0.0",
 * "head.cls_logits", "head.bbox_pred", shared by the levels.
 */
export function rpn(g: Network, image: Tensor, maps: readonly Tensor[], options: RpnOptions): Tensor {
  const limits = imageLimits(g, image);
  const found = maps.map((map, level) => {
    const { objectness, deltas } = g.scope("head", () => head(g, map, options.cells[level]!.length, options));
    // Scores rise with objectness, so the best are chosen first.
    const { values, places } = best(g, objectness, options.before);
    const anchors = anchorGrid(g, image, map, options.cells[level]!, options.stride);
    const moved = decodeBoxes(g, rowsAt(g, deltas, places), rowsAt(g, anchors, places));
    const boxes = clipBoxes(g, moved, limits);
    const scores = options.score === "softmax" ? values : sigmoid(g, values);
    const large = dropSmall(g, boxes, scores, options.minSize ?? 1e-3);
    const rows = boxes.shape[0]!;
    return suppress(
      g,
      g.op("Unsqueeze", [boxes, g.ints([0])], [1, rows, 4]),
      g.op("Unsqueeze", [large, g.ints([0, 1])], [1, 1, rows]),
      { iou: options.nms, minScore: options.minScore, most: options.after },
    );
  });
  if (found.length === 1) return found[0]!.boxes;
  const rows = `${g.path("proposals")}.n`;
  const join = (values: readonly Tensor[]): Tensor =>
    g.op("Concat", values, [rows, ...values[0]!.shape.slice(1)], { attributes: { axis: 0 } });
  const { places } = best(g, join(found.map((f) => f.scores)), options.after);
  return rowsAt(g, join(found.map((f) => f.boxes)), places, "proposals");
}

/** Objectness [n] and deltas [n, 4] of the anchors of one map. */
function head(
  g: Network,
  map: Tensor,
  anchors: number,
  { width = map.shape[1] as number, score = "sigmoid" }: RpnOptions,
): { objectness: Tensor; deltas: Tensor } {
  const x = relu(g, conv(g, "conv.0.0", map, { out: width, kernel: 3, pad: 1 }));
  const pairs = score === "softmax";
  const logits = conv(g, "cls_logits", x, { out: pairs ? 2 * anchors : anchors, kernel: 1 });
  const deltas = conv(g, "bbox_pred", x, { out: 4 * anchors, kernel: 1 });
  return {
    objectness: pairs ? chances(g, logits, anchors) : column(g, perAnchor(g, logits, 1)),
    deltas: perAnchor(g, deltas, 4),
  };
}

const column = (g: Network, x: Tensor): Tensor =>
  g.op("Squeeze", [x, g.ints([1])], [x.shape[0]!], { name: "objectness" });

/** Of the channels, the first half stands for background and the second for objects. */
function chances(g: Network, logits: Tensor, anchors: number): Tensor {
  const sides = g.op("Shape", [logits], [2], { attributes: { start: 2 } });
  const shape = g.op("Concat", [g.ints([1, 2, -1]), g.op("Gather", [sides, g.ints([1])], [1])], [4], {
    attributes: { axis: 0 },
  });
  const [, , height, wide] = logits.shape;
  // [1, 2, anchors h, w] leaves the order of the channels within each half as it is.
  const paired = g.op("Reshape", [logits, shape], [1, 2, `${logits.name}.rows`, wide!]);
  const object = g.op(
    "Slice",
    [softmax(1)(g, paired), g.ints([1]), g.ints([2]), g.ints([1])],
    [1, 1, `${logits.name}.rows`, wide!],
  );
  const back = g.op("Concat", [g.ints([1, anchors]), sides], [4], { attributes: { axis: 0 } });
  return column(g, perAnchor(g, g.op("Reshape", [object, back], [1, anchors, height!, wide!]), 1));
}
