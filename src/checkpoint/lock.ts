/**
 * One run at a time on one output or folder: a file that names its holder, with signs of life, so that a holder that
 * was killed, here or on another machine, does not keep others out.
 */
import { open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { type Holder, isOnSameMachine, isRunning, parseHolder, thisProcess } from "./_holder.js";

/** Milliseconds between two signs of life, and after how long without one a holder counts as dead. */
const BEAT = 5000;
const DEAD = 60_000;
/** After how many milliseconds without a sign of life a holder of an earlier lease is taken to be gone, and between looks. */
const SILENT = 4 * BEAT;
const LOOK = 250;
/** Milliseconds within which whoever made the file also writes it, if at all. */
const UNWRITTEN = 2000;

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

export interface LockOptions {
  /**
   * The job of a queue that the lock is taken for. The queue gives a job to one worker at a time, so whoever holds the
   * lock for the same job has lost it: the lock is taken over as soon as that one is seen to be gone, by its process
   * number here, by its silence elsewhere, whatever the clocks of other machines say.
   */
  readonly lease?: string;
  /** Ends the waiting for it. */
  readonly signal?: AbortSignal;
}

/**
 * Takes a lock, or says who holds it. What a dead holder left is taken over.
 *
 * @throws {Error} of the file system; the signal's reason
 */
export async function takeLock(path: string, { lease, signal }: LockOptions = {}): Promise<Lock | Held> {
  const me = await thisProcess(lease);
  for (;;) {
    if (await create(path, JSON.stringify(me))) return hold(path, me);
    const other = await look(path);
    if (other === undefined) continue; // it was released meanwhile
    if (!other.holder && other.age < UNWRITTEN) {
      await wait(100);
      continue;
    }
    const isMine = lease !== undefined && other.holder?.lease === lease;
    if (isMine && !(await isGone(path, me, other, signal))) continue; // it was released or taken over meanwhile
    if (!isMine && !(await isDead(me, other)))
      return { pid: other.holder?.pid ?? 0, host: other.holder?.host ?? "?" };
    // Renamed rather than removed: of several that find it dead, one gets it, and a lock that was taken anew
    // meanwhile is put back.
    const aside = `${path}.${me.token}`;
    if (!(await moved(path, aside))) continue;
    const taken = await look(aside);
    if (taken?.text !== other.text) await moved(aside, path);
    else await rm(aside, { force: true });
  }
}

/** Who holds a lock now, without asking for it; undefined where nobody does. @throws {Error} of the file system */
export async function holderOf(path: string): Promise<Held | undefined> {
  const found = await look(path);
  if (!found || (await isDead(await thisProcess(undefined), found))) return undefined;
  return { pid: found.holder!.pid, host: found.holder!.host };
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
  } catch (error) {
    // On a full disk it would stay, without a holder.
    await rm(path, { force: true }).catch(() => {});
    throw error;
  } finally {
    await file.close();
  }
  return true;
}

async function look(path: string): Promise<Seen | undefined> {
  try {
    const [text, { mtimeMs }] = [await readFile(path, "utf8"), await stat(path)];
    return { text, holder: parseHolder(text), age: Date.now() - mtimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Waits until a holder of the same lease is gone, and says whether the lock is still as it left it. */
async function isGone(path: string, me: Holder, first: Seen, signal?: AbortSignal): Promise<boolean> {
  const isHere = isOnSameMachine(me, first.holder!);
  let { age } = first;
  let since = performance.now();
  for (;;) {
    if (isHere && (await isRunning(first.holder!)) === false) return true;
    // Counted from what is seen here: clocks of machines differ.
    if (performance.now() - since > (isHere ? DEAD : SILENT)) return true;
    await wait(LOOK);
    signal?.throwIfAborted();
    const now = await look(path);
    if (now?.text !== first.text) return false;
    if (now.age < age) since = performance.now();
    age = now.age;
  }
}

async function isDead(me: Holder, { holder, age }: Seen): Promise<boolean> {
  if (!holder) return true;
  const running = isOnSameMachine(me, holder) ? await isRunning(holder) : undefined;
  return running === undefined ? age > DEAD : !running;
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
