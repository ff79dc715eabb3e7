/**
 * batch.json: what became of every file of a batch. schema/batch.schema.json describes it.
 */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { writeDurably } from "../checkpoint/durable.js";
import { OutputError } from "../errors.js";

const whole = z.int().nonnegative();
const FORMAT = "throughline-batch";

export const outputSchema = z.strictObject({
  path: z.string().describe("Below the folder of the batch, with slashes"),
  bytes: whole,
  sha256: z.string().describe("Of the file's bytes, in hexadecimal"),
});

/** A `Version` of src/video. */
export const recordingSchema = z.strictObject({
  size: whole.describe("Bytes").optional(),
  etag: z.string().optional(),
  modified: z.string().describe("Last-Modified, as it came").optional(),
});

export const entrySchema = z.strictObject({
  name: z
    .string()
    .describe("What the input is called in the folder of the batch; no two are called the same"),
  input: z.string().describe("Absolute path, or address without what is secret in it"),
  state: z
    .enum(["waiting", "running", "done", "damaged", "failed"])
    .describe("damaged: tracked, but a part of the input could not be read"),
  key: z.string().describe("Changes with the input, the models, the options and the version").optional(),
  error: z.string().describe("Why it failed, one line").optional(),
  damage: z.string().describe("What of the input could not be read, one line").optional(),
  attempts: whole.describe("How often it was begun"),
  frames: whole.optional(),
  identities: whole.optional(),
  seconds: z.number().nonnegative().describe("Of work, also before an interruption").optional(),
  started: z.string().describe("When the last attempt began, ISO 8601").optional(),
  ended: z.string().describe("When it ended, ISO 8601").optional(),
  recording: recordingSchema
    .describe("Where the input is an address: what the server said of what was tracked")
    .optional(),
  outputs: z.array(outputSchema).describe("What was written"),
});

export const manifestSchema = z
  .strictObject({
    format: z.literal(FORMAT).describe("What this file is"),
    version: z.literal(1).describe("Rises when a reader of the older version could misunderstand the file"),
    tool: z.string().describe("Version of the program that wrote it"),
    jobs: whole.describe("How many inputs were worked on at a time"),
    threads: whole.describe("Threads of each"),
    files: z.array(entrySchema).describe("In the order of the batch, then those of earlier batches"),
  })
  .describe("What became of every file of a batch, as written by throughline");

/** One input of a batch and what became of it. */
export type Entry = z.output<typeof entrySchema>;
export type Manifest = z.output<typeof manifestSchema>;

/**
 * Reads a manifest; undefined where there is none.
 *
 * @throws {OutputError} where the file is something else, which is then not overwritten
 */
export async function readManifest(path: string): Promise<Manifest | undefined> {
  const refuse = (why: string, cause?: unknown) =>
    new OutputError(`Cannot use ${JSON.stringify(path)}: ${why}; move it away, or choose another --out`, {
      cause,
    });
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw refuse((cause as Error).message, cause);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refuse("expected the list of a batch, got something that is not JSON", cause);
  }
  const { data, error } = manifestSchema.safeParse(value);
  if (data) return data;
  const [{ path: place, message }] = error.issues as [z.core.$ZodIssue];
  throw refuse(
    `expected the list of a batch (${[...place, message].join(": ").replaceAll(/\s+/g, " ")})`,
    error,
  );
}

/** Writes a manifest in place of the one before. @throws {OutputError} */
export async function writeManifest(
  path: string,
  manifest: Omit<Manifest, "format" | "version">,
): Promise<void> {
  const all: Manifest = { format: FORMAT, version: 1, ...manifest };
  try {
    await writeDurably(path, `${JSON.stringify(all, null, 1)}\n`);
  } catch (cause) {
    throw new OutputError(`Cannot write ${JSON.stringify(path)}: ${(cause as Error).message}`, { cause });
  }
}
