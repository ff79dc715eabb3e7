/**
 * What a batch is made of: folders, patterns, lists and single inputs, as one list in natural order.
 */
import { createHash } from "node:crypto";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { orderBy } from "natural-orderby";
import { glob, isDynamicPattern } from "tinyglobby";
import { InputError } from "../errors.js";
import { isAddress, isRecording, nameOfAddress } from "../video/stream-address.js";

/** One input of a batch. */
export interface BatchInput {
  /** As the run gets it: relative where the batch was given a relative path; or the address of a recording. */
  readonly path: string;
  /**
   * What it is called in the output folder: its path below the folder, pattern or list that it came from, ending
   * included, with slashes. The same on every run, and another one for every input.
   */
  readonly name: string;
}

/** What a folder is searched for; a pattern or a list may name anything. */
const videos =
  /\.(?:3g2|3gp|amv|asf|avi|divx|dv|f4v|flv|gxf|h264|h265|hevc|ivf|m2ts|m2v|m4v|mjpe?g|mkv|mov|mp4|mpe?g|mpv|mts|mxf|nut|obu|og[gv]|qt|rm|rmvb|ts|vob|webm|wmv|wtv|y4m)$/i;
const pictures = /\.(?:jpe?g|png|webp|tiff?|avif)$/i;
const lists = /\.(?:txt|lst|list)$/i;

/**
 * Finds the inputs. An http(s) address is one input; nobody is asked for it here. A folder gives the videos in it and below; a folder in it with `seqinfo.ini`, or with pictures and
 * no video, is one input. A `.txt`, `.lst` or `.list` file has one input per line, a file relative to itself or an address; blank lines and
 * lines that begin with `#` are skipped. Hidden files are left out, as is whatever lies in the folder `except`.
 *
 * @throws {InputError} where an input does not exist, or gives nothing
 *
 * @example
 * const inputs = await findInputs(["recordings"], { except: "results" });
 */
export async function findInputs(
  given: readonly string[],
  { except }: { readonly except?: string } = {},
): Promise<BatchInput[]> {
  const outside = except === undefined ? undefined : await realpath(except).catch(() => resolve(except));
  const found = new Map<string, BatchInput>();
  // The batch's own list is called batch.json.
  const names = new Set(["batch"]);
  for (const input of given) {
    const part = await expand(input, outside);
    if (part.length === 0) throw new InputError(`Cannot read "${input}": expected videos in it, found none`);
    // The first way in which an input is named is the one that counts.
    for (const { path, base } of orderBy(part, [({ path }) => path], ["asc"])) {
      const isRemote = isRecording(path);
      const absolute = isRemote ? path : resolve(path);
      if (found.has(absolute)) continue;
      let name = isRemote ? lastPart(path) : nameBelow(base, absolute);
      // Two folders may each have a 001.mp4: the second goes by its whole path.
      if (names.has(name)) name = isRemote ? wholeAddress(path) : wholeName(absolute);
      // Two addresses may differ in what is not told of them only.
      if (isRemote && names.has(name)) name += `-${sha256(path).slice(0, 12)}`;
      while (names.has(name)) name = `_/${name}`;
      names.add(name);
      found.set(absolute, { path, name });
    }
  }
  return [...found.values()];
}

interface Expanded {
  readonly path: string;
  /** Absolute; names are relative to it. */
  readonly base: string;
}

async function expand(input: string, outside: string | undefined): Promise<Expanded[]> {
  if (isRecording(input)) return [{ path: input, base: "" }];
  const found = await stat(input).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" && isDynamicPattern(input)) return undefined;
    const missing = isAddress(input)
      ? "expected files or http://..., found an address; cameras are watched by `track` with --online"
      : "no such file or folder";
    const why = error.code === "ENOENT" ? missing : error.message;
    throw new InputError(`Cannot read "${nameOfAddress(input)}": ${why}`, { cause: error });
  });
  if (found === undefined) {
    const paths = await glob(input, {
      expandDirectories: false,
      onlyFiles: false,
      followSymbolicLinks: false,
    });
    const base = resolve(input.replace(/[^/\\]*[*?[{(!].*$/s, "") || ".");
    const kept: Expanded[] = [];
    for (const path of paths.map((path) => path.replace(/\/$/, "")))
      if (!(await isInside(path, outside))) kept.push({ path, base });
    return kept;
  }
  if (found.isDirectory()) {
    const inFolder = await walk(input, outside, true);
    return inFolder.map((path) => ({
      path,
      base: path === input ? dirname(resolve(input)) : resolve(input),
    }));
  }
  if (lists.test(input)) return readList(input);
  return [{ path: input, base: resolve(".") }];
}

/**
 * Videos of a folder and those below; or the folder itself. What cannot be read is an input all the same: whoever tries to
 * reads why, and nothing is left out in silence.
 */
async function walk(folder: string, outside: string | undefined, isFirst: boolean): Promise<string[]> {
  if (!isFirst && (await isInside(folder, outside))) return [];
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: Error) => {
    if (!isFirst) return undefined;
    throw new InputError(`Cannot read "${folder}": ${cause.message}`, { cause });
  });
  if (entries === undefined) return [folder];
  if (entries.some(({ name }) => name === "seqinfo.ini")) return [folder];
  const found: string[] = [];
  const folders: string[] = [];
  let hasPictures = false;
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith(".")) continue;
    // Not into links to folders, which may lead in a circle.
    if (entry.isDirectory()) folders.push(path);
    else if (videos.test(entry.name) && (await isFileOrGone(path))) found.push(path);
    else hasPictures ||= pictures.test(entry.name);
  }
  if (hasPictures && found.length === 0) return [folder];
  for (const path of folders) found.push(...(await walk(path, outside, false)));
  return found;
}

async function readList(path: string): Promise<Expanded[]> {
  const base = dirname(resolve(path));
  const text = await readFile(path, "utf8").catch((cause: Error) => {
    throw new InputError(`Cannot read "${path}": ${cause.message}`, { cause });
  });
  return text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const isWhole = isAbsolute(line) || isAddress(line);
      return { path: isWhole ? line : join(dirname(path), line), base };
    });
}

/** What a recording is called: the last part of its path, as people read it, else its host. */
function lastPart(address: string): string {
  const { host, pathname } = partsOf(address);
  return asName(pathname.split("/").findLast((part) => part !== "") ?? host);
}

/** Its host and its path. */
function wholeAddress(address: string): string {
  const { host, pathname } = partsOf(address);
  return [host, ...pathname.split("/")]
    .filter((part) => part !== "")
    .map(asName)
    .join("/");
}

/** Without user, password and query: these are no part of a name. */
function partsOf(address: string): Pick<URL, "host" | "pathname"> {
  return URL.canParse(address) ? new URL(address) : { host: nameOfAddress(address), pathname: "" };
}

/** A part of a path as the name of a file, wherever that is. */
function asName(part: string): string {
  let text = part;
  try {
    text = decodeURIComponent(part);
  } catch {} // a percent sign may be just that
  const name = text.replaceAll(/[<>:"/\\|?*\p{Cc}]/gu, "_");
  return /^\.+$/.test(name) ? name.replaceAll(".", "_") : name;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Below the base it is the way from there; elsewhere the whole path. */
function nameBelow(base: string, path: string): string {
  const below = relative(base, path);
  const isBelow = below !== "" && below !== ".." && !below.startsWith(`..${sep}`) && !isAbsolute(below);
  return isBelow ? below.split(sep).join("/") : wholeName(path);
}

function wholeName(path: string): string {
  const name = path.replace(/^([A-Za-z]):/, "$1").replace(/^[\\/]+/, "");
  return name.split(sep).join("/") || basename(path);
}

async function isInside(path: string, folder: string | undefined): Promise<boolean> {
  if (folder === undefined) return false;
  const real = await realpath(path).catch(() => resolve(path));
  return real === folder || real.startsWith(folder + sep);
}

/** Whether it is a file, or a link to one that is not there. */
const isFileOrGone = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => true,
  );
