/**
 * `track report`: tracks as a page.
 */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { gzipSync } from "node:zlib";
import { writeDurably } from "../checkpoint/durable.js";
import { fillPage } from "../report/boot.js";
import { pack } from "../report/pack.js";
import { toRun } from "../report/run.js";
import { exitCodes } from "./errors.js";
import type { Streams } from "./models.js";
import { readTracks } from "./tracks-file.js";
import { version } from "./version.js";

/** The options of the command line, as given. */
export interface ReportOptions {
  readonly out?: string;
  readonly video?: string;
}

/** Makes the page. Returns the exit code. @throws {InputError} {SyntaxError} */
export async function runReport(tracks: string, options: ReportOptions, _streams: Streams): Promise<number> {
  const { header, frames, footer, labels = [] } = readTracks(tracks);
  const out = options.out ?? tracks.replace(/\.\w+$/, ".html");
  const { input = basename(tracks), width = 0, height = 0, frameRate } = header ?? {};
  const facts = { input, width, height, frameRate, labels, isTimed: true, integrity: footer?.integrity };
  const run = toRun(facts, frames);
  const template = readFileSync(new URL("../page/index.html", import.meta.url), "utf8");
  const report = {
    title: basename(input),
    tracks,
    made: new Date().toISOString(),
    version,
    settings: header?.run ?? {},
    notices: [],
  };
  let text = "";
  for await (const block of fillPage(template, { page: "report", report }, [
    { name: "run", data: [gzipSync(pack(run))] },
  ]))
    text += block;
  await writeDurably(out, text);
  return exitCodes.done;
}
