import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream, statSync } from "node:fs";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { EnvironmentError } from "../../src/errors.js";
import { type Ffmpeg, findFfmpeg } from "../../src/video/find.js";
import { openInput } from "../../src/video/input.js";
import { binaries, drain, installer, makeVideo, ffmpeg as run, temporaryFolder } from "./_ffmpeg.js";

const folder = temporaryFolder();
const long = join(folder, "long.mkv");
const small = join(folder, "small.mkv");

beforeAll(() => {
  makeVideo(long, { size: "1280x720", seconds: 4, codec: ["-c:v", "mpeg4", "-q:v", "20"] });
  makeVideo(small, { seconds: 8 });
});

/** Running processes whose command line names this test's folder. */
function ours(): string[] {
  const all = execFileSync("ps", ["-A", "-ww", "-o", "pid=,pgid=,stat=,args="], { encoding: "utf8" }).split(
    "\n",
  );
  return all.filter((line) => line.includes(`file:${folder}`) && !/^\s*\d+\s+\d+\s+Z/.test(line));
}

async function untilGone(): Promise<string[]> {
  for (let tries = 0; tries < 100 && ours().length > 0; tries++) await wait(100);
  return ours();
}

describe.skipIf(process.platform === "win32").each(binaries)("with $binary", ({ path }) => {
  let ffmpeg: Ffmpeg;
  beforeAll(async () => {
    ffmpeg = await findFfmpeg({ ffmpeg: path });
  });

  test("leaving the loop ends ffmpeg, and says how far it came", async () => {
    const source = await openInput(long, { ffmpeg });
    expect(ours()).toHaveLength(1);
    for await (const frame of source) if (frame.index === 2) break;
    expect(ours()).toEqual([]);
    expect(source.integrity()).toMatchObject({ complete: false, frames: 3, interrupted: true, damage: [] });
  });

  test("closing without having taken a frame ends ffmpeg, and no frame comes afterwards", async () => {
    const source = await openInput(long, { ffmpeg });
    await source.close();
    await source.close();
    expect(ours()).toEqual([]);
    expect(await drain(source, ({ index }) => index)).toEqual([]);
    expect(source.integrity()).toMatchObject({ complete: false, frames: 0, interrupted: true });
  });

  test("closing releases whoever waits for a frame", async () => {
    const never = new PassThrough();
    createReadStream(long, { end: 500_000 }).pipe(never, { end: false });
    const source = await openInput("-", { ffmpeg, stdin: never });
    const frames = source[Symbol.asyncIterator]();
    const waiting = (async () => {
      while (!(await frames.next()).done);
      return "done";
    })();
    await wait(300);
    await frames.return?.();
    expect(await waiting).toBe("done");
  });

  test("an abort ends ffmpeg, and whoever waits gets the reason", async () => {
    const controller = new AbortController();
    const source = await openInput(long, { ffmpeg, signal: controller.signal });
    const frames = source[Symbol.asyncIterator]();
    await frames.next();
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(frames.next()).rejects.toBe(reason);
    expect((await frames.next()).done).toBe(true);
    await source.close();
    expect(ours()).toEqual([]);
    await expect(openInput(long, { ffmpeg, signal: controller.signal })).rejects.toBe(reason);
  });

  test("an abort while the input is being opened does so too", async () => {
    const never = new PassThrough();
    const controller = new AbortController();
    const opening = openInput("-", { ffmpeg, stdin: never, signal: controller.signal });
    setTimeout(() => controller.abort("too slow"), 200);
    await expect(opening).rejects.toBe("too slow");
  });

  test("ffmpeg does not outlive a parent that is killed", async () => {
    const script = `
      import { openInput } from ${JSON.stringify(new URL("../../src/video/input.ts", import.meta.url).href)};
      const source = await openInput(${JSON.stringify(long)}, { ffmpeg: ${JSON.stringify(path)} });
      await source[Symbol.asyncIterator]().next();
      console.log("running");
      setInterval(() => {}, 1000);
    `;
    const parent = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(parent.stdout, "data");
    expect(ours().filter((line) => line.includes("rawvideo"))).toHaveLength(1);
    parent.kill("SIGKILL");
    await once(parent, "exit");
    expect(await untilGone()).toEqual([]);
  });

  test("Ctrl-C in a terminal does not reach ffmpeg: it is in a group of its own", async () => {
    const source = await openInput(long, { ffmpeg });
    const [pid, group] = ours()[0].trim().split(/\s+/);
    expect(group).toBe(pid);
    await source.close();
  });

  test("an ffmpeg that is killed by somebody else is an account that is not complete", async () => {
    const source = await openInput(long, { ffmpeg });
    const indices: number[] = [];
    for await (const { index } of source) {
      indices.push(index);
      if (index === 5) process.kill(Number(ours()[0].trim().split(/\s+/)[0]), "SIGKILL");
    }
    expect(indices.length).toBeLessThan(100);
    const { complete, frames, interrupted, damage } = source.integrity();
    expect({ complete, interrupted }).toEqual({ complete: false });
    // Its last frame may have been announced, and nothing more.
    expect(frames - indices.length).toBeOneOf([0, 1]);
    expect(damage).toEqual([expect.objectContaining({ kind: "missing", fromFrame: frames, toTime: 4 })]);
    expect(damage[0].reason).toMatch(/SIGKILL/);
  });

  test("an ffmpeg that is gone when it is needed is named", async () => {
    await expect(openInput(long, { ffmpeg: { ...ffmpeg, path: "/nowhere/ffmpeg" } })).rejects.toThrow(
      new EnvironmentError('Cannot run the ffmpeg "/nowhere/ffmpeg": no such file'),
    );
  });

  test("a pipe with a name is read like stdin, a terminal is refused", async () => {
    const pipe = join(folder, `pipe-${ffmpeg.version}`);
    execFileSync("mkfifo", [pipe]);
    const writing = once(spawn("cp", [long, pipe]), "exit");
    const source = await openInput(pipe, { ffmpeg });
    expect(await drain(source, () => 1)).toHaveLength(100);
    await writing;
    const terminal = Object.assign(new PassThrough(), { isTTY: true });
    await expect(openInput("-", { ffmpeg, stdin: terminal })).rejects.toThrow(
      'Cannot read "-": expected a video on stdin, found a terminal; pipe one in (cat FILE | track -)',
    );
  });

  test("frames wait in a bounded amount of memory", async () => {
    const source = await openInput(long, { ffmpeg });
    const before = process.memoryUsage().arrayBuffers;
    await wait(700);
    const grown = process.memoryUsage().arrayBuffers - before;
    expect(grown).toBeLessThan(8 * 1280 * 720 * 3);
    await source.close();
  });

  test("memory that is given back is used again, also where it travelled to a worker and back", async () => {
    const source = await openInput(small, { ffmpeg });
    const seen = new Set<ArrayBuffer>();
    const first: number[] = [];
    for await (const frame of source) {
      seen.add(frame.data.buffer);
      first.push(frame.data[0]);
      if (frame.index % 7 === 3) frame.data = structuredClone(frame.data, { transfer: [frame.data.buffer] });
      if (frame.index % 50 === 9) structuredClone(frame.data, { transfer: [frame.data.buffer] });
      frame.release?.();
      expect(frame.data).toHaveLength(0);
      frame.release?.();
    }
    expect(first).toHaveLength(200);
    // Four wait, one is being filled, one is out; a journey makes a new object of the same memory.
    expect(seen.size).toBeLessThan(6 + 200 / 7 + 200 / 50 + 4);
  });

  test("frames that are never given back stay as they are", async () => {
    const source = await openInput(long, { ffmpeg, end: 0.8 });
    const frames = [];
    for await (const frame of source) frames.push(frame);
    expect(frames).toHaveLength(20);
    expect(new Set(frames.map(({ data }) => data.buffer)).size).toBe(20);
    expect(frames.every(({ data }) => data.length === 1280 * 720 * 3)).toBe(true);
  });

  test("a video on stdin is read as one in a file", async () => {
    const [piped, file] = await Promise.all([
      openInput("-", { ffmpeg, stdin: createReadStream(long), end: 1 }),
      openInput(long, { ffmpeg, end: 1 }),
    ]);
    expect(piped).toMatchObject({ name: "-", width: 1280, height: 720 });
    const sum = ({ data }: { data: Uint8Array }) => createHash("md5").update(data).digest("hex");
    expect(await drain(piped, sum)).toEqual(await drain(file, sum));
    expect(piped.integrity()).toMatchObject({ complete: true, frames: 25 });
  });

  test("an MP4 file with its index at the end cannot come through a pipe, and that is said", async () => {
    const file = join(folder, "index-last.mp4");
    run("-i", long, "-t", "1", "-c", "copy", file);
    expect(statSync(file).size).toBeGreaterThan(10_000);
    await expect(openInput("-", { ffmpeg, stdin: createReadStream(file) })).rejects.toThrow(
      /^Cannot read "-": expected a stream that can be read from front to back, found an MP4 file .*faststart$/,
    );
  });

  test("a stream that ends at once, or breaks, is one clear line", async () => {
    await expect(openInput("-", { ffmpeg, stdin: Readable.from([]) })).rejects.toThrow(
      /^Cannot read "-": expected /,
    );
    const broken = new Readable({ read() {} });
    setTimeout(() => broken.destroy(new Error("cable cut")), 100);
    await expect(openInput("-", { ffmpeg, stdin: broken })).rejects.toThrow(/^Cannot read "-": .*cable cut/);
  });
});

test("two inputs may use two binaries at the same time", async () => {
  const [a, b] = await Promise.all([
    openInput(long, { ffmpeg: installer, end: 0.4 }),
    openInput(long, { ffmpeg: binaries.at(-1)?.path, end: 0.4 }),
  ]);
  expect(new Set(ours().map((line) => line.trim().split(/\s+/)[3])).size).toBe(binaries.length);
  expect(await drain(a, ({ index }) => index)).toEqual(await drain(b, ({ index }) => index));
});
