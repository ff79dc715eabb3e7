/**
 * One JSON document, written while running: the header's fields, one frame per line, the footer's fields.
 * schema/tracks.schema.json describes it.
 */
import type { Format } from "../types.js";
import { documentSchema, firstIssue } from "./_schema.js";
import { cannotParse } from "./_text.js";
import { fromFrame, fromHeader, toFooter, toFrame, toHeader } from "./_values.js";

/**
 * Tracks as one JSON document. Coordinates are rounded to a hundredth of a pixel, scores to four decimals, times
 * to microseconds; frames count from 0, and frames without tracks are there too.
 *
 * @example
 * const { frames } = json.parse!(readFileSync("tracks.json", "utf8"), "tracks.json");
 */
export const json: Format = {
  extension: ".json",
  separator: ",\n",
  begin: (header) => `${JSON.stringify(toHeader(header)).slice(0, -1)},"frames":[\n`,
  frame: (frame, header) => JSON.stringify(toFrame(frame, header)),
  end: (footer) => `\n],${JSON.stringify(toFooter(footer)).slice(1)}\n`,
  parse(text, name) {
    let value: unknown;
    try {
      value = JSON.parse(text.replace(/^\uFEFF/, ""));
    } catch (cause) {
      const { message } = cause as Error;
      throw cannotParse(
        name,
        lineOfMistake(text, message),
        `not JSON: ${message.replaceAll(/\s+/g, " ")}`,
        cause,
      );
    }
    const checked = documentSchema.safeParse(value);
    if (!checked.success) {
      const { path, text: what } = firstIssue(checked.error);
      const line = path[0] === "frames" ? frameLines(text)[path[1] as number]?.[1] : undefined;
      throw cannotParse(name, line, what, checked.error);
    }
    return {
      header: fromHeader(checked.data),
      frames: checked.data.frames.map(fromFrame),
      footer: toFooter(checked.data),
    };
  },
};

/** The lines that hold a frame, as this file writes them, with their numbers from 1. */
function frameLines(text: string): (readonly [string, number])[] {
  return text
    .split("\n")
    .map((line, i) => [line.replace(/,?\r?$/, ""), i + 1] as const)
    .filter(([line]) => line.startsWith('{"frame":'));
}

/** JSON.parse names a position only sometimes; a text of our own making breaks in a frame's line. */
function lineOfMistake(text: string, message: string): number | undefined {
  const position = /at position (\d+)/.exec(message);
  if (position) return text.slice(0, Number(position[1])).split("\n").length;
  if (message.includes("end of JSON")) return text.trimEnd().split("\n").length;
  return frameLines(text).find(([line]) => !isJson(line))?.[1];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
