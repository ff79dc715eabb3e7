import type { Readable, Writable } from "node:stream";
import createCommand, { type FfmpegCommand } from "fluent-ffmpeg";

/** One run of ffmpeg: one input, one output, and what it says meanwhile. */
export interface FfmpegJob {
  /** The binary. */
  readonly path: string;
  /** A name that ffmpeg understands, or the bytes themselves (they arrive on its stdin), or what writes them there. */
  readonly input: string | Readable | ((stdin: Writable) => void);
  readonly inputOptions: readonly string[];
  readonly outputOptions: readonly string[];
  /** A file, or where the bytes of its stdout go. */
  readonly output: string | Writable;
  /** Every line of its stderr. */
  readonly onLine?: (line: string) => void;
}

export interface FfmpegRun {
  /** How it ended; never rejects. Its stdout may still hold unread bytes then. */
  readonly done: Promise<FfmpegEnd>;
  /** Ends it at once, also where it has not started yet. */
  kill(): void;
}

export interface FfmpegEnd {
  readonly ok: boolean;
  /** False where the binary itself could not be run. */
  readonly started: boolean;
  /** True where the stream that it was reading from gave an error. */
  readonly inputBroke?: boolean;
  /** Exit code or signal in words, where it failed. */
  readonly reason?: string;
}

/**
 * Runs ffmpeg. This is the only file that knows fluent-ffmpeg, which is archived: everything else sees
 * `FfmpegJob` and `FfmpegRun`, so that replacing it means rewriting this file.
 *
 * @example
 * const run = runFfmpeg({ path: "ffmpeg", input: "file:/tmp/in.mp4", inputOptions: [], outputOptions: ["-f", "null"], output: "-" });
 * const { ok } = await run.done;
 */
export function runFfmpeg(job: FfmpegJob): FfmpegRun {
  const command = createCommand();
  const exited = pin(command, job.path);
  const { input } = job;
  command.input(typeof input === "function" ? "pipe:0" : (input as string));
  if (typeof job.output === "string") command.output(job.output);
  else command.output(job.output, { end: true });
  // Spread, because an option in a list is split at its space.
  command.inputOptions(...(job.inputOptions as [string, string]));
  command.outputOptions(...(job.outputOptions as [string, string]));

  let killed = false;
  const kill = () => {
    killed = true;
    if ("ffmpegProc" in command) command.kill("SIGKILL");
  };
  const ended = new Promise<FfmpegEnd>((resolve) => {
    command.on("end", () => resolve({ ok: true, started: true }));
    command.on("error", (error: Error) => {
      resolve(failure(error));
      // Where its input broke off it would wait for more, and a mere SIGTERM does not wake it.
      kill();
    });
  });
  command.on("stderr", (line: string) => job.onLine?.(line));
  command.on("start", () => {
    if (killed) command.kill("SIGKILL");
    if (typeof input !== "function") return;
    const { stdin } = (command as unknown as { ffmpegProc: { stdin: Writable } }).ffmpegProc;
    // Who writes is told by the callback of a write; that ffmpeg has ended is no accident here.
    stdin.on("error", () => {});
    input(stdin);
  });
  command.run();
  return {
    // A broken input is told at once, while ffmpeg may still be writing.
    done: exited.then(() => ended),
    kill,
  };
}

type Callback = (error: Error | null, value?: unknown) => void;
type Ring = { get(): string };
type Spawned = (error: Error | null, stdout?: Ring, stderr?: Ring) => void;
type Spawn = (args: string[], options: object, onProcess: unknown, onEnd: Spawned) => void;

/**
 * fluent-ffmpeg 2.1.3 keeps one path of the binary, its formats and its encoders for the whole process, and
 * throws out of reach when the binary cannot be started. Two inputs may use two binaries here, so this
 * command gets its own; what the binary can do was found out by `findFfmpeg`.
 *
 * @returns a promise of the end of the process
 */
function pin(command: FfmpegCommand, path: string): Promise<void> {
  const internal = command as unknown as { _spawnFfmpeg: Spawn };
  const spawn = internal._spawnFfmpeg;
  const empty: Ring = { get: () => "" };
  return new Promise((resolve) => {
    Object.assign(command, {
      _getFfmpegPath: (callback: Callback) => callback(null, path),
      _checkCapabilities: (callback: Callback) => callback(null),
      availableEncoders: (callback: Callback) => callback(null, {}),
      _spawnFfmpeg(args: string[], options: object, onProcess: unknown, onEnd: Spawned) {
        // A group of its own: Ctrl-C in a terminal goes to this process, which decides what to do about ffmpeg.
        const own = { ...options, detached: process.platform !== "win32" };
        spawn.call(command, args, own, onProcess, (error, stdout = empty, stderr = empty) => {
          onEnd(error, stdout, stderr);
          resolve();
        });
      },
    });
  });
}

function failure(error: NodeJS.ErrnoException & { readonly inputStreamError?: Error }): FfmpegEnd {
  const { inputStreamError } = error;
  if (inputStreamError !== undefined)
    return {
      ...{ ok: false, started: true, inputBroke: true },
      reason: `the stream broke off (${inputStreamError.message})`,
    };
  if (error.code === "ENOENT") return { ok: false, started: false, reason: "no such file" };
  if (error.code === "EACCES") return { ok: false, started: false, reason: "it may not be run" };
  if (error.syscall !== undefined) return { ok: false, started: false, reason: error.message };
  return { ok: false, started: true, reason: error.message.split("\n", 1)[0] };
}
