/** Reads a report's tracks and shows it. */
import { render } from "preact";
import type { Boot } from "../../report/boot.js";
import { unpack } from "../../report/pack.js";
import { partOf, unzipped } from "../parts.js";
import { notices, report, run } from "../state.js";
import { App } from "./app.js";

export async function openReport(into: HTMLElement, told: Boot & { readonly page: "report" }): Promise<void> {
  run.value = unpack(await unzipped(await partOf("run")));
  report.value = told.report;
  notices.value = told.report.notices;
  document.title = `${told.report.title} · Throughline`;
  into.replaceChildren();
  render(<App />, into);
}
