/**
 * `track eval` and `track diff`: their options and help.
 */
import { type Command, Option } from "commander";
import type { Streams } from "./models.js";

const EVAL_HELP = `
The truth is a folder of MOTChallenge sequences (NAME/gt/gt.txt with seqinfo.ini), one of them, a folder of KITTI labels,
of tracks files, or a single file. Results are called like the sequences: NAME.txt, NAME.json, NAME.tracks.json,
NAME.jsonl or NAME.csv. A folder of them is one tracker, a folder of such folders is one tracker for each.

Rules, where --benchmark does not choose: the sequence names of MOT15, MOT16, MOT17 and MOT20 and labels of KITTI mean
their rules; everything else is "custom": no classes, truth rows with flag 0 dropped.

Shares are percent in the tables and fractions (0 to 1), not rounded, in files. In --per-frame frames count from 0, as in
tracks.json; in MOTChallenge files they count from 1.

Examples:
  $ track eval --gt MOT17/train --results out/
  $ track eval --gt MOT15/train --results sort/ deepsort/ --json scores.json
  $ track eval --gt MOT17/train/MOT17-02-FRCNN --results MOT17-02-FRCNN.txt --per-frame mistakes.csv
  $ track eval --gt MOT17/train --results out/*-SDP.txt       some of the sequences
  $ track eval --gt gt.txt --results tracks.txt --metrics hota,identity
  $ track eval --gt truth.tracks.json --results street.tracks.json
  $ track eval --gt MOT17/train --detections MOT17/train      is it the detector's fault?

Exit codes: 0 scored, 1 failed (bad input is named with file and line; nothing is written), 2 wrong usage`;

const DIFF_HELP = `
Tracks files are .json, .jsonl, .csv or .txt (MOTChallenge). Identities are compared by where they are: other numbers for
the same tracks are no difference. Frames count from 0.

Examples:
  $ track diff before.json after.json
  $ track diff golden.json new.json --tolerance 2 --json diff.json || echo "the tracks changed"

Exit codes, as diff has them: 0 the same, 1 different, 2 wrong usage or a file that cannot be read or written`;

/** Adds the two commands. What they do is loaded when they are asked for. */
export function addScoreCommands(
  program: Command,
  streams: Streams,
  setExitCode: (code: number) => void,
  tell: (error: unknown) => void,
): void {
  const list = (value: string, before: string[] = []) => [
    ...before,
    ...value.split(",").map((name) => name.trim()),
  ];
  program
    .command("eval")
    .description("scores tracks or detections against truth: HOTA, MOTA, IDF1, average precision")
    .usage(
      "--gt <path> --results <path...> [options]\n       track eval --gt <path> --detections <path...> [options]",
    )
    .option("--gt <path>", "the truth")
    .option("--results <path...>", "the tracks of one or more trackers")
    .option("--detections <path...>", "score detections instead: average precision")
    .option(
      "--benchmark <name>",
      "rules: mot15, mot16, mot17, mot20, kitti, custom (by the names of the sequences)",
    )
    .addOption(
      new Option(
        "--metrics <names>",
        "families to compute and show in full: hota, clear, identity, counts (all, the main columns)",
      ).argParser(list),
    )
    .option("--json <file>", 'every number; "-" is the standard output')
    .option("--csv <file>", "every column as a table")
    .option("--per-frame <file>", "every miss, false positive and identity switch (.jsonl or .csv)")
    .addHelpText("after", EVAL_HELP)
    .action(async (options) => {
      const { runEval } = await import("./eval.js");
      setExitCode(await runEval(options, streams));
    });
  program
    .command("diff <a> <b>")
    .description("what changed between two runs: births, deaths, swaps, gaps, moved boxes")
    .option("--tolerance <pixels>", "how far an edge of a box may move (0.5)")
    .option("--json <file>", 'everything that differs; "-" is the standard output')
    .addHelpText("after", DIFF_HELP)
    .action(async (a, b, options) => {
      const { runDiff } = await import("./diff.js");
      setExitCode(await runDiff([a, b], options, streams, tell));
    });
}
