/** Keys and gestures of lines and zones, as the help lists them; done where they have the focus. */
import type { Key } from "../keys.js";

const told = (shown: readonly string[], what: string): Key => ({
  ...{ key: "", shown, what, group: "Lines and zones" },
  run: () => false,
});

export const zoneKeys: readonly Key[] = [
  told(["Drag"], "Move a line, a zone or one of its ends; the dot between two corners makes one more"),
  told(["↑ ↓ ← →"], "Move what has the focus, by one pixel"),
  told(["Shift", "↑ ↓ ← →"], "By ten pixels"),
  told(["Delete"], "Delete the line, the zone or the corner"),
  told(["Enter"], "Close the zone that is drawn"),
  told(["Backspace"], "Take back its last corner"),
  told(["Ctrl", "Z"], "Undo; with Shift, redo"),
];
