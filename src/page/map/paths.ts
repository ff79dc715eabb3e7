/** Ways of foot points through the picture. */
import type { Lives } from "../../report/lives.js";
import { frameAt, PARTS_OF_A_PIXEL, type Run } from "../../report/run.js";
import { colourOf } from "../looks.js";

export interface PathsOptions {
  readonly run: Run;
  readonly identities: ReadonlyMap<number, Int32Array>;
  readonly lives: Lives;
  /** Those whose ways are drawn; all where there are none. */
  readonly ids: readonly number[];
  readonly classes: ReadonlySet<number> | undefined;
  readonly from: number;
  readonly to: number;
}

/** Pixels between two points of a drawn line. */
const STEP = 2;

/** Draws ways, `scale` pixels for a pixel of the input. */
export function drawPaths(context: CanvasRenderingContext2D, scale: number, options: PathsOptions): void {
  const { run, identities, lives, ids, classes, from, to } = options;
  const [first, last] = [run.start[frameAt(run, from)]!, run.start[frameAt(run, to) + 1] ?? run.id.length];
  const all = ids.length > 0 ? ids : lives.id;
  context.lineWidth = ids.length > 0 ? 2.5 : 1.25;
  context.lineJoin = "round";
  for (const id of all) {
    const rows = identities.get(id);
    if (!rows || !(classes?.has(lives.class[lives.at.get(id)!]!) ?? true)) continue;
    context.strokeStyle = colourOf(id);
    drawPath(context, run, rows, [first, last], scale / PARTS_OF_A_PIXEL);
  }
}

function drawPath(
  context: CanvasRenderingContext2D,
  run: Run,
  rows: Int32Array,
  [first, last]: readonly [number, number],
  scale: number,
): void {
  const { box } = run;
  let [lastX, lastY] = [Number.NaN, Number.NaN];
  context.beginPath();
  for (const row of rows) {
    if (row < first || row >= last) continue;
    const x = ((box[row * 4]! + box[row * 4 + 2]!) / 2) * scale;
    const y = box[row * 4 + 3]! * scale;
    // An hour of boxes is drawn in the time of a few thousand points.
    if (Math.abs(x - lastX) < STEP && Math.abs(y - lastY) < STEP) continue;
    context.lineTo(x, y);
    [lastX, lastY] = [x, y];
  }
  context.stroke();
}
