/** Default boxes, and the choice of detections among them. Liu et al. 2016, section 2. */
import { softmax } from "../activations.js";
import { transpose } from "../joins.js";
import type { Network, Tensor } from "../network.js";
import { perAnchor } from "./_anchors.js";
import { clipBoxes, decodeBoxes, imageLimits } from "./_boxes.js";
import type { Detections } from "./_detector.js";
import type { ChoiceOptions } from "./_heads.js";
import { suppress } from "./_nms.js";

/** Default boxes of one map, all relative to the side of the image. */
export interface DefaultBoxes {
  /** Side of the square box, and of the next map's. */
  readonly scales: readonly [own: number, next: number];
  /** Width over height of the others; each also upright. */
  readonly ratios: readonly number[];
  /** Pixels between neighbours. @default the image's side over the map's */
  readonly step?: number;
}

/** Two squares, and two boxes per ratio: width and height. */
export function boxSizes({ scales: [own, next], ratios }: DefaultBoxes): [w: number, h: number][] {
  const between = Math.sqrt(own * next);
  const sizes: [number, number][] = [
    [own, own],
    [between, between],
  ];
  for (const ratio of ratios) {
    const [long, short] = [own * Math.sqrt(ratio), own / Math.sqrt(ratio)];
    sizes.push([long, short], [short, long]);
  }
  return sizes.map(([w, h]) => [Math.min(w, 1), Math.min(h, 1)]);
}

/** The default boxes of every place of every map, as a constant float32 [n, 4]: maps, rows, columns, boxes. */
function defaultBoxes(
  g: Network,
  image: Tensor,
  maps: readonly Tensor[],
  tables: readonly DefaultBoxes[],
): Tensor {
  const [height, width] = sidesOf(image);
  const corners: number[] = [];
  for (const [k, map] of maps.entries()) {
    const [rows, columns] = sidesOf(map);
    const { step } = tables[k]!;
    const sizes = boxSizes(tables[k]!);
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        for (const [w, h] of sizes) {
          const x = (column + 0.5) * (step ?? width / columns);
          const y = (row + 0.5) * (step ?? height / rows);
          corners.push(x - (w * width) / 2, y - (h * height) / 2, x + (w * width) / 2, y + (h * height) / 2);
        }
  }
  return g.floats(corners, [corners.length / 4, 4]);
}

function sidesOf({ name, shape }: Tensor): [height: number, width: number] {
  const [height, width] = shape.slice(2);
  if (typeof height !== "number" || typeof width !== "number")
    throw new RangeError(`Cannot place default boxes on "${name}" [${shape}]: its size must be known`);
  return [height, width];
}

/** How detections are chosen. */
export interface SsdChoice extends ChoiceOptions {
  /** Of each class, only so many of the best boxes take part. */
  readonly candidates: number;
}

/**
 * From what the heads say about each map ([1, a classes, h, w] and [1, a 4, h, w]) to detections. Class 0 is the
 * background.
 */
export function ssdDetections(
  g: Network,
  image: Tensor,
  classMaps: readonly Tensor[],
  boxMaps: readonly Tensor[],
  tables: readonly DefaultBoxes[],
  classes: number,
  { candidates, nms, ...choice }: SsdChoice,
): Detections {
  const anchors = defaultBoxes(g, image, boxMaps, tables);
  const count = anchors.shape[0] as number;
  const joined = (maps: readonly Tensor[], width: number, name: string): Tensor =>
    g.op(
      "Concat",
      maps.map((map) => perAnchor(g, map, width)),
      [count, width],
      { name, attributes: { axis: 0 } },
    );
  const logits = joined(classMaps, classes, "cls_logits");
  const deltas = joined(boxMaps, 4, "bbox_regression");
  const boxes = clipBoxes(g, decodeBoxes(g, deltas, anchors, [10, 10, 5, 5]), imageLimits(g, image));

  const byClass = transpose(g, softmax(-1)(g, logits), [1, 0]);
  const objects = g.op(
    "Slice",
    [byClass, g.ints([1]), g.ints([classes]), g.ints([0])],
    [classes - 1, count],
    { name: "objects" },
  );
  const shape = [classes - 1, Math.min(candidates, count)];
  const [scores, places] = g.opMany("TopK", [objects, g.ints([shape[1]!])], [shape, shape], {
    name: "candidates",
    attributes: { axis: 1 },
  }) as [Tensor, Tensor];
  const chosen = g.op("Gather", [boxes, places], [...shape, 4], { attributes: { axis: 0 } });
  const rows = g.op("Unsqueeze", [scores, g.ints([1])], [shape[0]!, 1, shape[1]!]);
  return suppress(g, chosen, rows, { ...choice, iou: nms, firstLabel: 1 });
}
