/** Watches what a process opens while it reads: files outside a folder, and connections. */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import { resolve, sep } from "node:path";

type Any = (...args: unknown[]) => unknown;

/** Calls that open a file, by where they are. */
const CALLS: readonly (readonly [holder: object, names: readonly string[]])[] = [
  [fs, ["open", "openSync", "readFile", "readFileSync", "createReadStream"]],
  [fs.promises, ["open", "readFile"]],
];

export interface Guard {
  /** What was opened that should not have been, since the last call. */
  taken(): string[];
  /** Leaves the process as it was. */
  remove(): void;
}

/** Files may be opened below `folders`, and nothing else may be opened at all. */
export function guard(folders: readonly string[]): Guard {
  const found: string[] = [];
  const allowed = folders.map((folder) => resolve(folder));
  const undo: (() => void)[] = [];
  const watch = (holder: object, name: string, look: (args: unknown[]) => void) => {
    const methods = holder as Record<string, Any>;
    const original = methods[name]!;
    methods[name] = function (this: unknown, ...args: unknown[]) {
      look(args);
      return original.apply(this, args);
    };
    undo.push(() => {
      methods[name] = original;
    });
  };
  const lookAtPath = ([path]: unknown[]) => {
    // Handles and descriptors were opened before.
    if (!(typeof path === "string" || path instanceof URL || path instanceof Uint8Array)) return;
    const full = resolve(path instanceof URL ? path.pathname : path.toString());
    if (!allowed.some((folder) => full === folder || full.startsWith(folder + sep)))
      found.push(`opened ${full}`);
  };
  for (const [holder, names] of CALLS) for (const name of names) watch(holder, name, lookAtPath);
  watch(net.Socket.prototype, "connect", () => found.push("opened a connection"));
  syncBuiltinESMExports();
  return {
    taken: () => found.splice(0),
    remove() {
      for (const one of undo) one();
      syncBuiltinESMExports();
    },
  };
}
