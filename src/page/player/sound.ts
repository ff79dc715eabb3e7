/** Whether the video is heard; remembered where the browser lets a page remember. */
import { signal } from "@preact/signals";

const KEY = "throughline-sound";

export const isHeard = signal(remembered());

export function hear(isOn: boolean): void {
  isHeard.value = isOn;
  try {
    if (isOn) localStorage.setItem(KEY, "on");
    else localStorage.removeItem(KEY);
  } catch {
    // Pages that are files have no memory in some browsers.
  }
}

function remembered(): boolean {
  try {
    return localStorage.getItem(KEY) === "on";
  } catch {
    return false;
  }
}
