/**
 * `track models ...`: what there is, what is here, and getting it.
 */
import { existsSync } from "node:fs";
import type { Card } from "../models/card.js";
import { listCards } from "../models/load.js";
import { defaultCacheDir, expectedHash, findCard, modelPath, verifyModel } from "../models/store.js";
import { exitCodes } from "./errors.js";
import { formatBytes } from "./reporter.js";

export interface Streams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
}

export { pull } from "./pull.js";

/** Every model by name, one per line. */
export async function list(_: readonly string[], { stdout, env }: Streams): Promise<number> {
  const cacheDir = defaultCacheDir(env);
  const rows = (await listCards()).map((card) => [
    card.name,
    card.kind,
    stateOf(card, cacheDir),
    card.bytes === undefined ? "" : formatBytes(card.bytes),
    card.licence,
    card.title,
  ]);
  const order = ["embedded", "pulled", "to pull"];
  // Weights alone are no model yet; there are many.
  const place = ([, kind, state]: readonly string[]) => order.indexOf(state!) + (kind === "weights" ? 10 : 0);
  rows.sort((a, b) => place(a) - place(b));
  stdout.write(formatTable([["name", "kind", "state", "size", "licence", "title"], ...rows]));
  return exitCodes.done;
}

/** What a model's card says. */
export async function info([name]: readonly string[], { stdout, env }: Streams): Promise<number> {
  const cacheDir = defaultCacheDir(env);
  const card = await findCard(name!, { cacheDir });
  const { labels } = card;
  const facts: [string, string | undefined][] = [
    ["name", card.name],
    ["title", card.title],
    ["kind", card.kind],
    [card.kind === "weights" ? "network" : "contract", card.contract],
    ["state", stateOf(card, cacheDir)],
    ["file", modelPath(card, { cacheDir })],
    ["size", card.bytes === undefined ? undefined : formatBytes(card.bytes)],
    ["sha256", expectedHash(card)],
    ["address", card.url],
    ["licence", card.licence],
    ["source", card.source],
    ["input", JSON.stringify(card.input)],
    ["labels", labels.length === 0 ? undefined : `${labels.length}: ${labels.join(", ")}`],
    ["notes", card.notes],
  ];
  for (const [key, value] of facts) if (value !== undefined) stdout.write(`${key.padEnd(9)} ${value}\n`);
  return exitCodes.done;
}

/** Compares files with their checksums: those named, or all that are here. */
export async function verify(names: readonly string[], { stdout, env }: Streams): Promise<number> {
  const cacheDir = defaultCacheDir(env);
  let failed = false;
  for (const name of names.length > 0 ? names : (await listCards()).map((card) => card.name)) {
    const { state, problem, path } = await verifyModel(name, { cacheDir });
    if (state === "absent" && names.length === 0) continue;
    const text = {
      ok: "ok",
      absent: `not here; run: track models pull ${name}`,
      unknown: `its card has no checksum to compare ${JSON.stringify(path)} with`,
      wrong: problem,
    }[state];
    stdout.write(`${name}: ${text}\n`);
    failed ||= state === "absent" || state === "wrong";
  }
  return failed ? exitCodes.failed : exitCodes.done;
}

/** Where a model's file is. Fails where it was not pulled yet. */
export async function path([name]: readonly string[], { stdout, stderr, env }: Streams): Promise<number> {
  const cacheDir = defaultCacheDir(env);
  const card = await findCard(name!, { cacheDir });
  const file = modelPath(card, { cacheDir });
  stdout.write(`${file}\n`);
  if (existsSync(file)) return exitCodes.done;
  stderr.write(`error: ${JSON.stringify(file)} is not there yet; run: track models pull ${name}\n`);
  return exitCodes.failed;
}

function stateOf(card: Card, cacheDir: string): string {
  if (card.url === undefined) return "embedded";
  return existsSync(modelPath(card, { cacheDir })) ? "pulled" : "to pull";
}

function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}
