/**
 * The options of `track <input...>`, and what turns their texts into values. Whether a value makes sense is
 * settings.ts's to say, for options and configuration files alike.
 */
import { Option } from "commander";
import { trackers } from "./choices.js";
import { UsageError } from "./errors.js";
import { liveOptions } from "./live-options.js";

/** A number where the text is one, else the text, for the check to refuse. */
export const toNumber = (value: string): number | string =>
  value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value;

/** `maxAge=30` as a name and a value: JSON where it is JSON, else the text. @throws {UsageError} */
export function parsePair(value: string): readonly [name: string, value: unknown] {
  const at = value.indexOf("=");
  if (at < 1)
    throw new UsageError(`Option --tracker-option: expected name=value, got ${JSON.stringify(value)}`);
  const [name, rest] = [value.slice(0, at).trim(), value.slice(at + 1).trim()];
  try {
    return [name, JSON.parse(rest)];
  } catch {
    return [name, toNumber(rest)]; // .5 is no JSON
  }
}

export function trackOptions(): Option[] {
  const collect = (value: string, before: string[] = []) => [...before, value];
  const list = (value: string, before: string[] = []) => [
    ...before,
    ...value.split(",").map((s) => s.trim()),
  ];
  const pairs = (value: string, before: Record<string, unknown> = {}) => {
    const [name, parsed] = parsePair(value);
    return { ...before, [name]: parsed };
  };
  const group = (heading: string, options: Option[]) => options.map((option) => option.helpGroup(heading));
  return [
    ...group("Output:", [
      new Option(
        "-o, --out <file>",
        "where the tracks go, repeatable; a folder takes a file per input",
      ).argParser(collect),
      new Option("--zones <file>", "lines and zones to count at (.json), in JSON outputs and the summary"),
      new Option("--counts <file>", "counts per minute and in all (.csv, .json), with events (.jsonl)"),
      new Option(
        "--render <file>",
        "the video with the tracks drawn into it (.mp4, .m4v, .mov, .mkv); for other looks: track render",
      ),
      new Option(
        "--report <file>",
        "a page to look at the tracks, with the video in it (.html); for more: track report",
      ),
      new Option("--save-detections <file>", "keep the detections, for --detections next time (.txt)"),
      new Option(
        "--explain [file]",
        'log what the tracker decides, for "track explain" (.jsonl; beside the tracks)',
      ),
      new Option("--no-resume", "start anew where an earlier run was killed, rather than go on with it"),
      new Option(
        "--checkpoint <seconds>",
        "of work that a run which is killed loses at most, about (10)",
      ).argParser(toNumber),
    ]),
    ...group("Models:", [
      new Option("--detector <model>", 'name (see "track models list") or ONNX file (nanodet-g)'),
      new Option(
        "--contract <name>",
        "what the outputs of a detector file without a card mean: nanodet, ssd, yolox, faster-rcnn, detr",
      ),
      new Option("--reid <model>", "appearance model, name or ONNX file (mobilenet-hsv-stripes)"),
      new Option("--no-reid", "go without appearance"),
      new Option("--reid-contract <name>", "what the output of a --reid file without a card means: reid"),
      new Option("--detections <file>", "detections in MOTChallenge format, in place of a detector"),
      new Option("--device <name>", "auto, cpu, cuda, webgpu, dml, coreml (auto)"),
      new Option("--threads <n>", "threads for each of decoding and models (what the machine has)").argParser(
        toNumber,
      ),
    ]),
    ...group("Tracking:", [
      new Option("--tracker <name>", `${Object.keys(trackers).join(", ")} (throughline)`),
      new Option(
        "--camera-motion <how>",
        "auto: seen in the pictures; off; or a file, a line per frame: its index from 0, then a b x c d y (auto)",
      ),
      new Option("--tracker-option <k=v>", "option of the tracker, repeatable").argParser(pairs),
      new Option(
        "--online",
        "write tracks as they are seen; by default throughline joins, fills and smooths them after the last frame",
      ),
      new Option("--offline", "join, fill and smooth the tracks of any tracker after the last frame"),
      new Option("--classes <names>", 'what to follow, by label, or "all" (people and vehicles)').argParser(
        list,
      ),
      new Option("--min-score <x>", "ignore detections below this score").argParser(toNumber),
    ]),
    ...group("Input:", [
      new Option("--start <time>", "seconds or [hours:]minutes:seconds"),
      new Option("--end <time>", "likewise; this frame and later ones are left out"),
      new Option("--every <n>", "track every n-th frame only").argParser(toNumber),
      new Option("--frame-rate <fps>", "of pictures in a folder (30)").argParser(toNumber),
      new Option("--max-pixels <n>", "refuse pictures larger than this (33554432)").argParser(toNumber),
      new Option("--ffmpeg <path>", "the ffmpeg to use (FFMPEG_PATH, else the system's, else npm's)"),
      new Option("--strict", "exit with 1 where a part of the input was damaged"),
    ]),
    ...group("Live inputs, with --online:", liveOptions(toNumber)),
    ...group("Reports:", [
      new Option("-q, --quiet", "say nothing but errors"),
      new Option("--log <form>", "text or json (one JSON object per line)"),
      new Option("--verbose", "show the stack of errors"),
      new Option("--config <file>", 'JSON file with settings, such as { "tracker": "sort" }; options win'),
    ]),
  ];
}
