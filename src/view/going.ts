/**
 * Runs that are going on, by what they leave on the disk meanwhile: a lock with signs of life, and the file that grows
 * (see src/format/beside.ts for the names).
 */
import { open, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { holderOf } from "../checkpoint/lock.js";
import { beside } from "../format/beside.js";
import { factsOf } from "../format/facts.js";
import type { GoingRun } from "../report/listing.js";

const WINDOW = 1 << 16;

/** A run that is going on, with the hidden name that belongs to its output. */
export interface Going {
  readonly run: GoingRun;
  /** As `beside(output, "lock")`. */
  readonly lock: string;
}

/** @param locks paths of files named `.track-*.lock`; `folder` is what theirs is called */
export async function goingRuns(locks: readonly string[], folder: string): Promise<Going[]> {
  const found: Going[] = [];
  for (const lock of locks) {
    if (!(await holderOf(lock).catch(() => undefined))) continue;
    const stem = lock.slice(0, -".lock".length);
    // Tracks that are put right after the last frame wait in a draft until then.
    for (const part of [beside(`${stem}.draft`, "part"), `${stem}.part`]) {
      const run = await look(part, folder);
      if (!run) continue;
      found.push({ run, lock: basename(lock) });
      break;
    }
  }
  return found;
}

/** The hidden name of the lock that a run takes for an output. */
export const lockOf = (folder: string, output: string): string =>
  basename(beside(join(folder, output), "lock"));

async function look(part: string, folder: string): Promise<GoingRun | undefined> {
  const found = await stat(part).catch(() => undefined);
  if (!found?.isFile()) return undefined;
  const handle = await open(part, "r").catch(() => undefined);
  if (!handle) return undefined;
  try {
    const head = Buffer.alloc(WINDOW);
    const tail = Buffer.alloc(WINDOW);
    const [begin, end] = [
      await handle.read(head, 0, WINDOW, 0),
      await handle.read(tail, 0, WINDOW, Math.max(0, found.size - WINDOW)),
    ];
    const texts = [
      head.toString("utf8", 0, begin.bytesRead),
      tail.toString("utf8", 0, end.bytesRead),
    ] as const;
    const { header, first, last } =
      factsOf(...texts, texts[0].startsWith('{"type"') ? ".jsonl" : ".json") ?? {};
    return {
      folder,
      input: header?.input ?? "?",
      frames: last ? last.index + 1 : 0,
      seconds: last?.time !== undefined ? Math.max(0, last.time - (first?.time ?? 0)) : 0,
      began: found.birthtimeMs,
    };
  } finally {
    await handle.close();
  }
}
