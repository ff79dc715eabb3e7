/**
 * Counts at lines and in zones as files, by the ending of the name: .csv and .json have minutes and totals, .jsonl has the
 * events as well.
 */
import { extname } from "node:path";
import type { Writable } from "node:stream";
import type { Counts } from "../types.js";
import { findTarget } from "./_file.js";
import { type Draft, draftOf, type Lasting, openAll, publishAll } from "./_output.js";
import {
  type Counted,
  type CountsFormat,
  type CountsHeader,
  CountsText,
  countsFormats,
  json,
} from "./counts-text.js";

/** A file of counts while it is written. */
export interface CountsFile extends Draft {
  readonly path: string;
  /** Appends what a counter gave for a frame. */
  write(counted: Counted): Promise<void>;
  /** Appends what a counter gave in the end, and the totals. */
  end(counted: Counted, totals: Counts): Promise<void>;
  /** Ends the file and gives it its name, in place of what was there before. */
  finish(counted: Counted, totals: Counts): Promise<void>;
}

export interface CountsFileOptions extends Lasting {
  /** Files that are read in the same run and so must not be written. @default [] */
  readonly inputs?: readonly string[];
  /** What "-" writes to. @default process.stdout */
  readonly stdout?: Writable;
  /** Minutes that are in the file already, where it is gone on with. @default 0 */
  readonly minutes?: number;
}

/**
 * Whether counts can be written under this name; "-" is the standard output and gets JSON.
 *
 * @throws {RangeError} where the ending is none of those that there are.
 */
export function checkCountsFile(path: string): void {
  formatOf(path);
}

function formatOf(path: string): CountsFormat {
  if (path === "-") return json;
  const ending = extname(path).toLowerCase();
  const format = countsFormats.find(({ extension }) => extension === ending);
  if (format) return format;
  throw new RangeError(
    `Cannot write counts to ${JSON.stringify(path)}: expected a name that ends in ${countsFormats.map((f) => f.extension).join(", ")}`,
  );
}

/**
 * Opens a counts file for writing, under a temporary name until it is published.
 *
 * @throws {RangeError} where its ending is unknown.
 * @throws {OutputError} where it cannot be written or is one of the `inputs`.
 * @throws {InputError} where it is not there as `from` says.
 */
export async function openCountsFile(
  path: string,
  header: CountsHeader,
  { inputs = [], minutes = 0, ...lasting }: CountsFileOptions = {},
): Promise<CountsFile> {
  const text = new CountsText(formatOf(path), header, minutes);
  const [file] = await openAll([await findTarget(path, inputs)], lasting);
  const draft = draftOf([file!]);
  if (!lasting.from) await file!.write(text.begin());
  const write = async (piece: string): Promise<void> => {
    if (piece !== "") await file!.write(piece);
  };
  const end = (counted: Counted, totals: Counts) => write(text.end(counted, totals));
  return Object.assign(draft, {
    path,
    write: (counted: Counted) => write(text.write(counted)),
    end,
    async finish(counted: Counted, totals: Counts) {
      await end(counted, totals);
      await publishAll([draft]);
    },
  });
}
