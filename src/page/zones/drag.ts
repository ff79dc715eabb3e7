/** Dragging: what moves follows a pointer from where it went down until it is let go. */
import { endStep } from "./editor.js";
import type { Point } from "./places.js";

type Move = (from: Point, to: Point, begun: readonly Point[], at: number) => void;

/** @returns what begins it */
export function dragging(pointOf: (event: PointerEvent) => Point, move: Move) {
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
