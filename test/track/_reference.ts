/** Reading the reference material that lies beside the repository on some machines: see skip messages. */
import { existsSync, readFileSync } from "node:fs";
import type { Detections, Embeddings, Track, Tracker } from "../../src/types.js";

const root = new URL("../../../shared/", import.meta.url);

export function reference(path: string): URL {
  return new URL(path, root);
}

export function hasReference(path: string): boolean {
  if (existsSync(reference(path))) return true;
  console.warn(`Skipped: ${reference(path).pathname} is absent; tracks are not compared with it`);
  return false;
}

export function numbers(path: string, separator: string | RegExp = ","): number[][] {
  return readFileSync(reference(path), "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => line.split(separator).map(Number));
}

/** Rows `[frame, -1, x, y, w, h, score]`, frames from 1, in any order. Result: one entry per frame. */
export function motFrames(rows: readonly number[][], frames: number): Detections[] {
  const boxes: number[][][] = Array.from({ length: frames }, () => []);
  for (const [frame, , x, y, w, h, score] of rows) boxes[frame - 1]?.push([x, y, x + w, y + h, score]);
  return boxes.map((list) => detections(list));
}

/** From rows `[x1, y1, x2, y2, score?, class?]`. */
export function detections(rows: readonly (readonly number[])[]): Detections {
  return {
    count: rows.length,
    boxes: Float64Array.from(rows.flatMap((r) => r.slice(0, 4))),
    scores: Float64Array.from(rows, (r) => r[4] ?? 1),
    classes: Int32Array.from(rows, (r) => r[5] ?? 0),
  };
}

export function sequenceLength(path: string): number {
  const length = /seqLength=(\d+)/.exec(readFileSync(reference(path), "utf8"));
  return Number(length?.[1]);
}

/** `id,x,y,w,h` with two decimals, one list per frame. */
export type Output = (readonly [id: number, ...tlwh: string[]])[][];

export function run(
  tracker: Tracker,
  frames: readonly Detections[],
  embeddings?: readonly Embeddings[],
): Output {
  return frames.map((d, k) => tracker.update(d, { embeddings: embeddings?.[k] }).map(line));
}

function line({ id, box: [x1, y1, x2, y2] }: Track): readonly [number, ...string[]] {
  return [id, ...[x1, y1, x2 - x1, y2 - y1].map((v) => v.toFixed(2))];
}

/** MOT rows, or [frame from 1, id, x, y, w, h]. */
export function expectedOutput(rows: readonly number[][], frames: number): Output {
  const output: (readonly [number, ...string[]])[][] = Array.from({ length: frames }, () => []);
  for (const [frame, id, x, y, w, h] of rows)
    output[frame - 1].push([id, ...[x, y, w, h].map((v) => v.toFixed(2))]);
  return output;
}

/**
 * Compares two outputs: every frame the same boxes, and one-to-one between the ids over the whole sequence. A
 * last digit may differ by one, where the two computations round a half to different sides.
 *
 * @returns one line per difference
 */
export function differences(expected: Output, actual: Output): string[] {
  const found: string[] = [];
  const toActual = new Map<number, number>();
  const toExpected = new Map<number, number>();
  for (let f = 0; f < expected.length; f++) {
    const left = [...actual[f]];
    const pending = expected[f].map((row) => {
      // Equal boxes: the one with the id seen so far, if there are several.
      const near = left.filter((a) =>
        a.slice(1).every((v, k) => Math.abs(Number(v) - Number(row[k + 1])) < 0.0101),
      );
      const pick =
        near.find((a) => toActual.get(row[0]) === a[0]) ?? near.find((a) => !toExpected.has(a[0])) ?? near[0];
      if (pick) left.splice(left.indexOf(pick), 1);
      return [row, pick] as const;
    });
    for (const [row, pick] of pending) {
      if (!pick) {
        found.push(`frame ${f + 1}: no box ${row.slice(1).join(",")} (id ${row[0]})`);
        continue;
      }
      const known = toActual.get(row[0]);
      const back = toExpected.get(pick[0]);
      if (known !== undefined && known !== pick[0])
        found.push(`frame ${f + 1}: id ${row[0]} was ${known}, is ${pick[0]}`);
      else if (back !== undefined && back !== row[0])
        found.push(`frame ${f + 1}: id ${pick[0]} stood for ${back}, stands for ${row[0]}`);
      toActual.set(row[0], pick[0]);
      toExpected.set(pick[0], row[0]);
    }
    for (const row of left) found.push(`frame ${f + 1}: extra box ${row.slice(1).join(",")} (id ${row[0]})`);
  }
  return found;
}
