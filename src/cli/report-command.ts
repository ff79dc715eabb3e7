/**
 * `track report`: its options and help.
 */
import type { Command } from "commander";
import type { Streams } from "./models.js";

const HELP = `
The page is one file that opens by double click, without a network: a player with the boxes over the video, a timeline and
film strips of all identities, paths, counts at lines that can be moved, health, scores.

The video is inside the page. Without --video it is the one that the tracks file names, where that is still there. What
browsers play is copied as it is, if it is small; else it is made anew, up to 960 pixels wide, with the same frames at the
same times and without sound. --link leaves it outside: keep the page and the video where they are to each other. Tracks
of another video, by its size, length or times, are refused. For MOTChallenge sequences --video is their folder.

Examples:
  $ track report street.tracks.json                              street.html, with the video that was tracked
  $ track report street.tracks.json --video street.mp4 --out street.html --zones zones.json
  $ track report day.tracks.json --video day.mp4 --link          a small page beside a large video
  $ track report MOT17-02.txt --video MOT17/train/MOT17-02-FRCNN --gt MOT17/train/MOT17-02-FRCNN

Exit codes: 0 done, 1 failed (nothing is written), 2 wrong usage, 130 Ctrl-C`;

/** Adds the command. What it does is loaded when it is asked for. */
export function addReportCommand(
  program: Command,
  streams: Streams,
  setExitCode: (code: number) => void,
): void {
  program
    .command("report <tracks>")
    .description("makes a page to look at tracks: video, timeline, paths, counts, health, scores")
    .usage("<tracks> [options]")
    .option("-o, --out <file>", "the page (.html); by default beside the tracks")
    .option("--video <input>", "what was tracked: a video, or a folder of pictures (as the tracks file says)")
    .option("--link", "keep the video out of the page, and play it from where it is")
    .option("--no-video", "a page without moving pictures and film strips")
    .option("--zones <file>", "lines and zones to begin with (.json); see track count --help")
    .option("--gt <path>", "the truth, for scores and every mistake; see track eval --help")
    .option(
      "--benchmark <name>",
      "rules of the scores: mot15, mot16, mot17, mot20, kitti, custom (by the names)",
    )
    .option("--frame-rate <fps>", "of tracks without times, where there is no video (25)")
    .option("--ffmpeg <path>", "the ffmpeg to use (FFMPEG_PATH, else the system's, else npm's)")
    .option("--force", "show tracks and truth that seem to be of another video")
    .option("-q, --quiet", "say nothing but errors")
    .addHelpText("after", HELP)
    .action(async (tracks, options) => {
      const { runReport } = await import("./report.js");
      setExitCode(await runReport(tracks, options, streams));
    });
}
