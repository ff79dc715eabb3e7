/**
 * Scoring against the official evaluator (TrackEval) on the same files: HOTA, CLEAR and identity of every tracker
 * in ../shared/data, files read from disk each time. The official seconds stand in the files beside the tracks
 * and were measured on a machine of this kind. "Warm" is the median of one process's rounds after some to warm up,
 * "cold" the fastest of three runs of the built command, start of the process included.
 *
 *   npm run bench -- eval
 *   npm run bench -- eval --cold    # the built command only: more runs, beside the bare start of Node and of track
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { globSync } from "tinyglobby";
import { scoreTracks } from "../../src/cli/eval-score.js";
import { type Benchmark, findTruth, metricNames, mot15, mot17 } from "../../src/eval/index.js";
import { machine, median } from "./_machine.js";

const data = join(import.meta.dirname, "../../../shared/data");
const command = join(import.meta.dirname, "../../dist/cli/main.js");
const warmUp = 8;
const rounds = 9;
const starts = 3;
const coldStarts = 7;

if (process.argv[2] === "--cold") compareCold();
else if (process.argv[2]) await measure(process.argv[2]);
else compare();

interface Task {
  readonly benchmark: Benchmark;
  readonly truth: string;
  /** Result of each sequence. */
  readonly files: ReadonlyMap<string, string>;
  readonly officialMs: number;
}

function taskOf(file: string): Task {
  const set = file.split("/")[1];
  const [benchmark, truth] =
    set === "MOT15"
      ? [mot15, "MOT15/train"]
      : [mot17, set === "MOT17-val-half" ? "MOT17-val-half" : "MOT17/train"];
  const { sequences, seconds } = JSON.parse(readFileSync(join(data, file), "utf8"));
  const names = Object.keys(sequences).filter((name) => name !== "COMBINED_SEQ");
  const files = new Map(names.map((name) => [name, join(data, dirname(file), `${name}.txt`)]));
  return { benchmark, truth: join(data, truth), files, officialMs: 1000 * seconds };
}

/** Prints the milliseconds of each round, for the parent process. */
async function measure(file: string): Promise<void> {
  const { benchmark, truth, files } = taskOf(file);
  const times: number[] = [];
  for (let round = 0; round < warmUp + rounds; round++) {
    const start = performance.now();
    await scoreTracks({
      sequences: findTruth(truth, benchmark, [...files.keys()]),
      trackers: [{ name: "tracker", files }],
      benchmark,
      metrics: metricNames,
      onNote: () => {},
      pause: async () => {},
    });
    times.push(performance.now() - start);
  }
  console.log(JSON.stringify(times.slice(warmUp)));
}

/** What the command line of a task says after `track`. */
function commandLine({ benchmark, truth, files }: Task): string[] {
  return ["eval", "--gt", truth, "--benchmark", benchmark.name, "--results", ...files.values()];
}

/** Milliseconds of one run of Node. */
function timed(args: readonly string[]): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args);
  if (status !== 0) throw new Error(String(stderr));
  return performance.now() - start;
}

/** Milliseconds of the fastest run of the command. */
function measureCold(task: Task): number {
  return Math.min(...Array.from({ length: starts }, () => timed([command, ...commandLine(task)])));
}

/** The trackers with official scores; none where the data is not there. */
function sets(): string[] {
  const files = globSync(["golden-eval/*/trackeval.json", "golden-tracks/MOT*/*/trackeval.json"], {
    cwd: data,
  }).sort();
  if (files.length === 0) console.log(`nothing to measure: "${data}" is not there`);
  return files;
}

/** The command as a user runs it. What is compared runs in turn, so that all meet the machine in the same state. */
function compareCold(): void {
  if (!existsSync(command))
    throw new Error(`Cannot measure the command: build it first, "${command}" is not there`);
  console.log(`${machine()}\nmilliseconds of the whole process, fastest (and median) of ${coldStarts}\n`);
  const heads = ["official", "ratio", "track eval", "track --version", "node"].map((head) =>
    head.padStart(17),
  );
  console.log(`${"".padEnd(45)}${heads.join("")}`);
  for (const file of sets()) {
    const task = taskOf(file);
    const kinds = [
      [command, ...commandLine(task)],
      [command, "--version"],
      ["--eval", "0"],
    ];
    const times: number[][] = kinds.map(() => []);
    for (let i = 0; i < coldStarts; i++) for (const [k, args] of kinds.entries()) times[k]!.push(timed(args));
    const cells = [
      task.officialMs.toFixed(0),
      (task.officialMs / Math.min(...times[0]!)).toFixed(1),
      ...times.map((all) => `${Math.min(...all).toFixed(0)} (${median(all).toFixed(0)})`),
    ];
    console.log(dirname(file).padEnd(45) + cells.map((cell) => cell.padStart(17)).join(""));
  }
}

function compare(): void {
  const files = sets();
  if (files.length === 0) return;
  const isBuilt = existsSync(command);
  console.log(
    `${machine()}\nmilliseconds; warm: median of ${rounds} after ${warmUp}; cold: fastest of ${starts}${isBuilt ? "" : ` (left out: build first, "${command}" is not there)`}\n`,
  );
  const heads = ["official", "warm", "ratio", "cold", "ratio"].map((head) => head.padStart(9)).join("");
  console.log(`${"".padEnd(45)}${heads}`);
  const warmRatios: number[] = [];
  const coldRatios: number[] = [];
  for (const file of files) {
    const task = taskOf(file);
    const child = spawnSync(process.execPath, ["--import", "tsx", import.meta.filename, file]);
    const warm = median(JSON.parse(String(child.stdout)) as number[]);
    warmRatios.push(task.officialMs / warm);
    const cells = [task.officialMs.toFixed(0), warm.toFixed(1), (task.officialMs / warm).toFixed(1)];
    if (isBuilt) {
      const cold = measureCold(task);
      coldRatios.push(task.officialMs / cold);
      cells.push(cold.toFixed(0), (task.officialMs / cold).toFixed(1));
    }
    console.log(dirname(file).padEnd(45) + cells.map((cell) => cell.padStart(9)).join(""));
  }
  const summary = (ratios: readonly number[]): string =>
    `lowest ${Math.min(...ratios).toFixed(1)}, median ${median(ratios).toFixed(1)}`;
  console.log(`\nofficial / warm: ${summary(warmRatios)}`);
  if (isBuilt) console.log(`official / cold: ${summary(coldRatios)}`);
}
