import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OutputError } from "../../src/errors.js";
import { checkTrackFiles, formats, openTrackFiles } from "../../src/format/files.js";
import { json } from "../../src/format/json.js";
import { jsonl } from "../../src/format/jsonl.js";
import { footer, header, randomFrames, write } from "../contract/format.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "throughline-files-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const frames = randomFrames(1, 50);
const inFolder = (...names: string[]) => names.map((name) => join(folder, name));

async function run(paths: readonly string[], options = {}): Promise<void> {
  const files = await openTrackFiles(paths, header, options);
  try {
    for (const frame of frames) await files.write(frame);
    await files.finish(footer);
  } finally {
    await files.discard();
  }
}

describe("openTrackFiles", () => {
  it("writes several files at once, each in the format of its ending", async () => {
    const paths = inFolder("a.json", "b.jsonl", "c.TXT", "d.tracks.csv");
    await run(paths);
    paths.forEach((path, i) => {
      expect(readFileSync(path, "utf8")).toBe(write(formats[i]!, { header, frames, footer }));
    });
    expect(readdirSync(folder).sort()).toEqual(["a.json", "b.jsonl", "c.TXT", "d.tracks.csv"]);
  });

  it("keeps the old file until the new one is complete", async () => {
    const [path] = inFolder("a.json") as [string];
    writeFileSync(path, "old");
    const files = await openTrackFiles([path], header);
    for (const frame of randomFrames(2, 3000)) await files.write(frame);
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(files.temporary).toHaveLength(1);
    expect(statSync(files.temporary[0]!).size).toBeGreaterThan(1000);
    await files.finish(footer);
    expect(json.parse!(readFileSync(path, "utf8"), path).frames.length).toBeGreaterThan(1000);
    expect(files.temporary).toEqual([]);
    await files.discard();
    expect(readdirSync(folder)).toEqual(["a.json"]);
  });

  it("leaves the old file and nothing else when the run is given up", async () => {
    const [path, other] = inFolder("a.json", "b.txt") as [string, string];
    writeFileSync(path, "old");
    const files = await openTrackFiles([path, other], header);
    await files.write(frames[0]!);
    await files.discard();
    await files.discard();
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["a.json"]);
  });

  it("leaves the old file when a number is not finite", async () => {
    const [path] = inFolder("a.json") as [string];
    writeFileSync(path, "old");
    const files = await openTrackFiles([path], header);
    await expect(files.write({ index: 0, time: Number.NaN, tracks: [] })).rejects.toThrow(RangeError);
    await files.discard();
    expect(readdirSync(folder)).toEqual(["a.json"]);
    expect(readFileSync(path, "utf8")).toBe("old");
  });

  it("keeps the permissions of the file that it replaces, and the link that leads to it", async () => {
    const [path, link] = inFolder("real.json", "link.json") as [string, string];
    writeFileSync(path, "old");
    chmodSync(path, 0o640);
    symlinkSync(path, link);
    await run([link]);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readFileSync(path, "utf8")).toBe(write(json, { header, frames, footer }));
  });

  it("writes a name of 255 bytes", async () => {
    const [path] = inFolder(`${"n".repeat(250)}.json`) as [string];
    await run([path]);
    expect(existsSync(path)).toBe(true);
  });

  it("writes JSON Lines to the standard output for -, line by line", async () => {
    const stdout = new PassThrough();
    const files = await openTrackFiles(["-"], header, { stdout });
    expect(stdout.read().toString()).toBe(jsonl.begin!(header));
    await files.write(frames[0]!);
    expect(stdout.read().toString()).toBe(jsonl.frame(frames[0]!, header));
    await files.finish(footer);
  });

  it("says so when the reader of the standard output has gone", async () => {
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" })),
    });
    await expect(openTrackFiles(["-"], header, { stdout })).rejects.toThrow(
      new OutputError('Cannot write "-": the reader closed the pipe'),
    );
  });

  it.runIf(existsSync("/dev/full"))(
    "says so when the device is full, and keeps every other file",
    async () => {
      const [old] = inFolder("old.json") as [string];
      writeFileSync(old, "old");
      await expect(run([old, "/dev/full"])).rejects.toThrow(
        new OutputError('Cannot write "/dev/full": no space left on the device'),
      );
      expect(readFileSync(old, "utf8")).toBe("old");
      expect(readdirSync(folder)).toEqual(["old.json"]);
      expect(existsSync("/dev/full")).toBe(true);
    },
  );

  it.runIf(process.platform !== "win32")("writes into a named pipe while somebody reads it", async () => {
    const [pipe] = inFolder("pipe") as [string];
    execFileSync("mkfifo", [pipe]);
    const { spawn } = await import("node:child_process");
    const reader = spawn("cat", [pipe]);
    let text = "";
    reader.stdout.on("data", (chunk) => {
      text += chunk;
    });
    const ended = new Promise((resolve) => reader.on("close", resolve));
    await run([pipe]);
    await ended;
    expect(text).toBe(write(jsonl, { header, frames, footer }));
    expect(lstatSync(pipe).isFIFO()).toBe(true);
  });
});

describe("checkTrackFiles", () => {
  const refusal = async (paths: readonly string[], options = {}) => {
    const error = await checkTrackFiles(paths, options).catch((e: Error) => e);
    expect(error).toBeInstanceOf(Error);
    expect(await openTrackFiles(paths, header, options).catch((e: Error) => e.message)).toBe(
      (error as Error).message,
    );
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    return (error as Error).message.replaceAll(folder, "");
  };

  it("accepts what can be written, and writes nothing", async () => {
    await checkTrackFiles([...inFolder("a.json", "b.txt"), "-"]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("lists the endings where one is unknown", async () => {
    const ending = "expected a name that ends in .json, .jsonl, .txt, .csv";
    expect(await refusal(inFolder("a.xml"))).toBe(`Cannot write "/a.xml": ${ending}`);
    expect(await refusal(inFolder("json"))).toBe(`Cannot write "/json": ${ending}`);
  });

  it("refuses a folder, a missing folder, a file where a folder should be, a link to nowhere", async () => {
    mkdirSync(join(folder, "sub.json"));
    writeFileSync(join(folder, "file"), "");
    symlinkSync(join(folder, "nowhere"), join(folder, "link.json"));
    const named = "expected a file name, got a folder";
    expect(await refusal(inFolder("sub.json"))).toBe(`Cannot write "/sub.json": ${named}`);
    expect(await refusal([`${folder}/new/`])).toBe(`Cannot write "/new/": ${named}`);
    expect(await refusal([""])).toBe(`Cannot write "": ${named}`);
    expect(await refusal(inFolder("no/a.json"))).toBe('Cannot write "/no/a.json": no such file or folder');
    expect(await refusal([`${folder}/file/a.json`])).toMatch(/^Cannot write "\/file\/a\.json": .*folder$/);
    expect(await refusal(inFolder("link.json"))).toMatch(/^Cannot write "\/link\.json": it is a link to/);
    expect(await refusal(inFolder(`${"n".repeat(300)}.json`))).toMatch(/the name is too long$/);
  });

  it("refuses the same file twice, whatever it is called", async () => {
    expect(await refusal([`${folder}/a.json`, `${folder}/./a.json`])).toMatch(
      /"\/a\.json" is the same file$/,
    );
    writeFileSync(join(folder, "a.json"), "old");
    symlinkSync(join(folder, "a.json"), join(folder, "b.json"));
    expect(await refusal(inFolder("a.json", "b.json"))).toBe(
      'Cannot write "/b.json": "/a.json" is the same file',
    );
    expect(await refusal(["-", "/dev/stdout"])).toBe('Cannot write "/dev/stdout": "-" is the same file');
  });

  it("refuses an input of the run, whatever it is called", async () => {
    const [input, link] = inFolder("det.txt", "hard.txt") as [string, string];
    writeFileSync(input, "1,-1,0,0,5,5,1");
    linkSync(input, link);
    for (const path of [input, link, `${folder}/./det.txt`])
      expect(await refusal([path], { inputs: [input] })).toMatch(/: it is an input of this run$/);
    expect(readFileSync(input, "utf8")).toBe("1,-1,0,0,5,5,1");
  });

  it.skipIf(process.getuid?.() === 0)("refuses what may not be written", async () => {
    writeFileSync(join(folder, "a.json"), "old");
    chmodSync(join(folder, "a.json"), 0o444);
    expect(await refusal(inFolder("a.json"))).toBe('Cannot write "/a.json": permission denied');
    mkdirSync(join(folder, "locked"), 0o555);
    expect(await refusal(inFolder("locked/a.json"))).toBe('Cannot write "/locked/a.json": permission denied');
  });
});
