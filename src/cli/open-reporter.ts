/** Where commands that work on a single file tell how far they are. */
import type { Reporter } from "./reporter.js";

/** A line that moves on terminals, lines elsewhere, nothing where it is to be quiet. */
export async function openReporter(
  quiet: boolean,
  stderr: NodeJS.WriteStream,
  env: NodeJS.ProcessEnv,
): Promise<Reporter> {
  const nothing = () => {};
  if (quiet) return { status: nothing, note: nothing, warn: nothing, summary: nothing, close: nothing };
  if (!stderr.isTTY) return (await import("./report-lines.js")).reportLines(stderr, false);
  const { reportTerminal } = await import("./report-terminal.js");
  return reportTerminal(stderr, !env.NO_COLOR && env.TERM !== "dumb");
}
