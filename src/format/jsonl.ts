/**
 * JSON Lines: a header line, one line per frame, a footer line. For pipes: every line is complete by itself.
 */
import type { Format, FrameTracks, TracksFooter, TracksHeader } from "../types.js";
import { parseJsonLine } from "./_lines.js";
import { lineSchema } from "./_schema.js";
import { cannotParse, linesOf } from "./_text.js";
import { fromFrame, fromHeader, toFooter, toFrame, toHeader } from "./_values.js";

/**
 * Tracks as JSON Lines, each with `"type": "header" | "frame" | "footer"` and otherwise the fields and the
 * rounding of the JSON document. A text without a footer is one that was cut off; it parses to what is there.
 *
 * @example
 * const { frames } = jsonl.parse!(readFileSync("tracks.jsonl", "utf8"), "tracks.jsonl");
 */
export const jsonl: Format = {
  extension: ".jsonl",
  begin: (header) => line({ type: "header", ...toHeader(header) }),
  frame: (frame, header) => line({ type: "frame", ...toFrame(frame, header) }),
  end: (footer) => line({ type: "footer", ...toFooter(footer) }),
  parse(text, name) {
    let header: TracksHeader | undefined;
    let footer: TracksFooter | undefined;
    const frames: FrameTracks[] = [];
    for (const [content, number] of linesOf(text)) {
      if (content.trim() === "") continue;
      const value = parseJsonLine(lineSchema, content, name, number);
      if (footer) throw cannotParse(name, number, "expected nothing after the footer");
      if ((value.type === "header") !== (header === undefined))
        throw cannotParse(
          name,
          number,
          header ? "expected one header only" : `expected the header first, got a ${value.type}`,
        );
      if (value.type === "header") header = fromHeader(value);
      else if (value.type === "frame") frames.push(fromFrame(value));
      else footer = toFooter(value);
    }
    return { header, frames, footer };
  },
};

const line = (value: object): string => `${JSON.stringify(value)}\n`;
