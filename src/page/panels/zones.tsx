/** Lines and zones: drawn, named, moved, kept in a file, with what is counted there. */
import { useEffect, useRef } from "preact/hooks";
import { parseZones, type Zones } from "../../count/zones.js";
import { download } from "../download.js";
import { size } from "../player/view.js";
import { notices, report, run, zones } from "../state.js";
import { isCounting, refused } from "../zones/counting.js";
import { drawingHint } from "../zones/drawing.js";
import {
  canRedo,
  canUndo,
  change,
  drawing,
  editable,
  endStep,
  keyOf,
  mistakes,
  onUndoKey,
  picked,
  redo,
  undo,
} from "../zones/editor.js";
import { inWords } from "../zones/place-label.js";
import {
  isSame,
  type Kind,
  type Place,
  type Point,
  placeOf,
  placesOf,
  turned,
  withClasses,
  withName,
  withNew,
  without,
} from "../zones/places.js";
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

function PlaceItem({ place }: { readonly place: Place }) {
  const one = placeOf(zones.value, place)!;
  const what = place.kind === "line" ? "line" : "zone";
  const isPicked = isSame(picked.value, place);
  const mistake = mistakes.value.get(keyOf(place)) ?? refused.value.get(keyOf(place));
  const id = keyOf(place).replace(" ", "-");
  return (
    <li class={isPicked ? "picked" : undefined}>
      <div class="place-head">
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
          <path
            d={place.kind === "line" ? "M2 13L14 3" : "M3 3h8l2 5-4 5H3z"}
            fill="none"
            stroke="currentColor"
            stroke-width="1.5"
          />
        </svg>
        <input
          type="text"
          aria-label={`Name of the ${what}`}
          aria-invalid={mistake !== undefined}
          aria-describedby={mistake === undefined ? undefined : `${id}-mistake`}
          maxLength={100}
          value={one.name}
          onFocus={() => {
            picked.value = place;
          }}
          onInput={(event) => change(withName(zones.value, place, event.currentTarget.value), `name ${id}`)}
          onBlur={endStep}
        />
        <output>{inWords(place, one.name.trim())}</output>
        {place.kind === "line" && (
          <button
            type="button"
            title="Exchange in and out"
            aria-label={`Turn ${one.name}: exchange in and out`}
            onClick={() => {
              picked.value = place;
              change(turned(zones.value, place));
            }}
          >
            Turn
          </button>
        )}
        <button
          type="button"
          aria-label={`Delete ${one.name}`}
          onClick={() => {
            picked.value = undefined;
            change(without(zones.value, place));
          }}
        >
          Delete
        </button>
      </div>
      {mistake !== undefined && (
        <p class="mistake" id={`${id}-mistake`}>
          {mistake}. Nothing is counted here.
        </p>
      )}
      <Classes place={place} classes={one.classes} name={one.name} />
    </li>
  );
}

/** Which classes count at a place. */
function Classes({
  place,
  classes,
  name,
}: {
  readonly place: Place;
  readonly classes: readonly string[] | undefined;
  readonly name: string;
}) {
  const known = classesOf();
  const others = (classes ?? []).filter(
    (one) => !known.some((label) => label.toLowerCase() === one.toLowerCase()),
  );
  const all = [...known, ...others];
  if (all.length < 2 && classes === undefined) return null;
  const isOn = (label: string): boolean =>
    classes?.some((one) => one.toLowerCase() === label.toLowerCase()) ?? false;
  return (
    <details class="place-classes">
      <summary>Counts {classes === undefined ? "all classes" : classes.join(", ")}</summary>
      <fieldset>
        <legend class="unseen">Classes that count at {name}</legend>
        {all.map((label) => (
          <label key={label}>
            <input
              type="checkbox"
              checked={isOn(label)}
              onChange={(event) => {
                const rest = (classes ?? []).filter((one) => one.toLowerCase() !== label.toLowerCase());
                const next = event.currentTarget.checked ? [...rest, label] : rest;
                change(withClasses(zones.value, place, next));
              }}
            />
            {label}
          </label>
        ))}
        <p class="faint">None chosen counts all.</p>
      </fieldset>
    </details>
  );
}

let labelsOf: { readonly of: unknown; readonly labels: readonly string[] } | undefined;
/** Classes that the run has, by their names. */
function classesOf(): readonly string[] {
  const { class: classes, labels } = run.value;
  if (labelsOf?.of !== classes) {
    const there = [...new Set(classes)].sort((a, b) => a - b);
    labelsOf = { of: classes, labels: there.flatMap((c) => (labels[c] ? [labels[c]] : [])) };
  }
  return labelsOf.labels;
}

/** What holds for all lines and zones. */
function Settings() {
  const { point, margin, gap } = zones.value;
  const number = (
    label: string,
    value: number,
    [least, most, step]: readonly [number, number, number],
    key: "margin" | "gap",
  ) => (
    <label>
      <span>{label}</span>
      <input
        type="number"
        min={least}
        max={most}
        step={step}
        value={value}
        onChange={(event) => {
          const next = event.currentTarget.valueAsNumber;
          if (next >= least && next <= most) change({ ...zones.value, [key]: next });
          else event.currentTarget.value = String(value);
        }}
      />
    </label>
  );
  return (
    <details class="settings">
      <summary>How it is counted</summary>
      <div>
        <label>
          <span>What of a box counts</span>
          <select
            value={point}
            onChange={(event) =>
              change({ ...zones.value, point: event.currentTarget.value as Zones["point"] })
            }
          >
            <option value="foot">its foot</option>
            <option value="centre">its centre</option>
          </select>
        </label>
        {number("How far beyond an edge, in heights of the box", margin, [0, 1, 0.05], "margin")}
        {number("Seconds unseen after which it has left", gap, [0.1, 86_400, 0.1], "gap")}
      </div>
    </details>
  );
}

/** As `track count --zones` reads it. */
function exportZones(): void {
  const name = `${report.value.title.replace(/\.\w+$/, "")}.zones.json`;
  try {
    const checked = parseZones(JSON.stringify(zones.value), name);
    download(name, "application/json", `${JSON.stringify(checked, undefined, 2)}\n`);
  } catch (error) {
    say(`The zones cannot be exported yet: ${(error as Error).message}`);
  }
}

function ImportButton() {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" onClick={() => input.current!.click()}>
        Import
      </button>
      <input
        ref={input}
        type="file"
        accept=".json,application/json"
        hidden
        aria-label="File of zones"
        onChange={async (event) => {
          const field = event.currentTarget;
          const file = field.files?.[0];
          if (!file) return;
          try {
            const next = parseZones(await file.text(), file.name);
            picked.value = undefined;
            change(next);
            endStep();
          } catch (error) {
            say((error as Error).message);
          }
          field.value = "";
        }}
      />
    </>
  );
}

const say = (text: string): void => {
  notices.value = [...notices.value.filter((one) => one !== text), text];
};
