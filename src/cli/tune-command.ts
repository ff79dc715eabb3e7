/** `track tune`: its options and help. */
import { type Command, Option } from "commander";
import type { Streams } from "./models.js";

const HELP = `
Tries settings of a tracker on your own sequences and writes those that score best, for --config. Truth and detections
are found as in track eval: a folder of MOTChallenge sequences is both. Boxes are all that is looked at, no pictures.

Three rows are told: the defaults; the settings chosen, scored on the sequences that they were chosen by, which
flatters; and what to expect elsewhere, where every sequence is scored with the settings that the others chose. Where
that is no better than the defaults, the defaults are what is written.

The trials are kept beside the file: a search that was ended goes on when the same command is given again, and one with
more --trials goes on with those that are there.

Examples:
  $ track tune --gt MOT17/train --detections MOT17/train
  $ track tune --gt truth --detections found --tracker bytetrack --aim idf1 --trials 300 --out bytetrack.json
  $ track street.mp4 --config tuned.json

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 Ctrl-C`;

/** Adds the command. What it does is loaded when it is asked for. */
export function addTuneCommand(
  program: Command,
  streams: Streams,
  setExitCode: (code: number) => void,
): void {
  program
    .command("tune")
    .description("tries settings of a tracker on sequences with truth, and writes the best for --config")
    .usage("--gt <path> --detections <path> [options]")
    .option("--gt <path>", "the truth")
    .option("--detections <path>", "the detections of the same sequences (MOTChallenge format)")
    .option("--tracker <name>", "throughline, sort, bytetrack, ocsort, botsort (throughline)")
    .option("--aim <name>", "the score to raise: hota, mota, idf1 (hota)")
    .option("--trials <n>", "settings to try, the defaults among them (100)")
    .option("--seed <n>", "another seed, other settings (1)")
    .option("--online", "tune for --online: by default for tracks that are put right after the last frame")
    .option("--benchmark <name>", "rules, as in track eval (by the names of the sequences)")
    .option("-o, --out <file>", "where the settings go (tuned.json)")
    .addOption(new Option("-q, --quiet", "say nothing of single trials"))
    .addHelpText("after", HELP)
    .action(async (options) => {
      const { runTune } = await import("./tune.js");
      setExitCode(await runTune(options, streams));
    });
}
