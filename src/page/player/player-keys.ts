/** The player's keys. */
import type { Key } from "../keys.js";
import { frame, goTo, identities, playing, report, rowFrames, run, selected } from "../state.js";
import { hear, isHeard } from "./sound.js";
import { stepBy } from "./transport.js";
import { showsHelp, step } from "./view.js";

const SEVERAL = 10;

/** The frames at which an identity comes into view: its first, and each after a gap. */
function appearancesOf(rows: Int32Array, frames: Int32Array, index: Int32Array, step: number): number[] {
  const found: number[] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (const row of rows) {
    const at = frames[row]!;
    if (index[at]! - before > step) found.push(at);
    before = index[at]!;
  }
  return found;
}

/** Goes to where the picked identity comes into view next, or came before. */
function goToAppearance(direction: 1 | -1): boolean {
  const rows = identities.value.get(selected.value.at(-1) ?? Number.NaN);
  if (!rows) return false;
  const all = appearancesOf(rows, rowFrames.value, run.value.index, step.value);
  const to = direction > 0 ? all.find((at) => at > frame.value) : all.filter((at) => at < frame.value).at(-1);
  if (to !== undefined) goTo(to);
  return true;
}

/** All of them. */
export function playerKeys(fullscreen: () => void): readonly Key[] {
  const group = "Playing";
  return [
    {
      ...{ key: " ", shown: ["Space"], group, what: "Play or pause" },
      run() {
        playing.value = !playing.value;
      },
    },
    { key: "ArrowLeft", shown: ["←"], group, what: "One frame back", run: () => stepBy(-1) },
    { key: "ArrowRight", shown: ["→"], group, what: "One frame on", run: () => stepBy(1) },
    {
      ...{ key: "ArrowLeft", shift: true, shown: ["Shift", "←"], group },
      ...{ what: "Ten frames back", run: () => stepBy(-SEVERAL) },
    },
    {
      ...{ key: "ArrowRight", shift: true, shown: ["Shift", "→"], group },
      ...{ what: "Ten frames on", run: () => stepBy(SEVERAL) },
    },
    { key: "Home", shown: ["Home"], group, what: "First frame", run: () => goTo(0) },
    { key: "End", shown: ["End"], group, what: "Last frame", run: () => goTo(run.value.index.length - 1) },
    {
      ...{ key: "[", shown: ["["], group, what: "Where the picked identity came into view before" },
      run: () => goToAppearance(-1),
    },
    {
      ...{ key: "]", shown: ["]"], group, what: "Where the picked identity comes into view next" },
      run: () => goToAppearance(1),
    },
    {
      ...{ key: "a", shown: ["A"], group, what: "Sound on or off, where there is some" },
      run() {
        if (!report.value.video?.hasSound) return false;
        hear(!isHeard.value);
        return true;
      },
    },
    { key: "f", shown: ["F"], group: "Page", what: "Full screen", run: fullscreen },
    {
      ...{ key: "?", shown: ["?"], group: "Page", what: "These keys" },
      run() {
        showsHelp.value = true;
      },
    },
    {
      ...{ key: "Escape", shown: ["Esc"], group: "Page", what: "Pick nothing" },
      run() {
        if (selected.value.length === 0) return false;
        selected.value = [];
        return true;
      },
    },
  ];
}
