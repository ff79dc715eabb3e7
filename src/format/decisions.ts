/**
 * The log of what a tracker decided, as JSON Lines: a header, one line per frame, a footer. Frames count from 0.
 */
import type { Decision, Fit, Limits, Rival, TracksHeader } from "../types.js";
import { DECISIONS_FORMAT, decisionLineSchema } from "./_decision-schema.js";
import { findTarget } from "./_file.js";
import { fourDigits } from "./_four-digits.js";
import { parseJsonLine } from "./_lines.js";
import { type Draft, draftOf, type Lasting, openAll, publishAll } from "./_output.js";
import { readPieces } from "./_pieces.js";
import { cannotParse, linesOf, pixels, seconds } from "./_text.js";

/** What stands at the head of a decision log. `input` and `run` are those of the tracks file. */
export interface DecisionsHeader extends Pick<TracksHeader, "input" | "run"> {
  readonly limits: Limits;
}

/** What a tracker decided in one frame. */
export interface FrameDecisions {
  readonly index: number;
  readonly time: number;
  readonly decisions: readonly Decision[];
}

/** A decision log while it is written. */
export interface DecisionsFile extends Draft {
  readonly path: string;
  write(frame: FrameDecisions): Promise<void>;
  /** Writes the last line; `frames` are in the file. */
  end(frames: number): Promise<void>;
  /** Ends the file and gives it its name, in place of what was there before. */
  finish(): Promise<void>;
}

/**
 * Opens a decision log for writing, under a temporary name until `finish`.
 *
 * @throws {OutputError} where it cannot be written or is one of the `inputs`.
 * @throws {InputError} where it is not there as `from` says.
 */
export async function openDecisionsFile(
  path: string,
  header: DecisionsHeader,
  { inputs = [], ...lasting }: Lasting & { readonly inputs?: readonly string[] } = {},
): Promise<DecisionsFile> {
  const [file] = await openAll([await findTarget(path, inputs)], lasting);
  const draft = draftOf([file!]);
  if (!lasting.from) await file!.write(formatDecisionsHeader(header));
  let frames = 0;
  const end = (all: number) => file!.write(line({ type: "footer", frames: all }));
  return Object.assign(draft, {
    path,
    write: (frame: FrameDecisions) => {
      frames++;
      return file!.write(formatDecisions(frame));
    },
    end,
    finish: async () => {
      await end(frames);
      await publishAll([draft]);
    },
  });
}

/** The first line of a decision log. */
export const formatDecisionsHeader = ({ input, run, limits }: DecisionsHeader): string =>
  line({ type: "header", format: DECISIONS_FORMAT, version: 1, input, run, limits: rounded(limits) });

/** One frame's line: pixels to a hundredth, other numbers to four digits. */
export const formatDecisions = ({ index, time, decisions }: FrameDecisions): string =>
  `{"type":"frame","frame":${index},"time":${seconds(time)},"decisions":[${decisions.map(formatDecision).join(",")}]}\n`;

/**
 * Reads a decision log frame by frame, in bounded memory. A log without a footer is one that was cut off; it is read
 * up to there.
 *
 * @param onHeader told of the header, before the first frame.
 * @throws {InputError} where the file cannot be read.
 * @throws {SyntaxError} `Cannot parse "tracks.json.explain.jsonl:14": ...` where a line is not one of a decision log.
 *
 * @example
 * for await (const { index, decisions } of readDecisions("tracks.json.explain.jsonl"))
 *   console.log(index, decisions.filter(({ kind }) => kind === "start").length);
 */
export async function* readDecisions(
  path: string,
  onHeader: (header: DecisionsHeader) => void = () => {},
): AsyncGenerator<FrameDecisions> {
  let began = false;
  let ended = false;
  for await (const [text, firstLine] of readPieces(path)) {
    for (const [content, number] of linesOf(text)) {
      if (content.trim() === "") continue;
      const at = firstLine + number - 1;
      const value = parseJsonLine(decisionLineSchema, content, path, at);
      if (ended) throw cannotParse(path, at, "expected nothing after the footer");
      if ((value.type === "header") === began)
        throw cannotParse(path, at, began ? "expected one header only" : "expected the header first");
      if (value.type === "header") {
        began = true;
        onHeader({ input: value.input, run: value.run, limits: value.limits });
      } else if (value.type === "footer") ended = true;
      else yield { index: value.frame, time: value.time, decisions: value.decisions };
    }
  }
  if (!began) throw cannotParse(path, undefined, "expected a decision log, got an empty file");
}

// Text is put together by hand: there are thousands of decisions for each second of tracking.
function formatDecision(decision: Decision): string {
  const { id, kind, confirms, rivals } = decision;
  let text = `{"id":${id},"kind":"${kind}"`;
  if (kind === "start") {
    const { detection, score, box } = decision;
    text += `,"detection":${detection},"score":${fourDigits(score)},"box":[${box.map(pixels).join(",")}]`;
  } else if (kind === "match") {
    const { detection, by, missed } = decision;
    text += `,"detection":${detection},"by":"${by}","missed":${missed},${formatFit(decision)}`;
  } else {
    text += `,"missed":${decision.missed}`;
    if (decision.ends !== undefined) text += `,"ends":"${decision.ends}"`;
  }
  if (confirms !== undefined) text += `,"confirms":${confirms}`;
  if (rivals.length > 0) {
    text += `,"rivals":[${formatRival(rivals[0]!)}`;
    for (let i = 1; i < rivals.length; i++) text += `,${formatRival(rivals[i]!)}`;
    text += "]";
  }
  return `${text}}`;
}

function formatRival(rival: Rival): string {
  const { id, missed, detection, by, refused } = rival;
  let text = "{";
  if (id !== undefined) text += `"id":${id},`;
  if (missed !== undefined) text += `"missed":${missed},`;
  if (detection !== undefined) text += `"detection":${detection},`;
  if (by !== undefined) text += `"by":${by},`;
  text += formatFit(rival);
  return refused.length === 0 ? `${text},"refused":[]}` : `${text},"refused":["${refused.join('","')}"]}`;
}

function formatFit({ iou, motion, cosine }: Fit): string {
  let text = `"iou":${fourDigits(iou)}`;
  if (motion !== undefined) text += `,"motion":${fourDigits(motion)}`;
  if (cosine !== undefined) text += `,"cosine":${fourDigits(cosine)}`;
  return text;
}

/** An object with its numbers in four digits, whole ones as they are. */
function rounded<T extends object>(value: T): T {
  return Object.fromEntries(
    Object.entries(value).map(([key, v]) => [key, typeof v === "number" ? Number(fourDigits(v)) : v]),
  ) as T;
}

const line = (value: object): string => `${JSON.stringify(value)}\n`;
