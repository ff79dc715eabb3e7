/**
 * Scoring against the official evaluator (TrackEval) on the same files: HOTA, CLEAR and identity of every tracker
 * in ../shared/data, files read from disk each time. The official seconds stand in the files beside the tracks
 * and were measured on a machine of this kind. "First" is the first run of a fresh process, "median" of the next.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { globSync } from "tinyglobby";
import { evaluate, findTruth, mot15, mot17, readPair } from "../../src/eval/index.js";
import { machine, median } from "./_machine.js";

const data = join(import.meta.dirname, "../../../shared/data");
const rounds = 9;

if (process.argv[2]) measure(process.argv[2]);
else if (existsSync(data)) compare();
else console.log(`nothing to measure: "${data}" is not there`);

/** Prints the milliseconds of each run, for the parent process. */
function measure(file: string): void {
  const set = file.split("/")[1];
  const [benchmark, truth] =
    set === "MOT15"
      ? [mot15, "MOT15/train"]
      : [mot17, set === "MOT17-val-half" ? "MOT17-val-half" : "MOT17/train"];
  const { sequences } = JSON.parse(readFileSync(join(data, file), "utf8"));
  const names = Object.keys(sequences).filter((name) => name !== "COMBINED_SEQ");
  const times: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const start = performance.now();
    const files = findTruth(join(data, truth), benchmark, names);
    const pairs = (function* () {
      for (const one of files) yield readPair(one, dirname(join(data, file)), benchmark);
    })();
    evaluate(pairs, benchmark);
    times.push(performance.now() - start);
  }
  console.log(JSON.stringify(times));
}

function compare(): void {
  const files = globSync(["golden-eval/*/trackeval.json", "golden-tracks/MOT*/*/trackeval.json"], {
    cwd: data,
  }).sort();
  console.log(`${machine()}\nmilliseconds; median of ${rounds}\n`);
  console.log("                                       official    first   median  official / median");
  const ratios: number[] = [];
  for (const file of files) {
    const official = JSON.parse(readFileSync(join(data, file), "utf8")).seconds * 1000;
    const child = spawnSync(process.execPath, ["--import", "tsx", import.meta.filename, file]);
    const [first, ...others] = JSON.parse(String(child.stdout)) as number[];
    const ours = median(others);
    ratios.push(official / ours);
    const cells = [official.toFixed(0), first.toFixed(0), ours.toFixed(1), (official / ours).toFixed(1)];
    console.log(dirname(file).padEnd(38) + cells.map((cell) => cell.padStart(9)).join(""));
  }
  console.log(`\nmedian ratio ${median(ratios).toFixed(1)}, lowest ${Math.min(...ratios).toFixed(1)}`);
}
