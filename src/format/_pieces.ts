/**
 * Text files in pieces.
 */
import { createReadStream } from "node:fs";
import { InputError } from "../errors.js";
import { reasonOf } from "./_file.js";
import { cannotParse } from "./_text.js";

/** Characters of a piece, about. */
const PIECE = 1 << 18;
/** No line of a text that people track with comes near this length; a video given as a text does. */
const LONGEST_LINE = 1 << 20;

/**
 * A text file in pieces of whole lines, with the number of each piece's first line; memory stays bounded.
 *
 * @throws {InputError} where it cannot be read. @throws {SyntaxError} where a line is absurdly long.
 */
export async function* readPieces(path: string): AsyncGenerator<readonly [text: string, firstLine: number]> {
  let rest = "";
  let line = 1;
  try {
    for await (const chunk of createReadStream(path, { encoding: "utf8", highWaterMark: PIECE })) {
      const text = rest + chunk;
      const end = text.lastIndexOf("\n") + 1;
      rest = text.slice(end);
      if (rest.length > LONGEST_LINE)
        throw cannotParse(path, line + countLines(text, end), "expected lines of text, got something else");
      if (end === 0) continue;
      yield [text.slice(0, end), line];
      line += countLines(text, end);
    }
  } catch (cause) {
    if (cause instanceof SyntaxError) throw cause;
    throw new InputError(`Cannot read ${JSON.stringify(path)}: ${reasonOf(cause)}`, { cause });
  }
  if (rest !== "") yield [rest, line];
}

function countLines(text: string, end: number): number {
  let count = 0;
  for (let i = text.indexOf("\n"); i !== -1 && i < end; i = text.indexOf("\n", i + 1)) count++;
  return count;
}
