/** Ends or corners to take hold of, and the middles of a zone's edges, which become corners. */
import { size } from "../player/view.js";
import { ARROWS } from "./arrows.js";
import { dragging } from "./drag.js";
import { endStep, keyOf, picked } from "./editor.js";
import type { Place, Point } from "./places.js";

interface HandlesProps {
  readonly place: Place;
  readonly points: readonly Point[];
  /** In CSS pixels. */
  readonly css: readonly Point[];
  readonly name: string;
  readonly pointOf: (event: PointerEvent) => Point;
  readonly set: (points: readonly Point[], together: string) => void;
}

export function Handles({ place, points, css, name, pointOf, set }: HandlesProps) {
  const isZone = place.kind === "zone";
  const dragOne = dragging(pointOf, (from, to, begun, at) => {
    const [x, y] = begun[at]!;
    set(begun.with(at, inside([x + to[0] - from[0], y + to[1] - from[1]])), "drag");
  });
  const onKey = (event: KeyboardEvent, at: number): void => {
    const by = ARROWS[event.key];
    const [x, y] = points[at]!;
    if (by) {
      const reach = event.shiftKey ? 10 : 1;
      set(points.with(at, inside([x + by[0] * reach, y + by[1] * reach])), `keys ${keyOf(place)} ${at}`);
    } else if ((event.key === "Delete" || event.key === "Backspace") && isZone && points.length > 3)
      set(points.toSpliced(at, 1), `delete ${keyOf(place)} ${at}`);
    else if (event.key === "Escape") picked.value = undefined;
    else return;
    event.preventDefault();
  };
  return (
    <>
      {isZone &&
        css.map(([x, y], at) => {
          const [nextX, nextY] = css[(at + 1) % css.length]!;
          const [middleX, middleY] = [(x + nextX) / 2, (y + nextY) / 2];
          return (
            <circle
              key={`middle ${at}`}
              class="middle"
              cx={middleX}
              cy={middleY}
              r={4}
              onPointerDown={(event) => {
                const next = points.toSpliced(at + 1, 0, middleOf(points, at));
                dragOne(event, next, at + 1);
              }}
            />
          );
        })}
      {css.map(([x, y], at) => (
        // biome-ignore lint/a11y/useSemanticElements: pictures have no buttons
        <circle
          key={at}
          class="handle"
          cx={x}
          cy={y}
          r={7}
          tabIndex={0}
          role="button"
          aria-label={`${name}, ${isZone ? `corner ${at + 1}` : at === 0 ? "beginning" : "end"} at ${points[at]!.map((value) => Math.round(value)).join(", ")}: arrow keys move it`}
          onPointerDown={(event) => dragOne(event, points, at)}
          onKeyDown={(event) => onKey(event, at)}
          onBlur={endStep}
        />
      ))}
    </>
  );
}

const middleOf = (points: readonly Point[], at: number): Point => {
  const [[ax, ay], [bx, by]] = [points[at]!, points[(at + 1) % points.length]!];
  return [(ax + bx) / 2, (ay + by) / 2];
};

const inside = ([x, y]: Point): Point => [
  Math.min(Math.max(x, 0), size.value.width),
  Math.min(Math.max(y, 0), size.value.height),
];
