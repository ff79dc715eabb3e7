import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { EnvironmentError } from "../errors.js";

/** What an ffmpeg was built with. */
export interface Codecs {
  /** Names such as "h264", "libdav1d". */
  readonly videoDecoders: ReadonlySet<string>;
  readonly videoEncoders: ReadonlySet<string>;
}

/**
 * Asks an ffmpeg for its video codecs.
 *
 * @throws {EnvironmentError} where it does not answer
 *
 * @example
 * const { videoDecoders } = await listCodecs((await findFfmpeg()).path);
 * console.log(videoDecoders.has("hevc"));
 */
export async function listCodecs(path: string): Promise<Codecs> {
  const [videoDecoders, videoEncoders] = await Promise.all([
    list(path, "-decoders"),
    list(path, "-encoders"),
  ]);
  return { videoDecoders, videoEncoders };
}

/** Asks for its encoders alone. @throws {EnvironmentError} where it does not answer */
export const listVideoEncoders = (path: string): Promise<ReadonlySet<string>> => list(path, "-encoders");

async function list(path: string, what: "-decoders" | "-encoders"): Promise<Set<string>> {
  try {
    const { stdout } = await promisify(execFile)(path, ["-hide_banner", what], { maxBuffer: 16 * 2 ** 20 });
    return new Set(
      [...stdout.matchAll(/^ V[A-Z.]{5} (\S+)/gm)].map((match) => match[1]).filter((name) => name !== "="),
    );
  } catch (error) {
    throw new EnvironmentError(
      `Cannot ask "${path}" for its codecs: ${(error as Error).message.split("\n", 1)[0]}`,
      {
        cause: error,
      },
    );
  }
}
