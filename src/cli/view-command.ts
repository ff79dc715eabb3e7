/**
 * `track view`: its options and help.
 */
import type { Command } from "commander";
import type { Streams } from "./models.js";

const HELP = `
Open the address that it prints. The page lists the tracks files and batches below the folder, with the progress of those
that are going on; opens each as "track report" does, without making a file; compares two of them; and lets a person merge,
split, delete and rename identities. Corrections are kept beside the tracks (street.tracks.json.edits.json), can be undone,
and become a file of their own by "track apply". The tracks themselves are never changed.

It listens on this machine only (127.0.0.1), answers only whoever has the token in the address, and shows nothing outside
of the folder but what --video names.

Examples:
  $ track view                                   the folder that you are in
  $ track view results --open
  $ track view results/street.tracks.json --video /recordings/street.mp4

Exit codes: 0 ended by Ctrl-C, 1 failed, 2 wrong usage`;

/** Adds the command. What it does is loaded when it is asked for. */
export function addViewCommand(
  program: Command,
  streams: Streams,
  setExitCode: (code: number) => void,
): void {
  program
    .command("view [place]")
    .description("shows the runs and batches of a folder in a browser, live; compares and corrects them")
    .usage("[folder or tracks file] [options]")
    .option("--video <path>", "a video, or a folder of videos, outside of the folder")
    .option("--port <n>", "where it listens (any port that is free)")
    .option("--open", "open the browser")
    .option("--ffmpeg <path>", "the ffmpeg to use (FFMPEG_PATH, else the system's, else npm's)")
    .addHelpText("after", HELP)
    .action(async (place, options) => {
      const { runView } = await import("./view.js");
      setExitCode(await runView(place, options, streams));
    });
}
