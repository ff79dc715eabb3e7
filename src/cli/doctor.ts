/**
 * `track doctor`: tries what a run needs and says how to mend what does not work.
 */
import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import { listCards } from "../models/load.js";
import { defaultCacheDir, modelPath, verifyModel } from "../models/store.js";
import { devices } from "../onnx/index.js";
import { listCodecs } from "../video/codecs.js";
import { findFfmpeg } from "../video/find.js";
import { exitCodes, lineOf } from "./errors.js";
import { version } from "./version.js";

/** Decoders that footage in the wild asks for, each with other names under which it may be there. */
const CODECS: readonly (readonly string[])[] = [
  ["h264"],
  ["hevc"],
  ["av1", "libdav1d", "libaom-av1"],
  ["vp9", "libvpx-vp9"],
  ["vp8", "libvpx"],
  ["mpeg4"],
  ["mpeg2video"],
  ["mjpeg"],
  ["prores"],
];

/** Milliseconds; starting a GPU takes some seconds. */
const DEVICE_TIMEOUT = 60_000;

/** "fine" and "broken" speak for themselves; "absent" is something that a run can do without. */
type State = "fine" | "absent" | "broken";
interface Finding {
  readonly state: State;
  readonly text: string;
}

export interface DoctorOptions {
  readonly stdout: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  readonly ffmpeg?: string;
}

/** Prints what works here. Returns the exit code: 0 where a run with default settings works. */
export async function doctor({ stdout, env, ffmpeg }: DoctorOptions): Promise<number> {
  const colour = stdout.isTTY && !env.NO_COLOR;
  const style = (code: number, text: string) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
  const marks = { fine: style(32, "ok"), absent: style(2, "--"), broken: style(31, "!!") };
  let works = true;
  stdout.write(
    `Throughline ${version}, Node ${process.versions.node}, ${process.platform} ${process.arch}, ${availableParallelism()} cores\n`,
  );
  const section = (title: string, findings: readonly Finding[]): void => {
    findings.forEach(({ state, text }, i) => {
      stdout.write(
        `${i === 0 ? `\n${style(1, title.padEnd(8))}` : " ".repeat(8)} ${marks[state]}  ${text}\n`,
      );
      works &&= state !== "broken";
    });
  };
  section("ffmpeg", await checkFfmpeg(ffmpeg, env));
  section("devices", await checkDevices());
  section("models", await checkModels(env));
  stdout.write(
    works
      ? "\nEverything that a run needs works here.\n"
      : "\nSomething that a run needs is broken, see !! above.\n",
  );
  return works ? exitCodes.done : exitCodes.failed;
}

async function checkFfmpeg(ffmpeg: string | undefined, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  try {
    const { path, version, source } = await findFfmpeg({ ffmpeg, env });
    const from = { option: "--ffmpeg", env: "FFMPEG_PATH", system: "the system's", installer: "npm's" }[
      source
    ];
    const { videoDecoders } = await listCodecs(path);
    const isThere = (names: readonly string[]) => names.some((name) => videoDecoders.has(name));
    const missing = CODECS.filter((names) => !isThere(names)).map(([name]) => name);
    return [
      { state: "fine", text: `${version}, ${from}: ${path}` },
      {
        state: "fine",
        text: `decodes ${CODECS.filter(isThere)
          .map(([name]) => name)
          .join(", ")}`,
      },
      ...(missing.length > 0
        ? [
            {
              state: "absent" as const,
              text: `cannot decode ${missing.join(", ")}: install a newer ffmpeg and name it with FFMPEG_PATH`,
            },
          ]
        : []),
    ];
  } catch (error) {
    return [{ state: "broken", text: lineOf(error) }];
  }
}

/** Every device of this platform, by starting ONNX Runtime on it. */
async function checkDevices(): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const device of devices) {
    if (device === "auto") continue;
    const problem = await tryDevice(device);
    if (problem === undefined) findings.push({ state: "fine", text: device });
    // Devices of other platforms are no news.
    else if (!problem.includes("it exists on"))
      findings.push({ state: device === "cpu" ? "broken" : "absent", text: problem });
  }
  return findings;
}

/** In a process of its own: drivers print what they like, and may crash. Returns what is wrong. */
async function tryDevice(device: string): Promise<string | undefined> {
  const script = `
    const { createRuntime } = await import(${JSON.stringify(new URL("../onnx/index.js", import.meta.url).href)});
    try {
      await (await createRuntime({ device: ${JSON.stringify(device)}, threads: 1 })).close();
      console.log("{}");
    } catch ({ message }) {
      console.log(JSON.stringify({ message }));
    }`;
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
      timeout: DEVICE_TIMEOUT,
    });
    const { message } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as { message?: string };
    return message;
  } catch {
    return `Cannot use device "${device}": its driver crashed or does not answer`;
  }
}

/** Embedded models must be there and whole; those to be pulled must be whole if they are there. */
async function checkModels(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const cacheDir = defaultCacheDir(env);
  const findings: Finding[] = [];
  let absent = 0;
  for (const card of await listCards()) {
    const { state, problem } = await verifyModel(card.name, { cacheDir });
    if (state === "absent") absent++;
    else if (state === "wrong")
      findings.push({
        state: "broken",
        text: `${problem}${card.url === undefined ? "" : `; run: track models pull ${card.name}`}`,
      });
    else findings.push({ state: "fine", text: `${card.name}: ${modelPath(card, { cacheDir })}` });
  }
  if (absent > 0)
    findings.push({
      state: "absent",
      text: `${absent} more can be had: track models list, track models pull NAME`,
    });
  return findings;
}
