import { access, constants, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { EnvironmentError } from "../errors.js";
import { installerPath } from "./_installer.js";
import { type Probed, probe } from "./_probe.js";

/** An ffmpeg that was tried and does what is needed here. */
export interface Ffmpeg {
  readonly path: string;
  /** As it calls itself, such as "5.1.9-0+deb12u1". */
  readonly version: string;
  readonly source: "option" | "env" | "system" | "installer";
  /** The option that keeps every frame as it is; its name depends on the age of the binary. */
  readonly keepFrames: readonly string[];
}

/** Where to look. */
export interface FindOptions {
  /** Path of the binary to use. @default looked for */
  readonly ffmpeg?: string;
  /** Where FFMPEG_PATH and PATH are looked up. @default nowhere: a system ffmpeg is then found by its name */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Ends the trying at once; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Finds an ffmpeg that works: the option, FFMPEG_PATH, the system's, and last the one that npm installed
 * (a build of 2018). Each is tried on a small clip. One that was named and does not work is an error, never
 * passed over in silence.
 *
 * @throws {EnvironmentError} one line with the fix
 *
 * @example
 * const { path, version, source } = await findFfmpeg({ env: process.env });
 */
export async function findFfmpeg(options: FindOptions = {}): Promise<Ffmpeg> {
  const { ffmpeg, env = {}, signal } = options;
  if (ffmpeg !== undefined) return named(ffmpeg, "option", "--ffmpeg", signal);
  if (env.FFMPEG_PATH) return named(env.FFMPEG_PATH, "env", "FFMPEG_PATH", signal);
  const system = await probe(await systemPath(env.PATH), signal);
  if (system.works) return { ...system.binary, source: "system" };
  const installed = await probeInstaller(signal);
  if (installed.works) return { ...installed.binary, source: "installer" };
  throw new EnvironmentError(
    `No ffmpeg works here: the system's (${system.reason}), npm's (${installed.reason}); ` +
      "install ffmpeg, or name one with --ffmpeg or FFMPEG_PATH",
  );
}

async function named(
  path: string,
  source: "option" | "env",
  name: string,
  signal: AbortSignal | undefined,
): Promise<Ffmpeg> {
  const tried = await probe(path, signal);
  if (tried.works) return { ...tried.binary, source };
  throw new EnvironmentError(
    `Cannot use the ffmpeg "${path}" given by ${name}: ${tried.reason}; ` +
      "correct the path, or leave it out to have one found",
  );
}

async function probeInstaller(signal: AbortSignal | undefined): Promise<Probed> {
  try {
    return await probe(await installerPath(), signal);
  } catch (error) {
    signal?.throwIfAborted();
    return { works: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** The full path, which tells more than the name; the name alone where PATH is not known or has none. */
async function systemPath(path: string | undefined): Promise<string> {
  const name = process.platform === "win32" ? "ffmpeg.exe" : "ffmpeg";
  for (const folder of (path ?? "").split(delimiter).filter((folder) => folder !== "")) {
    const candidate = join(folder, name);
    const runnable = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runnable && (await stat(candidate)).isFile()) return candidate;
  }
  return name;
}
