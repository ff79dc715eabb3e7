/** The name of a line or zone over the picture, with what was counted there. */
import { size } from "../player/view.js";
import { counted, zones } from "../state.js";
import { keyOf, mistakes } from "./editor.js";
import { type Place, placeOf, pointsOf } from "./places.js";

export function PlaceLabel({
  place,
  scale,
  width,
}: {
  readonly place: Place;
  readonly scale: { readonly x: number; readonly y: number };
  /** Of the layer, in CSS pixels. */
  readonly width: number;
}) {
  const points = pointsOf(zones.value, place, size.value);
  // At a line's beginning, and at a zone's highest corner.
  const [x, y] = place.kind === "line" ? points[0]! : points.reduce((a, b) => (b[1] < a[1] ? b : a));
  const name = placeOf(zones.value, place)!.name.trim();
  const isLeft = x * scale.x < width / 2;
  return (
    <div
      class={`place-label${mistakes.value.has(keyOf(place)) ? " wrong" : ""}`}
      style={{
        ...(isLeft ? { left: `${x * scale.x + 8}px` } : { right: `${width - x * scale.x + 8}px` }),
        top: `${Math.max(0, y * scale.y - 24)}px`,
      }}
    >
      <b>{name}</b>
      <span>{inWords(place, name)}</span>
    </div>
  );
}

/** What was counted at a place, as short as can be. */
export function inWords({ kind }: Place, name: string): string {
  const totals = counted.value?.totals;
  if (kind === "line") {
    const line = totals?.lines.find((one) => one.name === name);
    return line ? `in ${line.in}  out ${line.out}` : "";
  }
  const zone = totals?.zones.find((one) => one.name === name);
  return zone ? `${zone.visits} ${zone.visits === 1 ? "visit" : "visits"}` : "";
}
