/** Film strips: inside the page, or made by `track view` once somebody looks at an identity. */
import { computed, signal } from "@preact/signals";
import { follow } from "./making.js";
import { partOf } from "./parts.js";
import { report } from "./state.js";

/** Pictures of an identity. */
export interface Strip {
  /** Pixels of each picture. */
  readonly width: number;
  readonly height: number;
  /** Frame numbers of the input, in order. */
  readonly frames: readonly number[];
  /** An address of them, side by side, and what gives its memory back. */
  readonly open: () => Promise<{ readonly url: string; readonly close?: () => void }>;
}

const made = signal<ReadonlyMap<number, Strip>>(new Map());
/** How the making goes; undefined where there is nothing to wait for. */
export const making = signal<
  { readonly share?: number; readonly isWaiting?: boolean; readonly failure?: string } | undefined
>(undefined);

let kept: Promise<Blob> | undefined;

const inside = computed((): ReadonlyMap<number, Strip> => {
  const { strips } = report.value;
  if (!strips) return new Map();
  const { part, width, height } = strips;
  const open = async (from: number, to: number) => {
    // The part is taken out of the page once.
    kept ??= partOf(part);
    const url = URL.createObjectURL((await kept).slice(from, to, "image/jpeg"));
    return { url, close: () => URL.revokeObjectURL(url) };
  };
  return new Map(
    strips.strips.map(({ id, frames, from, to }) => [
      id,
      { width, height, frames, open: () => open(from, to) },
    ]),
  );
});

/** The pictures of an identity; undefined where there are none, or not yet. */
export const stripOf = (id: number): Strip | undefined => inside.value.get(id) ?? made.value.get(id);

/** Ends the making; undefined where nothing was asked for. */
let controller: AbortController | undefined;
let isDone = false;

/** Has them made, where they are not there. */
export function startStrips(): void {
  const { makeable } = report.value;
  if (!makeable || controller || isDone) return;
  controller = new AbortController();
  const { signal: ending } = controller;
  const { strips, token } = makeable;
  let size = { width: 0, height: 0 };
  making.value = {};
  const run = follow(
    strips.url,
    token,
    (lines) => {
      const more = new Map(made.value);
      for (const line of lines) {
        if (line.type === "size") size = { width: line.width, height: line.height };
        if (line.type === "busy") making.value = { isWaiting: true };
        if (line.type === "progress") making.value = { share: line.done / Math.max(line.of, 1) };
        if (line.type !== "strip") continue;
        const { id, frames } = line;
        more.set(id, { ...size, frames, open: async () => ({ url: `${strips.each}?id=${id}` }) });
      }
      if (more.size > made.value.size) made.value = more;
    },
    ending,
  );
  run.then(
    () => {
      isDone = true;
      making.value = undefined;
    },
    (error: Error) => {
      if (!ending.aborted) making.value = { failure: error.message };
    },
  );
}

/** Leaves the machine to something that somebody waits for. @returns what goes on with them, where they were not done */
export function pauseStrips(): () => void {
  const wasGoing = controller !== undefined && !isDone && making.value?.failure === undefined;
  if (!wasGoing) return () => {};
  controller?.abort();
  controller = undefined;
  making.value = { isWaiting: true };
  return startStrips;
}
