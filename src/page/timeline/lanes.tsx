/** One row per identity: the mouse, touch and keys on the picture that drawing.ts makes. */
import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { frameAt } from "../../report/run.js";
import { Canvas } from "../canvas.js";
import { clock, counted } from "../show.js";
import { frame, goTo, hovered, lives, names, pick, playing, run, selected, time } from "../state.js";
import { drawLanes, RULER } from "./drawing.js";
import { rows } from "./rows.js";
import { type Pointed, Tooltip } from "./tooltip.js";
import { GUTTER, pan, reveal, scaleOf, show, showAll, shown, zoom } from "./window.js";

const LANE = matchMedia("(pointer: coarse)").matches ? 28 : 20;

/** Pixels that a pointer moves before it is a drag. */
const SLOP = 4;

/** Part of the window by which keys and wheels move it. */
const STEP = 0.15;

export function Lanes() {
  const scroller = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const width = useSignal(0);
  /** The identity that the keys are at; rows come and go. */
  const activeId = useSignal<number | undefined>(undefined);
  const active = useComputed(() =>
    Math.max(
      0,
      activeId.value === undefined ? 0 : rows.value.indexOf(lives.value.at.get(activeId.value) ?? -1),
    ),
  );
  const isFocused = useSignal(false);
  const pointed = useSignal<Pointed | undefined>(undefined);
  const count = rows.value.length;

  useFollow();
  useSignalEffect(() => {
    // A pick elsewhere on the page brings its row into view, once the time of the pick is in view too.
    const id = selected.value[selected.value.length - 1];
    if (id === undefined) return undefined;
    activeId.value = id;
    const soon = requestAnimationFrame(() => {
      const row = rows.peek().indexOf(lives.peek().at.get(id) ?? -1);
      if (row >= 0 && scroller.current) scrollTo(scroller.current, row);
    });
    return () => cancelAnimationFrame(soon);
  });

  const at = (event: { readonly clientX: number; readonly clientY: number }) => {
    const box = scroller.current!.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const row = Math.floor((y - RULER + scroller.current!.scrollTop) / LANE);
    const seconds = scaleOf(shown.value, width.peek()).time(Math.max(x, GUTTER));
    return { x, y, row: y < RULER || row >= rows.value.length ? -1 : row, seconds };
  };
  const choose = (row: number, seconds: number | undefined, more: boolean) => {
    const place = rows.value[row];
    if (place === undefined) return;
    const id = lives.value.id[place]!;
    activeId.value = id;
    if (more || selected.value.length !== 1 || selected.value[0] !== id) pick(id, more);
    goTo(seconds === undefined ? lives.value.first[place]! : frameAt(run.value, seconds));
  };
  const gestures = useGestures(at, choose, width);
  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: 10,
      PageUp: -10,
      Home: -count,
      End: count,
    };
    const by = moves[event.key];
    if (by !== undefined) {
      const row = Math.min(Math.max(active.value + by, 0), count - 1);
      activeId.value = lives.value.id[rows.value[row]!];
      scrollTo(scroller.current!, row);
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const way = event.key === "ArrowLeft" ? -1 : 1;
      if (event.shiftKey) pan(way * STEP);
      else goTo(nextEdge(rows.value[active.value]!, way));
    } else if (event.key === "z" && rows.value[active.value] !== undefined)
      showLife(rows.value[active.value]!);
    else if (event.key === "Enter") choose(active.value, undefined, event.shiftKey || event.ctrlKey);
    else if (event.key === "+" || event.key === "=") zoom(1.5, time.value);
    else if (event.key === "-") zoom(1 / 1.5, time.value);
    else if (event.key === "0") showAll();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onWheel = (event: WheelEvent) => {
    const { y, seconds } = at(event);
    const across = event.deltaX || (event.shiftKey ? event.deltaY : 0);
    if (event.ctrlKey || event.metaKey || y < RULER) zoom(1.0018 ** -unitsOf(event), seconds);
    else if (across !== 0 && Math.abs(across) >= Math.abs(event.deltaX === 0 ? 0 : event.deltaY))
      pan(across / Math.max(width.value - GUTTER, 1));
    else return;
    event.preventDefault();
  };
  const onHover = (event: PointerEvent) => {
    if (event.pointerType !== "mouse" || event.buttons !== 0) return;
    const { row, seconds } = at(event);
    const place = rows.value[row];
    hovered.value = place === undefined ? undefined : lives.value.id[place];
    pointed.value =
      place === undefined
        ? undefined
        : { place, seconds, x: event.clientX, y: event.clientY, perPixel: perPixel(width.peek()) };
  };
  const leave = () => {
    hovered.value = undefined;
    pointed.value = undefined;
  };
  const label = useComputed(() => describe(rows.value[active.value]));
  return (
    <div class="lanes-frame">
      <div
        ref={scroller}
        class="lanes"
        role="listbox"
        tabIndex={0}
        aria-label="Identities over time"
        aria-activedescendant={count > 0 ? "active-lane" : undefined}
        onScroll={(event) => {
          top.value = event.currentTarget.scrollTop;
          pointed.value = undefined;
        }}
        onKeyDown={onKeyDown}
        onFocus={() => {
          isFocused.value = scroller.current!.matches(":focus-visible");
        }}
        onBlur={() => {
          isFocused.value = false;
        }}
        onWheel={onWheel}
        onPointerMove={onHover}
        onPointerLeave={leave}
        onDblClick={(event) => {
          const place = rows.value[at(event).row];
          if (place !== undefined) showLife(place);
        }}
        {...gestures}
      >
        <Canvas
          aria-hidden="true"
          draw={(context, wide, high) => {
            width.value = wide;
            drawLanes(context, wide, high, {
              top: top.value,
              lane: LANE,
              active: isFocused.value ? active.value : -1,
            });
          }}
        />
        <div class="lanes-height" style={{ height: `${count * LANE + RULER}px` }}>
          {count > 0 && (
            <div
              id="active-lane"
              class="unseen"
              role="option"
              tabIndex={-1}
              aria-selected={selected.value.includes(lives.value.id[rows.value[active.value] ?? 0]!)}
              aria-setsize={count}
              aria-posinset={active.value + 1}
            >
              {label.value}
            </div>
          )}
        </div>
      </div>
      <Scrub width={width} />
      {count === 0 && <p class="none">No identity is there at these times, that long and of that class.</p>}
      <Tooltip pointed={pointed} />
    </div>
  );
}

const perPixel = (width: number): number => (shown.value[1] - shown.value[0]) / Math.max(width - GUTTER, 1);

/** Wheels tell pixels, lines or pages. */
const unitsOf = ({ deltaY, deltaMode }: WheelEvent): number =>
  deltaY * (deltaMode === 0 ? 1 : deltaMode === 1 ? 30 : 300);

function scrollTo(scroller: HTMLElement, row: number): void {
  const view = scroller.clientHeight - RULER;
  if (row * LANE < scroller.scrollTop) scroller.scrollTop = row * LANE;
  else if ((row + 1) * LANE > scroller.scrollTop + view) scroller.scrollTop = (row + 1) * LANE - view;
}

/** The next frame at which an identity begins, ends or is missing. */
function nextEdge(place: number | undefined, way: number): number {
  if (place === undefined) return frame.value;
  const { stretch, from, to } = lives.value;
  const edges: number[] = [];
  for (let i = stretch[place]!; i < stretch[place + 1]!; i++) edges.push(from[i]!, to[i]!);
  if (way > 0) return edges.find((edge) => edge > frame.value) ?? frame.value;
  return edges.reverse().find((edge) => edge < frame.value) ?? frame.value;
}

/** Shows the whole life of one identity, and a little around it. */
function showLife(place: number): void {
  const { first, last } = lives.value;
  const [from, to] = [run.value.time[first[place]!]!, run.value.time[last[place]!]!];
  const margin = Math.max((to - from) * 0.1, 0.5);
  show(from - margin, to + margin);
}

/** An identity's life in words, for those who hear the page. */
function describe(place: number | undefined): string {
  if (place === undefined) return "";
  const { id, first, last, gaps, class: classes } = lives.value;
  const { time: times, labels } = run.value;
  const name = names.value.get(id[place]!) ?? `Identity ${id[place]}`;
  const kind = labels[classes[place]!];
  const when = `from ${clock(times[first[place]!]!)} to ${clock(times[last[place]!]!)}`;
  return `${name}, ${kind ? `${kind}, ` : ""}${when}, ${counted(gaps[place]!, "gap")}`;
}

/** The window goes with the playhead, unless it was moved away by hand while playing. */
function useFollow(): void {
  const last = useSignal(time.peek());
  useSignalEffect(() => {
    const now = time.value;
    const before = last.peek();
    last.value = now;
    const [from, to] = shown.peek();
    if (now === before || (now >= from && now < to)) return;
    if (!playing.peek() || (before >= from && before < to)) reveal(now);
  });
}

/** The playhead, and the ruler that it is moved by. */
function Scrub({ width }: { readonly width: { readonly value: number } }) {
  const seek = (event: PointerEvent & { readonly currentTarget: HTMLElement }) => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left + GUTTER;
    goTo(frameAt(run.value, scaleOf(shown.value, width.value).time(x)));
  };
  const count = run.value.index.length;
  const now = frame.value;
  const there = run.value.start[now + 1]! - run.value.start[now]! || 0;
  const x = scaleOf(shown.value, width.value).x(time.value);
  const onKeyDown = (event: KeyboardEvent) => {
    const big = Math.max(1, Math.round(count / 20));
    const to = { Home: 0, End: count - 1, PageUp: now - big, PageDown: now + big }[event.key];
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (to === undefined && by === undefined) return;
    goTo(to ?? now + by!);
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <>
      <div
        class="scrub"
        style={{ left: `${GUTTER}px`, height: `${RULER}px`, width: `${Math.max(width.value - GUTTER, 0)}px` }}
        role="slider"
        tabIndex={0}
        aria-label="Frame"
        aria-valuemin={0}
        aria-valuemax={Math.max(count - 1, 0)}
        aria-valuenow={now}
        aria-valuetext={`${clock(time.value)}, frame ${run.value.index[now] ?? 0}, ${counted(there, "identity", "identities")}`}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          seek(event);
        }}
        onPointerMove={(event) => {
          if (event.buttons > 0) seek(event);
        }}
        onWheel={(event) => {
          event.preventDefault();
          const left = event.currentTarget.getBoundingClientRect().left - GUTTER;
          zoom(1.0018 ** -unitsOf(event), scaleOf(shown.value, width.value).time(event.clientX - left));
        }}
      />
      {x >= GUTTER - 1 && x <= width.value && (
        <div class="playhead" style={{ transform: `translateX(${x.toFixed(1)}px)` }} />
      )}
    </>
  );
}

/** One pointer drags or clicks, two zoom. */
function useGestures(
  at: (event: PointerEvent) => { readonly x: number; readonly row: number; readonly seconds: number },
  choose: (row: number, seconds: number | undefined, more: boolean) => void,
  width: { peek(): number },
) {
  const pointers = useRef(new Map<number, number>());
  const start = useRef({ x: 0, from: 0, to: 0, isDrag: false });
  const begin = () => {
    const [from, to] = shown.value;
    const [x = 0] = pointers.current.values();
    start.current = { x, from, to, isDrag: start.current.isDrag };
  };
  const end = (event: PointerEvent) => {
    pointers.current.delete(event.pointerId);
    begin();
  };
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0) return;
      if (pointers.current.size === 0) start.current.isDrag = false;
      pointers.current.set(event.pointerId, event.clientX);
      begin();
    },
    onPointerMoveCapture: (event: PointerEvent & { readonly currentTarget: HTMLElement }) => {
      const last = pointers.current.get(event.pointerId);
      if (last === undefined) return;
      if (pointers.current.size === 2) {
        start.current.isDrag = true;
        pinch(event, pointers.current, at, width.peek());
        return;
      }
      pointers.current.set(event.pointerId, event.clientX);
      const { x, from, to, isDrag } = start.current;
      if (!isDrag && Math.abs(event.clientX - x) < SLOP) return;
      start.current.isDrag = true;
      event.currentTarget.setPointerCapture(event.pointerId);
      const by = ((x - event.clientX) * (to - from)) / Math.max(width.peek() - GUTTER, 1);
      pan((from + by - shown.value[0]) / (to - from));
    },
    onPointerUp: (event: PointerEvent) => {
      const isClick = pointers.current.has(event.pointerId) && !start.current.isDrag;
      end(event);
      if (!isClick) return;
      const { x, row, seconds } = at(event);
      choose(row, x < GUTTER ? undefined : seconds, event.shiftKey || event.ctrlKey || event.metaKey);
    },
    onPointerCancel: end,
  };
}

/** What was under each finger stays there. */
function pinch(
  event: PointerEvent,
  pointers: Map<number, number>,
  at: (event: PointerEvent) => { readonly x: number },
  width: number,
): void {
  const shift = event.clientX - at(event).x;
  const before = [...pointers.values()].map((x) => scaleOf(shown.value, width).time(x - shift));
  pointers.set(event.pointerId, event.clientX);
  const after = [...pointers.values()].map((x) => x - shift);
  const [t1, t2] = before as [number, number];
  const [x1, x2] = after as [number, number];
  if (Math.abs(x1 - x2) < 8 || t1 === t2) return;
  const perPixel = Math.abs((t1 - t2) / (x1 - x2));
  const from = t1 - (x1 - GUTTER) * perPixel;
  show(from, from + (width - GUTTER) * perPixel);
}
