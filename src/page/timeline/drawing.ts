/** The lanes as a picture: only those that are in view, and of them only what falls on different pixels. */
import { SEEN } from "../../report/lives.js";
import { colourOf, outlineOf } from "../looks.js";
import { clock } from "../show.js";
import { hovered, lives, names, run, selected } from "../state.js";
import { tokens } from "../theme.js";
import { damage, type Marks, marks, misses, rows } from "./rows.js";
import { GUTTER, type Scale, scaleOf, shown, ticksOf } from "./window.js";

/** Height of the ruler above the lanes, in pixels. */
export const RULER = 24;

/** What is drawn into. */
interface Drawing {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  readonly scale: Scale;
  readonly colours: (typeof tokens)["value"];
  /** Height of a lane. */
  readonly lane: number;
}

/** The font of canvases: that of the page, smaller. */
export const font = (size: number): string => `${size}px system-ui, sans-serif`;

/** Draws the ruler and the lanes from `top` pixels below the first. */
export function drawLanes(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  options: { readonly top: number; readonly lane: number; readonly active: number },
): void {
  const { top, lane, active } = options;
  const drawing = { context, width, height, scale: scaleOf(shown.value, width), colours: tokens.value, lane };
  context.save();
  context.beginPath();
  context.rect(0, RULER, width, height - RULER);
  context.clip();
  drawGrid(drawing);
  const all = rows.value;
  const first = Math.max(0, Math.floor(top / lane));
  const last = Math.min(all.length, Math.ceil((top + height - RULER) / lane));
  for (let at = first; at < last; at++) drawLane(drawing, all[at]!, RULER + at * lane - top, at === active);
  context.restore();
  drawRuler(drawing);
  drawDamage(drawing);
}

function drawGrid({ context, width, height, scale, colours }: Drawing): void {
  context.fillStyle = colours.line;
  context.globalAlpha = 0.5;
  for (const time of ticksOf(shown.value, width).times)
    context.fillRect(Math.round(scale.x(time)), RULER, 1, height);
  context.globalAlpha = 1;
}

function drawRuler({ context, width, scale, colours }: Drawing): void {
  context.fillStyle = colours.raised;
  context.fillRect(0, 0, width, RULER);
  context.fillStyle = colours.line;
  context.fillRect(0, RULER - 1, width, 1);
  context.font = font(11);
  context.textBaseline = "middle";
  const { times, decimals } = ticksOf(shown.value, width);
  for (const time of times) {
    const x = Math.round(scale.x(time));
    if (x < GUTTER) continue;
    context.fillStyle = colours.line;
    context.fillRect(x, RULER - 7, 1, 6);
    context.fillStyle = colours.faint;
    const text = clock(time, decimals);
    if (x + 4 + context.measureText(text).width < width) context.fillText(text, x + 4, RULER / 2);
  }
  context.fillStyle = colours.wrong;
  let last = -1;
  for (const at of misses.value) {
    const x = Math.round(scale.x(run.value.time[at]!));
    if (x === last || x < GUTTER || x > width) continue;
    context.fillRect(x, RULER - 4, 1, 3);
    last = x;
  }
}

function drawDamage({ context, width, height, scale, colours }: Drawing): void {
  const { time } = run.value;
  context.fillStyle = colours.wrong;
  for (const { from, to } of damage.value) {
    const x = Math.max(scale.x(time[from]!), GUTTER);
    const end = Math.min(Math.max(scale.x(time[to]!), x + 2), width);
    if (end <= x) continue;
    context.globalAlpha = 0.16;
    context.fillRect(x, RULER, end - x, height);
    context.globalAlpha = 1;
    context.fillRect(x, RULER - 3, end - x, 3);
  }
}

function drawLane(drawing: Drawing, at: number, y: number, isActive: boolean): void {
  const { context, width, colours, lane } = drawing;
  const id = lives.value.id[at]!;
  const isPicked = selected.value.includes(id);
  if (isPicked || hovered.value === id) {
    context.fillStyle = isPicked ? colours.chosen : colours.hover;
    context.fillRect(0, y, width, lane);
  }
  drawName(drawing, id, y, isPicked);
  context.save();
  context.beginPath();
  context.rect(GUTTER, y, width - GUTTER, lane);
  context.clip();
  drawStretches(drawing, at, y);
  const found = marks.value.get(id);
  if (found) drawMarks(drawing, found, y);
  context.restore();
  if (!isActive) return;
  context.strokeStyle = colours.accent;
  context.lineWidth = 1;
  context.strokeRect(0.5, y + 0.5, width - 1, lane - 1);
}

function drawName({ context, colours, lane }: Drawing, id: number, y: number, isPicked: boolean): void {
  const middle = y + lane / 2;
  context.fillStyle = colourOf(id);
  context.fillRect(8, middle - 5, 10, 10);
  const outline = outlineOf(id);
  if (outline === "double") {
    context.fillStyle = colours.paper;
    context.fillRect(10, middle - 3, 6, 6);
    context.fillStyle = colourOf(id);
    context.fillRect(12, middle - 1, 2, 2);
  }
  if (outline === "corners") {
    context.fillStyle = colours.paper;
    context.fillRect(11, middle - 5, 4, 10);
    context.fillRect(8, middle - 2, 10, 4);
  }
  context.strokeStyle = colours.faint;
  context.lineWidth = 1;
  context.strokeRect(7.5, Math.round(middle) - 5.5, 11, 11);
  context.font = `${isPicked ? "600 " : ""}${font(12)}`;
  context.fillStyle = colours.ink;
  context.textBaseline = "middle";
  context.fillText(fitted(context, names.value.get(id) ?? String(id), GUTTER - 32), 25, middle + 0.5);
}

function fitted(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let short = text;
  while (short.length > 1 && context.measureText(`${short}…`).width > width) short = short.slice(0, -1);
  return `${short}…`;
}

function drawStretches({ context, width, scale, colours, lane }: Drawing, at: number, y: number): void {
  const { stretch, from, to, kind, id } = lives.value;
  const { time } = run.value;
  const colour = colourOf(id[at]!);
  const outline = outlineOf(id[at]!);
  const [top, high] = [y + lane / 2 - 4, 8];
  const end = (frame: number): number => scale.x(time[frame + 1] ?? shownEnd());
  let drawn = Number.NEGATIVE_INFINITY;
  let before = Number.NaN;
  for (let i = firstEndingIn(at, scale.time(GUTTER)); i < stretch[at + 1]!; i++) {
    const x1 = Math.max(scale.x(time[from[i]!]!), GUTTER - 4);
    if (x1 > width) break;
    const x2 = Math.min(Math.max(end(to[i]!), x1 + 1), width + 4);
    if (before < x1 - 1) {
      // A gap: a thin line, so that the eye finds the other end.
      context.fillStyle = colours.faint;
      context.globalAlpha = 0.5;
      context.fillRect(before, top + high / 2 - 0.5, x1 - before, 1);
      context.globalAlpha = 1;
    }
    before = x2;
    // Flickering lives have thousands of stretches on a few pixels.
    if (x2 <= drawn + 0.5) continue;
    drawn = x2;
    const isSeen = kind[i] === SEEN;
    context.fillStyle = colour;
    if (isSeen) {
      context.fillRect(x1, top, x2 - x1, high);
      if (outline === "double" && x2 - x1 > 3) {
        context.fillStyle = colours.paper;
        context.fillRect(x1, top + 3, x2 - x1, 2);
      }
      if (outline === "corners" && x2 - x1 > 8) {
        context.fillRect(x1, top - 2, 3, high + 4);
        context.fillRect(x2 - 3, top - 2, 3, high + 4);
      }
    } else context.fillRect(x1, top + 2.5, x2 - x1, 3);
    if (x2 - x1 < 3) continue;
    // White on white, and yellow on white, would not be seen.
    context.strokeStyle = colours.faint;
    context.globalAlpha = 0.6;
    context.lineWidth = 1;
    if (isSeen) context.strokeRect(x1 + 0.5, top - 0.5, x2 - x1 - 1, high + 1);
    else context.strokeRect(x1 + 0.5, top + 2, x2 - x1 - 1, 4);
    context.globalAlpha = 1;
  }
}

const shownEnd = (): number => {
  const { time } = run.value;
  const last = time.length - 1;
  return time[last]! + (last > 0 ? (time[last]! - time[0]!) / last : 0.04);
};

/** The first stretch of an identity that ends at a time or later. */
function firstEndingIn(at: number, least: number): number {
  const { stretch, to } = lives.value;
  let [low, high] = [stretch[at]!, stretch[at + 1]!];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (run.value.time[to[middle]!]! < least) low = middle + 1;
    else high = middle;
  }
  // The one before, for the line of the gap that begins there.
  return Math.max(low - 1, stretch[at]!);
}

function drawMarks({ context, width, scale, colours, lane }: Drawing, found: Marks, y: number): void {
  const { time } = run.value;
  const isIn = (x: number): boolean => x >= GUTTER - 6 && x <= width + 6;
  context.fillStyle = colours.wrong;
  let drawn = Number.NEGATIVE_INFINITY;
  for (const { from, to } of found.doubts) {
    const x1 = scale.x(time[from]!);
    const x2 = Math.max(scale.x(time[to]!), x1 + 4);
    if (x2 < GUTTER || x1 > width || x2 <= drawn) continue;
    context.fillRect(Math.max(x1, GUTTER), y + lane - 3, Math.min(x2, width) - Math.max(x1, GUTTER), 2);
    drawn = x2;
  }
  for (const { frame } of found.joins) {
    const x = scale.x(time[frame]!);
    if (isIn(x)) drawDiamond(context, x, y + lane / 2, colours);
  }
  let last = Number.NEGATIVE_INFINITY;
  for (const { kind, at } of found.mistakes) {
    const x = scale.x(time[at]!);
    if (!isIn(x) || (kind !== "switch" && x < last + 1)) continue;
    context.fillStyle = colours.wrong;
    if (kind === "switch") drawArrow(context, x, y + 1);
    else context.fillRect(x, y + 1, 1.5, 2);
    if (kind !== "switch") last = x;
  }
  context.fillStyle = colours.ink;
  for (const { at } of found.events) {
    const x = Math.round(scale.x(time[at]!));
    if (!isIn(x)) continue;
    context.fillRect(x, y + 2, 1, lane - 4);
    context.beginPath();
    context.arc(x + 0.5, y + 4, 2.5, 0, 2 * Math.PI);
    context.fill();
  }
}

function drawDiamond(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  { ink, paper }: { readonly ink: string; readonly paper: string },
): void {
  context.beginPath();
  context.moveTo(x, y - 5);
  context.lineTo(x + 5, y);
  context.lineTo(x, y + 5);
  context.lineTo(x - 5, y);
  context.closePath();
  context.fillStyle = paper;
  context.fill();
  context.strokeStyle = ink;
  context.lineWidth = 1.5;
  context.stroke();
}

function drawArrow(context: CanvasRenderingContext2D, x: number, y: number): void {
  context.beginPath();
  context.moveTo(x - 4.5, y);
  context.lineTo(x + 4.5, y);
  context.lineTo(x, y + 7);
  context.closePath();
  context.fill();
}
