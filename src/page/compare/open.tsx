/** Reads two runs and shows how they differ. */
import { render } from "preact";
import { Correctable, correctedRun, type Entry, historyOf } from "../../edit/index.js";
import type { Boot } from "../../report/boot.js";
import type { Comparison } from "../../report/listing.js";
import { unpack } from "../../report/pack.js";
import type { Run } from "../../report/run.js";
import { unzipped } from "../parts.js";
import { names, notices, report, run } from "../state.js";
import { Compare } from "./compare.js";
import { comparison, failure, other } from "./state.js";

type Told = Boot & { readonly page: "compare" };

export async function openCompare(into: HTMLElement, told: Told): Promise<void> {
  const [a, b] = await Promise.all(told.names.map((name) => load(told.base, name)));
  const [first, second] = told.reports;
  run.value = a!;
  other.value = b!;
  names.value = new Map(Object.entries(a!.names ?? {}).map(([id, name]) => [Number(id), name]));
  // One video is behind both.
  report.value = { ...first, video: first.video ?? second.video };
  if (a!.input !== b!.input)
    notices.value = [`The two are of different inputs: A of “${a!.input}”, B of “${b!.input}”.`];
  document.title = `${told.names.join(" and ")} · Throughline`;
  into.replaceChildren();
  render(<Compare told={told} />, into);
  const query = told.names.map((name, i) => `${"ab"[i]}=${encodeURIComponent(name)}`).join("&");
  try {
    comparison.value = await ask<Comparison>(`${told.base}api/compare?${query}`);
  } catch (error) {
    failure.value = (error as Error).message;
  }
}

/** A run as it is after its corrections. */
async function load(base: string, name: string): Promise<Run> {
  const path = name.split("/").map(encodeURIComponent).join("/");
  const answer = await fetch(`${base}parts/${path}/run`);
  if (!answer.ok) throw new Error(`Cannot load "${name}": ${await answer.text()}`);
  const plain = unpack(await unzipped(await answer.blob()));
  // Corrections that cannot be read are told where the run is opened by itself.
  const log = await ask<{ readonly entries: readonly Entry[] }>(`${base}edits/${path}`).catch(
    () => undefined,
  );
  const { edits } = historyOf(log?.entries ?? []);
  return edits.length === 0 ? plain : correctedRun(plain, new Correctable(plain).correct(edits));
}

async function ask<T>(url: string): Promise<T> {
  const answer = await fetch(url, { headers: { accept: "application/json" } });
  const value = (await answer.json()) as T & { readonly message?: string };
  if (answer.ok) return value;
  throw new Error(value.message ?? `track view answered ${answer.status}`);
}
