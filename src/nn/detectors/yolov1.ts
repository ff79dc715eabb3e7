/**
 * YOLO v1. Redmon et al. 2015, "You Only Look Once" (section 2, figure 3). The paper leaves the order of the numbers
 * open; it is that of Darknet: the classes of all cells, then the confidences of all boxes, then the boxes.
 */
import { YOLO_BOXES, YOLO_CELLS, yoloV1 } from "../backbones/yolo.js";
import type { Network, Tensor } from "../network.js";
import { fromCentres, halves } from "./_boxes.js";
import { byClass, chooseByClass } from "./_choose.js";
import type { Detector } from "./_detector.js";
import { UNIT } from "./_yolo.js";

const SIDE = 448;
const CELLS = YOLO_CELLS ** 2;
const BOXES = CELLS * YOLO_BOXES;

/** Boxes [98, 4] in pixels and scores [98, classes] of a row [1, 49 (10 + classes)]. A box is its centre within the cell and the roots of its sides. */
export function decodeCells(g: Network, row: Tensor, classes: number): { boxes: Tensor; scores: Tensor } {
  const parts = [CELLS * classes, BOXES, 4 * BOXES];
  const [kinds, confidences, places] = g.opMany(
    "Split",
    [row, g.ints(parts)],
    parts.map((n) => [1, n]),
    { attributes: { axis: 1 } },
  ) as [Tensor, Tensor, Tensor];
  const reshaped = (x: Tensor, shape: readonly number[]): Tensor =>
    g.op("Reshape", [x, g.ints(shape)], shape);
  const each = g.op(
    "Mul",
    [reshaped(confidences, [CELLS, YOLO_BOXES, 1]), reshaped(kinds, [CELLS, 1, classes])],
    [CELLS, YOLO_BOXES, classes],
  );
  const [within, roots] = halves(g, reshaped(places, [BOXES, 4]));
  const cells = Array.from({ length: BOXES }, (_, k) => {
    const cell = Math.floor(k / YOLO_BOXES);
    return [cell % YOLO_CELLS, Math.floor(cell / YOLO_CELLS)];
  });
  const apart = SIDE / YOLO_CELLS;
  const placed = g.op("Add", [within, g.floats(cells.flat(), [BOXES, 2])], [BOXES, 2]);
  const centre = g.op("Mul", [placed, g.floats(apart)], [BOXES, 2]);
  const size = g.op("Mul", [g.op("Mul", [roots, roots], [BOXES, 2]), g.floats(SIDE)], [BOXES, 2]);
  return { boxes: fromCentres(g, centre, size), scores: reshaped(each, [BOXES, classes]) };
}

export const yoloV1s = {
  yolo_v1: {
    input: { ...UNIT, fit: "stretch", size: { width: SIDE, height: SIDE } },
    labels: "voc20",
    background: undefined,
    size: [SIDE, SIDE],
    build(g, image, { classes = 20, minScore = 0.2, nms = 0.4, most = BOXES }) {
      if (String(image.shape.slice(2)) !== String([SIDE, SIDE]))
        throw new RangeError(`Cannot build YOLO v1 for [${image.shape}]: its input is ${SIDE} x ${SIDE}`);
      const { boxes, scores } = decodeCells(g, yoloV1(g, image, classes), classes);
      return chooseByClass(g, image, boxes, byClass(g, scores), { minScore, nms, most });
    },
  },
} as const satisfies Readonly<Record<string, Detector>>;
