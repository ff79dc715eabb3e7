/** Shows the runs and batches of a folder. */
import { render } from "preact";
import type { Boot } from "../../report/boot.js";
import { Runs } from "./runs.js";

export function openRuns(into: HTMLElement, told: Boot & { readonly page: "runs" }): void {
  document.title = "Runs · Throughline";
  into.replaceChildren();
  render(<Runs base={told.base} />, into);
}
