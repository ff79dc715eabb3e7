/**
 * Writes the published schemas from those that the code uses: `npx tsx schema/generate.ts`.
 */
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { manifestSchema } from "../src/batch/manifest.js";
import { inspectionSchema } from "../src/cli/inspection-schema.js";
import { zonesSchema } from "../src/count/index.js";
import { editLogSchema } from "../src/edit/index.js";
import { countsDocumentSchema } from "../src/format/_counts-schema.js";
import { decisionLineSchema } from "../src/format/_decision-schema.js";
import { documentSchema } from "../src/format/_schema.js";

/** The published schema of tracks files (JSON Schema 2020-12) as text. */
export const generate = (): string => textOf(documentSchema, "Throughline tracks");

/** That of `track inspect --json`. */
export const generateInspection = (): string => textOf(inspectionSchema, "Throughline inspection");

/** That of one line of a decision log (`track --explain`). */
export const generateExplain = (): string => textOf(decisionLineSchema, "Throughline decisions", "input");

/** That of `batch.json`, which `track batch` writes. */
export const generateBatch = (): string => textOf(manifestSchema, "Throughline batch");

/** That of the file of zones and lines that `--zones` takes. */
export const generateZones = (): string => textOf(zonesSchema, "Throughline zones", "input");

/** That of counts in JSON. */
export const generateCounts = (): string => textOf(countsDocumentSchema, "Throughline counts");

/** That of the corrections of a tracks file, which `track view` keeps and `track apply` replays. */
export const generateEdits = (): string => textOf(editLogSchema, "Throughline edits", "input");

/** @param io "input" where what has a default may be missing */
function textOf(schema: z.ZodType, title: string, io: "input" | "output" = "output"): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    io,
    override: ({ jsonSchema }) => {
      // Bounds that only say "an integer that a double can hold".
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  writeFileSync(new URL("tracks.schema.json", import.meta.url), generate());
  writeFileSync(new URL("inspection.schema.json", import.meta.url), generateInspection());
  writeFileSync(new URL("explain.schema.json", import.meta.url), generateExplain());
  writeFileSync(new URL("batch.schema.json", import.meta.url), generateBatch());
  writeFileSync(new URL("zones.schema.json", import.meta.url), generateZones());
  writeFileSync(new URL("counts.schema.json", import.meta.url), generateCounts());
  writeFileSync(new URL("edits.schema.json", import.meta.url), generateEdits());
}
