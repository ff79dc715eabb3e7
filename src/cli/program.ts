/**
 * The command line: options and help. What a command does is loaded when it is asked for.
 */
import { Command, CommanderError, Option } from "commander";
import { addApplyCommand } from "./apply-command.js";
import { addBatchCommand } from "./batch-command.js";
import { addCountCommand } from "./count-command.js";
import { exitCodeOf, exitCodes, lineOf, stackOf, UsageError } from "./errors.js";
import { addNetworkCommands } from "./network-commands.js";
import { trackOptions } from "./options.js";
import { addRenderCommand } from "./render-command.js";
import { addReportCommand } from "./report-command.js";
import type { Reporter } from "./reporter.js";
import { addScoreCommands } from "./score-commands.js";
import type { Settings } from "./settings.js";
import { addTuneCommand } from "./tune-command.js";
import { version } from "./version.js";
import { addViewCommand } from "./view-command.js";
import { addWorkerCommand } from "./worker-command.js";

const EXAMPLES = `
Examples:
  $ track street.mp4                                   people and vehicles, into street.tracks.json
  $ track street.mp4 --out tracks.json --out tracks.txt
  $ track street.mp4 --out tracks.json --render annotated.mp4   and draws them into the video
  $ track street.mp4 --out tracks.json --report street.html     and makes a page to look at them
  $ track street.mp4 --classes person --start 1:30 --end 2:00
  $ track street.mp4 --detector ssd-mobilenet-v2-oid --tracker sort --tracker-option maxAge=30
  $ track 'frames/*.jpg' --frame-rate 25 --out tracks.csv
  $ track street.mp4 --zones zones.json --counts counts.csv   who crosses which line; see track count --help
  $ track MOT17-02 MOT17-04 --tracker sort --out results/
  $ track batch recordings --out results               every video of a folder, some at a time
  $ curl https://example.org/street.mp4 | track - --out -  | jq .tracks

Outputs by ending: .json, .jsonl, .csv, and .txt (MOTChallenge, which cannot tell classes apart: people only, unless
--classes chooses); "-" is JSON Lines on the standard output. {name} in a name is the input's. An existing file is
replaced only when its successor is complete. A run that was killed goes on when the same command is given again.
A file called like a command is named with its folder: track ./models

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a part of the input was damaged (the rest was tracked), 130 Ctrl-C`;

const EXPLAIN_EXAMPLE = `
Example:
  $ track street.mp4 --out tracks.json --explain       also writes tracks.json.explain.jsonl
  $ track explain tracks.json 12@340                   identity 12 around frame 340, frames from 0`;

/** Where a command's words go. */
interface Streams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
}

/** Runs a command line (without `node` and the script) and returns the exit code. Never throws. */
export async function run(args: readonly string[], streams: Streams): Promise<number> {
  // Known before the options are: an error in them is told in the same way.
  const verbose = args.includes("--verbose");
  const json = args.some((arg, i) => arg === "--log=json" || (arg === "--log" && args[i + 1] === "json"));
  const tell = (error: unknown): void => {
    const line = lineOf(error);
    streams.stderr.write(
      json ? `${JSON.stringify({ event: "error", message: line })}\n` : `error: ${line}\n`,
    );
    if (verbose) streams.stderr.write(`${stackOf(error)}\n`);
  };
  let exitCode: number = exitCodes.done;
  const program = build(streams, tell, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return exitCodes.done; // --help, --version
      tell(new UsageError(error.message.replace(/^error: /, "")));
      return exitCodes.usage;
    }
    tell(error);
    return exitCodeOf(error);
  }
  return exitCode;
}

function build(
  streams: Streams,
  tell: (error: unknown) => void,
  setExitCode: (code: number) => void,
): Command {
  const { stdout, stderr, env } = streams;
  const program = new Command("track")
    .description("Follows people and vehicles through a video and gives each an identity that lasts.")
    .usage(
      "<input...> [options]\n       track batch | count | render | report | view | apply | eval | diff | tune | explain | inspect | build | networks | models | doctor",
    )
    .argument("[input...]", 'video file, folder or pattern of pictures, MOT sequence folder, or "-" (stdin)')
    .version(version, "-V, --version")
    .helpOption("-h, --help", "show this")
    .addHelpText("after", EXAMPLES)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      // Told by whoever catches it, in one line.
      outputError: () => {},
    });
  for (const option of trackOptions()) program.addOption(option);
  // What follows the name of a command is the command's: `track eval --detections` is not `track --detections`.
  program.enablePositionalOptions();
  program.action(async (inputs: string[], options: Record<string, unknown>) => {
    const { completeSettings, readConfig } = await import("./settings.js");
    const { config, ...given } = options;
    const file = config === undefined ? undefined : await readConfig(String(config));
    const settings = completeSettings(given, file);
    if (inputs.length === 0)
      throw new UsageError("Nothing to track: name a video, as in `track street.mp4`, or see `track --help`");
    const { isWatched, refuseLiveSettings } = await import("./live-plan.js");
    if (isWatched(inputs, settings)) {
      const { runLive } = await import("./live.js");
      setExitCode(await runLive(inputs, settings, streams));
      return;
    }
    refuseLiveSettings(settings);
    const { runTrack } = await import("./track.js");
    const reporter = await openReporter(settings, stderr, env);
    setExitCode(await runTrack(inputs, settings, { env, reporter, onError: tell }));
  });

  const models = program
    .command("models")
    .description("detectors and embedders: what there is, and what is here")
    .action(() => models.help());
  const action =
    (name: "list" | "info" | "verify" | "pull" | "path") => async (names?: string | string[]) => {
      const commands = await import("./models.js");
      setExitCode(await commands[name]([names ?? []].flat(), streams));
    };
  models
    .command("list")
    .description("every model by name")
    .action(() => action("list")([]));
  models.command("info <name>").description("a model's card").action(action("info"));
  models
    .command("verify [name...]")
    .description("compare the files that are here with their checksums")
    .action(action("verify"));
  models
    .command("pull <name...>")
    .description("download models; goes on where it stopped, checks size and SHA-256")
    .action(action("pull"));
  models.command("path <name>").description("where a model's file is").action(action("path"));

  program
    .command("doctor")
    .description("what works here, and the fix for what does not")
    .option("--ffmpeg <path>", "the ffmpeg to look at")
    .action(async (_, command: Command) => {
      const { doctor } = await import("./doctor.js");
      setExitCode(await doctor({ stdout, env, ffmpeg: command.optsWithGlobals().ffmpeg }));
    });

  addCountCommand(program, streams, setExitCode);
  addRenderCommand(program, streams, setExitCode);
  addReportCommand(program, streams, setExitCode);
  addViewCommand(program, streams, setExitCode);
  addApplyCommand(program, streams, setExitCode);
  addScoreCommands(program, streams, setExitCode, tell);
  addTuneCommand(program, streams, setExitCode);
  addNetworkCommands(program, streams, setExitCode);
  // Every command takes the two that say how errors are told; `run` looks at them itself.
  for (const command of [...program.commands, ...models.commands])
    command.addOption(new Option("--verbose").hideHelp()).addOption(new Option("--log <form>").hideHelp());
  // It has them already.
  addBatchCommand(program, streams, setExitCode);
  addWorkerCommand(program, streams, setExitCode);
  // Its --log is a file.
  program
    .command("explain <tracks> <id@frame>")
    .description("why an identity started, ended or changed there, from the log that --explain writes")
    .option("--log <file>", "the decision log (the name of the tracks with .explain.jsonl behind it)")
    .option("--json", "for machines")
    .addOption(new Option("--verbose").hideHelp())
    .addHelpText("after", EXPLAIN_EXAMPLE)
    .action(async (tracks: string, place: string, { log, json }: { log?: string; json?: boolean }) => {
      const { explain } = await import("./explain.js");
      setExitCode(await explain(tracks, place, { stdout, log, json }));
    });
  return program;
}

async function openReporter(
  { quiet, log }: Settings,
  stderr: NodeJS.WriteStream,
  env: NodeJS.ProcessEnv,
): Promise<Reporter> {
  const nothing = () => {};
  if (quiet) return { status: nothing, note: nothing, warn: nothing, summary: nothing, close: nothing };
  if (log === "json" || !stderr.isTTY) {
    const { reportLines } = await import("./report-lines.js");
    return reportLines(stderr, log === "json");
  }
  const { reportTerminal } = await import("./report-terminal.js");
  return reportTerminal(stderr, !env.NO_COLOR && env.TERM !== "dumb");
}
