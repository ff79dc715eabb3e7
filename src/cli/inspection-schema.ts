/**
 * The shape of `track inspect --json`: what is written, and what schema/inspection.schema.json is generated from
 * (`npx tsx schema/generate.ts`).
 */
import { z } from "zod";
import type { Inspection } from "../nn/index.js";

const count = z.int().nonnegative();
const sides = z
  .array(z.union([count, z.string()]))
  .describe('Sides; one without a number has a name, "?" where it depends on the data');

const valueSchema = z.strictObject({
  name: z.string(),
  type: z.string().describe('Element type: "float32", "int64", ..., or "unknown"'),
  shape: sides.optional().describe("Absent where not even the number of sides is known"),
});

const pair = z.tuple([z.number(), z.number()]).describe("Height, width");

const layerSchema = z
  .strictObject({
    name: z.string(),
    op: z.string().describe("ONNX operator"),
    results: z.array(valueSchema),
    parameters: count.describe(
      "Learnt numbers that appear here first; running means and variances do not count",
    ),
    macs: count
      .optional()
      .describe(
        "Multiply-accumulates of convolutions and matrix products in one run; absent where sizes are missing",
      ),
    macsPerRow: count.optional().describe("The same for each row, where the data decides how many there are"),
    bytes: count.optional().describe("Memory of the results; absent where sizes are missing"),
    field: z
      .strictObject({ size: pair, jump: pair })
      .optional()
      .describe(
        "Receptive field in pixels of the input, and the step between neighbours; absent: all of it, or unknown",
      ),
  })
  .describe("One node of the graph");

export const inspectionSchema = z
  .strictObject({
    format: z.literal("throughline-inspection").describe("What this file is"),
    version: z.literal(1).describe("Rises when a reader of the older version could misunderstand the file"),
    name: z.string(),
    producer: z.string().optional().describe("The program that wrote the file, as it says"),
    opset: count.optional().describe("Version of ONNX's operators"),
    inputs: z.array(valueSchema),
    outputs: z.array(valueSchema),
    layers: z
      .array(layerSchema)
      .describe("In running order, without nodes that compute the same in every run"),
    totals: z.strictObject({
      parameters: count,
      weightBytes: count.describe("Of all stored tensors"),
      macs: count.describe("Of the layers whose sizes are known, in one run"),
      macsPerRow: count.describe("For each row of what the data decides the number of"),
      activationBytes: count.describe("Of all results, one after the other"),
      peakBytes: count.describe(
        "Most bytes of results that are needed at one time, each kept until its last use and none written over another",
      ),
      peakAt: z.string().optional().describe("The layer that runs then"),
      unsized: count.describe("Layers whose results have a side without number: not in the sums of bytes"),
      uncounted: count.describe("Layers whose multiply-accumulates are not known"),
    }),
    unknown: z.record(z.string(), count).describe("Operators that are not known, with how often they occur"),
  })
  .describe("What a network is made of, as written by track inspect --json");

/** An inspection as the file has it. */
export const toDocument = (inspection: Inspection): z.input<typeof inspectionSchema> =>
  ({ format: "throughline-inspection", version: 1, ...inspection }) as z.input<typeof inspectionSchema>;
