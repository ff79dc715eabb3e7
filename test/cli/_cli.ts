/**
 * Runs the built command as its users do: a process of its own in a folder of its own.
 */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { Graph } from "../../src/nn/index.js";
import { type Ffmpeg, findFfmpeg } from "../../src/video/find.js";

export const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Options {
  readonly cwd?: string;
  readonly stdin?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  readonly node?: readonly string[];
  /** Called with everything said so far on stderr; may send signals. */
  readonly onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** Longer than anything here may take; a hang ends as code null. */
const TIMEOUT = 40_000;

/** Runs `track ...args` to its end. */
export function run(args: readonly string[], options: Options = {}): Promise<Result> {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is not there: run \`npm run build\` first`);
  const child = spawn(process.execPath, [...(options.node ?? []), MAIN, ...args], {
    cwd: options.cwd,
    env: { ...process.env, NO_COLOR: "1", ...options.env },
    timeout: TIMEOUT,
    killSignal: "SIGKILL",
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
    options.onStderr?.(stderr, (signal) => child.kill(signal));
  });
  child.stdin.on("error", () => {}); // a command that fails early does not read it
  child.stdin.end(options.stdin ?? "");
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** A folder that is removed at the end; `files` lists what is in it. */
export function temporaryFolder(): { path: string; files: () => string[]; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "throughline-cli-"));
  return {
    path,
    files: () => readdirSync(path).sort(),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** What every failure looks like: one line that names what it is about, no stack, the exit code. */
export function expectFailure(result: Result, code: number, ...parts: readonly (string | RegExp)[]): void {
  expect(result.stderr).toMatch(/^error: [^\n]+\n$/);
  expect(result.stderr).not.toMatch(/\n {4}at |Internal error/);
  for (const part of parts) expect(result.stderr).toMatch(part);
  expect(result.stdout).toBe("");
  expect(result.code).toBe(code);
}

let found: Promise<Ffmpeg> | undefined;

/** The ffmpeg that there is: trying it takes as long as a short video. */
export function theFfmpeg(): Promise<Ffmpeg> {
  found ??= findFfmpeg({ env: process.env });
  return found;
}

/** Makes a small video: `frames` pictures of 128x96 at 10 frames per second, or whatever `args` say. */
export async function makeVideo(
  path: string,
  { frames = 12, size = "128x96", picture = "testsrc", args = ["-c:v", "mpeg4"] as readonly string[] } = {},
): Promise<void> {
  const { path: ffmpeg } = await theFfmpeg();
  const source = `${picture}=size=${size}:rate=10:duration=${frames / 10}`;
  execFileSync(ffmpeg, ["-v", "error", "-y", "-f", "lavfi", "-i", source, ...args, `file:${path}`], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** Runs ffmpeg for what `makeVideo` does not make. */
export async function runFfmpeg(args: readonly string[]): Promise<void> {
  execFileSync((await theFfmpeg()).path, ["-v", "error", "-y", ...args], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** Makes a video that takes long to read and to draw on, of a second that comes again and again. */
export async function makeLongVideo(path: string, seconds: number, size = "640x480"): Promise<void> {
  const one = `${path}.one.avi`;
  await runFfmpeg(["-f", "lavfi", "-i", `testsrc2=s=${size}:r=25:d=1`, "-c:v", "mpeg4", "-q:v", "9", one]);
  await runFfmpeg(["-stream_loop", String(seconds - 1), "-i", one, "-c", "copy", `file:${path}`]);
  rmSync(one);
}

/** A MOTChallenge detections text: one box that walks to the right. */
export function walkingBox(frames: number): string {
  return Array.from({ length: frames }, (_, i) => `${i + 1},-1,${10 + 2 * i},20,20,40,0.9,-1,-1,-1\n`).join(
    "",
  );
}

/** Side of the tiny detector's input, and its cells at strides 8, 16, 32. */
const SIDE = 64;
const CELLS = 64 + 16 + 4;

/**
 * Writes a detector that finds one person in the middle of every picture whatever is on it, as ONNX with its card
 * beside it; `broken` makes it put out NaN.
 */
export function writeDetector(path: string, { broken = false } = {}): void {
  const labels = ["person", "car"];
  const columns = 5 + labels.length;
  const rows = new Float32Array(CELLS * columns);
  const middle = 27 * columns; // row 3, column 3 of 8x8
  rows.set([0.5, 0.5, Math.log(2), Math.log(4), 0.95, 0.99, 0.01], middle);
  const graph = new Graph("tiny");
  const image = graph.input("images", "float", [1, 3, SIDE, SIDE]);
  const mean = graph.add("ReduceMean", [image], { axes: [1, 2, 3], keepdims: 0 });
  const nothing = graph.add("Mul", [mean, graph.floats(0)]);
  const added = broken ? graph.add("Div", [nothing, graph.floats(0)]) : nothing;
  const shaped = graph.add("Reshape", [added, graph.ints([1, 1, 1])]);
  const output = graph.add("Add", [graph.constant(rows, [1, CELLS, columns]), shaped], {}, "output");
  graph.output(output, "float", [1, CELLS, columns]);
  writeFileSync(path, graph.encode(13));
  writeFileSync(
    `${path}.json`,
    JSON.stringify({
      name: "tiny",
      kind: "detector",
      title: "One person in the middle",
      file: "tiny.onnx",
      licence: "MIT",
      source: "test/cli/_cli.ts",
      contract: "yolox",
      input: { colour: "bgr", fit: "stretch", size: { width: SIDE, height: SIDE } },
      labels,
    }),
  );
}
