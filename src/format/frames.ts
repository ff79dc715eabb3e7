/**
 * The frames of a JSON Lines tracks file one after the other, in memory that does not grow with the file.
 */
import type { FrameTracks } from "../types.js";
import { parseJsonLine } from "./_lines.js";
import { readPieces } from "./_pieces.js";
import { lineSchema } from "./_schema.js";
import { linesOf } from "./_text.js";
import { fromFrame } from "./_values.js";

/**
 * Reads a tracks file in JSON Lines frame by frame.
 *
 * @throws {InputError} where the file cannot be read.
 * @throws {SyntaxError} `Cannot parse "tracks.jsonl:14": ...`
 * @example
 * for await (const { index, tracks } of readFrames("tracks.jsonl")) console.log(index, tracks.length);
 */
export async function* readFrames(path: string): AsyncGenerator<FrameTracks> {
  for await (const [text, firstLine] of readPieces(path))
    for (const [content, number] of linesOf(text)) {
      if (content.trim() === "") continue;
      const value = parseJsonLine(lineSchema, content, path, firstLine + number - 1);
      if (value.type === "frame") yield fromFrame(value);
    }
}
