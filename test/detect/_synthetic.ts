/** Detection models of a few nodes that say what a test wants to hear, whatever the picture shows. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Card, cardSchema } from "../../src/models/card.js";
import { Graph } from "../../src/nn/index.js";

const folder = mkdtempSync(join(tmpdir(), "throughline-detect-"));

export function save(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

export const cardOf = (card: Pick<Card, "contract" | "labels"> & Record<string, unknown>): Card =>
  cardSchema.parse({
    name: `some-${card.contract}`,
    kind: "detector",
    title: "made for a test",
    file: "model.onnx",
    licence: "MIT",
    source: "made for a test",
    ...card,
  });

/** boxes, labels, scores as Faster R-CNN puts them out, from an image [3, h, w]. */
export function fasterRcnnModel(
  boxes: readonly number[],
  labels: readonly number[],
  scores: readonly number[],
): string {
  const g = new Graph("faster-rcnn");
  g.input("image", "float", [3, "h", "w"]);
  g.add("Identity", [g.constant(Float32Array.from(boxes), [boxes.length / 4, 4])], {}, "boxes");
  g.add("Identity", [g.ints([...labels])], {}, "labels");
  g.add("Identity", [g.floats([...scores])], {}, "scores");
  g.output("boxes", "float", ["n", 4]);
  g.output("labels", "int64", ["n"]);
  g.output("scores", "float", ["n"]);
  return save("faster-rcnn.onnx", g.encode(18));
}

/** logits and boxes as detection transformers put them out; dimensions left open as exporters often do. */
export function detrModel(
  logits: readonly number[],
  boxes: readonly number[],
  classes: number,
  open = false,
  opset = 18,
): string {
  const queries = boxes.length / 4;
  const g = new Graph("detr");
  g.input("pixel_values", "float", ["batch", 3, "h", "w"]);
  g.add("Identity", [g.constant(Float32Array.from(logits), [1, queries, classes])], {}, "logits");
  g.add("Identity", [g.constant(Float32Array.from(boxes), [1, queries, 4])], {}, "pred_boxes");
  g.output("logits", "float", ["batch", "queries", open ? "classes" : classes]);
  g.output("pred_boxes", "float", ["batch", "queries", open ? "sides" : 4]);
  return save(`detr-${open}-${opset}.onnx`, g.encode(opset));
}
