/**
 * `track render`: its options and help.
 */
import type { Command } from "commander";
import type { Streams } from "./models.js";

const HELP = `
Every identity keeps its colour; the colours are told apart by colour-blind people too, and the outline (plain, thick
corners, double) and the number help. Dashed is what nobody saw: boxes put between two others. Frames keep their times, and
the sound is kept. Tracks of another video, by its size, length or times, are refused.

--blur hides people behind coarse squares, also over gaps of up to two seconds in which they were not found, and for half a
second before and after. Nobody is hidden who was never found: look at the result before you publish it.

Examples:
  $ track render street.mp4 street.tracks.json --out annotated.mp4
  $ track render street.mp4 street.tracks.json --out annotated.mp4 --labels id --trails 100 --zones zones.json
  $ track render street.mp4 street.tracks.json --out public.mp4 --blur person --labels id --trails 0
  $ track render street.mp4 street.tracks.json --crops people/      people/12/000340.jpg, ..., and people/12.jpg

Exit codes: 0 done, 1 failed (nothing is written), 2 wrong usage, 3 a part of the video was damaged, 130 Ctrl-C`;

/** Adds the command. What it does is loaded when it is asked for. */
export function addRenderCommand(
  program: Command,
  streams: Streams,
  setExitCode: (code: number) => void,
): void {
  program
    .command("render <input> <tracks>")
    .description("draws tracks into their video: boxes, identities, paths, counts; or hides people in it")
    .usage("<input> <tracks> --out <file> [options]")
    .option("-o, --out <file>", "the video (.mp4, .m4v, .mov, .mkv), H.264")
    .option("--trails <n>", "frames of the past in which paths are shown; 0 for none (30)")
    .option("--labels <parts>", "what stands on the boxes, of id, class, score; or none (id,class,score)")
    .option("--blur <classes>", 'hide what is in the boxes of these classes, or of "all"')
    .option("--zones <file>", "lines and zones with what was counted so far (.json); see track count --help")
    .option("--crops <folder>", "pictures of each identity and a sheet of them; a new or empty folder")
    .option("--start <time>", "seconds or [hours:]minutes:seconds; the new video begins there")
    .option("--end <time>", "likewise; this frame and later ones are left out")
    .option("--quality <n>", "from 0 (best) to 51 (23)")
    .option("--ffmpeg <path>", "the ffmpeg to use (FFMPEG_PATH, else the system's, else npm's)")
    .option("--force", "draw tracks that seem to be of another video, or of a part of it")
    .option("-q, --quiet", "say nothing but errors")
    .addHelpText("after", HELP)
    .action(async (input, tracks, options) => {
      const { runRender } = await import("./render.js");
      setExitCode(await runRender(input, tracks, options, streams));
    });
}
