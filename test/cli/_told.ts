/** Runs the built command inside this process: starting one takes longer than most of what commands do. */
import type { run as Run } from "../../src/cli/program.js";
import type { Result } from "./_cli.js";

// Its types are those of the source: there may be no build where only types are checked.
const built = new URL("../../dist/cli/program.js", import.meta.url).href;
const { run } = (await import(built)) as { readonly run: typeof Run };

/** A stream that keeps what is written to it. */
function kept(): { stream: NodeJS.WriteStream; text: () => string } {
  let text = "";
  const write = (part: string): boolean => {
    text += part;
    return true;
  };
  return { stream: { write, isTTY: false } as unknown as NodeJS.WriteStream, text: () => text };
}

/** What `track ...args` says; paths are from this process's folder. */
export async function told(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Result> {
  const [stdout, stderr] = [kept(), kept()];
  const code = await run(args, { stdout: stdout.stream, stderr: stderr.stream, env });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

/** The same with paths from another folder. One at a time: a process has one folder. */
export async function toldIn(folder: string, args: readonly string[]): Promise<Result> {
  const before = process.cwd();
  process.chdir(folder);
  try {
    return await told(args, process.env);
  } finally {
    process.chdir(before);
  }
}
