/** `track tune`: from truth and detections to a configuration file. */
import { createHash } from "node:crypto";
import { fingerprintAll } from "../checkpoint/fingerprint.js";
import type { Scores } from "../eval/index.js";
import { openTextFiles } from "../format/texts.js";
import { trackers } from "./choices.js";
import { asUsage, exitCodes, UsageError } from "./errors.js";
import { findTrackers } from "./eval-results.js";
import { openTruth } from "./eval-truth.js";
import { watchInterrupt } from "./interrupt.js";
import type { Streams } from "./models.js";
import { plural } from "./reporter.js";
import { layOut, widthOf } from "./table.js";
import { type Aim, aims, type Choice, choose, scoreOf, type Trial } from "./tune-choice.js";
import { readFootage, type Trying, tryOut } from "./tune-footage.js";
import { type Candidate, candidate, spaces } from "./tune-space.js";
import { addTrial, readTrials, writeTrials } from "./tune-trials.js";
import { version } from "./version.js";

/** The options of the command line, as given. */
export interface TuneOptions {
  readonly gt?: string;
  readonly detections?: string;
  readonly tracker?: string;
  readonly aim?: string;
  readonly trials?: string;
  readonly seed?: string;
  readonly online?: boolean;
  readonly benchmark?: string;
  readonly out?: string;
  readonly quiet?: boolean;
}

/**
 * Tries, chooses, writes, tells. Returns the exit code.
 *
 * @throws {UsageError} the options make no sense.
 * @throws {InputError} truth or detections are missing.
 * @throws {SyntaxError} `Cannot parse "file:line": ...`
 * @throws {OutputError} a file cannot be written.
 */
export async function runTune(options: TuneOptions, { stdout, stderr }: Streams): Promise<number> {
  const task = checkOptions(options);
  const { sequences, benchmark, why } = openTruth(task.gt, options.benchmark);
  if (benchmark.layout === "kitti")
    throw new UsageError(
      "Cannot tune by KITTI's labels: they are of several classes, and detections in MOTChallenge format are of one",
    );
  const field = findTrackers([task.detections], sequences, "detections");
  const inputs = [
    ...sequences.map(({ path }) => path),
    ...field.trackers.flatMap(({ files }) => [...files.values()]),
  ];
  const files = await asUsage(() => openTextFiles([task.out], { inputs }));
  const interrupt = watchInterrupt({
    onFirst: () => stderr.write("note: Ending; what was tried is kept for the same command\n"),
    onSecond: () => {},
  });
  interrupt.temporary = () => files.temporary;
  try {
    const choice = trackers[task.tracker]!;
    const trying: Trying = {
      tracker: await choice.load(),
      isRefined: choice.isRefined && !task.online,
      benchmark,
    };
    const footage = await readFootage(field, benchmark);
    const { tracker, seed, online } = task;
    const about = [version, tracker, seed, online, benchmark.name, await fingerprintAll(inputs)];
    const key = createHash("sha256").update(JSON.stringify(about)).digest("hex");
    const log = `${task.out}.trials.jsonl`;
    const trials = await readTrials(log, key);
    if (trials.length > 0)
      stderr.write(`note: Going on with ${plural(trials.length, "trial")} from ${JSON.stringify(log)}\n`);
    await writeTrials(log, key, trials);
    let best = Math.max(...trials.map((trial) => scoreOf(trial, task.aim)));
    for (let number = trials.length; number < task.trials; number++) {
      const trial: Trial[number][] = [];
      for (const one of footage) {
        // Lets a signal through.
        await new Promise((resolve) => setImmediate(resolve));
        interrupt.signal.throwIfAborted();
        trial.push(await tryOut(one, candidate(spaces[tracker]!, seed, number), trying));
      }
      trials.push(trial);
      await addTrial(log, number, trial);
      const score = scoreOf(trial, task.aim);
      if (!options.quiet) stderr.write(`${progress(number, score, best, task)}\n`);
      best = Math.max(best, score);
    }
    const done = trials.slice(0, task.trials);
    const found = choose(done, task.aim);
    const settings = settingsOf(found, task);
    await files.write(0, `${JSON.stringify(settings, null, 2)}\n`);
    await files.finish();
    stdout.write(
      `Rules: ${benchmark.name} (${why}), ${plural(footage.length, "sequence")}, ${plural(done.length, "trial")}\n\n`,
    );
    stdout.write(`${tableOf(found, widthOf(stdout))}\n${sentenceOf(found, settings, task)}\n`);
    return exitCodes.done;
  } catch (error) {
    if (interrupt.signal.aborted) return interrupt.exitCode;
    throw error;
  } finally {
    await files.discard();
    interrupt.close();
  }
}

type Task = ReturnType<typeof checkOptions>;

/** What the options ask for. @throws {UsageError} */
function checkOptions({ gt, detections, tracker = "throughline", aim = "hota", ...others }: TuneOptions) {
  if (gt === undefined || detections === undefined)
    throw new UsageError(
      `Option --${gt === undefined ? "gt" : "detections"} is missing: expected both, as in \`track tune --gt DIR --detections DIR\``,
    );
  if (!Object.hasOwn(spaces, tracker))
    throw new UsageError(
      `Option --tracker: expected one of ${Object.keys(spaces).join(", ")}, got ${JSON.stringify(tracker)}` +
        (tracker === "deepsort" ? "; it compares pictures, and tuning goes by detections alone" : ""),
    );
  if (!Object.hasOwn(aims, aim))
    throw new UsageError(
      `Option --aim: expected one of ${Object.keys(aims).join(", ")}, got ${JSON.stringify(aim)}`,
    );
  const { trials = "100", seed = "1", online = false, out = "tuned.json" } = others;
  if (out === "" || out === "-")
    throw new UsageError(`Option --out: expected the name of a file, got ${JSON.stringify(out)}`);
  return {
    ...{ gt, detections, tracker, aim: aim as Aim, online, out },
    trials: wholeOf("trials", trials, 2),
    seed: wholeOf("seed", seed, 0),
  };
}

function wholeOf(name: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isSafeInteger(value) && value >= least) return value;
  throw new UsageError(
    `Option --${name}: expected a whole number, at least ${least}, got ${JSON.stringify(text)}`,
  );
}

const percent = (share: number): string => (100 * share).toFixed(1);

/** One line about the newest trial. */
function progress(number: number, score: number, best: number, { aim, trials, tracker, seed }: Task): string {
  const what = number === 0 ? "the defaults" : textOf(candidate(spaces[tracker]!, seed, number));
  const mark = number > 0 && score > best ? ", the best so far" : "";
  return `trial ${number + 1} of ${trials}: ${aim.toUpperCase()} ${percent(score)}${mark} (${what})`;
}

const textOf = (options: Candidate): string =>
  Object.entries(options)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");

/** Whether the search has shown something better than the defaults: as the table tells it, not by a hair. */
const isBetter = ({ expected, tuned, defaults }: Choice, { aim }: Task): boolean =>
  Number(percent(aims[aim](expected ?? tuned))) > Number(percent(aims[aim](defaults)));

function settingsOf(found: Choice, task: Task) {
  const { tracker, seed, online } = task;
  const trackerOption = isBetter(found, task) ? candidate(spaces[tracker]!, seed, found.best) : {};
  return { tracker, trackerOption, ...(online && { online }) };
}

function tableOf({ defaults, tuned, expected }: Choice, width: number): string {
  const row = (name: string, scores: Scores): string[] => [
    name,
    ...Object.values(aims).map((aim) => percent(aim(scores))),
  ];
  return layOut(
    [
      ["", ...Object.keys(aims).map((name) => name.toUpperCase())],
      row("the defaults", defaults),
      row("the best, on what it was chosen by", tuned),
      ...(expected ? [row("to expect elsewhere", expected)] : []),
    ],
    width,
  );
}

function sentenceOf(found: Choice, { trackerOption }: ReturnType<typeof settingsOf>, task: Task): string {
  const out = JSON.stringify(task.out);
  if (!isBetter(found, task))
    return `Nothing tried is shown to be better than the defaults: ${out} has the defaults`;
  const caution = found.expected ? "" : "; one sequence cannot show how much of it holds elsewhere";
  return `${out} has ${textOf(trackerOption)}${caution}; use it with --config`;
}
