/** The contracts read by loops over all rows: what the graphs must say. Boxes in source pixels, nothing suppressed. */
import type { Fit } from "../../src/image/index.js";

export type Row = readonly [x1: number, y1: number, x2: number, y2: number, score: number, label: number];

const best = (values: Float32Array, from: number, count: number, background?: number): number => {
  let label = -1;
  for (let c = 0; c < count; c++)
    if (c !== background && (label < 0 || values[from + c]! > values[from + label]!)) label = c;
  return label;
};
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

function place(rows: readonly Row[], fit: Fit): Row[] {
  const [sx, sy] = [fit.sourceWidth / fit.innerWidth, fit.sourceHeight / fit.innerHeight];
  const clip = (v: number, max: number): number => Math.min(max, Math.max(0, v));
  return rows
    .map(
      ([x1, y1, x2, y2, score, label]): Row => [
        clip(x1 * sx, fit.sourceWidth),
        clip(y1 * sy, fit.sourceHeight),
        clip(x2 * sx, fit.sourceWidth),
        clip(y2 * sy, fit.sourceHeight),
        score,
        label,
      ],
    )
    .filter(([x1, y1, x2, y2]) => x2 - x1 >= 1 && y2 - y1 >= 1);
}

export function nanodetRows(
  levels: readonly { stride: number; scores: Float32Array; distances: Float32Array }[],
  classes: number,
  bins: number,
  fit: Fit,
  minScore: number,
): Row[] {
  const rows: Row[] = [];
  for (const { stride, scores, distances } of levels) {
    const columns = Math.ceil(fit.width / stride);
    for (let cell = 0; cell < scores.length / classes; cell++) {
      const label = best(scores, cell * classes, classes);
      const score = scores[cell * classes + label]!;
      if (score < minScore) continue;
      const x = ((cell % columns) + 0.5) * stride;
      const y = (Math.floor(cell / columns) + 0.5) * stride;
      const side = (i: number): number => {
        const logits = distances.subarray((4 * cell + i) * bins, (4 * cell + i + 1) * bins);
        const e = Array.from(logits, (v) => Math.exp(v - Math.max(...logits)));
        return (stride * e.reduce((sum, v, k) => sum + k * v, 0)) / e.reduce((sum, v) => sum + v, 0);
      };
      rows.push([x - side(0), y - side(1), x + side(2), y + side(3), score, label]);
    }
  }
  return place(rows, fit);
}

export function yoloxRows(
  data: Float32Array,
  classes: number,
  strides: readonly number[],
  fit: Fit,
  minScore: number,
): Row[] {
  const rows: Row[] = [];
  let at = 0;
  for (const stride of strides) {
    const columns = Math.floor(fit.width / stride);
    for (let cell = 0; cell < columns * Math.floor(fit.height / stride); cell++, at += 5 + classes) {
      const label = best(data, at + 5, classes);
      const score = data[at + 4]! * data[at + 5 + label]!;
      if (score < minScore) continue;
      const x = (data[at]! + (cell % columns)) * stride;
      const y = (data[at + 1]! + Math.floor(cell / columns)) * stride;
      const w = Math.exp(data[at + 2]!) * stride;
      const h = Math.exp(data[at + 3]!) * stride;
      rows.push([x - w / 2, y - h / 2, x + w / 2, y + h / 2, score, label]);
    }
  }
  return place(rows, fit);
}

/** Anchors of the TensorFlow object detection API as centre x, centre y, width, height in pixels of the input. */
export function ssdAnchors(width: number, height: number): Float64Array {
  const [size, layers, low, high] = [300, 6, 0.2, 0.95];
  const scales = Array.from({ length: layers + 1 }, (_, i) =>
    i === layers ? 1 : low + ((high - low) * i) / (layers - 1),
  );
  const all: number[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const scale = scales[layer]!;
    const shapes =
      layer === 0
        ? [
            [0.1, 1],
            [scale, 2],
            [scale, 0.5],
          ]
        : [...[1, 2, 0.5, 3, 0.3333].map((r) => [scale, r]), [Math.sqrt(scale * scales[layer + 1]!), 1]];
    const columns = Math.ceil(width / (16 << layer));
    const rows = Math.ceil(height / (16 << layer));
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++)
        for (const [s, ratio] of shapes as [number, number][])
          all.push(
            ((x + 0.5) * width) / columns,
            ((y + 0.5) * height) / rows,
            s * Math.sqrt(ratio) * size,
            (s / Math.sqrt(ratio)) * size,
          );
  }
  return Float64Array.from(all);
}

export function ssdRows(
  scores: Float32Array,
  boxes: Float32Array,
  classes: number,
  logits: boolean,
  background: number | undefined,
  fit: Fit,
  minScore: number,
): Row[] {
  const anchors = ssdAnchors(fit.width, fit.height);
  const rows: Row[] = [];
  for (let i = 0; i < anchors.length / 4; i++) {
    const label = best(scores, i * classes, classes, background);
    const value = scores[i * classes + label]!;
    const score = logits ? sigmoid(value) : value;
    if (score < minScore) continue;
    const [ax, ay, aw, ah] = anchors.subarray(4 * i, 4 * i + 4) as unknown as [
      number,
      number,
      number,
      number,
    ];
    const cy = ay + (boxes[4 * i]! / 10) * ah;
    const cx = ax + (boxes[4 * i + 1]! / 10) * aw;
    const h = Math.exp(boxes[4 * i + 2]! / 5) * ah;
    const w = Math.exp(boxes[4 * i + 3]! / 5) * aw;
    rows.push([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2, score, label]);
  }
  return place(rows, fit);
}

export function detrRows(
  logits: Float32Array,
  boxes: Float32Array,
  classes: number,
  background: number | undefined,
  fit: Fit,
  minScore: number,
): Row[] {
  const rows: Row[] = [];
  for (let q = 0; q < boxes.length / 4; q++) {
    const label = best(logits, q * classes, classes, background);
    const score = sigmoid(logits[q * classes + label]!);
    if (score < minScore) continue;
    const [x, y, w, h] = boxes.subarray(4 * q, 4 * q + 4) as unknown as [number, number, number, number];
    const [W, H] = [fit.width, fit.height];
    rows.push([(x - w / 2) * W, (y - h / 2) * H, (x + w / 2) * W, (y + h / 2) * H, score, label]);
  }
  return place(rows, fit);
}

export function rcnnRows(
  boxes: Float32Array,
  labels: BigInt64Array,
  scores: Float32Array,
  background: number | undefined,
  fit: Fit,
  minScore: number,
): Row[] {
  const rows: Row[] = [];
  for (const [i, score] of scores.entries()) {
    const label = Number(labels[i]);
    if (score < minScore || label === background) continue;
    const [x1, y1, x2, y2] = boxes.subarray(4 * i, 4 * i + 4) as unknown as [number, number, number, number];
    rows.push([x1, y1, x2, y2, score, label]);
  }
  return place(rows, fit);
}
