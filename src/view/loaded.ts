/** Runs that were opened, kept for a while: a page asks for one several times. */
import { stat } from "node:fs/promises";
import { Correctable, type Edit, type TracksIdentity } from "../edit/index.js";
import type { Report } from "../report/boot.js";
import type { Run } from "../report/run.js";
import { readLog } from "./edits-file.js";
import { Refusal } from "./refusal.js";

/** A tracks file that was read. */
export interface Loaded {
  readonly run: Run;
  /** What is known of it but its video. */
  readonly report: Omit<Report, "video" | "noVideo">;
  readonly identity: TracksIdentity;
  /** The run as pages take it (gzip of `pack`). */
  readonly packed: Uint8Array;
}

/** How a tracks file is read. @throws {Error} with a line that says why it cannot be */
export type Load = (path: string) => Promise<Loaded>;

/** A run that is kept. */
export class OpenRun implements Loaded {
  readonly path: string;
  readonly run: Run;
  readonly report: Loaded["report"];
  readonly identity: TracksIdentity;
  readonly packed: Uint8Array;
  #correctable: Correctable | undefined;

  constructor(path: string, { run, report, identity, packed }: Loaded) {
    this.path = path;
    this.run = run;
    this.report = report;
    this.identity = identity;
    this.packed = packed;
  }

  get correctable(): Correctable {
    this.#correctable ??= new Correctable(this.run);
    return this.#correctable;
  }

  /** Its corrections; none where they are of another file, or broken: whoever opens the run is told. */
  async edits(): Promise<readonly Edit[]> {
    return readLog(this).then(
      ({ edits }) => edits,
      () => [],
    );
  }
}

/** Two that are compared, and one that is looked at beside. */
const MOST = 3;

/** The runs that were opened last. */
export class OpenRuns {
  readonly #load: Load;
  /** The one that was asked for last is the last. */
  readonly #kept = new Map<string, { readonly key: string; readonly run: Promise<OpenRun> }>();

  constructor(load: Load) {
    this.#load = load;
  }

  /** @throws {Refusal} it cannot be read */
  async open(path: string): Promise<OpenRun> {
    const { size, mtimeMs } = await stat(path);
    const key = `${size} ${mtimeMs}`;
    const before = this.#kept.get(path);
    const run =
      before?.key === key ? before.run : this.#load(path).then((loaded) => new OpenRun(path, loaded));
    this.#kept.delete(path);
    this.#kept.set(path, { key, run });
    for (const oldest of this.#kept.keys()) if (this.#kept.size > MOST) this.#kept.delete(oldest);
    try {
      return await run;
    } catch (cause) {
      this.#kept.delete(path);
      throw new Refusal(422, (cause as Error).message);
    }
  }
}
