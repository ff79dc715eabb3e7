/** Which address is what. */
import { z } from "zod";
import { parseEntry } from "../edit/index.js";
import type { Report } from "../report/boot.js";
import type { Comparison } from "../report/listing.js";
import { type Exchange, readBody, sendJson, sendPage } from "./answers.js";
import type { Compared } from "./compare.js";
import { appendEntry, readLog } from "./edits-file.js";
import type { Folder } from "./folder.js";
import type { Lister } from "./listing.js";
import type { OpenRun, OpenRuns } from "./loaded.js";
import { sendFile } from "./range.js";
import { Refusal } from "./refusal.js";
import { copySource, pathOf, sourceOf, type Videos } from "./video-source.js";

/** Everything that answers need. */
export interface Place extends Videos {
  readonly folder: Folder;
  readonly template: string;
  readonly lister: Lister;
  readonly runs: OpenRuns;
  readonly compare: Compare;
}

/** How two runs are compared. */
export type Compare = (a: Compared, b: Compared) => Promise<Comparison>;

/** Names of formats, as in src/format/files.ts: nothing else in the folder is opened. */
const TRACKS = /\.(?:json|jsonl|csv|txt)$/i;

const appendSchema = z.strictObject({ after: z.int().nonnegative(), entry: z.unknown() });

/** Answers a request of somebody who may ask. @throws {Refusal} */
export async function route(place: Place, url: URL, exchange: Exchange): Promise<void> {
  const { request } = exchange;
  const path = decode(url.pathname);
  const isPost = request.method === "POST";
  const [, head = "", rest = ""] = /^\/([^/]*)(?:\/(.*))?$/s.exec(path) ?? [];
  if (isPost && head !== "edits" && head !== "make") throw new Refusal(405, "Expected GET");
  const page = (boot: Parameters<typeof sendPage>[2]) => sendPage(exchange, place.template, boot);
  if (path === "/") return page({ page: "runs", base: "/", token: place.token });
  if (head === "api" && rest === "runs") return sendJson(exchange, await place.lister.list());
  if (head === "compare" || (head === "api" && rest === "compare")) {
    const names = ["a", "b"].map((key) => url.searchParams.get(key) ?? "") as [string, string];
    const runs = await Promise.all(names.map((name) => open(place, name)));
    if (head === "api") return sendJson(exchange, await compared(place, runs, names));
    const reports = (await Promise.all(runs.map((run, i) => reportOf(place, run, names[i]!)))) as [
      Report,
      Report,
    ];
    return page({ page: "compare", base: "/", token: place.token, names, reports });
  }
  if (head === "run") {
    const run = await open(place, rest);
    const editing = {
      tracks: run.identity,
      server: { url: `/edits/${encode(rest)}`, token: place.token },
    };
    return page({
      ...{ page: "report", report: await reportOf(place, run, rest), editing },
      base: `/parts/${encode(rest)}/`,
    });
  }
  if (head === "parts") return sendPart(place, rest, exchange);
  if (head === "video") {
    const video = await pathOf(place, await open(place, rest));
    const shown = url.searchParams.has("copy") ? await place.makings.copyOf(video) : video;
    if (shown === undefined) throw new Refusal(404, "The copy of the video is gone; open the page again");
    return sendFile(shown, typeOf(shown), request, exchange.response);
  }
  if (head === "make" && isPost) return make(place, rest, exchange);
  if (head === "strips") {
    const run = await open(place, rest);
    const jpeg = await place.makings.strip(run, await pathOf(place, run), Number(url.searchParams.get("id")));
    if (!jpeg) throw new Refusal(404, "There are no pictures of it");
    exchange.response.writeHead(200, { "content-type": "image/jpeg", "cache-control": "no-store" });
    exchange.response.end(jpeg);
    return;
  }
  if (head === "edits") {
    const run = await open(place, rest);
    if (!isPost) {
      const { tracks, entries } = await readLog(run);
      return sendJson(exchange, { tracks, entries });
    }
    const { data } = appendSchema.safeParse(await readBody(request));
    if (!data) throw new Refusal(400, "Expected a correction and after how many others it comes");
    const log = await appendEntry(run, entryIn(data.entry), data.after);
    return sendJson(exchange, { length: log.entries.length });
  }
  throw new Refusal(404, "There is no such page");
}

async function open({ folder, runs }: Place, name: string): Promise<OpenRun> {
  if (!TRACKS.test(name)) throw new Refusal(404, `There are no tracks ${JSON.stringify(name)} here`);
  return runs.open(await folder.find(name));
}

const reportOf = async (place: Place, open: OpenRun, name: string): Promise<Report> => ({
  ...open.report,
  ...(await sourceOf(place, open, encode(name))),
});

/** What takes a while, told of while it is made. */
async function make(place: Place, rest: string, { response }: Exchange): Promise<void> {
  const [, kind, name = ""] = /^(strips|copy)\/(.+)$/s.exec(rest) ?? [];
  if (kind === undefined) throw new Refusal(404, "There is nothing like that to be made");
  const run = await open(place, name);
  const path = await pathOf(place, run);
  if (kind === "strips") return place.makings.followStrips(run, path, response);
  const { time } = run.run;
  const seconds = (time[time.length - 1] ?? 0) - (time[0] ?? 0);
  const look = async (copy: string) => ({
    type: "copy" as const,
    video: await copySource(place, { path, copy, name: encode(name) }),
  });
  return place.makings.followCopy(path, { seconds, look }, response);
}

async function compared({ compare }: Place, runs: readonly OpenRun[], names: readonly [string, string]) {
  const [a, b] = await Promise.all(
    runs.map(async (open, i) => ({ name: names[i]!, run: open.run, edits: await open.edits() })),
  );
  try {
    return await compare(a!, b!);
  } catch (error) {
    throw new Refusal(422, (error as Error).message);
  }
}

async function sendPart(place: Place, rest: string, { request, response }: Exchange): Promise<void> {
  const at = rest.lastIndexOf("/");
  const part = rest.slice(at + 1);
  if (part !== "run") throw new Refusal(404, `There is no part ${JSON.stringify(part)}`);
  const run = await open(place, rest.slice(0, Math.max(0, at)));
  const etag = `"${run.identity.sha256.slice(0, 22)}"`;
  if (request.headers["if-none-match"] === etag) {
    response.writeHead(304, { etag });
    response.end();
    return;
  }
  // The page undoes gzip itself, as it does with what it holds.
  response.writeHead(200, { "content-type": "application/octet-stream", "cache-control": "no-cache", etag });
  response.end(run.packed);
}

function entryIn(value: unknown) {
  try {
    return parseEntry(value);
  } catch (error) {
    throw new Refusal(400, (error as Error).message);
  }
}

/** By the ending; what a browser cannot play it does not ask for. */
const TYPES: Readonly<Record<string, string>> = {
  ...{ mp4: "video/mp4", m4v: "video/mp4", mov: "video/mp4", webm: "video/webm", mkv: "video/x-matroska" },
  ...{ ogv: "video/ogg", ts: "video/mp2t", avi: "video/x-msvideo" },
};

const typeOf = (path: string): string =>
  TYPES[/\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? ""] ?? "application/octet-stream";

const encode = (path: string): string => path.split("/").map(encodeURIComponent).join("/");

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new Refusal(400, "Expected an address that can be read");
  }
}
