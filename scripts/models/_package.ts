/** Files out of a package of the npm registry, of one exact version with one exact content. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";

/** Kept between runs; ignored by git. */
const CACHE = fileURLToPath(new URL("../../node_modules/.cache/throughline-models", import.meta.url));

export interface NpmPackage {
  /** `name@version` */
  readonly spec: string;
  /** "sha512-" and the tarball's hash in base64, as the registry and package-lock.json write it. */
  readonly integrity: string;
}

/**
 * The wanted files of a package, by their path in its tarball ("package/...").
 *
 * @throws {Error} when the tarball is not the one that was pinned, or lacks a file.
 */
export async function packageFiles(
  { spec, integrity }: NpmPackage,
  wanted: readonly string[],
): Promise<Map<string, Buffer>> {
  const tarball = await readTarball(spec, integrity);
  const files = new Map(untar(gunzipSync(tarball)).filter(([path]) => wanted.includes(path)));
  for (const path of wanted)
    if (!files.has(path)) throw new Error(`Cannot find "${path}" in the npm package ${spec}`);
  return files;
}

async function readTarball(spec: string, integrity: string): Promise<Buffer> {
  const cached = join(CACHE, `${spec.replaceAll(/[@/]/g, "_")}.tgz`);
  const kept = await readFile(cached).catch(() => undefined);
  if (kept && integrityOf(kept) === integrity) return kept;
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, "pack-"));
  try {
    const { stdout } = await promisify(execFile)("npm", ["pack", spec, "--silent"], { cwd: folder });
    const file = join(folder, stdout.trim());
    const tarball = await readFile(file);
    const got = integrityOf(tarball);
    if (got !== integrity)
      throw new Error(`Cannot use the npm package ${spec}: expected integrity ${integrity}, got ${got}`);
    await rename(file, cached);
    return tarball;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const integrityOf = (bytes: Buffer): string =>
  `sha512-${createHash("sha512").update(bytes).digest("base64")}`;

/** Path and content of the plain files of a tar archive (ustar; POSIX.1-1988). */
function untar(archive: Buffer): [string, Buffer][] {
  const files: [string, Buffer][] = [];
  const text = (from: number, length: number) =>
    archive.toString("utf8", from, from + length).replace(/\0.*$/s, "");
  for (let at = 0; at + 512 <= archive.length; ) {
    const name = text(at, 100);
    if (name === "") break;
    const prefix = text(at + 345, 155);
    const size = Number.parseInt(text(at + 124, 12), 8);
    const type = text(at + 156, 1);
    if (type === "0" || type === "")
      files.push([prefix ? `${prefix}/${name}` : name, archive.subarray(at + 512, at + 512 + size)]);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}
