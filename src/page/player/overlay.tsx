/** The boxes over the picture: drawn in the moment the picture changes, pointed at and picked. */
import { effect, useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { INTERPOLATED, PREDICTED } from "../../report/run.js";
import { hovered, identities, names, pick, rowFrames, run, selected, shownClasses } from "../state.js";
import { drawBoxes, drawnRows, rowAt } from "./draw.js";
import { shown, showsLabels, showsSelectedOnly, size, trail } from "./view.js";

interface Point {
  readonly x: number;
  readonly y: number;
}

export function Overlay() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useSignal({ width: 0, height: 0, scale: 1 });
  /** Where the pointer is, in CSS pixels of the overlay. */
  const pointer = useSignal<Point | undefined>(undefined);
  const rowBelow = ({ x, y }: Point): number | undefined => {
    const at = shown.value;
    const { width, height } = box.value;
    if (at === undefined || width === 0) return undefined;
    const rows = drawnRows(run.value, at, {
      ...{ selected: selected.value, classes: shownClasses.value, onlySelected: showsSelectedOnly.value },
    });
    const { width: wide, height: high } = size.value;
    return rowAt(run.value, rows, (x / width) * wide * 100, (y / height) * high * 100);
  };
  const below = useComputed(() => (pointer.value ? rowBelow(pointer.value) : undefined));
  useSignalEffect(() => {
    if (pointer.value) hovered.value = below.value === undefined ? undefined : run.value.id[below.value];
  });

  useEffect(() => {
    const element = canvas.current!;
    const measure = (): void => {
      const { clientWidth: width, clientHeight: height } = element;
      box.value = { width, height, scale: window.devicePixelRatio || 1 };
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    addEventListener("resize", measure);
    // Not a hook of signals: those wait for the next drawing of the page, by which time the picture is another.
    const stop = effect(() => {
      const { width, height, scale } = box.value;
      if (width === 0 || height === 0) return;
      const [wide, high] = [Math.round(width * scale), Math.round(height * scale)];
      if (element.width !== wide || element.height !== high) {
        element.width = wide;
        element.height = high;
      }
      const context = element.getContext("2d")!;
      context.setTransform(scale, 0, 0, scale, 0, 0);
      context.clearRect(0, 0, width, height);
      const at = shown.value;
      const index = at === undefined ? undefined : run.value.index[at];
      element.dataset.frame = index === undefined ? "" : String(index);
      if (at === undefined || index === undefined) return;
      drawBoxes(context, run.value, at, {
        ...{ from: size.value, to: { width, height } },
        ...{ selected: selected.value, hovered: hovered.value, classes: shownClasses.value },
        ...{ names: names.value, labels: showsLabels.value, onlySelected: showsSelectedOnly.value },
        ...{ identities: identities.value, rowFrames: rowFrames.value, trail: trail.value },
      });
    });
    return () => {
      stop();
      observer.disconnect();
      removeEventListener("resize", measure);
      hovered.value = undefined;
    };
  }, []);

  const pointOf = (event: MouseEvent): Point => {
    const { left, top } = canvas.current!.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };

  return (
    <>
      <canvas
        ref={canvas}
        class={`overlay${below.value === undefined ? "" : " pointing"}`}
        role="img"
        aria-label="Boxes over the video"
        onPointerMove={(event) => {
          pointer.value = pointOf(event);
        }}
        onPointerLeave={() => {
          pointer.value = undefined;
          hovered.value = undefined;
        }}
        onClick={(event) => {
          const row = rowBelow(pointOf(event));
          if (row !== undefined) pick(run.value.id[row]!, event.shiftKey);
          else if (!event.shiftKey && selected.value.length > 0) selected.value = [];
        }}
      />
      {pointer.value && below.value !== undefined && (
        <Facts {...pointer.value} row={below.value} box={box.value} />
      )}
    </>
  );
}

/** What is known of the box under the pointer. */
function Facts({
  x,
  y,
  row,
  box,
}: Point & { readonly row: number; readonly box: { readonly width: number; readonly height: number } }) {
  const { id: ids, class: classes, labels, score, flags, joined, box: boxes } = run.value;
  const id = ids[row]!;
  const side = (at: number): number => boxes[row * 4 + at]! / 100;
  const name = names.value.get(id);
  const isRight = x > box.width / 2;
  const isLow = y > box.height / 2;
  return (
    <div
      class="box-facts"
      role="tooltip"
      style={{
        ...(isRight ? { right: `${box.width - x + 12}px` } : { left: `${x + 12}px` }),
        ...(isLow ? { bottom: `${box.height - y + 12}px` } : { top: `${y + 12}px` }),
      }}
    >
      <strong>{name === undefined ? `Identity ${id}` : `${name} (${id})`}</strong>
      <span>
        {labels[classes[row]!] ?? "object"}, score {score[row]!.toFixed(2)}
      </span>
      <span>
        {(side(2) - side(0)).toFixed(0)} × {(side(3) - side(1)).toFixed(0)} at {side(0).toFixed(0)},{" "}
        {side(1).toFixed(0)}
      </span>
      {(flags[row]! & INTERPOLATED) > 0 && <span>Filled in: not seen in this frame</span>}
      {(flags[row]! & (INTERPOLATED | PREDICTED)) === PREDICTED && (
        <span>Predicted: not seen in this frame</span>
      )}
      {joined[row]! > 0 && <span>Was {joined[row]} before it was joined</span>}
    </div>
  );
}
