/** What is made of the video of a run when its page asks: film strips, and a copy that browsers play. */
import type { ServerResponse } from "node:http";
import type { Making } from "../report/making.js";
import type { Run } from "../report/run.js";
import { Cache } from "./cache.js";
import type { OpenRun } from "./loaded.js";
import { readStrips, type Strip, type StripSet, writeStrips } from "./strip-set.js";
import { Workshop } from "./workshop.js";

/** How things are made. Both end at once where the signal does, with its reason. */
export interface Makers {
  strips(
    /** `made` are those that are there already. */
    job: { readonly video: string; readonly run: Run; readonly made: readonly Strip[] },
    means: {
      readonly signal: AbortSignal;
      readonly onSize: (size: { readonly width: number; readonly height: number }) => void;
      readonly onStrip: (strip: Strip) => void;
      readonly onProgress: (done: number, of: number) => void;
    },
  ): Promise<void>;
  copy(
    job: { readonly video: string; readonly to: string; readonly seconds: number },
    means: { readonly signal: AbortSignal; readonly onProgress: (done: number, of: number) => void },
  ): Promise<void>;
}

/** Changes where they are made in another way. */
const KIND = { copy: "copy 1", strips: "strips 1" } as const;
/** Runs whose strips are kept in memory: 25 MB each at most. */
const KEPT = 2;
/** Milliseconds between two tellings of how far it is. */
const PACE = 250;

export class Makings {
  readonly #makers: Makers;
  readonly #cache: Cache;
  readonly #workshop = new Workshop();
  /** By the names of their files; the newest is the last. */
  readonly #strips = new Map<string, StripSet>();

  constructor(makers: Makers, folder: string) {
    this.#makers = makers;
    this.#cache = new Cache(folder);
  }

  /** Tells of a run's strips, which are made where they are not there. */
  async followStrips(open: OpenRun, video: string, response: ServerResponse): Promise<void> {
    const name = await this.#stripsOf(open, video);
    const before = await this.#madeStrips(name);
    if (before)
      return this.#workshop.tell([sizeOf(before), ...[...before.strips.values()].map(told)], response);
    return this.#workshop.follow(
      name,
      async (tell, signal) => {
        // As far as an earlier making came that was ended.
        let set: StripSet = this.#strips.get(name) ?? { width: 0, height: 0, strips: new Map() };
        const made = [...set.strips.values()];
        await this.#makers.strips(
          { video, run: open.run, made },
          {
            signal,
            onSize: ({ width, height }) => {
              set = { width, height, strips: set.strips };
              this.#keep(name, set);
              tell(sizeOf(set));
              for (const strip of made) tell(told(strip));
            },
            onStrip: (strip) => {
              set.strips.set(strip.id, strip);
              tell(told(strip));
            },
            onProgress: paced((done, of) => tell({ type: "progress", done, of })),
          },
        );
        // Where there is no room for a file they are in memory.
        await this.#cache.make(name, (path) => writeStrips(path, set)).catch(() => undefined);
      },
      response,
    );
  }

  /** One strip as a JPEG; undefined where there is none, or not yet. */
  async strip(open: OpenRun, video: string, id: number): Promise<Uint8Array | undefined> {
    const name = await this.#stripsOf(open, video);
    const set = this.#strips.get(name) ?? (await this.#madeStrips(name));
    return set?.strips.get(id)?.jpeg;
  }

  /** Tells of the copy of a video, which is made where it is not there; `look` says what it is then. */
  async followCopy(
    video: string,
    { seconds, look }: { readonly seconds: number; readonly look: (copy: string) => Promise<Making> },
    response: ServerResponse,
  ): Promise<void> {
    const before = await this.copyOf(video);
    if (before !== undefined) return this.#workshop.tell([await look(before)], response);
    const name = await this.#cache.nameOf(video, "mp4", KIND.copy);
    return this.#workshop.follow(
      name,
      async (tell, signal) => {
        const onProgress = paced((done: number, of: number) => tell({ type: "progress", done, of }));
        const make = (to: string) => this.#makers.copy({ video, to, seconds }, { signal, onProgress });
        tell(await look(await this.#cache.make(name, make)));
      },
      response,
    );
  }

  /** The copy of a video, where one was made. */
  async copyOf(video: string): Promise<string | undefined> {
    return this.#cache.find(await this.#cache.nameOf(video, "mp4", KIND.copy));
  }

  close(): Promise<void> {
    return this.#workshop.close();
  }

  #stripsOf({ identity }: OpenRun, video: string): Promise<string> {
    return this.#cache.nameOf(video, "strips", KIND.strips, identity.sha256);
  }

  /** Those that are whole. */
  async #madeStrips(name: string): Promise<StripSet | undefined> {
    const path = await this.#cache.find(name);
    if (path === undefined) return undefined;
    // Made anew where the file is broken.
    const set = this.#strips.get(name) ?? (await readStrips(path).catch(() => undefined));
    if (set) this.#keep(name, set);
    return set;
  }

  #keep(name: string, set: StripSet): void {
    this.#strips.delete(name);
    this.#strips.set(name, set);
    for (const oldest of this.#strips.keys()) if (this.#strips.size > KEPT) this.#strips.delete(oldest);
  }
}

const sizeOf = ({ width, height }: StripSet): Making => ({ type: "size", width, height });
const told = ({ id, frames }: Strip): Making => ({ type: "strip", id, frames });

/** Told now and then. */
function paced(tell: (done: number, of: number) => void): (done: number, of: number) => void {
  let last = 0;
  return (done, of) => {
    if (performance.now() - last < PACE) return;
    last = performance.now();
    tell(done, of);
  };
}
