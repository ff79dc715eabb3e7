/** A line or zone in the list: its name, what is counted there, and which classes count. */
import { run, zones } from "../state.js";
import { refused } from "./counting.js";
import { change, endStep, keyOf, mistakes, picked } from "./editor.js";
import { inWords } from "./place-label.js";
import { isSame, type Place, placeOf, turned, withClasses, withName, without } from "./places.js";

export function PlaceItem({ place }: { readonly place: Place }) {
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
