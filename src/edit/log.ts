/**
 * The log of corrections that a person made to a tracks file: what stands in `street.tracks.json.edits.json`.
 * schema/edits.schema.json describes it.
 *
 * It only grows. Undoing is an entry too, so that nothing that somebody did is lost, and so that its length alone tells
 * whether somebody else has changed it meanwhile.
 */
import { z } from "zod";

const FORMAT = "throughline-edits";
const VERSION = 1;
/** More than anybody does by hand. */
const MOST = 100_000;
const LONGEST_NAME = 100;

const id = z.int().positive();
const frame = z.int().nonnegative();
const at = z.string().optional().describe("When, ISO 8601");
const name = z
  .string()
  .trim()
  .max(LONGEST_NAME, { error: `expected a name of at most ${LONGEST_NAME} characters` })
  .regex(/^\P{Cc}*$/u, { error: "expected a name of one line" });

/** One thing that somebody did. */
export const entrySchema = z.discriminatedUnion("type", [
  z
    .strictObject({
      type: z.literal("merge"),
      into: id.describe("The identity that stays"),
      ids: z.array(id).min(1).describe("Those that become a part of it"),
      at,
    })
    .describe(
      "They are the same object. In a frame that has several of them a box that was seen stays, one that was predicted goes",
    ),
  z
    .strictObject({
      type: z.literal("split"),
      id,
      frame: frame.describe("The first frame that is another object, from 0"),
      new: id.describe("The identity from there on, which nothing was called before"),
      at,
    })
    .describe("From a frame on it is another object"),
  z
    .strictObject({
      type: z.literal("delete"),
      id,
      from: frame.optional().describe("First frame to go; from the beginning where it is missing"),
      to: frame.optional().describe("Last frame to go; to the end where it is missing"),
      at,
    })
    .describe("It is no object, in these frames or in all"),
  z
    .strictObject({
      type: z.literal("rename"),
      id,
      name: name.describe("Takes the name away where it is empty"),
      at,
    })
    .describe("What it is called"),
  z.strictObject({ type: z.literal("undo"), at }).describe("Takes back the last one that stands"),
  z.strictObject({ type: z.literal("redo"), at }).describe("Brings back the one that was taken back last"),
]);

const tracksSchema = z
  .strictObject({
    file: z.string().min(1).describe("Its name, without a folder"),
    bytes: z.int().nonnegative(),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, { error: "expected a SHA-256 in hexadecimal" })
      .describe("Of its bytes: corrections fit no other file"),
  })
  .describe("What is corrected");

/** A whole log. */
export const editLogSchema = z
  .strictObject({
    $schema: z.string().optional(),
    format: z.literal(FORMAT).describe("What this file is"),
    version: z
      .literal(VERSION)
      .describe("Rises when a reader of the older version could misunderstand the file"),
    tracks: tracksSchema,
    entries: z.array(entrySchema).max(MOST).describe("In the order in which they were made; it only grows"),
  })
  .describe("Corrections of a tracks file, as kept by throughline");

/** One thing that somebody did, also undoing. */
export type Entry = z.output<typeof entrySchema>;
/** A correction. */
export type Edit = Exclude<Entry, { readonly type: "undo" | "redo" }>;
/** The file that is corrected. */
export type TracksIdentity = z.output<typeof tracksSchema>;
/** Everything that was done to one tracks file. */
export type EditLog = z.output<typeof editLogSchema>;

/** Where the corrections of a tracks file are kept. */
export const editsOf = (tracks: string): string => `${tracks}.edits.json`;

/** A log in which nothing was done yet. */
export const emptyLog = (tracks: TracksIdentity): EditLog => ({
  ...{ format: FORMAT, version: VERSION, tracks },
  entries: [],
});

/** One entry per line, so that people can read it and compare two. */
export function formatLog({ tracks, entries }: EditLog): string {
  const head = JSON.stringify({ format: FORMAT, version: VERSION, tracks }).slice(0, -1);
  const lines = entries.map((entry) => JSON.stringify(entry)).join(",\n");
  return `${head},"entries":[\n${lines}${lines === "" ? "" : "\n"}]}\n`;
}

/** Reads a log. @throws {SyntaxError} `Cannot parse "street.tracks.json.edits.json": ...` */
export function parseLog(text: string, path: string): EditLog {
  const refuse = (what: string, cause: unknown) =>
    new SyntaxError(`Cannot parse ${JSON.stringify(path)}: ${what.replaceAll(/\s+/g, " ")}`, { cause });
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw refuse(`not JSON: ${(cause as Error).message}`, cause);
  }
  const { data, error } = editLogSchema.safeParse(value);
  if (data) return data;
  throw refuse(issueOf(error), error);
}

/** Reads one entry. @throws {RangeError} where it is none. */
export function parseEntry(value: unknown): Entry {
  const { data, error } = entrySchema.safeParse(value);
  if (data) return data;
  throw new RangeError(`Expected a correction: ${issueOf(error)}`);
}

function issueOf({ issues }: z.ZodError): string {
  const [{ path, message }] = issues as [z.core.$ZodIssue];
  const place = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  const what = message.replaceAll(/\s+/g, " ").slice(0, 200);
  return place === "" ? what : `${place.replace(/^\./, "").slice(0, 100)}: ${what}`;
}
