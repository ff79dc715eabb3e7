/** Runs every sample as a user would, against the built package; a sample that exits with an error fails the check. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const folder = resolve("samples");
const scratch = mkdtempSync(join(tmpdir(), "throughline-samples-"));
let failed = 0;
try {
  for (const name of readdirSync(folder).filter((n) => n.endsWith(".ts"))) {
    const run = spawnSync(process.execPath, ["--import", "tsx", join(folder, name)], {
      env: { ...process.env, OUT: scratch },
      encoding: "utf8",
      timeout: 120_000,
    });
    const ok = run.status === 0 && run.stdout.trim() !== "";
    if (!ok) failed++;
    console.log(
      `${ok ? "ok  " : "FAIL"} samples/${name}: ${(ok ? run.stdout : run.stderr).trim().split("\n").at(-1)}`,
    );
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.exitCode = failed > 0 ? 1 : 0;
