/**
 * Tracks files that nobody could complete, because whoever wrote them was killed.
 */
import { createReadStream } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { extname } from "node:path";
import { formats } from "../format/files.js";
import { IdSet } from "../math/id-set.js";

/** A line about a frame, as the formats write it, and what it says of identities. */
const FRAME = /^\{(?:"type":"frame",)?"frame":\d+/;
const IDENTITY = /"id":(\d+)/g;
/** Of a table, which has nothing at its end. */
const ROW = /^\d+,/;

/**
 * Cuts off a last line that is not whole, writes what stands at the end of such a file, and gives it its name.
 *
 * @returns false where there is nothing, or not a single frame; nothing is left of it then
 */
export async function salvage(temporary: string, path: string): Promise<boolean> {
  const format = formats.find(({ extension }) => extension === extname(path).toLowerCase());
  if (!format || !(await stat(temporary).catch(() => undefined))) return false;
  const identities = new IdSet();
  let frames = 0;
  let rows = 0;
  let end = 0;
  let rest = "";
  for await (const chunk of createReadStream(temporary, { encoding: "latin1" })) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      end += line.length + 1;
      if (ROW.test(line)) rows++;
      if (!FRAME.test(line)) continue;
      frames++;
      for (const [, id] of line.matchAll(IDENTITY)) identities.add(Number(id));
    }
  }
  if (frames + rows === 0) {
    await rm(temporary, { force: true });
    return false;
  }
  const file = await open(temporary, "r+");
  try {
    // What stands between two frames stands behind the last one too.
    const { separator = "" } = format;
    const { buffer } = await file.read(
      Buffer.alloc(separator.length),
      0,
      separator.length,
      end - separator.length,
    );
    const isOpen = separator !== "" && buffer.toString("latin1") === separator;
    const at = isOpen ? end - separator.length : end;
    await file.truncate(at);
    const integrity = { complete: false, frames, damage: [], interrupted: true } as const;
    await file.write(format.end?.({ identities: identities.size, integrity }) ?? "", at);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  return true;
}
