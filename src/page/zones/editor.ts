/** What is edited, and every step back. */
import { computed, signal } from "@preact/signals";
import type { Zones } from "../../count/zones.js";
import { zones } from "../state.js";
import { type Kind, mistakeOf, type Place, type Point, placesOf } from "./places.js";

/** Whether places can be moved: while their panel is open. */
export const editable = signal(false);
export const picked = signal<Place | undefined>(undefined);
/** The place that is being drawn. */
export const drawing = signal<{ readonly kind: Kind; readonly points: readonly Point[] } | undefined>(
  undefined,
);

const MOST_STEPS = 200;
const before = signal<readonly Zones[]>([]);
const after = signal<readonly Zones[]>([]);
export const canUndo = computed(() => before.value.length > 0);
export const canRedo = computed(() => after.value.length > 0);

/** What moves together is one step back. */
let step: string | undefined;

/** Makes a change. @param together changes in a row with the same text are taken back together */
export function change(next: Zones, together?: string): void {
  if (together === undefined || together !== step)
    before.value = [...before.value.slice(1 - MOST_STEPS), zones.value];
  step = together;
  after.value = [];
  zones.value = next;
}

/** The next change is a step of its own. */
export function endStep(): void {
  step = undefined;
}

export function undo(): void {
  go(before, after);
}
export function redo(): void {
  go(after, before);
}

/** Ctrl and Z, where lines and zones have the focus. */
export function onUndoKey(event: KeyboardEvent): void {
  // In a text the browser takes back letters.
  if (event.target instanceof HTMLInputElement && event.target.type !== "checkbox") return;
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
  if (event.shiftKey) redo();
  else undo();
  event.preventDefault();
}

function go(from: typeof before, to: typeof before): void {
  const next = from.value.at(-1);
  if (!next) return;
  step = undefined;
  drawing.value = undefined;
  from.value = from.value.slice(0, -1);
  to.value = [...to.value, zones.value];
  zones.value = next;
  const at = picked.value;
  if (at && !placesOf(next).some((place) => place.kind === at.kind && place.at === at.at))
    picked.value = undefined;
}

/** What is wrong with each place; nothing is counted there. */
export const mistakes = computed((): ReadonlyMap<string, string> => {
  const found = new Map<string, string>();
  for (const place of placesOf(zones.value)) {
    const mistake = mistakeOf(zones.value, place);
    if (mistake !== undefined) found.set(keyOf(place), mistake);
  }
  return found;
});

export const keyOf = ({ kind, at }: Place): string => `${kind} ${at}`;
