#!/usr/bin/env node
import { run } from "./program.js";

// A reader that has gone (`track models list | head -1`) is told to whoever writes, if anybody minds.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});
process.exitCode = await run(process.argv.slice(2), process);
