/** The shape of counts in JSON: at the end of a tracks file, and in schema/counts.schema.json. */
import { z } from "zod";
import { COUNTS_FORMAT } from "./counts-text.js";

const whole = z.int().nonnegative();
const seconds = z.number().describe("Seconds, from the stream's own timestamps");

const crossings = {
  in: whole.describe("Crossings to the left hand of somebody who looks along the line"),
  out: whole.describe("Crossings to the right hand"),
};

const stays = {
  visits: whole.describe("How often something came to be inside, in whatever way"),
  identities: whole.describe("Different identities among them, counted at their first visit"),
  entered: whole.describe("Visits that began over the edge; the others were inside when first seen"),
  exited: whole.describe("Visits that ended over the edge; the others were inside when last seen"),
  dwell: z
    .strictObject({ mean: z.number().nonnegative(), max: z.number().nonnegative() })
    .describe("Seconds of the visits that ended; 0 where none did"),
  occupancy: z
    .strictObject({ mean: z.number().nonnegative(), max: whole })
    .describe("How many were inside at a time: on average over the time, and at most in one frame"),
};

const name = z.string().describe("As in the file of zones");
const className = {
  class: whole.describe("Index into the labels of the tracks"),
  label: z.string().describe("Its name"),
};
const ofEach = "By class, those that had something to count";

/** What was counted between two times. */
export const countsSchema = z.strictObject({
  from: seconds,
  to: seconds,
  lines: z.array(
    z.strictObject({
      name,
      ...crossings,
      classes: z.array(z.strictObject({ ...className, ...crossings })).describe(ofEach),
    }),
  ),
  zones: z.array(
    z.strictObject({
      name,
      ...stays,
      classes: z.array(z.strictObject({ ...className, ...stays })).describe(ofEach),
    }),
  ),
});

/** A whole counts file in JSON. */
export const countsDocumentSchema = z
  .strictObject({
    format: z.literal(COUNTS_FORMAT).describe("What this file is"),
    version: z.literal(1).describe("Rises when a reader of the older version could misunderstand the file"),
    input: z.string().describe("What was counted in, as given"),
    zones: z.record(z.string(), z.unknown()).describe("Where was counted: the file of zones"),
    minutes: z
      .array(countsSchema)
      .describe(
        "One entry for every minute of the input that had frames, in order; the last one may be shorter",
      ),
    totals: countsSchema,
  })
  .describe("Counts at lines and in zones, as written by throughline");
