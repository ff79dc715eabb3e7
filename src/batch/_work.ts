/**
 * How much work a process has done, its children included: what is busy without a word, such as a decoder on its way to a
 * late start, is not stuck.
 */
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** One process: seconds of all cores that it and those of its children that have ended took. */
interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly seconds: number;
}

/** Clock ticks of a second in /proc, the same on every machine of today (`sysconf(_SC_CLK_TCK)`). */
const TICKS = 100;

/**
 * Seconds of all cores that a process and its descendants took so far; undefined where the system does not tell, as
 * Windows.
 */
export async function workOf(pid: number): Promise<number | undefined> {
  const all = await (process.platform === "linux" ? processesOfLinux() : processesOfPs()).catch(() => []);
  if (!all.some((one) => one.pid === pid)) return undefined;
  const family = new Set([pid]);
  // A child may be listed before its parent.
  for (let size = 0; size < family.size; ) {
    size = family.size;
    for (const one of all) if (family.has(one.parent)) family.add(one.pid);
  }
  return all.reduce((sum, one) => sum + (family.has(one.pid) ? one.seconds : 0), 0);
}

async function processesOfLinux(): Promise<Process[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const texts = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined)),
  );
  return texts.flatMap((text, i) => {
    if (text === undefined) return [];
    // The name of the command, in parentheses, may hold anything.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { pid: Number(pids[i]), parent: Number(fields[1]), seconds: ticks / TICKS };
  });
}

/** "[[days-]hours:]minutes:seconds" */
async function processesOfPs(): Promise<Process[]> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid=,time="]);
  return stdout.split("\n").flatMap((line) => {
    const [pid, parent, time] = line.trim().split(/\s+/);
    if (time === undefined) return [];
    const seconds = time.split(/[-:]/).reduce((sum, part, i, { length }) => {
      const unit = length === 4 && i === 1 ? 24 : 60;
      return sum * unit + Number(part);
    }, 0);
    return { pid: Number(pid), parent: Number(parent), seconds };
  });
}
