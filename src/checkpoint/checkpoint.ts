/**
 * Where a run stood, on the disk: one line that says what the file is and the checksum of the rest, then the rest, as
 * JSON. A reader takes it whole or not at all.
 */
import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { z } from "zod";
import type { Decision, TrackerState } from "../types.js";
import { columnSchema, toPlain } from "./_columns.js";
import { writeDurably } from "./durable.js";

/** Rises when an older version could not go on from it, or would misunderstand it. */
const VERSION = 4;
const FORMAT = "throughline-checkpoint";

const whole = z.int().nonnegative();
const damage = z.strictObject({
  kind: z.enum(["missing", "corrupt"]),
  fromFrame: whole.optional(),
  toFrame: whole.optional(),
  fromTime: z.number().optional(),
  toTime: z.number().optional(),
  reason: z.string(),
});

/** A mean of looks. */
const lookSchema = z.strictObject({
  id: whole,
  count: whole,
  mean: columnSchema.transform((column): Float32Array => Float32Array.from(column)),
});

/** A frame that waits for late tracks, and what was decided in it. Its numbers are checked with the whole. */
const heldSchema = z.strictObject({
  index: whole,
  time: z.number(),
  tracks: z
    .array(
      z.strictObject({
        id: whole,
        box: z.tuple([z.number(), z.number(), z.number(), z.number()]).readonly(),
        score: z.number(),
        class: z.int(),
        detection: z.int(),
      }),
    )
    .readonly(),
  looks: z.array(lookSchema).readonly().optional(),
  unused: columnSchema.transform((column): Float64Array => Float64Array.from(column)).optional(),
  camera: z
    .tuple([z.number(), z.number(), z.number(), z.number(), z.number(), z.number()])
    .readonly()
    .optional(),
  decisions: z.array(z.custom<Decision>((value) => typeof value === "object" && value !== null)),
});

const headSchema = z.looseObject({ format: z.literal(FORMAT), version: z.number(), sha256: z.string() });

const bodySchema = z.strictObject({
  /** What must be the same for a run to go on, by what it is called: the input, the models, the options ... */
  keys: z.record(z.string(), z.string()),
  /** Index and time of the last frame that was tracked, and how many are in the files. */
  index: whole,
  time: z.number(),
  frames: whole,
  /** Those that were tracked and are not in the files yet. */
  held: z.array(heldSchema),
  /** Seconds of work so far. */
  seconds: z.number().nonnegative(),
  /** Identities reported so far, and whatever else was counted, as ids. */
  ids: z.record(z.string(), columnSchema),
  tracker: z.strictObject({
    layout: z.string(),
    options: z.string(),
    columns: z.record(z.string(), columnSchema),
  }),
  /** What is known of the camera, where it is watched. */
  camera: z.record(z.string(), columnSchema).optional(),
  /** Looks that are being collected, where they are. */
  looks: z.record(z.string(), columnSchema).optional(),
  /** How much of each file is on the disk. */
  files: z.array(z.strictObject({ bytes: whole, sha256: z.string() })),
  /** Set when the files are complete and only wait for their names. */
  complete: z
    .strictObject({
      complete: z.boolean(),
      frames: whole,
      expectedFrames: whole.optional(),
      damage: z.array(damage).readonly(),
      interrupted: z.boolean().optional(),
    })
    .optional(),
});

/** Where a run stood. */
export type Checkpoint = Omit<z.output<typeof bodySchema>, "tracker"> & { readonly tracker: TrackerState };

/**
 * Writes a checkpoint in place of the one before, which stays whole until then.
 *
 * @throws {Error} of the file system
 */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  const plain = (columns: TrackerState["columns"]) =>
    Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, toPlain(column)]));
  const { ids, tracker, camera, looks, held } = checkpoint;
  const body = JSON.stringify({
    ...checkpoint,
    ids: plain(ids),
    tracker: { ...tracker, columns: plain(tracker.columns) },
    camera: camera && plain(camera),
    looks: looks && plain(looks),
    held: held.map((frame) => ({
      ...frame,
      looks: frame.looks?.map((look) => ({ ...look, mean: toPlain(look.mean) })),
      unused: frame.unused && toPlain(frame.unused),
    })),
  });
  const head = JSON.stringify({ format: FORMAT, version: VERSION, sha256: sha256(body) });
  await writeDurably(path, `${head}\n${body}\n`);
}

/** A checkpoint that can be gone on from, why the one that is there cannot, or nothing where there is none. */
export type Found = { readonly checkpoint: Checkpoint } | { readonly problem: string } | undefined;

/** Reads a checkpoint. Never throws: whatever is wrong with it, the run can start anew. */
export async function readCheckpoint(path: string, keys: Checkpoint["keys"]): Promise<Found> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? undefined : { problem: `it cannot be read (${message})` };
  }
  const end = text.indexOf("\n");
  const head = headSchema.safeParse(parseJson(text.slice(0, end === -1 ? undefined : end)));
  if (!head.success) return { problem: "it is torn" };
  if (head.data.version !== VERSION)
    return { problem: `it is of version ${head.data.version}, this program's is ${VERSION}` };
  const rest = text.slice(end + 1, -1);
  if (sha256(rest) !== head.data.sha256) return { problem: "it is torn" };
  const body = bodySchema.safeParse(parseJson(rest));
  if (!body.success) return { problem: "it does not hold what a checkpoint holds" };
  const names = new Set([...Object.keys(keys), ...Object.keys(body.data.keys)]);
  const changed = [...names].filter((name) => keys[name] !== body.data.keys[name]);
  if (changed.length > 0) return { problem: `${changed.join(" and ")} changed` };
  return { checkpoint: body.data };
}

/** Takes a checkpoint away, where there is one. */
export async function removeCheckpoint(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => {}); // it goes stale by itself: what it names is gone
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
