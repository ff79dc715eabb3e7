/**
 * `track worker`: its options and help.
 */
import { type Command, Option } from "commander";
import { UsageError } from "./errors.js";
import type { Streams } from "./models.js";
import { toNumber } from "./options.js";
import { addressOf, checkCount, stallLimitOf, stallOption } from "./queue-options.js";

const HELP = `
A worker takes files from all batches that are put into the queue with \`track batch --queue\`, until it is told to stop:
Ctrl-C or SIGTERM, after which it leaves what it has begun to the others. Every machine needs the same version of this
program and the same files under the same names, inputs, models and results: a shared folder; inputs may be http(s) addresses
instead. When a worker or its machine dies, another one goes on from its last checkpoint as soon as its lease is over.

Whoever can write to that Redis decides which files the workers read and write, with the rights of their user; no program
is ever taken from there. Keep it behind a password.

Examples:
  $ track batch /mnt/recordings --out /mnt/results --queue redis://10.0.0.5     puts the files in, shows how far they are
  $ track worker --queue redis://10.0.0.5                                       on any machine, as often as wanted

Exit codes: 0 told to stop, 1 failed (no Redis), 2 wrong usage`;

/** Adds the command. What it does is loaded when it is asked for. */
export function addWorkerCommand(
  program: Command,
  { stderr, env }: Streams,
  setExitCode: (code: number) => void,
): void {
  program
    .command("worker")
    .description("tracks what batches have put into a queue, on as many machines as there are")
    .usage("--queue redis://host[:port][/db] [options]")
    .addHelpText("after", HELP)
    .option("--queue <address>", "redis://[user:password@]host[:port][/db], rediss:// for TLS")
    .addOption(
      new Option("--jobs <n>", "files at a time (as many as there are cores and memory for)").argParser(
        toNumber,
      ),
    )
    .addOption(
      new Option(
        "--lease <seconds>",
        "after which the files of a worker that is not heard of go to another one (30)",
      ).argParser(toNumber),
    )
    .addOption(stallOption())
    .option("--ffmpeg <path>", "the ffmpeg to use (FFMPEG_PATH, else the system's, else npm's)")
    .option("-q, --quiet", "say nothing but errors")
    .option("--log <form>", "text or json (one JSON object per line)")
    .addOption(new Option("--verbose", "show the stack of errors"))
    .action(async (options: Record<string, unknown>) => {
      const { queue, jobs, lease = 30, stallLimit, ffmpeg, quiet = false, log = "text" } = options;
      if (queue === undefined)
        throw new UsageError(
          "Option --queue: expected the address of a Redis, as in --queue redis://localhost",
        );
      checkCount("jobs", jobs);
      checkCount("lease", lease);
      if (log !== "text" && log !== "json")
        throw new UsageError(`Option --log: expected "text" or "json", got ${JSON.stringify(log)}`);
      const address = addressOf(queue);
      const { runWorker } = await import("./worker.js");
      const settings = {
        address,
        jobs: jobs as number | undefined,
        lease: lease as number,
        stallLimit: stallLimitOf(stallLimit),
        ffmpeg: ffmpeg as string | undefined,
      };
      const { workerLines } = await import("./worker-lines.js");
      setExitCode(await runWorker(settings, env, workerLines(quiet ? undefined : stderr, log === "json")));
    });
}
