/** The whole run in a strip: how many identities there are at a time, and which part the timeline shows. */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { Canvas } from "../canvas.js";
import { counted } from "../show.js";
import { frame, range, run, span, time } from "../state.js";
import { tokens } from "../theme.js";
import { font } from "./drawing.js";
import { damage } from "./rows.js";
import { GUTTER, scaleOf, show, shown, zoom } from "./window.js";

/** Pixels from an edge of the window at which it is taken by that edge. */
const EDGE = 7;

type Grip = "from" | "to" | "both" | "new";

export function Overview() {
  const box = useRef<HTMLDivElement>(null);
  const width = useSignal(0);
  const drag = useRef<{ grip: Grip; seconds: number; from: number; to: number } | undefined>(undefined);
  const cursor = useSignal("default");
  const place = (event: PointerEvent | WheelEvent) => {
    const x = event.clientX - box.current!.getBoundingClientRect().left;
    return { x, seconds: scaleOf(span.value, width.peek()).time(x) };
  };
  const gripAt = (x: number): Grip => {
    const scale = scaleOf(span.value, width.peek());
    const [from, to] = shown.value;
    if (range.value === undefined) return "new";
    if (Math.abs(x - scale.x(from)) <= EDGE) return "from";
    if (Math.abs(x - scale.x(to)) <= EDGE) return "to";
    return "both";
  };
  const onPointerDown = (event: PointerEvent) => {
    const { x, seconds } = place(event);
    const grip = gripAt(x);
    let [from, to] = shown.value;
    if (grip === "both" && (seconds < from || seconds > to)) {
      show(seconds - (to - from) / 2, seconds + (to - from) / 2);
      [from, to] = shown.value;
    }
    drag.current = { grip, seconds, from, to };
    box.current!.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent) => {
    const { x, seconds } = place(event);
    if (!drag.current) {
      const grip = gripAt(x);
      cursor.value = grip === "both" ? "grab" : grip === "new" ? "crosshair" : "ew-resize";
      return;
    }
    const { grip, seconds: start, from, to } = drag.current;
    const [first, last] = span.value;
    if (grip === "from") show(Math.min(seconds, to), to);
    else if (grip === "to") show(from, Math.max(seconds, from));
    else if (grip === "new") {
      if (Math.abs(x - scaleOf(span.value, width.peek()).x(start)) > EDGE)
        show(Math.min(start, seconds), Math.max(start, seconds));
    } else {
      const by = Math.min(Math.max(seconds - start, first - from), last - to);
      show(from + by, to + by);
    }
  };
  const stop = () => {
    drag.current = undefined;
  };
  return (
    <div
      ref={box}
      class="overview"
      style={{ cursor: cursor.value }}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={stop}
      onPointerCancel={stop}
      onWheel={(event) => {
        event.preventDefault();
        zoom(1.0018 ** -event.deltaY, place(event).seconds);
      }}
    >
      <Canvas
        role="img"
        aria-label={`How many identities there are at a time: at most ${counted(most(), "identity", "identities")}`}
        draw={(context, wide, high) => {
          width.value = wide;
          draw(context, wide, high);
        }}
      />
      <Now width={width} />
    </div>
  );
}

function Now({ width }: { readonly width: { readonly value: number } }) {
  void frame.value;
  const x = scaleOf(span.value, width.value).x(time.value);
  return <div class="playhead" style={{ transform: `translateX(${x.toFixed(1)}px)` }} />;
}

function most(): number {
  const { start } = run.value;
  let found = 0;
  for (let at = 1; at < start.length; at++) found = Math.max(found, start[at]! - start[at - 1]!);
  return found;
}

function draw(context: CanvasRenderingContext2D, width: number, height: number): void {
  const { time: times, start } = run.value;
  const colours = tokens.value;
  const scale = scaleOf(span.value, width);
  const highest = most();
  const columns = new Int32Array(Math.max(Math.ceil(width), 1));
  for (let at = 0; at < times.length; at++) {
    const x = Math.max(Math.floor(scale.x(times[at]!)), 0);
    // To where the next frame begins, or there would be stripes in a short run.
    const end = Math.min(Math.max(Math.floor(scale.x(times[at + 1] ?? times[at]!)), x + 1), columns.length);
    const count = start[at + 1]! - start[at]!;
    for (let column = x; column < end; column++) columns[column] = Math.max(columns[column]!, count);
  }
  const room = height - 6;
  context.fillStyle = colours.accent;
  context.globalAlpha = 0.55;
  for (let x = GUTTER; x < columns.length; x++) {
    const high = highest > 0 ? (columns[x]! / highest) * room : 0;
    context.fillRect(x, height - high, 1, high);
  }
  context.globalAlpha = 1;
  context.fillStyle = colours.wrong;
  for (const { from, to } of damage.value) {
    const x = scale.x(times[from]!);
    context.fillRect(x, 0, Math.max(scale.x(times[to]!) - x, 2), 4);
  }
  context.fillStyle = colours.faint;
  context.font = font(11);
  context.textBaseline = "middle";
  context.fillText(`0 – ${highest}`, 8, height / 2);
  if (range.value) drawWindow(context, width, height, scale.x(shown.value[0]), scale.x(shown.value[1]));
}

function drawWindow(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  from: number,
  to: number,
): void {
  const colours = tokens.value;
  context.fillStyle = colours.paper;
  context.globalAlpha = 0.65;
  context.fillRect(GUTTER, 0, from - GUTTER, height);
  context.fillRect(to, 0, width - to, height);
  context.globalAlpha = 1;
  context.fillStyle = colours.accent;
  context.fillRect(from - 1, 0, 2, height);
  context.fillRect(to - 1, 0, 2, height);
  context.fillRect(from, 0, to - from, 1);
  context.fillRect(from, height - 1, to - from, 1);
}
