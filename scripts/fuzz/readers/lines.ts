/** Command lines: whatever is typed, there is one line on what is wrong, and an exit code. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { run } from "../../../src/cli/program.js";
import { below, oneOf, type Random } from "../_mutate.js";
import type { Reader } from "../_reader.js";

const commands = [
  "",
  "",
  "",
  "eval",
  "diff",
  "explain",
  "inspect",
  "models",
  "count",
  "networks",
  "batch",
  "refine",
];
const options = [
  "--out",
  "-o",
  "--detector",
  "--contract",
  "--reid",
  "--no-reid",
  "--tracker",
  "--tracker-option",
  "--classes",
]
  .concat([
    "--min-score",
    "--detections",
    "--save-detections",
    "--explain",
    "--start",
    "--end",
    "--every",
    "--threads",
  ])
  .concat([
    "--frame-rate",
    "--max-pixels",
    "--strict",
    "--quiet",
    "--log",
    "--verbose",
    "--config",
    "--device",
    "--zones",
  ])
  .concat([
    "--gt",
    "--results",
    "--benchmark",
    "--json",
    "--csv",
    "--depth",
    "--input",
    "--jobs",
    "--format",
    "--resume",
  ])
  .concat(["--no-resume", "--checkpoint", "--help", "-h", "-V", "--version", "--", "-x", "--outt", "-"]);
const values = [
  "sequence",
  "missing.mp4",
  "truth.txt",
  "tracks.json",
  "det.txt",
  "out.json",
  "out.txt",
  "out/",
  "1@2",
  "x@-1",
  "1@1e9",
]
  .concat([
    "sort",
    "deepsort",
    "throughline",
    "maxAge=3",
    "maxAge=NaN",
    "__proto__=1",
    "=",
    "a=b=c",
    "person",
    "all",
    "",
    " ",
  ])
  .concat([
    "0",
    "-1",
    "1e999",
    "NaN",
    "1:30",
    "9:99:99",
    "0x10",
    "text",
    "json",
    "list",
    "info",
    "path",
    "cpu",
    "cuda",
    "abacus",
  ])
  .concat([
    "\n",
    "\u001b[31m",
    "é",
    "x".repeat(5000),
    "{name}",
    "http://127.0.0.1:9/x",
    "concat:a|b",
    "-",
    "lenet5",
    "[",
    "**",
  ]);

/** A line of words; NUL stands between them, as it cannot be in one. */
function line(_: Uint8Array, next: Random): Uint8Array {
  const words = [oneOf(next, commands)].filter((word) => word !== "");
  for (let k = below(next, 7); k > 0; k--) words.push(oneOf(next, next() < 0.5 ? options : values));
  return Buffer.from(words.join("\0"));
}

/** A batch starts processes, and a model of one's own may take long: that is looked at elsewhere. */
const isCheap = (words: readonly string[]): boolean =>
  !(words.includes("batch") && words.includes("sequence")) &&
  !words.includes("verify") &&
  !words.includes("-");

function stream(): { readonly out: NodeJS.WriteStream; readonly text: () => string } {
  let text = "";
  const out = new Writable({
    write(chunk, _, done) {
      if (text.length < 1e6) text += String(chunk);
      done();
    },
  });
  return { out: out as NodeJS.WriteStream, text: () => text };
}

export const lines: readonly Reader[] = [
  {
    name: "command line",
    seeds: [["sequence", "--tracker", "sort", "--out", "out.txt"], ["--help"], ["models", "list"]].map(
      (words) => Buffer.from(words.join("\0")),
    ),
    damage: line,
    cost: 4,
    async read(input, _, folder) {
      prepare(folder);
      const words = input.length === 0 ? [] : input.toString().split("\0");
      if (!isCheap(words)) return 0;
      const [stdout, stderr] = [stream(), stream()];
      const here = process.cwd();
      process.chdir(folder);
      try {
        const env = { PATH: process.env.PATH, XDG_CACHE_HOME: folder };
        const code = await run(words, { stdout: stdout.out, stderr: stderr.out, env });
        const told = stderr.text();
        if (/Internal error|\n {4}at /.test(told) && !words.includes("--verbose"))
          throw new Error(told.slice(0, 500));
        if (/Internal error/.test(told)) throw new Error(told.slice(0, 500));
        if (![0, 1, 2, 3, 4].includes(code)) throw new Error(`the exit code ${code}`);
        const said = /(^|\n)(error: |\{"event":"error")[^\n]+\n/.test(told);
        if ((code === 1 || code === 2) && !said)
          throw new Error(`the exit code ${code} and ${JSON.stringify(told)}`);
      } finally {
        process.chdir(here);
      }
      return 1;
    },
  },
];

/** What the lines name: a sequence without pictures, scores' two sides, tracks. */
function prepare(folder: string): void {
  if (existsSync(join(folder, "sequence"))) return;
  const rows = "1,1,10,20,30,40,1,1,1\n2,1,11,20,30,40,1,1,1\n3,1,12,20,30,40,1,1,1\n";
  mkdirSync(join(folder, "sequence", "det"), { recursive: true });
  writeFileSync(join(folder, "sequence", "det", "det.txt"), rows);
  writeFileSync(
    join(folder, "sequence", "seqinfo.ini"),
    "[Sequence]\nframeRate=25\nseqLength=3\nimWidth=64\nimHeight=64\n",
  );
  writeFileSync(join(folder, "truth.txt"), rows);
  writeFileSync(join(folder, "det.txt"), rows);
  writeFileSync(join(folder, "tracks.json"), "{}");
}
