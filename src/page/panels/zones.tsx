/** Lines and zones: drawn, named, moved, kept in a file, with what is counted there. */
import { useEffect } from "preact/hooks";
import { size } from "../player/view.js";
import { zones } from "../state.js";
import { isCounting } from "../zones/counting.js";
import { drawingHint } from "../zones/drawing.js";
import {
  canRedo,
  canUndo,
  change,
  drawing,
  editable,
  endStep,
  keyOf,
  onUndoKey,
  picked,
  redo,
  undo,
} from "../zones/editor.js";
import { PlaceItem } from "../zones/place-item.js";
import { type Kind, type Point, placesOf, withNew } from "../zones/places.js";
import { Settings } from "../zones/settings.js";
import { exportZones, ImportButton } from "../zones/zones-file.js";
import "./zones.css";

export function ZonesPanel() {
  useEffect(() => {
    editable.value = true;
    return () => {
      editable.value = false;
      drawing.value = undefined;
      picked.value = undefined;
    };
  }, []);
  const places = placesOf(zones.value);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys that go up from what is inside
    <div class="panel zones-panel" onKeyDown={onUndoKey}>
      <div class="bar">
        <AddButton kind="line" />
        <AddButton kind="zone" />
        <button type="button" disabled={!canUndo.value} onClick={undo}>
          Undo
        </button>
        <button type="button" disabled={!canRedo.value} onClick={redo}>
          Redo
        </button>
        <span class="rest" />
        <ImportButton />
        <button type="button" disabled={places.length === 0} onClick={exportZones}>
          Export
        </button>
      </div>
      <p class="faint" role="status">
        {drawing.value ? drawingHint(drawing.value) : statusOf(places.length)}
      </p>
      {places.length > 0 && (
        <ul class="fills place-list" aria-label="Lines and zones">
          {places.map((place) => (
            <PlaceItem key={keyOf(place)} place={place} />
          ))}
        </ul>
      )}
      <Settings />
    </div>
  );
}

function statusOf(count: number): string {
  if (isCounting.value) return "Counting …";
  if (count === 0)
    return "Draw a line that people cross, or a zone in which they stay: it is counted at once.";
  return "Drag lines, zones and their ends on the picture; the counts follow.";
}

/** Begins to draw; by the keyboard a place is put in the middle, to be moved from there. */
function AddButton({ kind }: { readonly kind: Kind }) {
  const isDrawing = drawing.value?.kind === kind;
  return (
    <button
      type="button"
      aria-pressed={isDrawing}
      onClick={(event) => {
        picked.value = undefined;
        if (event.detail > 0) {
          drawing.value = isDrawing ? undefined : { kind, points: [] };
          // On a phone the picture may be far above.
          if (!isDrawing) document.querySelector(".stage")?.scrollIntoView({ block: "nearest" });
          return;
        }
        const { width, height } = size.value;
        const [left, right, top, bottom] = [width * 0.35, width * 0.65, height * 0.4, height * 0.7];
        const points: Point[] =
          kind === "line"
            ? [
                [left, height / 2],
                [right, height / 2],
              ]
            : [
                [left, top],
                [right, top],
                [right, bottom],
                [left, bottom],
              ];
        const made = withNew(zones.value, kind, points, size.value);
        change(made.zones);
        endStep();
        picked.value = made.place;
        requestAnimationFrame(() =>
          document.querySelector<SVGElement>(".places .picked .handle")?.focus({ preventScroll: true }),
        );
      }}
    >
      {kind === "line" ? "Add line" : "Add zone"}
    </button>
  );
}
