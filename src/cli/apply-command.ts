/**
 * `track apply`: its options and help.
 */
import type { Command } from "commander";
import type { Streams } from "./models.js";

const HELP = `
Corrections are made in the page of "track view", which keeps them beside the tracks, as street.tracks.json.edits.json, or
in the page of "track report", which saves them as a file. The tracks themselves are never changed: this writes a new file.
Any format goes in and out (.json, .jsonl, .csv, .txt); names of identities are kept in .json and .jsonl. What was counted
at lines and in zones is counted again. The same corrections of the same file give the same bytes.

Examples:
  $ track apply street.tracks.json.edits.json --out street.corrected.json
  $ track apply edits.json --tracks results/street.tracks.json --out corrected.json --out corrected.txt

Exit codes: 0 done, 1 failed (nothing is written), 2 wrong usage`;

/** Adds the command. What it does is loaded when it is asked for. */
export function addApplyCommand(
  program: Command,
  streams: Streams,
  setExitCode: (code: number) => void,
): void {
  program
    .command("apply <edits>")
    .description("writes tracks as they are after the corrections that were made in a page")
    .usage("<edits> --out <file> [options]")
    .option("-o, --out <file>", "the corrected tracks; may be given several times", collect, [])
    .option(
      "--tracks <file>",
      "what is corrected (by default the file that the corrections name, beside them)",
    )
    .option("-q, --quiet", "say nothing but errors")
    .addHelpText("after", HELP)
    .action(async (edits, options) => {
      const { runApply } = await import("./apply.js");
      setExitCode(await runApply(edits, options, streams));
    });
}

const collect = (value: string, others: readonly string[]): string[] => [...others, value];
