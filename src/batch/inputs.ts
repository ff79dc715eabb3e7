/**
 * What a batch is made of: folders, patterns, lists and single inputs, as one list in natural order.
 */
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { orderBy } from "natural-orderby";
import { glob, isDynamicPattern } from "tinyglobby";
import { InputError } from "../errors.js";

/** One input of a batch. */
export interface BatchInput {
  /** As the run gets it: relative where the batch was given a relative path. */
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
 * Finds the inputs. A folder gives the videos in it and below; a folder in it with `seqinfo.ini`, or with pictures and
 * no video, is one input. A `.txt`, `.lst` or `.list` file has one input per line, relative to itself; blank lines and
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
  const names = new Set<string>();
  for (const input of given) {
    const part = await expand(input, outside);
    if (part.length === 0) throw new InputError(`Cannot read "${input}": expected videos in it, found none`);
    // The first way in which an input is named is the one that counts.
    for (const { path, base } of orderBy(part, [({ path }) => path], ["asc"])) {
      const absolute = resolve(path);
      if (found.has(absolute)) continue;
      let name = nameBelow(base, absolute);
      // Two folders may each have a 001.mp4: the second goes by its whole path.
      if (names.has(name)) name = wholeName(absolute);
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
  const found = await stat(input).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" && isDynamicPattern(input)) return undefined;
    const why = error.code === "ENOENT" ? "no such file or folder" : error.message;
    throw new InputError(`Cannot read "${input}": ${why}`, { cause: error });
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

/** Videos of a folder and those below; or the folder itself. */
async function walk(folder: string, outside: string | undefined, isFirst: boolean): Promise<string[]> {
  if (!isFirst && (await isInside(folder, outside))) return [];
  const entries = await readdir(folder, { withFileTypes: true });
  if (entries.some(({ name }) => name === "seqinfo.ini")) return [folder];
  const found: string[] = [];
  const folders: string[] = [];
  let hasPictures = false;
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith(".")) continue;
    // Not into links to folders, which may lead in a circle.
    if (entry.isDirectory()) folders.push(path);
    else if (videos.test(entry.name) && (await isFile(path))) found.push(path);
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
    .map((line) => ({ path: isAbsolute(line) ? line : join(dirname(path), line), base }));
}

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

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
