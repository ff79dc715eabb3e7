/** Keys and gestures of the timeline, as the help lists them. */
import type { Key } from "../keys.js";
import { time } from "../state.js";
import { showAll, zoom } from "./window.js";

/** Listed for the help; done where the focus or the pointer is. */
const told = (shown: readonly string[], what: string, group: string): Key => ({
  key: "",
  shown,
  what,
  group,
  run: () => false,
});

const ROWS = "In the rows of the timeline";
const MARKS = "Marks on the timeline";
const POINTER = "Timeline, by mouse or touch";

export const timelineKeys: readonly Key[] = [
  { key: "+", shown: ["+"], what: "zoom in", group: "Timeline", run: () => zoom(1.6, time.value) },
  { key: "-", shown: ["−"], what: "zoom out", group: "Timeline", run: () => zoom(1 / 1.6, time.value) },
  { key: "0", shown: ["0"], what: "the whole run", group: "Timeline", run: showAll },
  told(["↑", "↓"], "from one identity to the next", ROWS),
  told(["←", "→"], "to where it begins, ends or is missing", ROWS),
  told(["Shift", "← →"], "move to other times", ROWS),
  told(["Enter"], "pick it and go to where it begins", ROWS),
  told(["Z"], "show its whole life, and no more", ROWS),
  told(["Click"], "go there and pick; with Shift in addition", POINTER),
  told(["Double click"], "show the whole life of the identity", POINTER),
  told(["Drag"], "move to other times", POINTER),
  told(["Wheel"], "zoom, over the ruler and the strip", POINTER),
  told(["Ctrl", "Wheel"], "zoom, over the rows; or two fingers", POINTER),
  told(["thin bar"], "predicted or interpolated, not seen", MARKS),
  told(["red line"], "a doubtful place, see Health", MARKS),
  told(["red triangle"], "an identity switch, by the ground truth", MARKS),
  told(["diamond"], "joined to an earlier identity", MARKS),
  told(["pin"], "crossed a line", MARKS),
  told(["red band"], "the video is damaged or missing", MARKS),
];
