/** The folder as `track view` sees it, asked for again and again. */
import { signal } from "@preact/signals";
import type { Listing } from "../../report/listing.js";

/** What is there; undefined before the first answer. */
export const listing = signal<Listing | undefined>(undefined);
/** Why the list may be old, one line. */
export const silence = signal<string | undefined>(undefined);

/** Milliseconds between two looks, and while nobody looks at the page. */
const PAUSE = 1500;
const HIDDEN = 15_000;

/** Asks from now on. @returns what ends it */
export function followListing(base: string): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last = "";
  let isOver = false;
  const ask = async (): Promise<void> => {
    clearTimeout(timer);
    try {
      const answer = await fetch(`${base}api/runs`, { headers: { accept: "application/json" } });
      const text = await answer.text();
      const value = JSON.parse(text) as Listing & { readonly message?: string };
      if (!answer.ok) throw new Error(value.message ?? `track view answered ${answer.status}`);
      silence.value = undefined;
      // The same as before changes nothing on the page.
      if (text !== last) listing.value = value;
      last = text;
    } catch (error) {
      silence.value =
        error instanceof TypeError
          ? "track view does not answer; is it still running?"
          : (error as Error).message;
    }
    if (!isOver) timer = setTimeout(ask, document.hidden ? HIDDEN : PAUSE);
  };
  const onSeen = () => !document.hidden && void ask();
  document.addEventListener("visibilitychange", onSeen);
  void ask();
  return () => {
    isOver = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", onSeen);
  };
}

/** The address of a run's page. */
export const pageOf = (path: string): string => `/run/${path.split("/").map(encodeURIComponent).join("/")}`;
