/** A line or zone while it is drawn: two clicks or one drag, or a click for each corner. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { drawing } from "./editor.js";
import type { Point } from "./places.js";

interface Props {
  readonly scale: { readonly x: number; readonly y: number };
  readonly pointOf: (event: PointerEvent) => Point;
  readonly onDone: (points: readonly Point[]) => void;
}

/** CSS pixels that a hand moves while it clicks, and within which a zone's first corner is meant. */
const NEAR = 8;

/** What to do next. */
export function drawingHint({ kind, points }: NonNullable<typeof drawing.value>): string {
  if (kind === "line")
    return points.length === 0
      ? "Click where the line begins, or drag it; Esc gives up"
      : "Click where it ends; in is to the left hand of somebody who looks along it";
  return points.length < 3
    ? "Click on the corners, one after the other; Backspace takes one back, Esc gives up"
    : "Enter, a double click or a click on the first corner closes the zone";
}

export function Drawing({ scale, pointOf, onDone }: Props) {
  /** Where the pointer is. */
  const loose = useSignal<Point | undefined>(undefined);
  const { kind, points } = drawing.value!;
  const isNear = ([ax, ay]: Point, [bx, by]: Point): boolean =>
    Math.hypot((ax - bx) * scale.x, (ay - by) * scale.y) <= NEAR;
  const add = (point: Point): void => {
    drawing.value = { kind, points: [...points, point] };
  };
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const now = drawing.value;
      if (!now) return;
      if (event.key === "Escape") drawing.value = undefined;
      else if (event.key === "Enter" && now.kind === "zone" && now.points.length >= 3) onDone(now.points);
      else if (event.key === "Backspace" && now.points.length > 0)
        drawing.value = { ...now, points: now.points.slice(0, -1) };
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
    addEventListener("keydown", onKey, true);
    return () => removeEventListener("keydown", onKey, true);
  }, [onDone]);

  const onDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    event.preventDefault();
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    const point = pointOf(event);
    loose.value = point;
    if (kind === "line") {
      if (points.length === 0) add(point);
      else if (!isNear(points[0]!, point)) onDone([points[0]!, point]);
      return;
    }
    const isClosed = points.length >= 3 && (isNear(points[0]!, point) || isNear(points.at(-1)!, point));
    if (isClosed) onDone(points);
    // The second half of a double click, before there are corners enough.
    else if (points.length === 0 || !isNear(points.at(-1)!, point)) add(point);
  };
  const onUp = (event: PointerEvent): void => {
    const point = pointOf(event);
    if (kind === "line" && points.length === 1 && !isNear(points[0]!, point)) onDone([points[0]!, point]);
  };
  const all = [...points, ...(loose.value ? [loose.value] : [])];
  const css = all.map(([x, y]): Point => [x * scale.x, y * scale.y]);
  const path = css.length > 1 ? `M${css.map(([x, y]) => `${x} ${y}`).join("L")}` : "";
  return (
    <g class="drawing">
      <path class="casing" d={path} />
      <path class="edge" d={path} />
      {points.map(([x, y]) => (
        <circle key={`${x} ${y}`} class="corner" cx={x * scale.x} cy={y * scale.y} r={4} />
      ))}
      <rect
        class="ground"
        width="100%"
        height="100%"
        onPointerDown={onDown}
        onPointerMove={(event) => {
          loose.value = pointOf(event);
        }}
        onPointerUp={onUp}
      />
    </g>
  );
}
