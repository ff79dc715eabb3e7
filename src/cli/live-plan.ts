/**
 * What a live run reads and writes, and which settings make no sense for it.
 */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { isLive, nameOfAddress } from "../video/stream-address.js";
import { UsageError } from "./errors.js";
import { liveNames } from "./live-settings.js";
import type { Settings } from "./settings.js";

/** What a live run reads and writes. */
export interface LivePlan {
  readonly input: string;
  readonly outputs: readonly string[];
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
      "report",
      "offline",
    ] as const satisfies readonly (keyof Settings)[]
  ).find((name) => settings[name] !== undefined && settings[name] !== false);
  const wrong = meaningless ?? (settings.explain === false ? undefined : "explain");
  if (wrong !== undefined)
    throw new UsageError(
      `Option --${hyphened(wrong)}: expected a file as input; a live input has no use for it`,
    );
  const label = labelOf(input);
  const outputs = (settings.out.length === 0 ? ["."] : settings.out).map((path) => {
    const filled = path.replaceAll("{name}", label);
    const isFolder = /[/\\]$/.test(filled) || (existsSync(filled) && statSync(filled).isDirectory());
    return isFolder ? join(filled, `${label}.tracks.jsonl`) : filled;
  });
  if (outputs.includes("-") && settings.events === "-")
    throw new UsageError(
      'Option --events: expected a file, since the tracks go to the standard output ("--out -")',
    );
  if (outputs.includes("-") && settings.rotate)
    throw new UsageError("Option --rotate: expected files as outputs, got the standard output");
  if (settings.webhookQueue !== undefined && settings.webhook === undefined)
    throw new UsageError("Option --webhook-queue: expected --webhook with it");
  if (settings.metricsHost !== undefined && settings.metricsPort === undefined)
    throw new UsageError("Option --metrics-host: expected --metrics-port with it");
  const beside = outputs.find((path) => path !== "-") ?? label;
  return { input, outputs, queue: settings.webhookQueue ?? `${beside}.webhook` };
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
