/**
 * What a tracks file is about, from its beginning and end alone: files of many hours need not be read for that.
 */
import type { TracksFooter, TracksHeader } from "../types.js";
import { parseRow } from "./_mot.js";
import { lineSchema } from "./_schema.js";
import { fromHeader, toFooter } from "./_values.js";
import { csv } from "./csv.js";

/** What is known so; a part that is damaged or further inside is missing. */
export interface TracksFacts {
  readonly header?: TracksHeader;
  readonly footer?: TracksFooter;
  /** Number and seconds of the first and the last frame; of MOTChallenge files without seconds. */
  readonly first?: FrameFacts;
  readonly last?: FrameFacts;
}

/** A frame without its tracks. */
export interface FrameFacts {
  readonly index: number;
  readonly time?: number;
}

const MARK = /"format"\s*:\s*"throughline-tracks"/;
const FRAME = /"frame":(\d+),"time":(-?[\d.eE+-]+),"tracks":/g;
const FRAMES = '"frames":[';

/**
 * Looks at the first and last characters of a text whose name ends in `ending`; for a short file both are all of it.
 *
 * @returns undefined where it is no tracks file of ours
 * @example
 * factsOf(text.slice(0, 65536), text.slice(-65536), ".json")?.footer?.identities;
 */
export function factsOf(head: string, tail: string, ending: string): TracksFacts | undefined {
  if (ending === ".csv") return csvFacts(head, tail);
  if (ending === ".txt") return motFacts(head, tail);
  if (!MARK.test(head)) return undefined;
  const frames = { first: frameIn(head, 0), last: frameIn(tail, -1) };
  if (ending === ".jsonl") {
    const lines = [
      head.slice(0, head.indexOf("\n")),
      tail.trimEnd().slice(tail.trimEnd().lastIndexOf("\n") + 1),
    ];
    const [first, last] = lines.map((line) => lineSchema.safeParse(parsed(line)).data);
    return {
      ...frames,
      ...(first?.type === "header" ? { header: fromHeader(first) } : {}),
      ...(last?.type === "footer" ? { footer: toFooter(last) } : {}),
    };
  }
  const end = tail.lastIndexOf("\n],");
  return {
    ...frames,
    header: headerIn(head),
    footer: end < 0 ? undefined : footerIn(`{"type":"footer",${tail.slice(end + 3)}`),
  };
}

function headerIn(head: string): TracksHeader | undefined {
  // Something in the description of the run might be called the same.
  for (let at = head.indexOf(FRAMES); at >= 0; at = head.indexOf(FRAMES, at + 1)) {
    const value = parsed(`${head.slice(0, at).trimEnd().replace(/,$/, "")}}`);
    if (value === undefined) continue;
    const line = lineSchema.safeParse({ type: "header", ...(value as object) }).data;
    return line?.type === "header" ? fromHeader(line) : undefined;
  }
  return undefined;
}

function footerIn(text: string): TracksFooter | undefined {
  const line = lineSchema.safeParse(parsed(text)).data;
  return line?.type === "footer" ? toFooter(line) : undefined;
}

function frameIn(text: string, at: 0 | -1): FrameFacts | undefined {
  const found = at === 0 ? text.matchAll(FRAME).next().value : [...text.matchAll(FRAME)].at(-1);
  return found ? { index: Number(found[1]), time: Number(found[2]) } : undefined;
}

function csvFacts(head: string, tail: string): TracksFacts | undefined {
  const [title = "", first = ""] = head.replace(/^\uFEFF/, "").split(/\r?\n/, 2);
  if (`${title}\n` !== csv.begin!({} as TracksHeader)) return undefined;
  const frameOf = (line: string): FrameFacts | undefined => {
    const [index, time] = line.split(",").map(Number);
    return Number.isFinite(index) && Number.isFinite(time) ? { index: index!, time } : undefined;
  };
  return { first: frameOf(first), last: frameOf(tail.trimEnd().split("\n").at(-1)!) };
}

/** The last row may be of any frame, but is of the last one in files of ours. */
function motFacts(head: string, tail: string): TracksFacts | undefined {
  const frameOf = (line: string | undefined): FrameFacts | undefined => {
    try {
      const { id, frame } = parseRow(line ?? "", "", 1);
      return Number.isSafeInteger(id) && id > 0 ? { index: frame } : undefined;
    } catch {
      return undefined;
    }
  };
  const first = frameOf(head.replace(/^\uFEFF/, "").split("\n", 1)[0]);
  return first && { first, last: frameOf(tail.trimEnd().split("\n").at(-1)) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
