// Preloaded into a process: it kills itself at the step of writing that CRASH_AT says, half way where that can be.
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

const at = Number(process.env.CRASH_AT);
let steps = 0;
const die = () => process.kill(process.pid, "SIGKILL");
const isNow = () => steps++ === at;

const handle = await fs.open(new URL(import.meta.url), "r");
const prototype = Object.getPrototypeOf(handle);
await handle.close();
const { writeFile, sync } = prototype;
prototype.writeFile = async function (data) {
  if (!isNow()) return writeFile.call(this, data);
  const bytes = Buffer.from(data);
  await writeFile.call(this, bytes.subarray(0, bytes.length >> 1));
  die();
};
prototype.sync = async function () {
  if (isNow()) die();
  return sync.call(this);
};
const { rename } = fs;
fs.rename = async (from, to) => {
  if (isNow()) die();
  await rename(from, to);
  if (isNow()) die();
};
syncBuiltinESMExports();
