/**
 * `track view`: runs and batches in a browser.
 */
import { spawn } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { EnvironmentError, InputError } from "../errors.js";
import { findFfmpeg } from "../video/find.js";
import { openView } from "../view/index.js";
import { exitCodes, UsageError } from "./errors.js";
import { watchInterrupt } from "./interrupt.js";
import type { Streams } from "./models.js";
import { describeVideo } from "./view-load.js";
import { makersOf, makingsDir } from "./view-make.js";
import { Threads } from "./view-thread.js";

/** The options of the command line, as given. */
export interface ViewCommandOptions {
  readonly video?: string;
  readonly port?: string;
  readonly open?: boolean;
  readonly ffmpeg?: string;
}

/** Shows a folder until Ctrl-C. Returns the exit code. @throws {UsageError} {InputError} {EnvironmentError} */
export async function runView(
  place = ".",
  { video, port, open = false, ffmpeg: path }: ViewCommandOptions,
  { stdout, stderr, env }: Streams,
): Promise<number> {
  const isFolder = lookAt(place).isDirectory();
  if (video !== undefined) lookAt(video);
  const folder = isFolder ? place : dirname(place);
  const file = isFolder ? undefined : basename(place);
  const interrupt = watchInterrupt({ onFirst: () => interrupt.close(), onSecond: () => {} });
  const ended = new Promise<void>((resolve) => {
    interrupt.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  const ffmpeg = await findFfmpeg({ ffmpeg: path, env, signal: interrupt.signal }).catch((error) => {
    interrupt.close();
    if (!interrupt.signal.aborted) throw error;
  });
  if (!ffmpeg) return interrupt.exitCode;
  const threads = new Threads();
  const view = await openView(folder, {
    ...{ template: readTemplate(), video, videoOf: file, port: portOf(port), cache: makingsDir(env) },
    load: (found) => threads.do("load", found),
    compare: (a, b) => threads.do("compare", a, b),
    describe: (found, copy) =>
      describeVideo(found, copy, { ffmpeg, env }).catch((error: Error) => ({
        noVideo: `${error.message}.`,
      })),
    makers: makersOf({ ffmpeg, env, plan: (run) => threads.do("strips", run) }),
  });
  const url = view.urlOf(file === undefined ? "/" : `/run/${encodeURIComponent(file)}`);
  stderr.write(
    `Showing ${JSON.stringify(place)}; open this address in a browser of this machine, end with Ctrl-C:\n`,
  );
  stdout.write(`${url}\n`);
  if (open)
    openBrowser(url, (why) =>
      stderr.write(`note: cannot open a browser (${why}): open the address yourself\n`),
    );
  await ended;
  await Promise.all([view.close(), threads.close()]);
  return exitCodes.done;
}

function lookAt(path: string) {
  try {
    return statSync(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "no such file or folder" : message;
    throw new InputError(`Cannot read ${JSON.stringify(path)}: ${why}`, { cause });
  }
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65535) return port;
  throw new UsageError(`Option --port: expected a whole number from 0 to 65535, got ${JSON.stringify(text)}`);
}

function readTemplate(): string {
  try {
    return readFileSync(new URL("../page/index.html", import.meta.url), "utf8");
  } catch (cause) {
    throw new EnvironmentError(
      "Cannot show pages: their template is not there (dist/page/index.html); install the package again, or run npm run build",
      { cause },
    );
  }
}

/** What opens an address on each system. Windows takes it apart at "&", which ours do not have. */
function openBrowser(url: string, onFailure: (why: string) => void): void {
  const [command, args] =
    process.platform === "darwin"
      ? ["open", [url]]
      : process.platform === "win32"
        ? ["cmd", ["/c", "start", "", url]]
        : ["xdg-open", [url]];
  const child = spawn(command as string, args as string[], { stdio: "ignore", detached: true });
  child.on("error", (error: NodeJS.ErrnoException) =>
    onFailure(error.code === "ENOENT" ? `${command} is not here` : error.message),
  );
  child.on("exit", (code) => code !== 0 && code !== null && onFailure(`${command} ended with ${code}`));
  child.unref();
}
