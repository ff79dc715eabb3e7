/**
 * The settings of a run: what the command line and a configuration file may say, checked in one place.
 */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { UsageError } from "./errors.js";
import { liveShape } from "./live-settings.js";
import { parseTime } from "./parse-time.js";

const expected = (error: string) => ({ error: `expected ${error}` });
const whole = (least: number) =>
  z.int(expected(`a whole number from ${least}`)).min(least, expected(`a whole number from ${least}`));
const text = z.string(expected("a text")).min(1, expected("a text that is not empty"));
const texts = z.union(
  [text.transform((one) => [one]), z.array(text)],
  expected("a text or a list of texts, none empty"),
);
const yes = z.boolean(expected("true or false"));
const LOG_NAME = "a name that ends in .jsonl, or nothing for the usual one";
const TIME = "seconds or [hours:]minutes:seconds";
const seconds = z.union([z.number(), z.string()], expected(TIME)).transform((input, context) => {
  const value = typeof input === "number" ? input : parseTime(input);
  if (value >= 0) return value;
  context.addIssue({ code: "custom", message: `expected ${TIME}`, input });
  return z.NEVER;
});

/** Every setting, by the name it has in a configuration file; the option is the same with hyphens. */
export const settingsSchema = z.strictObject({
  out: texts.default([]),
  detector: text.default("nanodet-g"),
  contract: text.optional(),
  reid: z
    .union([text, z.literal(false)], expected("a text, or false for none"))
    .default("mobilenet-hsv-stripes"),
  reidContract: text.optional(),
  tracker: text.default("throughline"),
  online: yes.default(false),
  offline: yes.default(false),
  trackerOption: z.record(z.string(), z.unknown(), expected("an object such as { maxAge: 30 }")).default({}),
  classes: texts.optional(),
  minScore: z.number(expected("a number")).optional(),
  detections: text.optional(),
  cameraMotion: text.default("auto"),
  saveDetections: text.optional(),
  zones: text.optional(),
  counts: text.optional(),
  render: text.optional(),
  report: text.optional(),
  explain: z
    .union([z.boolean(), text.regex(/\.jsonl$/i, expected(LOG_NAME))], expected(LOG_NAME))
    .default(false),
  resume: yes.default(true),
  checkpoint: z.number(expected("seconds from 0")).nonnegative(expected("seconds from 0")).default(10),
  start: seconds.optional(),
  end: seconds.optional(),
  every: whole(1).default(1),
  frameRate: z.number(expected("a number above 0")).positive(expected("a number above 0")).optional(),
  device: text.default("auto"),
  threads: whole(1).optional(),
  ffmpeg: text.optional(),
  maxPixels: whole(1).optional(),
  strict: yes.default(false),
  ...liveShape,
  quiet: yes.default(false),
  log: z.enum(["text", "json"], expected('"text" or "json"')).default("text"),
  verbose: yes.default(false),
});

export type Settings = z.output<typeof settingsSchema>;
/** As they come from the command line or a file: not checked, and with holes. */
export type RawSettings = Readonly<Record<string, unknown>>;

/**
 * The settings in force: the command line's, then the file's, then the defaults.
 *
 * @throws {UsageError} naming the option, what was expected, and what was there.
 */
export function completeSettings(
  commandLine: RawSettings,
  file?: { path: string; settings: RawSettings },
): Settings {
  const own = Object.fromEntries(Object.entries(commandLine).filter(([, value]) => value !== undefined));
  const checked = settingsSchema.safeParse({ ...file?.settings, ...own }, { reportInput: true });
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0]!;
  const known = Object.keys(settingsSchema.shape);
  if (issue.code === "unrecognized_keys" && issue.path.length === 0)
    throw new UsageError(
      `Cannot use ${JSON.stringify(file?.path)}: there is no setting ${JSON.stringify(issue.keys[0])}; expected one of ${known.join(", ")}`,
    );
  const key = String(issue.path[0]);
  const where =
    key in own || !file ? `Option --${hyphened(key)}` : `Setting "${key}" in ${JSON.stringify(file.path)}`;
  throw new UsageError(`${where}: ${issue.message}, got ${JSON.stringify(issue.input) ?? "nothing"}`);
}

/** Reads a configuration file: one JSON object. @throws {UsageError} */
export async function readConfig(path: string): Promise<{ path: string; settings: RawSettings }> {
  let content: string;
  try {
    content = await readFile(path, "utf8");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "no such file" : code === "EISDIR" ? "it is a folder" : message;
    throw new UsageError(`Cannot read ${JSON.stringify(path)}: ${why}`, { cause });
  }
  let settings: unknown;
  try {
    settings = JSON.parse(content.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw new UsageError(
      `Cannot parse ${JSON.stringify(path)}: not JSON: ${(cause as Error).message.replaceAll(/\s+/g, " ")}`,
      {
        cause,
      },
    );
  }
  if (typeof settings !== "object" || settings === null || Array.isArray(settings))
    throw new UsageError(
      `Cannot use ${JSON.stringify(path)}: expected a JSON object such as { "tracker": "sort" }`,
    );
  return { path, settings: settings as RawSettings };
}

const hyphened = (key: string): string => key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
