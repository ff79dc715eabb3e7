/** Draws the boxes of a frame. Reads nothing but its arguments, so that any page can use it. */

import { type Colour, inkOn, lookOf } from "../../render/palette.js";
import { INTERPOLATED, lastUpTo, PREDICTED, type Run } from "../../report/run.js";

/** What decides how boxes look. */
export interface DrawOptions {
  /** Pixels of the video's picture and of the canvas. */
  readonly from: { readonly width: number; readonly height: number };
  readonly to: { readonly width: number; readonly height: number };
  readonly selected: readonly number[];
  readonly hovered?: number;
  /** Classes that are drawn. @default all */
  readonly classes?: ReadonlySet<number>;
  readonly names: ReadonlyMap<number, string>;
  readonly labels: boolean;
  readonly onlySelected: boolean;
  /** Rows of each identity and the frame of each row, for trails. */
  readonly identities: ReadonlyMap<number, Int32Array>;
  readonly rowFrames: Int32Array;
  /** Frames that a trail goes back. */
  readonly trail: number;
}

/** Parts of a canvas pixel per unit of `Run.box`. */
interface Scale {
  readonly x: number;
  readonly y: number;
}

const css = ([red, green, blue]: Colour): string => `rgb(${red} ${green} ${blue})`;
const FONT = "600 12px system-ui, sans-serif";
const SMALL = "12px system-ui, sans-serif";
const LABEL = 17;

/** The rows of a frame that are drawn: those picked last, so that they are on top. */
export function drawnRows(
  run: Run,
  at: number,
  {
    selected,
    hovered,
    classes,
    onlySelected,
  }: Pick<DrawOptions, "selected" | "hovered" | "classes" | "onlySelected">,
): number[] {
  const rows: number[] = [];
  const top: number[] = [];
  for (let row = run.start[at]!; row < run.start[at + 1]!; row++) {
    const id = run.id[row]!;
    const isPicked = selected.includes(id);
    if (onlySelected && selected.length > 0 && !isPicked) continue;
    if (classes && !classes.has(run.class[row]!) && !isPicked) continue;
    (isPicked || id === hovered ? top : rows).push(row);
  }
  return [...rows, ...top];
}

/** Draws the boxes of frame `at`, in CSS pixels. */
export function drawBoxes(
  context: CanvasRenderingContext2D,
  run: Run,
  at: number,
  options: DrawOptions,
): void {
  const scale = {
    x: options.to.width / options.from.width / 100,
    y: options.to.height / options.from.height / 100,
  };
  const rows = drawnRows(run, at, options);
  context.lineJoin = "round";
  if (options.trail > 0) for (const row of rows) drawTrail(context, run, at, row, scale, options);
  for (const row of rows) drawBox(context, run, row, scale, options);
  if (options.labels) for (const row of rows) drawLabel(context, run, row, scale, options);
}

function drawBox(
  context: CanvasRenderingContext2D,
  { box, id: ids, flags }: Run,
  row: number,
  scale: Scale,
  { selected, hovered }: DrawOptions,
): void {
  const id = ids[row]!;
  const { colour, outline } = lookOf(id);
  const isPicked = selected.includes(id);
  const x = box[row * 4]! * scale.x;
  const y = box[row * 4 + 1]! * scale.y;
  const width = box[row * 4 + 2]! * scale.x - x;
  const height = box[row * 4 + 3]! * scale.y - y;
  const line = isPicked ? 3 : id === hovered ? 2.5 : 1.75;
  context.globalAlpha = selected.length > 0 && !isPicked && id !== hovered ? 0.55 : 1;
  // Dark around it, so that it is seen on bright pictures too.
  context.setLineDash([]);
  context.strokeStyle = isPicked ? "rgb(0 0 0 / 0.9)" : "rgb(0 0 0 / 0.55)";
  context.lineWidth = line + (isPicked ? 3 : 2);
  context.strokeRect(x, y, width, height);
  if (flags[row]! & INTERPOLATED) context.setLineDash([3, 3]);
  else if (flags[row]! & PREDICTED) context.setLineDash([8, 4]);
  context.strokeStyle = css(colour);
  context.lineWidth = line;
  context.strokeRect(x, y, width, height);
  context.setLineDash([]);
  if (isPicked) {
    context.fillStyle = css(colour);
    context.globalAlpha = 0.14;
    context.fillRect(x, y, width, height);
    context.globalAlpha = 1;
  }
  if (outline === "double") {
    const inset = line + 2;
    if (width > 3 * inset && height > 3 * inset) {
      context.lineWidth = 1;
      context.strokeRect(x + inset, y + inset, width - 2 * inset, height - 2 * inset);
    }
  } else if (outline === "corners") {
    const [w, h] = [Math.min(width / 3, 12), Math.min(height / 3, 12)];
    context.lineWidth = line + 2;
    context.beginPath();
    for (const [cx, cy, dx, dy] of [
      [x, y, w, h],
      [x + width, y, -w, h],
      [x + width, y + height, -w, -h],
      [x, y + height, w, -h],
    ] as const) {
      context.moveTo(cx + dx, cy);
      context.lineTo(cx, cy);
      context.lineTo(cx, cy + dy);
    }
    context.stroke();
  }
  context.globalAlpha = 1;
}

/** The way of the box's foot up to now; a gap is left out. */
function drawTrail(
  context: CanvasRenderingContext2D,
  run: Run,
  at: number,
  row: number,
  scale: Scale,
  { identities, rowFrames, trail }: DrawOptions,
): void {
  const { box } = run;
  const rows = identities.get(run.id[row]!);
  if (!rows) return;
  let place = lastUpTo(rows, row);
  context.strokeStyle = css(lookOf(run.id[row]!).colour);
  context.lineWidth = 2;
  let lastAt = at;
  let isFirst = true;
  context.beginPath();
  for (; place >= 0; place--) {
    const now = rows[place]!;
    const frame = rowFrames[now]!;
    if (at - frame > trail) break;
    const x = ((box[now * 4]! + box[now * 4 + 2]!) / 2) * scale.x;
    const y = box[now * 4 + 3]! * scale.y;
    if (isFirst || lastAt - frame > 1) context.moveTo(x, y);
    else context.lineTo(x, y);
    isFirst = false;
    lastAt = frame;
  }
  context.globalAlpha = 0.8;
  context.stroke();
  context.globalAlpha = 1;
}

function drawLabel(
  context: CanvasRenderingContext2D,
  run: Run,
  row: number,
  scale: Scale,
  { selected, hovered, names, to }: DrawOptions,
): void {
  const id = run.id[row]!;
  const isPicked = selected.includes(id) || id === hovered;
  const x = run.box[row * 4]! * scale.x;
  const y = run.box[row * 4 + 1]! * scale.y;
  const width = (run.box[row * 4 + 2]! - run.box[row * 4]!) * scale.x;
  const name = names.get(id) ?? String(id);
  const facts = ` ${run.labels[run.class[row]!] ?? ""} ${run.score[row]!.toFixed(2)}`.replace(/ +/g, " ");
  context.font = FONT;
  const nameWidth = context.measureText(name).width;
  context.font = SMALL;
  const factsWidth = context.measureText(facts).width;
  // A narrow box has room for who it is; the rest is told of the one that is pointed at.
  const isWhole = isPicked || nameWidth + factsWidth + 8 <= Math.max(width, 40) * 1.4;
  const labelWidth = nameWidth + (isWhole ? factsWidth : 0) + 8;
  const left = Math.max(0, Math.min(x - 1, to.width - labelWidth));
  const top = y >= LABEL ? y - LABEL : Math.max(0, Math.min(y, to.height - LABEL));
  const { colour } = lookOf(id);
  context.globalAlpha = selected.length > 0 && !isPicked ? 0.6 : 1;
  context.fillStyle = css(colour);
  context.fillRect(left, top, labelWidth, LABEL);
  context.fillStyle = css(inkOn(colour));
  context.textBaseline = "middle";
  context.font = FONT;
  context.fillText(name, left + 4, top + LABEL / 2 + 0.5);
  if (isWhole) {
    context.font = SMALL;
    context.fillText(facts, left + 4 + nameWidth, top + LABEL / 2 + 0.5);
  }
  context.globalAlpha = 1;
}

/** The smallest drawn box around a point, in units of `Run.box`. */
export function rowAt(run: Run, rows: readonly number[], x: number, y: number): number | undefined {
  let best: number | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    const [x1, y1, x2, y2] = run.box.subarray(row * 4, row * 4 + 4) as unknown as number[];
    if (x < x1! || x > x2! || y < y1! || y > y2!) continue;
    const area = (x2! - x1!) * (y2! - y1!);
    if (area < least) [best, least] = [row, area];
  }
  return best;
}
