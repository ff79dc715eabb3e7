/**
 * One run at a time on one output or folder: a file that names its holder, with signs of life, so that a holder that
 * was killed, here or on another machine, does not keep others out.
 */
import { randomBytes } from "node:crypto";
import { open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";

/** Milliseconds between two signs of life, and after how long without one a holder counts as dead. */
const BEAT = 5000;
const DEAD = 60_000;
/** Milliseconds within which whoever made the file also writes it, if at all. */
const UNWRITTEN = 2000;

const holderSchema = z.object({
  pid: z.int().positive(),
  host: z.string(),
  /** When the process was started, where the system tells: a number of a process is used again. */
  started: z.string().optional(),
  /** Tells two holders in one process apart. */
  token: z.string(),
});
type Holder = z.output<typeof holderSchema>;

/** A lock that is held. */
export interface Lock {
  /** Lets others in. Harmless when called twice. */
  release(): Promise<void>;
}

/** Who holds a lock that was asked for. */
export interface Held {
  readonly pid: number;
  readonly host: string;
}

/**
 * Takes a lock, or says who holds it. What a dead holder left is taken over.
 *
 * @throws {Error} of the file system
 */
export async function takeLock(path: string): Promise<Lock | Held> {
  const me: Holder = {
    pid: process.pid,
    host: hostname(),
    started: await startOf(process.pid),
    token: randomBytes(8).toString("hex"),
  };
  for (;;) {
    if (await create(path, JSON.stringify(me))) return hold(path, me);
    const other = await look(path);
    if (other === undefined) continue; // it was released meanwhile
    if (!other.holder && other.age < UNWRITTEN) {
      await wait(100);
      continue;
    }
    if (!(await isDead(other))) return { pid: other.holder?.pid ?? 0, host: other.holder?.host ?? "?" };
    // Renamed rather than removed: of several that find it dead, one gets it, and a lock that was taken anew
    // meanwhile is put back.
    const aside = `${path}.${me.token}`;
    if (!(await moved(path, aside))) continue;
    const taken = await look(aside);
    if (taken?.text !== other.text) await moved(aside, path);
    else await rm(aside, { force: true });
  }
}

interface Seen {
  readonly text: string;
  /** undefined where the file was torn. */
  readonly holder: Holder | undefined;
  readonly age: number;
}

async function create(path: string, text: string): Promise<boolean> {
  const file = await open(path, "wx").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EEXIST") return undefined;
    throw error;
  });
  if (!file) return false;
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
  return true;
}

async function look(path: string): Promise<Seen | undefined> {
  try {
    const [text, { mtimeMs }] = [await readFile(path, "utf8"), await stat(path)];
    const parsed = holderSchema.safeParse(parse(text));
    return { text, holder: parsed.data, age: Date.now() - mtimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function isDead({ holder, age }: Seen): Promise<boolean> {
  if (!holder) return true;
  if (holder.host !== hostname()) return age > DEAD;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH" || age > DEAD;
  }
  const started = await startOf(holder.pid);
  if (started !== undefined && holder.started !== undefined) return started !== holder.started;
  return age > DEAD;
}

async function moved(from: string, to: string): Promise<boolean> {
  return rename(from, to).then(
    () => true,
    () => false,
  );
}

function hold(path: string, me: Holder): Lock {
  const beat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {}); // gone with its folder: nobody is kept out then
  }, BEAT);
  beat.unref();
  let held = true;
  return {
    async release() {
      if (!held) return;
      held = false;
      clearInterval(beat);
      // Not one that somebody else has taken over.
      const now = await look(path).catch(() => undefined);
      if (now?.holder?.token === me.token) await rm(path, { force: true }).catch(() => {});
    },
  };
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

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
