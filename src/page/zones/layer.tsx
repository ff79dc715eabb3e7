/** Lines and zones over the picture: seen always, drawn and moved while their panel is open. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { addKeys } from "../keys.js";
import { size } from "../player/view.js";
import { zones } from "../state.js";
import { ARROWS } from "./arrows.js";
import { Direction } from "./direction.js";
import { dragging } from "./drag.js";
import { Drawing, drawingHint } from "./drawing.js";
import { change, drawing, editable, endStep, keyOf, mistakes, onUndoKey, picked } from "./editor.js";
import { Handles } from "./handles.js";
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
  const moveAll = dragging(pointOf, (from, to, begun) =>
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
