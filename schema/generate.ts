/**
 * Writes schema/tracks.schema.json from the schema that the reader uses: `npx tsx schema/generate.ts`.
 */
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { documentSchema } from "../src/format/_schema.js";

/** The published schema (JSON Schema 2020-12) as text. */
export function generate(): string {
  const { $schema, ...rest } = z.toJSONSchema(documentSchema, {
    override: ({ jsonSchema }) => {
      // Bounds that only say "an integer that a double can hold".
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return `${JSON.stringify({ $schema, title: "Throughline tracks", ...rest }, null, 2)}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  writeFileSync(new URL("tracks.schema.json", import.meta.url), generate());
