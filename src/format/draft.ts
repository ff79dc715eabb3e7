/**
 * Tracks between the first and the second pass: JSON Lines, and among them the looks of tracks, the detections that no
 * track took and the motion of the picture, which no other file has. Looks are a byte for each number, which is as exact
 * as they are.
 */
import { z } from "zod";
import type { Affine, Format, FrameTracks, Look, Unused } from "../types.js";
import { parseJsonLine } from "./_lines.js";
import { readPieces } from "./_pieces.js";
import { lineSchema } from "./_schema.js";
import { linesOf } from "./_text.js";
import { fromFrame } from "./_values.js";
import { jsonl } from "./jsonl.js";

/** Largest number of a signed byte. */
const top = 127;

/** A look of the frame on the next line. */
const lookSchema = z.strictObject({
  type: z.literal("look"),
  id: z.int().positive(),
  count: z.int().positive(),
  /** What 127 stands for. */
  largest: z.number().nonnegative(),
  mean: z.base64(),
});

/** How the picture moved up to the frame on the next line. */
const cameraSchema = z.strictObject({
  type: z.literal("camera"),
  motion: z.tuple([z.number(), z.number(), z.number(), z.number(), z.number(), z.number()]),
});

/** Detections of the frame on the next line, as 32-bit floats. */
const unusedSchema = z.strictObject({ type: z.literal("unused"), detections: z.base64() });

const draftSchema = z.discriminatedUnion("type", [
  ...lineSchema.options,
  lookSchema,
  unusedSchema,
  cameraSchema,
]);

/** Tracks files that are read again before they are put right. */
export const draft: Format = {
  ...jsonl,
  extension: ".draft",
  frame: (frame, header) =>
    (frame.looks ?? []).map(lineOf).join("") +
    (frame.unused?.length ? lineOfUnused(frame.unused) : "") +
    (frame.camera ? `${JSON.stringify({ type: "camera", motion: frame.camera })}\n` : "") +
    jsonl.frame(frame, header),
};

function lineOfUnused(unused: Unused): string {
  const detections = Buffer.from(Float32Array.from(unused).buffer).toString("base64");
  return `${JSON.stringify({ type: "unused", detections })}\n`;
}

function lineOf({ id, count, mean }: Look): string {
  const largest = mean.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const bytes = Int8Array.from(mean, (v) => (largest > 0 ? Math.round((top * v) / largest) : 0));
  const look: z.output<typeof lookSchema> = {
    ...{ type: "look", id, count, largest },
    mean: Buffer.from(bytes.buffer).toString("base64"),
  };
  return `${JSON.stringify(look)}\n`;
}

/**
 * Reads a draft frame by frame, in memory that does not grow with the file.
 *
 * @throws {InputError} where the file cannot be read.
 * @throws {SyntaxError} `Cannot parse "tracks.draft:14": ...`
 * @example
 * for await (const { index, tracks } of readDraft("tracks.draft")) console.log(index, tracks.length);
 */
export async function* readDraft(path: string): AsyncGenerator<FrameTracks> {
  let looks: Look[] = [];
  let unused: Unused | undefined;
  let camera: Affine | undefined;
  for await (const [text, firstLine] of readPieces(path))
    for (const [content, number] of linesOf(text)) {
      if (content.trim() === "") continue;
      const value = parseJsonLine(draftSchema, content, path, firstLine + number - 1);
      if (value.type === "look") looks.push(fromLook(value));
      if (value.type === "unused") unused = fromUnused(value.detections);
      if (value.type === "camera") camera = value.motion;
      if (value.type !== "frame") continue;
      yield {
        ...fromFrame(value),
        ...(looks.length > 0 && { looks }),
        ...(unused && { unused }),
        ...(camera && { camera }),
      };
      looks = [];
      unused = undefined;
      camera = undefined;
    }
}

function fromUnused(base64: string): Unused {
  const { buffer } = Uint8Array.from(Buffer.from(base64, "base64"));
  return Float64Array.from(new Float32Array(buffer, 0, Math.floor(buffer.byteLength / 4)));
}

function fromLook({ id, count, largest, mean }: z.output<typeof lookSchema>): Look {
  const bytes = Buffer.from(mean, "base64");
  return { id, count, mean: Float32Array.from(bytes, (_, i) => (bytes.readInt8(i) * largest) / top) };
}
