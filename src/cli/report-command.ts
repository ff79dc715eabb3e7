/**
 * `track report`: its options and help.
 */
import type { Command } from "commander";
import type { Streams } from "./models.js";

const HELP = `
The page is one file that opens by double click, without a network.

Examples:
  $ track report street.tracks.json --video street.mp4 --out street.html

Exit codes: 0 done, 1 failed (nothing is written), 2 wrong usage, 130 Ctrl-C`;

/** Adds the command. What it does is loaded when it is asked for. */
export function addReportCommand(
  program: Command,
  streams: Streams,
  setExitCode: (code: number) => void,
): void {
  program
    .command("report <tracks>")
    .description("makes a page to look at tracks: video, timeline, paths, counts, health")
    .usage("<tracks> [options]")
    .option("-o, --out <file>", "the page (.html); by default beside the tracks")
    .option("--video <file>", "the video that was tracked")
    .addHelpText("after", HELP)
    .action(async (tracks, options) => {
      const { runReport } = await import("./report.js");
      setExitCode(await runReport(tracks, options, streams));
    });
}
