/**
 * `track batch`: its options and help.
 */
import { Writable } from "node:stream";
import { type Command, Option } from "commander";
import { UsageError } from "./errors.js";
import type { Streams } from "./models.js";
import { toNumber, trackOptions } from "./options.js";
import { addressOf, checkCount, stallLimitOf, stallOption } from "./queue-options.js";

const HELP = `
Inputs are folders (the videos in them and below; a folder of pictures or a MOT sequence is one input), patterns, lists
(.txt, .lst or .list: one input per line, relative to the list), single files, and http(s) addresses of recordings. Results
stand below --out as the inputs do below the folder, named with their endings: recordings/north/a.mp4 gives
results/north/a.mp4.json, https://nas/a.mp4 gives results/a.mp4.json. What became of each file is in results/batch.json.

A recording behind an address is fetched whole, into a hidden file beside its results that goes when it is tracked. Whether it
has changed since is told by ETag, Last-Modified and size; where the server tells none of these, it is tracked anew.

What is done is left alone, unless the input, a model or an option has changed; what was begun is gone on with. A file that
fails keeps no other from being tracked, and is tried again next time.

With --queue the files are tracked by \`track worker --queue\` on any machines that see the same files under the same names;
addresses they fetch themselves. Ctrl-C leaves them at work; the same command takes the batch up again, or takes it back with
--cancel. Whoever can write to that Redis decides which files the workers read and write, and sees passwords of addresses.

Examples:
  $ track batch recordings --out results
  $ track batch 'recordings/**/*.mp4' --out results --jobs 2 --format json,txt
  $ track batch https://nas.local/gate.mp4 https://nas.local/yard.mp4 --out results
  $ track batch night.txt --out results --tracker sort --classes person --explain

Exit codes: 0 all are done, 1 failed as a whole, 2 wrong usage, 3 done, but a part of an input was damaged, 4 some files
failed (the others are done), 130 Ctrl-C`;

/** Adds the command. What it does is loaded when it is asked for. */
export function addBatchCommand(
  program: Command,
  { stdout, stderr, env }: Streams,
  setExitCode: (code: number) => void,
): void {
  const command = program
    .command("batch [input...]")
    .description("tracks many files, some at a time, into one folder; goes on where it stopped")
    .usage("<folder|pattern|list|file...> --out <folder> [options]")
    .addHelpText("after", HELP);
  const replaced = ["out", "saveDetections", "explain", "counts", "render", "report", "resume"];
  for (const option of [
    new Option("-o, --out <folder>", "takes the results and batch.json").helpGroup("Output:"),
    new Option("--format <names>", "json, jsonl, txt, csv; several with commas (json)").helpGroup("Output:"),
    new Option("--save-detections", "keep the detections beside the tracks").helpGroup("Output:"),
    new Option("--counts", "counts per minute beside the tracks (.counts.csv), with --zones").helpGroup(
      "Output:",
    ),
    new Option("--explain", 'log what the tracker decides beside the tracks, for "track explain"').helpGroup(
      "Output:",
    ),
    new Option("--jobs <n>", "files at a time (as many as there are cores and memory for)")
      .argParser(toNumber)
      .helpGroup("Output:"),
    stallOption().helpGroup("Output:"),
    new Option(
      "--queue <address>",
      "leave the work to the workers of a queue: redis://host[:port][/db]",
    ).helpGroup("Output:"),
    new Option(
      "--cancel",
      "with --queue: take back what is not done, of the inputs named or of the whole --out",
    ).helpGroup("Output:"),
    new Option("--resume", "go on where an earlier batch stopped (always, unless --no-resume)").helpGroup(
      "Output:",
    ),
    new Option("--no-resume", "do everything anew").helpGroup("Output:"),
    ...trackOptions().filter((option) => !replaced.includes(option.attributeName())),
  ])
    command.addOption(option);
  command.action(async (inputs: string[], options: Record<string, unknown>) => {
    const { completeSettings, readConfig } = await import("./settings.js");
    const { config, format = "json", saveDetections = false, counts = false, ...others } = options;
    const { jobs, stallLimit, queue, cancel = false, ...given } = others;
    const file = config === undefined ? undefined : await readConfig(String(config));
    const settings = completeSettings(given, file);
    checkCount("jobs", jobs);
    const address = queue === undefined ? undefined : addressOf(queue);
    const local = Object.entries({ jobs, "stall-limit": stallLimit, ffmpeg: settings.ffmpeg }).find(
      ([, value]) => value !== undefined,
    );
    if (address && local)
      throw new UsageError(`Option --${local[0]}: not with --queue; give it to \`track worker\` instead`);
    if (cancel && !address)
      throw new UsageError("Option --cancel: expected --queue, whose files are taken back");
    if (inputs.length === 0 && !cancel)
      throw new UsageError("Nothing to track: name a folder, as in `track batch recordings --out results`");
    const { runBatch } = await import("./batch.js");
    const { batchLines, batchTable } = await import("./batch-reporter.js");
    const isTerminal = stderr.isTTY && settings.log === "text";
    const lines = batchLines(settings.quiet ? nowhere : stderr, settings.log === "json");
    const { batchTerminal } = await import("./batch-terminal.js");
    const { widthOf } = await import("./table.js");
    const colour = !env.NO_COLOR && env.TERM !== "dumb";
    const reporter = isTerminal && !settings.quiet ? batchTerminal(stderr, colour) : lines;
    const withTable: typeof reporter = {
      ...reporter,
      finish(entries) {
        reporter.finish(entries);
        if (!settings.quiet && settings.log === "text") stdout.write(batchTable(entries, widthOf(stdout)));
      },
    };
    if (cancel && address) {
      const { folderOf } = await import("./batch-plan.js");
      const { cancelBatch } = await import("./queue-cancel.js");
      setExitCode(await cancelBatch(folderOf(settings), inputs, address, reporter));
      return;
    }
    const batch = {
      jobs: jobs as number | undefined,
      stallLimit: stallLimitOf(stallLimit),
      queue: address,
      format: String(format)
        .split(",")
        .map((name) => name.trim()),
      saveDetections: saveDetections === true,
      counts: counts === true,
    };
    setExitCode(await runBatch(inputs, settings, batch, { env, reporter: withTable }));
  });
}

const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
