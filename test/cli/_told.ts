/** Runs the command inside this process: many small cases cost no process each. */
import { run } from "../../src/cli/program.js";
import type { Result } from "./_cli.js";

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
