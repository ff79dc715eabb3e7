/** A tracks file as a line of the list, read at its two ends only. */
import { type FileHandle, open, readFile } from "node:fs/promises";
import { extname } from "node:path";
import { editsOf, historyOf, parseLog } from "../edit/index.js";
import { factsOf, type TracksFacts } from "../format/facts.js";
import type { RunEntry } from "../report/listing.js";

/** Bytes that are read at each end; headers and counts are rarely longer. */
const WINDOW = 1 << 16;
/** And where they are. */
const WIDE = 1 << 22;
/** A document of this size is read to find out whether it is one. */
const SMALL = 1 << 20;

/** What is known of a file before it is opened. */
export interface Found {
  /** Absolute. */
  readonly file: string;
  /** Below the folder. */
  readonly path: string;
  readonly bytes: number;
  readonly modified: number;
}

/** @returns undefined where it is something else than tracks */
export async function entryOf(found: Found): Promise<RunEntry | undefined> {
  const { file, path, bytes, modified } = found;
  const ending = extname(path).toLowerCase();
  const plain = { path, bytes, modified };
  try {
    const handle = await open(file, "r");
    try {
      let facts = await factsAt(handle, bytes, ending, WINDOW);
      if (facts && !isEnough(facts, ending)) facts = await factsAt(handle, bytes, ending, WIDE);
      if (facts) return { ...plain, ...told(facts, ending), ...(await correctionsOf(file)) };
      const error = await whyNot(handle, found, ending);
      return error === undefined ? undefined : { ...plain, error };
    } finally {
      await handle.close();
    }
  } catch (error) {
    return { ...plain, error: (error as Error).message };
  }
}

async function factsAt(handle: FileHandle, bytes: number, ending: string, window: number) {
  const [head, tail] = [await textAt(handle, 0, window), await textAt(handle, bytes - window, window)];
  return factsOf(head, tail, ending);
}

async function textAt(handle: FileHandle, from: number, length: number): Promise<string> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, Math.max(0, from));
  return buffer.toString("utf8", 0, bytesRead);
}

function isEnough({ header, footer, first, last }: TracksFacts, ending: string): boolean {
  if (ending === ".csv" || ending === ".txt") return true;
  return header !== undefined && footer !== undefined && (first !== undefined) === (last !== undefined);
}

function told({ header, footer, first, last }: TracksFacts, ending: string): Partial<RunEntry> {
  const { input, width, height, frameRate, run = {} } = header ?? {};
  const { integrity, identities } = footer ?? {};
  const hasEnd = ending === ".json" || ending === ".jsonl";
  const seconds =
    first?.time === undefined || last?.time === undefined ? undefined : Math.max(0, last.time - first.time);
  return {
    ...{ input, width, height, frameRate, identities, seconds },
    frames: integrity?.frames ?? (last && last.index + 1),
    tracker: typeof run.tracker === "string" ? run.tracker : undefined,
    detector: nameOf(run.detector),
    trouble: integrity
      ? integrity.interrupted
        ? "stopped before the end"
        : integrity.complete
          ? undefined
          : "part of the input is missing or damaged"
      : hasEnd
        ? "cut off: its end is missing"
        : undefined,
    ...(ending === ".json" && (!header || !footer)
      ? { error: header ? "It ends in the middle" : "Its beginning cannot be read" }
      : {}),
  };
}

const nameOf = (detector: unknown): string | undefined => {
  if (typeof detector === "string") return detector;
  const { name } = (detector ?? {}) as { name?: unknown };
  return typeof name === "string" ? name : undefined;
};

/** Other documents are none of our business; those that claim to be ours, or are broken, are told. */
async function whyNot(
  handle: FileHandle,
  { path, bytes }: Found,
  ending: string,
): Promise<string | undefined> {
  const isNamed = /\.tracks\.(?:json|jsonl|csv)$/i.test(path);
  if (bytes === 0) return isNamed ? "The file is empty" : undefined;
  if (ending === ".json" && bytes <= SMALL) {
    try {
      JSON.parse(await textAt(handle, 0, bytes));
    } catch (error) {
      return `Not JSON: ${(error as Error).message.replaceAll(/\s+/g, " ").slice(0, 200)}`;
    }
  }
  return isNamed ? "Expected tracks, found something else" : undefined;
}

async function correctionsOf(file: string): Promise<Partial<RunEntry>> {
  const path = editsOf(file);
  try {
    const { edits } = historyOf(parseLog(await readFile(path, "utf8"), path).entries);
    return edits.length > 0 ? { corrections: edits.length } : {};
  } catch {
    // Whoever opens the run is told what is wrong with them.
    return {};
  }
}
