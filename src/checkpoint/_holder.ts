/** Who holds a lock: which process, on which machine, and whether it still runs. */
import { randomBytes } from "node:crypto";
import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import { z } from "zod";

const holderSchema = z.object({
  pid: z.int().positive(),
  host: z.string(),
  /** Where its number counts: two containers may share a name of host. */
  space: z.string().optional(),
  /** When the process was started, where the system tells: a number of a process is used again. */
  started: z.string().optional(),
  /** Tells two holders in one process apart. */
  token: z.string(),
  /** The job of a queue that it was taken for. */
  lease: z.string().optional(),
});
export type Holder = z.output<typeof holderSchema>;

export async function thisProcess(lease: string | undefined): Promise<Holder> {
  return {
    pid: process.pid,
    host: hostname(),
    space: await readlink("/proc/self/ns/pid").catch(() => undefined),
    started: await startOf(process.pid),
    token: randomBytes(8).toString("hex"),
    lease,
  };
}

/** @returns undefined where the text is torn */
export function parseHolder(text: string): Holder | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Whether the number of the other one's process means something here. */
export const isOnSameMachine = (me: Holder, other: Holder): boolean =>
  me.host === other.host && (other.space === undefined || me.space === other.space);

/** Whether a process of this machine still runs; undefined where that cannot be told. */
export async function isRunning({ pid, started }: Holder): Promise<boolean | undefined> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH" ? false : undefined;
  }
  const now = await startOf(pid);
  return now === undefined || started === undefined ? undefined : now === started;
}

/** When a process was started, as Linux tells it: clock ticks since the machine's own start. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const [text, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, "utf8"),
      readFile("/proc/sys/kernel/random/boot_id", "utf8"),
    ]);
    // The name of the command, in parentheses, may hold anything.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return `${boot.trim()} ${fields[19]}`;
  } catch {
    return undefined;
  }
}
