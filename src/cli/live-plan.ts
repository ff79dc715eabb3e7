/**
 * What a live run reads and writes, and which settings make no sense for it.
 */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { isAddress, isLive, nameOfAddress } from "../video/stream-address.js";
import { UsageError } from "./errors.js";
import { liveNames } from "./live-settings.js";
import type { Settings } from "./settings.js";

/** What a live run reads and writes. */
export interface LivePlan {
  readonly input: string;
  readonly outputs: readonly string[];
  /** The page that is made of the tracks in the end. */
  readonly report: string | undefined;
  /** The folder in which events wait. */
  readonly queue: string;
}

const hyphened = (key: string): string => key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** @throws {UsageError} for settings that only a live run understands */
export function refuseLiveSettings(settings: Settings): void {
  const name = liveNames.find((name) => settings[name] !== undefined);
  if (name !== undefined)
    throw new UsageError(
      `Option --${hyphened(name)}: expected a live input with --online, such as rtsp://camera/stream or /dev/video0`,
    );
}

/** @throws {UsageError} for settings that a live run cannot follow */
export function checkLive(inputs: readonly string[], settings: Settings): LivePlan {
  const [input] = inputs;
  if (input === undefined || inputs.length > 1)
    throw new UsageError(
      `Cannot watch ${inputs.length} inputs in one run: expected one live input; start a run for each camera`,
    );
  const meaningless = (
    [
      "detections",
      "saveDetections",
      "start",
      "counts",
      "render",
      "offline",
    ] as const satisfies readonly (keyof Settings)[]
  ).find((name) => settings[name] !== undefined && settings[name] !== false);
  const wrong = meaningless ?? (settings.explain === false ? undefined : "explain");
  if (wrong === "render") throw new UsageError(recordFirst(input));
  if (wrong !== undefined)
    throw new UsageError(
      `Option --${hyphened(wrong)}: expected a file as input; a live input has no use for it`,
    );
  const label = labelOf(input);
  const place = (path: string, ending: string): string => {
    const filled = path.replaceAll("{name}", label);
    const isFolder = /[/\\]$/.test(filled) || (existsSync(filled) && statSync(filled).isDirectory());
    return isFolder ? join(filled, label + ending) : filled;
  };
  const outputs = (settings.out.length === 0 ? ["."] : settings.out).map((path) =>
    place(path, ".tracks.jsonl"),
  );
  const report = settings.report === undefined ? undefined : place(settings.report, ".html");
  if (outputs.includes("-") && settings.events === "-")
    throw new UsageError(
      'Option --events: expected a file, since the tracks go to the standard output ("--out -")',
    );
  if (outputs.includes("-") && settings.rotate)
    throw new UsageError("Option --rotate: expected files as outputs, got the standard output");
  if (report !== undefined && settings.rotate)
    throw new UsageError(
      "Option --report: expected no --rotate with it, which gives many files; see `track report FILE --no-video`",
    );
  if (settings.webhookQueue !== undefined && settings.webhook === undefined)
    throw new UsageError("Option --webhook-queue: expected --webhook with it");
  if (settings.metricsHost !== undefined && settings.metricsPort === undefined)
    throw new UsageError("Option --metrics-host: expected --metrics-port with it");
  const beside = outputs.find((path) => path !== "-") ?? label;
  return { input, outputs, report, queue: settings.webhookQueue ?? `${beside}.webhook` };
}

/** Frames of a live input are gone once they are tracked: what is to be drawn on is recorded first. */
function recordFirst(input: string): string {
  const from = isAddress(input)
    ? `${/^rtsps?:/i.test(input) ? "-rtsp_transport tcp " : ""}-i ${nameOfAddress(input)} -c copy`
    : `-f v4l2 -i ${input}`;
  return (
    "Option --render: expected a file as input, since the pictures of a live one are gone when its tracks are known; " +
    `record it first, \`ffmpeg ${from} watched.mkv\`, then \`track watched.mkv --render drawn.mp4\``
  );
}

/** Whether an input is to be watched rather than read. */
export const isWatched = (inputs: readonly string[], { online }: Settings): boolean =>
  online && inputs.some((input) => isLive(input));

/** What a live input is called in names of files: "camera.local-stream1", "video0". */
function labelOf(input: string): string {
  const name = nameOfAddress(input)
    .replace(/^[a-z+.-]+:\/\//i, "")
    .replace(/^\/dev\//, "");
  const plain = name.replaceAll(/[^\w.]+/g, "-").replaceAll(/^[-.]+|[-.]+$/g, "");
  return plain === "" ? "live" : plain.slice(0, 100);
}
