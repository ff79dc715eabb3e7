/** Bars between the parts of the page, to be dragged or moved with the arrow keys (WAI-ARIA window splitter). */
import { signal } from "@preact/signals";

/** Pixels. */
export const sizes = { known: signal(560), timeline: signal(280) };

const LIMITS = {
  known: { least: 320, most: () => Math.max(320, window.innerWidth - 420) },
  timeline: { least: 140, most: () => Math.max(140, window.innerHeight - 320) },
};

const STEP = 24;

export function Splitter({ of, label }: { readonly of: keyof typeof sizes; readonly label: string }) {
  const size = sizes[of];
  const { least, most } = LIMITS[of];
  const isUpright = of === "known";
  const set = (value: number) => {
    size.value = Math.round(Math.min(Math.max(value, least), most()));
  };
  const onPointerDown = (event: PointerEvent & { readonly currentTarget: HTMLElement }) => {
    const bar = event.currentTarget;
    bar.setPointerCapture(event.pointerId);
    const place = (e: PointerEvent) => (isUpright ? e.clientX : e.clientY);
    const start = place(event) + size.value;
    const move = (e: PointerEvent) => set(start - place(e));
    bar.addEventListener("pointermove", move);
    bar.addEventListener("lostpointercapture", () => bar.removeEventListener("pointermove", move), {
      once: true,
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const more = isUpright ? "ArrowLeft" : "ArrowUp";
    const less = isUpright ? "ArrowRight" : "ArrowDown";
    if (event.key === more) set(size.value + STEP);
    else if (event.key === less) set(size.value - STEP);
    else if (event.key === "Home") set(least);
    else if (event.key === "End") set(most());
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule cannot be moved.
    <div
      class={`splitter ${isUpright ? "upright" : "level"}`}
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={isUpright ? "vertical" : "horizontal"}
      aria-valuenow={size.value}
      aria-valuemin={least}
      aria-valuemax={most()}
      onPointerDown={onPointerDown}
      onKeyDown={onKeyDown}
    />
  );
}
