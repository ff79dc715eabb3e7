/**
 * The keys of the page, in one table. A component adds its own with `addKeys`; the help lists what is there.
 */
import { signal } from "@preact/signals";

/** One thing that a key does. */
export interface Key {
  /** As `KeyboardEvent.key` has it; letters in lower case. */
  readonly key: string;
  /** @default false; whatever for signs that are typed with it, such as "?" */
  readonly shift?: boolean;
  /** Ctrl, or Command. @default false */
  readonly control?: boolean;
  /** What is written on the keys, as in `["Shift", "←"]`. */
  readonly shown: readonly string[];
  /** Heading that it stands under in the help. */
  readonly group: string;
  /** What it does, in words for the help. */
  readonly what: string;
  /** False where there was nothing to do, and the browser may have the key. */
  readonly run: () => unknown;
}

/** All keys, in the order in which they were added. */
export const keys = signal<readonly Key[]>([]);

/** Adds keys. @returns what takes them away again */
export function addKeys(more: readonly Key[]): () => void {
  keys.value = [...keys.value, ...more];
  return () => {
    keys.value = keys.value.filter((key) => !more.includes(key));
  };
}

/** Inputs in which arrows, Home and End move something of their own. */
const MOVING = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"]);
/** Inputs that are not typed in. */
const PRESSED = new Set(["button", "checkbox", "color", "file", "radio", "range", "reset", "submit"]);

/** Whether whatever has the focus has this key for itself. */
function isTaken({ key, target }: KeyboardEvent): boolean {
  if (!(target instanceof Element)) return false;
  if (target.closest("dialog")) return true;
  if (target.closest("select, textarea, [contenteditable]")) return true;
  const input = target.closest("input");
  if (input && !PRESSED.has(input.type)) return true;
  if (MOVING.has(key)) return input?.type === "range" || input?.type === "radio";
  if (key === " " || key === "Enter")
    return target.closest("button, a[href], summary, [role=button], input:not([type=range])") !== null;
  return false;
}

const isPrinted = (key: string): boolean => key.length === 1 && key.toLowerCase() === key.toUpperCase();

/** Does what a key stands for, unless a component or an input had it. */
export function press(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.altKey || event.isComposing || isTaken(event)) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const found = keys.value.find(
    (one) =>
      one.key === key &&
      (one.control ?? false) === (event.ctrlKey || event.metaKey) &&
      // The sign says already whether Shift was held.
      ((one.shift ?? false) === event.shiftKey || (isPrinted(key) && key !== " ")),
  );
  if (found && found.run() !== false) event.preventDefault();
}
