/**
 * Scoring against the official evaluator (TrackEval) on the same files: HOTA, CLEAR and identity of every tracker
 * in ../shared/data, files read from disk each time. The official seconds stand in the files beside the tracks
 * and were measured on a machine of this kind. "Warm" is the median of one process's rounds after some to warm up,
 * "cold" the fastest of three runs of the built command, start of the process included.
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

if (process.argv[2]) await measure(process.argv[2]);
else if (existsSync(data)) compare();
else console.log(`nothing to measure: "${data}" is not there`);

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

/** Milliseconds of the fastest run of the command. */
function measureCold({ benchmark, truth, files }: Task): number {
  const options = ["--gt", truth, "--benchmark", benchmark.name, "--results", ...files.values()];
  const times = Array.from({ length: starts }, () => {
    const start = performance.now();
    const { status, stderr } = spawnSync(process.execPath, [command, "eval", ...options]);
    if (status !== 0) throw new Error(String(stderr));
    return performance.now() - start;
  });
  return Math.min(...times);
}

function compare(): void {
  const files = globSync(["golden-eval/*/trackeval.json", "golden-tracks/MOT*/*/trackeval.json"], {
    cwd: data,
  }).sort();
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
