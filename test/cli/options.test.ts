import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../src/cli/program.js";

let folder: string;
const inFolder = (name: string) => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "throughline-options-"));
  writeFileSync(inFolder("bad.json"), "{");
  writeFileSync(inFolder("list.json"), "[]");
  writeFileSync(inFolder("unknown.json"), '{"colour":"red"}');
  writeFileSync(inFolder("wrong.json"), '{"every":-1}');
  writeFileSync(inFolder("det.txt"), "1,-1,0,0,5,5,1\n");
  writeFileSync(
    inFolder("seqinfo.ini"),
    "[Sequence]\nname=S\nimDir=img1\nframeRate=30\nseqLength=5\nimWidth=64\nimHeight=48\nimExt=.jpg\n",
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The command in this process: what it said, and its exit code. */
async function command(...args: readonly string[]) {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const code = await run(args, { ...streams, env: process.env } as never);
  const text = (stream: PassThrough) => String(stream.read() ?? "");
  return { code, stdout: text(streams.stdout), stderr: text(streams.stderr) };
}

describe("an option that cannot be", () => {
  it.each([
    [["--every", "0"], "Option --every: expected a whole number from 1, got 0"],
    [["--every", "two"], 'Option --every: expected a whole number from 1, got "two"'],
    [["--start", "soon"], 'Option --start: expected seconds or [hours:]minutes:seconds, got "soon"'],
    [["--start", "5", "--end", "3"], 'Option "end" must be'],
    [["--min-score", "NaN"], 'Option --min-score: expected a number, got "NaN"'],
    [["--log", "xml"], 'Option --log: expected "text" or "json", got "xml"'],
    [["--tracker", "magic"], 'Cannot find the tracker "magic": expected one of throughline, '],
    [["--tracker", "toString"], 'Cannot find the tracker "toString"'],
    [["--tracker-option", "maxAge"], 'Option --tracker-option: expected name=value, got "maxAge"'],
    [["--tracker-option", "maxAge=old"], '"old" for "maxAge"'],
    [["--tracker-option", "wings=2"], 'no option "wings"'],
    [["--classes", "object,unicorn"], 'no class "unicorn"; expected all, or some of object'],
    [["--save-detections", "d.json"], 'd.json": expected a name that ends in .txt'],
    [["--config", "none.json"], 'none.json": no such file'],
    [["--config", "bad.json"], 'bad.json": not JSON'],
    [["--config", "list.json"], 'list.json": expected a JSON object'],
    [
      ["--config", "unknown.json"],
      'unknown.json": there is no setting "colour"; expected one of out, detector,',
    ],
    [["--config", "wrong.json"], 'wrong.json": expected a whole number from 1, got -1'],
    [["--nonsense"], "unknown option '--nonsense'"],
    [["--out"], "argument missing"],
    [["--out", "a.json", "--out", "a.json"], 'a.json" twice in one run'],
    [[""], "without a name"],
  ])("%j is refused in one line", async (args, message) => {
    const own = args.includes("--tracker") ? [] : ["--tracker", "sort"];
    const paths = args.map((arg) => (/\.json$/.test(arg) ? inFolder(arg) : arg));
    const given = ["--detections", inFolder("det.txt"), ...own, "--out", inFolder("never.json"), ...paths];
    const { code, stdout, stderr } = await command(folder, ...given);
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
    expect(stderr).toContain(message);
    expect([code, stdout]).toEqual([2, ""]);
    expect(readdirSync(folder)).not.toContain("never.json");
  });

  it("comes with its stack under --verbose", async () => {
    const { stderr } = await command("nowhere.mp4", "--verbose");
    expect(stderr).toMatch(/^error: Cannot read "nowhere\.mp4".*\nInputError: .*\n {4}at /);
  });
});

describe("the command line", () => {
  it("has help, a version, and a hint where it is empty", async () => {
    const help = await command("--help");
    expect([help.code, help.stderr]).toEqual([0, ""]);
    expect(help.stdout).toMatch(
      /^Usage: track <input\.\.\.>[\s\S]*--save-detections[\s\S]*Examples:[\s\S]*Exit codes:/,
    );
    expect((await command("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const empty = await command();
    expect(empty.code).toBe(2);
    expect(empty.stderr).toMatch(/^error: Nothing to track[^\n]*--help`\n$/);
  });

  it("says an error in JSON with --log json, wherever it is on the line", async () => {
    const { stderr } = await command("--log", "json", "--nonsense");
    expect(JSON.parse(stderr)).toEqual({ event: "error", message: "unknown option '--nonsense'" });
  });
});
