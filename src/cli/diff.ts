/**
 * `track diff`: what changed between two tracks files.
 */
import { type Boxes, diff, type TracksDiff } from "../eval/index.js";
import { openTextFiles } from "../format/texts.js";
import { readBoxesFile } from "./boxes-file.js";
import { asUsage, UsageError } from "./errors.js";
import type { Streams } from "./models.js";
import { plural } from "./reporter.js";

/** What the command ends with, as `diff` does. */
export const diffExitCodes = { same: 0, different: 1, failed: 2 } as const;

/** The options of the command line, as given. */
export interface DiffCommandOptions {
  readonly tolerance?: string;
  readonly json?: string;
}

/** Lines of each kind that people are shown. */
const MOST = 12;

/** Compares two files and prints what differs. Returns the exit code; every failure but wrong usage is told. */
export async function runDiff(
  [a, b]: readonly [a: string, b: string],
  { tolerance, json }: DiffCommandOptions,
  { stdout, stderr }: Streams,
  tell: (error: unknown) => void,
): Promise<number> {
  try {
    const pixels = tolerance === undefined ? undefined : Number(tolerance);
    if (tolerance?.trim() === "" || (pixels !== undefined && !(Number.isFinite(pixels) && pixels >= 0)))
      throw new UsageError(
        `Option --tolerance: expected a number of pixels from 0, got ${JSON.stringify(tolerance)}`,
      );
    const files = await asUsage(() =>
      openTextFiles(json === undefined ? [] : [json], { inputs: [a, b], stdout }),
    );
    try {
      const onNote = (note: string) => stderr.write(`note: ${note}\n`);
      const first = await readBoxesFile(a, { onNote });
      const second = await readBoxesFile(b, { onNote });
      const found = diff(first, second, pixels === undefined ? {} : { tolerance: pixels });
      if (json !== undefined) await files.write(0, `${JSON.stringify({ a, b, ...found }, null, 2)}\n`);
      await files.finish();
      if (json !== "-") stdout.write(formatDiff(found, first, second));
      return found.isEqual ? diffExitCodes.same : diffExitCodes.different;
    } finally {
      await files.discard();
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    tell(error);
    return diffExitCodes.failed;
  }
}

/** What differs, for people. */
export function formatDiff(found: TracksDiff, a: Boxes, b: Boxes): string {
  const side = (name: string, boxes: Boxes): string =>
    `${name}  ${boxes.name}: ${plural(boxes.frames, "frame")}, ${plural(boxes.labels.length, "identity", "identities")}, ${plural(boxes.count, "box", "boxes")}`;
  const shifts = shiftsByIdentity(found);
  const parts = [
    `${side("a", a)}\n${side("b", b)}\n`,
    list(
      "births",
      "only b has",
      found.births.map(
        (one) => `identity ${one.id}: ${span(one.from, one.to)} (${plural(one.frames, "box", "boxes")})`,
      ),
    ),
    list(
      "deaths",
      "only a has",
      found.deaths.map(
        (one) => `identity ${one.id}: ${span(one.from, one.to)} (${plural(one.frames, "box", "boxes")})`,
      ),
    ),
    list(
      "swaps",
      "b goes on with another identity",
      found.swaps.map(
        (swap) => `frame ${swap.frame}: a's ${swap.a} was b's ${swap.before}, is now b's ${swap.after}`,
      ),
    ),
    list(
      "gaps",
      "one run has no box",
      found.gaps.map(
        ({ missingIn, id, from, to, where }) =>
          `${span(from, to)}: ${missingIn === "a" ? "b" : "a"}'s ${id} is not in ${missingIn}${{ start: ", which starts later", middle: "", end: ", which ended before" }[where]}`,
      ),
    ),
    list("shifts", `${plural(found.shifts.length, "box", "boxes")} moved, by identity`, shifts),
  ].filter((part) => part !== "");
  const { both } = found.boxes;
  const renumbered = found.renumbered.length;
  const others =
    renumbered === 0 ? "" : `; ${plural(renumbered, "identity has", "identities have")} another number in b`;
  parts.push(
    found.isEqual
      ? `Same: the tracks are equal${others}\n`
      : `Different: ${both} boxes are in both, ${found.boxes.a - both} only in a, ${found.boxes.b - both} only in b${others}\n`,
  );
  return parts.join("\n");
}

const span = (from: number, to: number): string => (from === to ? `frame ${from}` : `frames ${from}-${to}`);

function list(name: string, what: string, lines: readonly string[]): string {
  if (lines.length === 0) return "";
  const shown = lines.slice(0, MOST).map((line) => `  ${line}\n`);
  const more = lines.length - shown.length;
  if (more > 0) shown.push(`  ... and ${more} more; --json has all\n`);
  return `${name} (${lines.length}): ${what}\n${shown.join("")}`;
}

/** Moved boxes tell more together: one line per identity, the largest move first. */
function shiftsByIdentity({ shifts }: TracksDiff): string[] {
  const groups = new Map<number, { count: number; from: number; to: number; most: number; at: number }>();
  for (const { a, frame, pixels } of shifts) {
    const group = groups.get(a) ?? { count: 0, from: frame, to: frame, most: 0, at: frame };
    groups.set(a, {
      count: group.count + 1,
      from: group.from,
      to: frame,
      most: Math.max(group.most, pixels),
      at: pixels > group.most ? frame : group.at,
    });
  }
  return [...groups]
    .sort(([, x], [, y]) => y.most - x.most)
    .map(
      ([id, { count, from, to, most, at }]) =>
        `a's ${id}: ${plural(count, "box", "boxes")} in ${span(from, to)}, up to ${most.toFixed(2)} px (frame ${at})`,
    );
}
