/**
 * What goes through the queue: orders to workers, what they tell on the way, and results. All of it is data that is
 * checked where it arrives; nothing of it is ever run.
 *
 * Whoever can write to the Redis decides which files workers read and write, with the rights of their user: a queue
 * belongs among people who trust each other, behind a password.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { recordingSchema } from "../batch/manifest.js";
import type { Plan } from "./outputs.js";
import type { Status } from "./reporter.js";
import { settingsSchema } from "./settings.js";
import { version } from "./version.js";

const text = z.string().min(1);
const whole = z.int().nonnegative();

// A plan that holds more than the queue carries does not compile.
const planSchema = z.strictObject({
  input: text,
  outputs: z.array(text).min(1).readonly(),
  detections: text.optional(),
  cameraMotion: text.optional(),
  saveDetections: text.optional(),
  explain: text.optional(),
  counts: text.optional(),
} satisfies Record<keyof Plan, z.ZodType>);

/**
 * The settings that decide what comes out. What a worker says to whom is its own affair, and which ffmpeg it runs above
 * all: a program named in Redis would be run for whoever can write there.
 */
const sharedSettings = settingsSchema.omit({
  out: true,
  render: true,
  report: true,
  ffmpeg: true,
  quiet: true,
  log: true,
  verbose: true,
});

const orderSchema = z.strictObject({
  /** Of the program: every machine must have the same. */
  version: z.literal(version),
  name: text,
  /** Folder in which the batch was started; relative paths are from there. */
  cwd: text,
  /** Of the batch. */
  folder: text,
  plan: planSchema,
  settings: sharedSettings,
});

/** One file to be tracked by some worker. */
export type QueueOrder = z.output<typeof orderSchema>;

/** The order as it goes into the queue. */
export function writeOrder(order: Omit<QueueOrder, "version" | "settings"> & { settings: object }): object {
  const kept = Object.keys(sharedSettings.shape);
  const settings = Object.fromEntries(Object.entries(order.settings).filter(([name]) => kept.includes(name)));
  return JSON.parse(JSON.stringify({ version, ...order, settings }));
}

/** @returns why this program cannot carry the order out, in one line, where it cannot */
export function readOrder(data: unknown): QueueOrder | string {
  const { data: order, error } = orderSchema.safeParse(data);
  if (order) return order;
  const other = z.looseObject({ version: z.string() }).safeParse(data).data?.version;
  if (other !== undefined && other !== version)
    return `the batch was started by version ${JSON.stringify(other)}, this is ${version}; install the same on all machines`;
  const [{ path, message }] = error.issues as [z.core.$ZodIssue];
  return `the order is not one that this program writes (${[...path, message].join(": ")})`;
}

/** The same for the same file of the same batch, whatever its options. */
export const orderId = (folder: string, name: string): string =>
  `track-${createHash("sha256")
    .update(JSON.stringify([folder, name]))
    .digest("hex")
    .slice(0, 40)}`;

const statusSchema = z.strictObject({
  input: z.string(),
  done: whole,
  of: whole.optional(),
  fps: z.number().nonnegative(),
  live: whole,
  identities: whole,
  fetching: z.strictObject({ received: whole, size: whole.optional() }).optional(),
} satisfies Record<keyof Status, z.ZodType>);

const progressSchema = z.union([
  /** Begun, so that a later worker goes on from there; with where it is. */
  z.strictObject({ worker: text, begun: z.literal(true), status: statusSchema.optional() }),
  z.strictObject({ worker: text, refused: text }),
]);

/** What a worker tells of a job. */
export type QueueProgress = z.output<typeof progressSchema>;
export const readProgress = (progress: unknown): QueueProgress | undefined =>
  progressSchema.safeParse(progress).data;

const resultSchema = z.strictObject({
  worker: text,
  state: z.enum(["done", "damaged"]),
  frames: whole,
  identities: whole,
  seconds: z.number().nonnegative(),
  recording: recordingSchema.optional(),
  damage: z.string().optional(),
  made: z
    .array(z.strictObject({ path: text, bytes: whole, sha256: z.string().regex(/^[0-9a-f]{64}$/) }))
    .min(1),
});

/** What a worker tells at the end. */
export type QueueResult = z.output<typeof resultSchema>;
export const readResult = (result: unknown): QueueResult | undefined => resultSchema.safeParse(result).data;
