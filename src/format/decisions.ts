/**
 * The log of what a tracker decided, as JSON Lines: a header, one line per frame, a footer. Frames count from 0.
 */
import { z } from "zod";
import type { Decision, Limits, Rival, TracksHeader } from "../types.js";
import { findTarget } from "./_file.js";
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
  line({ type: "header", format: "throughline-decisions", version: 1, input, run, limits: rounded(limits) });

/** One frame's line: pixels to a hundredth, other numbers to four digits. */
export const formatDecisions = ({ index, time, decisions }: FrameDecisions): string =>
  line({ type: "frame", frame: index, time: seconds(time), decisions: decisions.map(toPlain) });

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
      const value = parseJsonLine(lineSchema, content, path, at);
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

function toPlain(decision: Decision): object {
  const { id, kind, confirms, rivals, ...rest } = decision;
  const box = "box" in rest ? { box: rest.box.map(pixels) } : {};
  return {
    id,
    kind,
    ...rounded(rest),
    ...box,
    confirms,
    rivals: rivals.length > 0 ? rivals.map(toPlainRival) : undefined,
  };
}

const toPlainRival = ({ refused, ...rest }: Rival) => ({ ...rounded(rest), refused });

/** An object with its numbers in four digits, whole ones as they are. */
function rounded<T extends object>(value: T): T {
  return Object.fromEntries(
    Object.entries(value).map(([key, v]) => [
      key,
      typeof v === "number" && !Number.isInteger(v) ? Number(v.toPrecision(4)) : v,
    ]),
  ) as T;
}

const line = (value: object): string => `${JSON.stringify(value)}\n`;

const whole = z.int().nonnegative();
const fit = { iou: z.number(), motion: z.number().optional(), cosine: z.number().optional() };
const rival = z.strictObject({
  id: whole.optional(),
  missed: whole.optional(),
  detection: whole.optional(),
  by: whole.optional(),
  ...fit,
  refused: z.array(z.enum(["class", "age", "gate", "cosine", "iou"])),
});
const decided = { id: whole, confirms: z.boolean().optional(), rivals: z.array(rival).default([]) };
const decision = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("start"),
    ...decided,
    detection: whole,
    score: z.number(),
    box: z.tuple([z.number(), z.number(), z.number(), z.number()]),
  }),
  z.strictObject({
    kind: z.literal("match"),
    ...decided,
    ...fit,
    detection: whole,
    by: z.enum(["appearance", "motion", "overlap"]),
    missed: whole,
  }),
  z.strictObject({
    kind: z.literal("miss"),
    ...decided,
    missed: whole,
    ends: z.enum(["unconfirmed", "age"]).optional(),
  }),
]);
const lineSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("header"),
    format: z.literal("throughline-decisions"),
    version: z.literal(1),
    input: z.string(),
    run: z.record(z.string(), z.unknown()),
    limits: z.strictObject({
      iou: z.number(),
      gate: z.number().optional(),
      cosine: z.number().optional(),
      maxAge: whole,
      confirm: whole,
    }),
  }),
  z.strictObject({ type: z.literal("frame"), frame: whole, time: z.number(), decisions: z.array(decision) }),
  z.strictObject({ type: z.literal("footer"), frames: whole }),
]);
