/**
 * File systems that fail. `crashing` is what `node:fs/promises` becomes: from a chosen step on nothing that a program
 * does reaches the disk any more, as when it is killed, the power goes, or the disk is full.
 */
import type * as Files from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";

export interface Faults {
  /** The step that is the first not to be done, or only half done; counted from 0. */
  at: number;
  kind: "kill" | "power" | "full";
  /** Steps so far. */
  steps: number;
  /** Whether the moment has come. */
  over: boolean;
}

type Fs = typeof Files;

const isWriting = (flags: unknown): boolean =>
  typeof flags === "number" ? (flags & 3) !== 0 : typeof flags === "string" && flags !== "r";

export function crashing(real: Fs, faults: Faults): Fs {
  /** How much of every file is on the disk for good, by where the file is now. */
  const durable = new Map<string, number>();
  const fail = (): never => {
    const full = faults.kind === "full";
    throw Object.assign(new Error(full ? "no space left on device" : "killed"), {
      code: full ? "ENOSPC" : "KILLED",
    });
  };
  /** What only took its place in memory is zeros after a power cut. */
  const cutPower = async (): Promise<void> => {
    for (const [path, length] of durable) {
      const size = await real.stat(path).then(
        (found) => found.size,
        () => 0,
      );
      if (size <= length) continue;
      const handle = await real.open(path, "r+");
      await handle.write(Buffer.alloc(size - length), 0, size - length, length);
      await handle.close();
    }
  };
  const step = async <T>(
    needsSpace: boolean,
    act: () => Promise<T>,
    half?: () => Promise<void>,
  ): Promise<T> => {
    // A full disk does everything but take more.
    if (faults.kind === "full" && !needsSpace) return act();
    if (faults.over) return fail();
    if (faults.steps++ < faults.at) return act();
    faults.over = true;
    await half?.();
    if (faults.kind === "power") await cutPower();
    return fail();
  };
  const wrap = (handle: FileHandle, path: string): FileHandle => {
    let at = path;
    renamed.add((from, to) => {
      if (at === from) at = to;
    });
    const own = {
      writeFile: (data: string | Uint8Array) =>
        step(
          true,
          () => handle.writeFile(data),
          () => handle.writeFile(Buffer.from(data).subarray(0, Buffer.from(data).length >> 1)),
        ),
      sync: () =>
        step(false, async () => {
          durable.set(at, (await handle.stat()).size);
        }),
      truncate: (length: number) => step(false, () => handle.truncate(length)),
    };
    return new Proxy(handle, {
      get: (target, name) => {
        if (Object.hasOwn(own, name)) return own[name as keyof typeof own];
        const value = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  };
  const renamed = new Set<(from: string, to: string) => void>();
  return {
    ...real,
    open: (async (path: string, flags?: string | number, mode?: number) => {
      if (!isWriting(flags)) {
        const handle = await real.open(path, flags, mode);
        // Of a folder, or of what is only read.
        return new Proxy(handle, {
          get: (target, name) => {
            if (name === "sync") return async () => {};
            const value = Reflect.get(target, name, target);
            return typeof value === "function" ? value.bind(target) : value;
          },
        });
      }
      return step(true, async () => {
        const handle = await real.open(path, flags, mode);
        durable.set(path, flags === "wx" ? 0 : (await handle.stat()).size);
        return wrap(handle, path);
      });
    }) as Fs["open"],
    rename: ((from: string, to: string) =>
      step(false, async () => {
        await real.rename(from, to);
        const length = durable.get(from);
        durable.delete(from);
        if (length !== undefined) durable.set(to, length);
        for (const tell of renamed) tell(from, to);
      })) as Fs["rename"],
    rm: ((path: string, options: object) =>
      step(false, async () => {
        await real.rm(path, options);
        durable.delete(path);
      })) as Fs["rm"],
    chmod: ((path: string, mode: number) => step(false, () => real.chmod(path, mode))) as Fs["chmod"],
  };
}
