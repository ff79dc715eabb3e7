/**
 * The shape of a decision log: what the reader accepts, and what schema/explain.schema.json is generated from.
 */
import { z } from "zod";

/** The value of `format` in the header. */
export const DECISIONS_FORMAT = "throughline-decisions";

const whole = z.int().nonnegative();
const fit = {
  iou: z.number().describe("Intersection over union of the predicted box and the detection"),
  motion: z.number().optional().describe("Squared Mahalanobis distance"),
  cosine: z.number().optional().describe("Cosine distance of the looks"),
};
const rival = z
  .strictObject({
    id: whole.optional().describe("The track, where a detection is explained"),
    missed: whole.optional().describe("Frames for which that track was missing before this one"),
    detection: whole.optional().describe("The detection in question, or the one that the track took instead"),
    by: whole.optional().describe("The track that has the detection"),
    ...fit,
    refused: z
      .array(z.enum(["class", "age", "gate", "cosine", "iou"]))
      .describe("The limits that kept them apart; none where other pairs came first"),
  })
  .describe("A track or a detection that came into question and was not taken");
const decided = {
  id: whole.describe("The identity"),
  confirms: z.boolean().optional().describe("The track is reported from here on"),
  rivals: z.array(rival).default([]).describe("Those that mattered, the closest first"),
};
const detection = whole.describe("Row of the frame's detections");
const decision = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("start"),
    ...decided,
    detection,
    score: z.number(),
    box: z
      .tuple([z.number(), z.number(), z.number(), z.number()])
      .describe("x1, y1, x2, y2 in source pixels"),
  }),
  z.strictObject({
    kind: z.literal("match"),
    ...decided,
    ...fit,
    detection,
    by: z.enum(["appearance", "motion", "overlap"]).describe("The stage that matched them"),
    missed: whole.describe("Frames for which the track was missing before"),
  }),
  z.strictObject({
    kind: z.literal("miss"),
    ...decided,
    missed: whole.describe("Frames without a match, this one included"),
    ends: z.enum(["unconfirmed", "age"]).optional().describe("The track ends here, and why"),
  }),
]);

/** One line of a decision log: what is accepted, and what schema/explain.schema.json is generated from. */
export const decisionLineSchema = z
  .discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("header"),
      format: z.literal(DECISIONS_FORMAT).describe("What this file is"),
      version: z.literal(1).describe("Rises when a reader of the older version could misunderstand the file"),
      input: z.string().describe("As in the tracks file"),
      run: z.record(z.string(), z.unknown()).describe("As in the tracks file"),
      limits: z
        .strictObject({
          iou: z.number().describe("Smallest intersection over union of a match by overlap"),
          gate: z.number().optional().describe("Largest squared Mahalanobis distance"),
          cosine: z.number().optional().describe("Largest cosine distance"),
          maxAge: whole.describe("Frames without a match that a track survives"),
          confirm: whole.describe("Matches before a track is reported"),
        })
        .describe("What joins a track and a detection, and what ends a track"),
    }),
    z.strictObject({
      type: z.literal("frame"),
      frame: whole.describe("From 0"),
      time: z.number().describe("Seconds"),
      decisions: z.array(decision).describe("What became of every track, in order of identities"),
    }),
    z.strictObject({
      type: z.literal("footer"),
      frames: whole.describe("How many frames the log has; a log without a footer was cut off"),
    }),
  ])
  .describe(
    "One line of a decision log, as `track --explain` writes it: a header, a line per frame, a footer",
  );
