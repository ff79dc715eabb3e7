/**
 * A model card: what a model file is, where it comes from, what goes in and what comes out. One JSON file per
 * model under models/, and beside any model that a user brings.
 */
import { z } from "zod";

/** How pixels become the tensor. The image is RGB bytes; values are (v - mean) / std per channel, in `colour` order. */
export const inputSchema = z.strictObject({
  /** Order of the channels in the tensor. */
  colour: z.enum(["rgb", "bgr"]),
  /**
   * "stretch": to the size, each axis by its own factor. "letterbox": keep the aspect, image at the top left, rest
   * filled with `pad`. "pad": as letterbox, the canvas only as large as the multiples ask.
   */
  fit: z.enum(["stretch", "letterbox", "pad"]),
  /** Fixed width and height of the tensor in pixels, or the long side, rounded to `multiple`. */
  size: z.union([
    z.strictObject({ width: z.int().positive(), height: z.int().positive() }),
    z.strictObject({
      longSide: z.int().positive(),
      shortSide: z.int().positive().optional(),
      multiple: z.int().positive().default(32),
    }),
  ]),
  mean: z.tuple([z.number(), z.number(), z.number()]).default([0, 0, 0]),
  std: z.tuple([z.number(), z.number(), z.number()]).default([1, 1, 1]),
  /** Value of the filling, in pixel units before mean and std. */
  pad: z.number().default(0),
  /** "nchw" with a batch axis, "chw" without. */
  layout: z.enum(["nchw", "chw"]).default("nchw"),
});

/** Checks a card, and fills in what it leaves out. @throws {ZodError} naming the field */
export const cardSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/),
  /** "weights" are the numbers of a network of src/nn alone: `track build` makes a model of them. */
  kind: z.enum(["detector", "embedder", "weights"]),
  title: z.string(),
  /** File name of the ONNX or the weights, beside the card or in the cache of pulled models. */
  file: z.string().regex(/^[^\\/]+$/, "expected a file name without a folder"),
  bytes: z.int().positive().optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  /** What the SHA-256 begins with, where no more is known: some authors put it into the file name. */
  sha256Begins: z
    .string()
    .regex(/^[0-9a-f]{8,64}$/)
    .optional(),
  /** Where `track models pull` finds it; absent for embedded models. */
  url: z.url().optional(),
  /** SPDX expression or a plain statement. */
  licence: z.string(),
  /** Files with the licence texts, beside the card. */
  licenceFiles: z.array(z.string()).default([]),
  /** Package, version, upstream: how the file came to be. */
  source: z.string(),
  /** What the outputs mean: a file of src/detect or src/reid. For weights, the network that they are of. */
  contract: z.string(),
  input: inputSchema,
  /** Class names by index. Empty for embedders. */
  labels: z.array(z.string()).default([]),
  /** Options of the contract (anchors, thresholds), checked by the contract itself. */
  options: z.record(z.string(), z.unknown()).default({}),
  notes: z.string().optional(),
});

/** What a model takes in: see `inputSchema`. */
export type ModelInput = z.infer<typeof inputSchema>;
/** Everything that is said about one model: see `cardSchema`. */
export type Card = z.infer<typeof cardSchema>;
