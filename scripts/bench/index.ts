/**
 * The figures of the README, one benchmark after the other, each in a process of its own:
 *
 *   npm run bench                      # all of them, some minutes; nothing else should run meanwhile
 *   npm run bench -- end-to-end        # one
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

const folder = import.meta.dirname;
const all = readdirSync(folder)
  .filter((name) => /^[a-z].*\.ts$/.test(name) && name !== "index.ts")
  .map((name) => name.slice(0, -3));
const asked = process.argv.slice(2);
for (const name of asked)
  if (!all.includes(name)) throw new RangeError(`No benchmark "${name}": expected one of ${all.join(", ")}`);

for (const name of asked.length > 0 ? asked : all) {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(
    process.execPath,
    ["--expose-gc", "--import", "tsx", join(folder, `${name}.ts`)],
    {
      stdio: "inherit",
    },
  );
  if (status !== 0) process.exitCode = 1;
}
