/** Reads a report's tracks and shows it. */
import { render } from "preact";
import type { Boot } from "../../report/boot.js";
import { unpack } from "../../report/pack.js";
import type { Run } from "../../report/run.js";
import { startEditing } from "../edit/store.js";
import { Guarded } from "../failure.js";
import { partOf, unzipped } from "../parts.js";
import { names, notices, report, run } from "../state.js";
import { App } from "./app.js";

export async function openReport(into: HTMLElement, told: Boot & { readonly page: "report" }): Promise<void> {
  run.value = readRun(await unzipped(await partOf("run")));
  report.value = told.report;
  notices.value = told.report.notices;
  names.value = new Map(Object.entries(run.value.names ?? {}).map(([id, name]) => [Number(id), name]));
  if (told.editing) await startEditing(told.editing);
  document.title = `${told.report.title} · Throughline`;
  into.replaceChildren();
  render(
    <Guarded>
      <App />
    </Guarded>,
    into,
  );
}

function readRun(bytes: Uint8Array): Run {
  try {
    return unpack(bytes);
  } catch (cause) {
    throw new Error("The tracks in this page are damaged: copy it again, or make the report again", {
      cause,
    });
  }
}
