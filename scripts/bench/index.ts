/**
 * The figures of the README, one benchmark after the other, each in a process of its own:
 *
 *   npm run bench                      # all of them, some minutes; nothing else should run meanwhile
 *   npm run bench -- end-to-end        # one
 *   npm run bench -- endurance --minutes 60   # with options of its own
 *   npm run bench -- endurance --help  # what it measures
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folder = import.meta.dirname;
const all = readdirSync(folder)
  .filter((name) => /^[a-z-]+\.ts$/.test(name) && name !== "index.ts")
  .map((name) => name.slice(0, -3));
const given = process.argv.slice(2);
const firstOption = given.findIndex((argument) => argument.startsWith("-"));
const asked = given.slice(0, firstOption === -1 ? undefined : firstOption);
const options = given.slice(asked.length);
for (const name of asked)
  if (!all.includes(name)) throw new RangeError(`No benchmark "${name}": expected one of ${all.join(", ")}`);

if (options.includes("--help")) {
  // What a benchmark does, and what it takes, stands at the head of its file.
  for (const name of asked.length > 0 ? asked : ["index"]) {
    const [head] = readFileSync(join(folder, `${name}.ts`), "utf8").split("*/", 1);
    console.log(head!.replaceAll(/^\/?\s?\*+ ?/gm, "").trim());
  }
  if (asked.length === 0) console.log(`\nBenchmarks: ${all.join(", ")}`);
  process.exit();
}

if (options.length > 0 && asked.length !== 1)
  throw new RangeError(`Options belong to one benchmark: npm run bench -- NAME ${options.join(" ")}`);

for (const name of asked.length > 0 ? asked : all) {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(
    process.execPath,
    ["--expose-gc", "--import", "tsx", join(folder, `${name}.ts`), ...options],
    { stdio: "inherit" },
  );
  if (status !== 0) process.exitCode = 1;
}
