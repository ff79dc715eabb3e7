/**
 * `track count`: its options and help.
 */
import type { Command } from "commander";
import type { Streams } from "./models.js";

const HELP = `
Counts what "track --zones" counts, from a tracks file (.json, .jsonl, .csv, or .txt in the MOTChallenge format) and
without the video. zones.json:

  {
    "units": "fraction",
    "lines": [{ "name": "door", "from": [0.2, 0.7], "to": [0.6, 0.7] }],
    "zones": [{ "name": "queue", "polygon": [[0.6, 0.4], [0.9, 0.4], [0.9, 0.9], [0.6, 0.9]], "classes": ["person"] }]
  }

"units" is "pixels" of the video or "fraction" of its width and height; x goes to the right, y down. Looking along a line,
to the left hand is in, to the right hand is out:

                 in
    from ─────────────────▶ to
                 out

What counts of a box is the middle of its lower edge ("point": "centre" for its centre). It has crossed when it is a tenth
of the height of its box beyond the line ("margin": 0.1). An identity that is not seen for five seconds has left ("gap": 5);
over a shorter gap its path is a straight one.

Examples:
  $ track count street.tracks.json --zones zones.json
  $ track count street.tracks.json --zones zones.json --out counts.csv       per minute and in all
  $ track count street.tracks.json --zones zones.json --out events.jsonl     every crossing, coming and going
  $ track count MOT17-02.txt --zones zones.json --frame-rate 30 --size 1920x1080

Exit codes: 0 counted, 1 failed (bad input is named; nothing is written), 2 wrong usage`;

/** Adds the command. What it does is loaded when it is asked for. */
export function addCountCommand(
  program: Command,
  streams: Streams,
  setExitCode: (code: number) => void,
): void {
  program
    .command("count <tracks>")
    .description("counts crossings of lines, and who was in zones for how long, on finished tracks")
    .usage("<tracks> --zones <file> [options]")
    .option("--zones <file>", "lines and zones (.json)")
    .option("-o, --out <file>", "counts per minute and in all (.csv, .json), with events (.jsonl)")
    .option("--json", "JSON on the standard output in place of the table")
    .option("--frame-rate <fps>", "of tracks without times: MOTChallenge files (30)")
    .option("--size <WxH>", "of the picture, for fractions, where the tracks do not say")
    .addHelpText("after", HELP)
    .action(async (tracks, options) => {
      const { runCount } = await import("./count.js");
      setExitCode(await runCount(tracks, options, streams));
    });
}
