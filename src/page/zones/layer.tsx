/** Lines and zones over the picture: seen always, drawn and moved while their panel is open. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { addKeys } from "../keys.js";
import { size } from "../player/view.js";
import { zones } from "../state.js";
import { Drawing, drawingHint } from "./drawing.js";
import { change, drawing, editable, endStep, keyOf, mistakes, onUndoKey, picked } from "./editor.js";
import { PlaceLabel } from "./place-label.js";
import {
  isSame,
  moved,
  type Place,
  type Point,
  placeOf,
  placesOf,
  pointsOf,
  withNew,
  without,
  withPoints,
} from "./places.js";
import { zoneKeys } from "./zone-keys.js";
import "./layer.css";

/** CSS pixels per pixel of the picture. */
interface Scale {
  readonly x: number;
  readonly y: number;
}

const ARROWS: Readonly<Record<string, Point>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
/** CSS pixels from the middle of a line to where its "in" and "out" stand. */
const SIDE = 26;

export function Layer() {
  const svg = useRef<SVGSVGElement>(null);
  const box = useSignal({ width: 0, height: 0 });
  useEffect(() => addKeys(zoneKeys), []);
  useEffect(() => {
    const element = svg.current!;
    const measure = (): void => {
      box.value = { width: element.clientWidth, height: element.clientHeight };
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const scale = { x: box.value.width / size.value.width, y: box.value.height / size.value.height };
  const places = placesOf(zones.value);
  /** Where a pointer is, in pixels of the picture. */
  const pointOf = (event: PointerEvent): Point => {
    const { left, top } = svg.current!.getBoundingClientRect();
    return [(event.clientX - left) / scale.x, (event.clientY - top) / scale.y];
  };
  const isReady = box.value.width > 0;
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: pictures have no fieldsets */}
      <svg
        ref={svg}
        class={`places${editable.value ? " editable" : ""}`}
        role="group"
        aria-label="Lines and zones"
        onKeyDown={onUndoKey}
      >
        {isReady &&
          places.map((place) => (
            <PlaceShape key={keyOf(place)} place={place} scale={scale} pointOf={pointOf} />
          ))}
        {isReady && drawing.value && (
          <Drawing
            scale={scale}
            pointOf={pointOf}
            onDone={(points) => {
              const made = withNew(zones.value, drawing.value!.kind, points, size.value);
              drawing.value = undefined;
              change(made.zones);
              endStep();
              picked.value = made.place;
            }}
          />
        )}
      </svg>
      {drawing.value && <p class="drawing-hint">{drawingHint(drawing.value)}</p>}
      {isReady &&
        places.map((place) => (
          <PlaceLabel key={keyOf(place)} place={place} scale={scale} width={box.value.width} />
        ))}
    </>
  );
}

interface ShapeProps {
  readonly place: Place;
  readonly scale: Scale;
  readonly pointOf: (event: PointerEvent) => Point;
}

function PlaceShape({ place, scale, pointOf }: ShapeProps) {
  const points = pointsOf(zones.value, place, size.value);
  const css = points.map(([x, y]): Point => [x * scale.x, y * scale.y]);
  const isPicked = isSame(picked.value, place);
  const path = `M${css.map(([x, y]) => `${x} ${y}`).join("L")}${place.kind === "zone" ? "Z" : ""}`;
  const { name } = placeOf(zones.value, place)!;
  const what = place.kind === "line" ? "Line" : "Zone";
  const set = (next: readonly Point[], together: string): void =>
    change(withPoints(zones.value, place, next, size.value), together);
  const moveAll = useDrag(pointOf, (from, to, begun) =>
    set(moved(begun, to[0] - from[0], to[1] - from[1], size.value), "drag"),
  );
  const grab = (event: PointerEvent): void => {
    picked.value = place;
    moveAll(event, points);
  };
  const onBodyKey = (event: KeyboardEvent): void => {
    const by = ARROWS[event.key];
    if (by) {
      const reach = event.shiftKey ? 10 : 1;
      set(moved(points, by[0] * reach, by[1] * reach, size.value), `keys ${keyOf(place)}`);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      picked.value = undefined;
      change(without(zones.value, place));
    } else if (event.key === "Escape" && isPicked) picked.value = undefined;
    else return;
    event.preventDefault();
  };
  const classes = ["place", place.kind, isPicked && "picked", mistakes.value.has(keyOf(place)) && "wrong"];
  return (
    <g class={classes.filter(Boolean).join(" ")}>
      <path class="casing" d={path} />
      <path class="edge" d={path} />
      {place.kind === "line" && <Direction css={css} />}
      {editable.value && (
        // biome-ignore lint/a11y/useSemanticElements: pictures have no buttons
        <path
          class="grip"
          d={path}
          tabIndex={0}
          role="button"
          aria-label={`${what} ${name}: arrow keys move it, Delete deletes it`}
          onPointerDown={grab}
          onFocus={() => {
            picked.value = place;
          }}
          onKeyDown={onBodyKey}
          onBlur={endStep}
        />
      )}
      {editable.value && isPicked && (
        <Handles
          place={place}
          points={points}
          css={css}
          name={`${what} ${name}`}
          pointOf={pointOf}
          set={set}
        />
      )}
    </g>
  );
}

interface HandlesProps {
  readonly place: Place;
  readonly points: readonly Point[];
  /** In CSS pixels. */
  readonly css: readonly Point[];
  readonly name: string;
  readonly pointOf: (event: PointerEvent) => Point;
  readonly set: (points: readonly Point[], together: string) => void;
}

/** Ends or corners to take hold of, and the middles of a zone's edges, which become corners. */
function Handles({ place, points, css, name, pointOf, set }: HandlesProps) {
  const isZone = place.kind === "zone";
  const dragOne = useDrag(pointOf, (from, to, begun, at) => {
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

/** Which side is in, and which out. */
function Direction({ css }: { readonly css: readonly Point[] }) {
  const [[ax, ay], [bx, by]] = [css[0]!, css[1]!];
  const length = Math.hypot(bx - ax, by - ay);
  if (length < 1) return null;
  const [x, y] = [(ax + bx) / 2, (ay + by) / 2];
  // To the left hand of somebody who looks along the line, y going down.
  const [nx, ny] = [(by - ay) / length, -(bx - ax) / length];
  const tip = (by: number): string => `${x + nx * by} ${y + ny * by}`;
  const arrow = `M${x} ${y}L${tip(15)}M${x + nx * 9 - ny * 5} ${y + ny * 9 + nx * 5}L${tip(16)}L${x + nx * 9 + ny * 5} ${y + ny * 9 - nx * 5}`;
  return (
    <g class="direction">
      <path class="casing" d={arrow} />
      <path class="edge" d={arrow} />
      <text x={x + nx * SIDE} y={y + ny * SIDE}>
        in
      </text>
      <text x={x - nx * SIDE * 0.75} y={y - ny * SIDE * 0.75}>
        out
      </text>
    </g>
  );
}

type Move = (from: Point, to: Point, begun: readonly Point[], at: number) => void;

/** Follows a pointer from where it went down until it is let go. */
function useDrag(pointOf: (event: PointerEvent) => Point, move: Move) {
  return (event: PointerEvent, begun: readonly Point[], at = 0): void => {
    if (event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation();
    const target = event.currentTarget as SVGElement;
    target.focus({ preventScroll: true });
    const from = pointOf(event);
    // On the window: a middle that is taken hold of becomes a corner, and so another element.
    const onMove = (next: PointerEvent): void => {
      if (next.pointerId === event.pointerId) move(from, pointOf(next), begun, at);
    };
    const onEnd = (next: PointerEvent): void => {
      if (next.pointerId !== event.pointerId) return;
      removeEventListener("pointermove", onMove);
      removeEventListener("pointerup", onEnd);
      removeEventListener("pointercancel", onEnd);
      endStep();
    };
    endStep();
    addEventListener("pointermove", onMove);
    addEventListener("pointerup", onEnd);
    addEventListener("pointercancel", onEnd);
  };
}
