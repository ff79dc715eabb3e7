/**
 * The shape of a tracks file in JSON: what `parse` accepts, and what schema/tracks.schema.json is generated from
 * (`npx tsx schema/generate.ts`).
 */
import { z } from "zod";
import { countsSchema } from "./_counts-schema.js";

const frameNumber = z.int().nonnegative().describe("Frame number in the input, from 0");

export const trackSchema = z
  .strictObject({
    id: z.int().positive().describe("Identity, from 1, never reused within a run"),
    box: z
      .tuple([z.number(), z.number(), z.number(), z.number()])
      .describe("x1, y1, x2, y2 in pixels of the input"),
    score: z.number().describe("Confidence of the detection"),
    class: z.int().nonnegative().describe("Index into labels"),
    label: z.string().optional().describe("labels[class]"),
    detection: z.int().min(-1).describe("Row among the frame's detections, or -1 where the box is predicted"),
    interpolated: z
      .boolean()
      .optional()
      .describe("True where the box was put between two others after the last frame"),
    joined: z
      .int()
      .positive()
      .optional()
      .describe(
        "The id that the tracker gave it, where it was found later, or by a person, to be another object",
      ),
  })
  .describe("One identity in one frame");

const frameShape = {
  frame: frameNumber,
  time: z.number().describe("Seconds, from the stream's own timestamps"),
  tracks: z.array(trackSchema).describe("Ordered by id"),
};

const headerShape = {
  input: z.string().describe("Path or name of the input, as given"),
  width: z.int().nonnegative().describe("Pixels"),
  height: z.int().nonnegative().describe("Pixels"),
  frameRate: z.number().positive().optional().describe("Average frames per second, where known"),
  labels: z.array(z.string()).describe("Class names"),
  names: z
    .record(z.string().regex(/^[1-9]\d*$/, { error: "expected identities as keys" }), z.string())
    .optional()
    .describe("Names that people gave to identities, by id"),
  run: z.record(z.string(), z.unknown()).describe("Tool, version, models, options: what reproduces the run"),
};

const damageSchema = z.strictObject({
  kind: z.enum(["missing", "corrupt"]),
  fromFrame: frameNumber.optional(),
  toFrame: frameNumber.optional(),
  fromTime: z.number().optional(),
  toTime: z.number().optional(),
  reason: z.string().describe("What the decoder said"),
});

const footerShape = {
  identities: z.int().nonnegative().describe("How many identities the file holds"),
  integrity: z
    .strictObject({
      complete: z
        .boolean()
        .describe("False when frames are missing or damaged, or the run was stopped before the end"),
      frames: z.int().nonnegative().describe("Frames that were read"),
      expectedFrames: z.int().nonnegative().optional().describe("Frames the container promised"),
      damage: z.array(damageSchema),
      dropped: z
        .int()
        .nonnegative()
        .optional()
        .describe(
          "Frames of a live input, among those above, that were left out because a newer one was there",
        ),
      interrupted: z.boolean().optional().describe("True when the run was stopped before the input's end"),
    })
    .describe("How much of the input was really read"),
  counts: countsSchema.optional().describe("What was counted at lines and in zones, where there are any"),
};

const format = z.literal("throughline-tracks").describe("What this file is");
const version = z
  .literal(1)
  .describe("Rises when a reader of the older version could misunderstand the file");

/** A whole .json file. */
export const documentSchema = z
  .strictObject({
    format,
    version,
    ...headerShape,
    frames: z.array(z.strictObject(frameShape)).describe("One entry per frame that was tracked, in order"),
    ...footerShape,
  })
  .describe("Tracks of one input, as written by throughline");

/** One line of a .jsonl file: the header, then the frames, then the footer. */
export const lineSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("header"), format, version, ...headerShape }),
  z.strictObject({ type: z.literal("frame"), ...frameShape }),
  z.strictObject({ type: z.literal("footer"), ...footerShape }),
]);

/** The first thing that is wrong with a value, as `frames[3].tracks[0].box: what`. */
export function firstIssue(error: z.ZodError): {
  readonly path: readonly PropertyKey[];
  readonly text: string;
} {
  const { path, message } = error.issues[0]!;
  const place = path.map((p) => (typeof p === "number" ? `[${p}]` : `.${String(p)}`)).join("");
  // Unknown keys stand in the message as they are in the file, line ends and all.
  const what = message.replaceAll(/\s+/g, " ");
  return { path, text: place === "" ? what : `${place.replace(/^\./, "").replaceAll(/\s+/g, " ")}: ${what}` };
}
