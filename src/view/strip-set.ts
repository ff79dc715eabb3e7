/** Film strips of a run, while they are made and in their file: a line of JSON, then the JPEGs one after the other. */
import { readFile, writeFile } from "node:fs/promises";
import type { StripIndex } from "../report/boot.js";

/** One identity's pictures. */
export interface Strip {
  readonly id: number;
  readonly frames: readonly number[];
  readonly jpeg: Uint8Array;
}

/** The strips that are there so far. */
export interface StripSet {
  readonly width: number;
  readonly height: number;
  readonly strips: Map<number, Strip>;
}

export async function writeStrips(path: string, { width, height, strips }: StripSet): Promise<void> {
  let from = 0;
  const all = [...strips.values()];
  const places = all.map(({ id, frames, jpeg }) => {
    const to = from + jpeg.length;
    const place = { id, frames, from, to };
    from = to;
    return place;
  });
  const head = JSON.stringify({ width, height, strips: places } satisfies Omit<StripIndex, "part">);
  await writeFile(path, Buffer.concat([Buffer.from(`${head}\n`), ...all.map(({ jpeg }) => jpeg)]));
}

/** @throws {Error} it cannot be read */
export async function readStrips(path: string): Promise<StripSet> {
  const bytes = await readFile(path);
  const end = bytes.indexOf("\n");
  const { width, height, strips } = JSON.parse(bytes.toString("utf8", 0, end)) as Omit<StripIndex, "part">;
  const jpegs = bytes.subarray(end + 1);
  return {
    ...{ width, height },
    strips: new Map(
      strips.map(({ id, frames, from, to }) => [id, { id, frames, jpeg: jpegs.subarray(from, to) }]),
    ),
  };
}
