/** Inputs behind http: fetched whole, tracked as files are, gone on with wherever they were left. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Manifest } from "../../src/batch/manifest.js";
import { json } from "../../src/format/json.js";
import { type Behaviour, type RecordingServer, serveRecordings } from "../batch/_server.js";
import { expectFailure, MAIN, makeVideo, run, temporaryFolder, writeDetector } from "./_cli.js";

const folder = temporaryFolder();
const cwd = folder.path;
const inFolder = (name: string) => join(cwd, name);
const FAST = ["--tracker", "sort", "--tracker-option", "minHits=1", "--detector", "tiny.onnx"];
const MODIFIED = "Tue, 03 Mar 2026 10:00:00 GMT";

let server: RecordingServer;
let short: Buffer;
let long: Buffer;
beforeAll(async () => {
  server = await serveRecordings();
  writeDetector(inFolder("tiny.onnx"));
  await makeVideo(inFolder("short.mp4"));
  await makeVideo(inFolder("long.mp4"), { frames: 250 });
  short = readFileSync(inFolder("short.mp4"));
  long = readFileSync(inFolder("long.mp4"));
});
afterAll(async () => {
  await server.close();
  folder.remove();
});
beforeEach(() => {
  server.files.clear();
  server.asked.length = 0;
  rmSync(inFolder("r"), { recursive: true, force: true });
});

const serve = (path: string, bytes: Buffer, more: Partial<Behaviour> = {}): Behaviour => {
  const file = { bytes, etag: `"${bytes.length}"`, modified: MODIFIED, ...more };
  server.files.set(path, file);
  return file;
};
const secret = () => server.url.replace("//", "//me:hidden@");
const batch = (...args: readonly string[]) => run(["batch", ...args, "--out", "r", ...FAST], { cwd });
const manifest = (): Manifest => JSON.parse(readFileSync(inFolder("r/batch.json"), "utf8"));
const states = () => Object.fromEntries(manifest().files.map(({ name, state }) => [name, state]));
const files = () => readdirSync(inFolder("r"), { recursive: true, encoding: "utf8" }).sort();
const framesOf = (name: string) => json.parse!(readFileSync(inFolder(name), "utf8"), name).frames;

/** Starts `track ...args` and kills it as soon as `when` is true. */
async function killed(args: readonly string[], when: () => boolean): Promise<void> {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, stdio: "ignore" });
  while (child.exitCode === null && !when()) await wait(5);
  expect(child.exitCode).toBeNull();
  child.kill("SIGKILL");
  await new Promise((resolve) => child.once("close", resolve));
}

describe("track batch with addresses", () => {
  it("tracks them as files, tells nothing that is secret, and next time asks whether they have changed", async () => {
    const north = serve("/north/cam.mp4", short);
    serve("/south/cam.mp4", long, { breaks: [long.length >> 1] });
    serve("/export/Gate 1.mp4", short);
    cpSync(inFolder("short.mp4"), inFolder("here.mp4"));
    const lines = ["north/cam.mp4", "south/cam.mp4?key=hidden", "export/Gate%201.mp4"];
    writeFileSync(
      inFolder("list.txt"),
      ["# cameras", ...lines.map((line) => `${secret()}/${line}`), "here.mp4"].join("\n"),
    );
    const { code, stderr, stdout } = await batch("list.txt", "--jobs", "2");
    expect(stderr).toMatch(/^note: [^\n]+"http:[^\n]+cam.mp4\?\.\.\.": [^\n]+; trying again in 1 s$/m);
    expect(code, stderr).toBe(0);
    const south = `${server.url.slice(7)}/south/cam.mp4`;
    const host = (name: string) => name.replace(/[<>:"/\\|?*]/g, (c) => (c === "/" ? c : "_"));
    expect(Object.keys(states())).toEqual(["here.mp4", "Gate 1.mp4", "cam.mp4", host(south)]);
    expect(framesOf("r/cam.mp4.json")).toEqual(framesOf("r/here.mp4.json"));
    expect(framesOf(`r/${host(south)}.json`)).toHaveLength(250);
    expect(manifest().files[2]).toMatchObject({
      input: `${server.url}/north/cam.mp4`,
      recording: { size: short.length, etag: north.etag, modified: MODIFIED },
    });
    expect(files().filter((name) => /(?:^|\/)\./.test(name))).toEqual([]);
    for (const text of [stderr, stdout, ...files().filter((name) => name.endsWith(".json"))])
      expect(
        existsSync(inFolder(`r/${text}`)) ? readFileSync(inFolder(`r/${text}`), "utf8") : text,
      ).not.toMatch(/hidden|me:/);

    server.asked.length = 0;
    const again = await batch("list.txt", "--jobs", "2");
    expect(again.stderr).toMatch(/^batch files=0 [^\n]+\nfinished files=4 done=4\n$/);
    expect(server.asked.map(({ range }) => range)).toEqual(["bytes=0-0", "bytes=0-0", "bytes=0-0"]);

    north.etag = '"other"';
    const changed = await batch("list.txt", "--jobs", "2");
    expect([...changed.stderr.matchAll(/^done name="?([^" ]+)/gm)].map((match) => match[1])).toEqual([
      "cam.mp4",
    ]);
    // A server that is away takes nothing back.
    server.files.clear();
    const away = await batch("list.txt", "--jobs", "2");
    expect([away.code, away.stderr]).toEqual([
      0,
      expect.stringMatching(/^warning: cannot ask for "http[^\n]+\(404\); what is done is taken as it is\n/),
    ]);
  });

  it("goes on where one fails, and says why", async () => {
    serve("/good.mp4", short);
    serve("/page.mp4", Buffer.from("<html>"), { headers: { "content-type": "text/html" } });
    serve("/text.mp4", Buffer.from("no video at all"));
    const addresses = ["good.mp4", "gone.mp4", "page.mp4", "text.mp4"].map((name) => `${server.url}/${name}`);
    const { code, stdout } = await batch(...addresses, "http://127.0.0.1:9/x.mp4");
    expect(code).toBe(4);
    expect(states()).toEqual({
      ...{ "good.mp4": "done", "gone.mp4": "failed", "page.mp4": "failed", "text.mp4": "failed" },
      "x.mp4": "failed",
    });
    expect(stdout).toMatch(
      /\ngone.mp4: Cannot read "http:[^\n]+\/gone.mp4": the server knows nothing [^\n]+\n/,
    );
    expect(stdout).toMatch(
      /\npage.mp4: Cannot read "http:[^\n]+\/page.mp4": expected a video, found a web page\n/,
    );
    expect(stdout).toMatch(/\ntext.mp4: Cannot read "http:[^\n]+\/text.mp4": expected [^\n]+\n/);
    expect(stdout).toMatch(/\nx.mp4: Cannot read "http:\/\/127.0.0.1:9\/x.mp4": [^\n]+\n/);
    expect(files()).toEqual(["batch.json", "good.mp4.json"]);
  });

  it("does not replace the tracks of another recording that is called the same", async () => {
    const asked = serve("/get", short);
    expect((await batch(`${server.url}/get?id=1`, "--quiet")).code).toBe(0);
    const kept = readFileSync(inFolder("r/get.json"), "utf8");
    Object.assign(asked, { bytes: long, etag: '"2"' });
    const { code, stdout } = await batch(`${server.url}/get?id=2`);
    expect([code, stdout]).toEqual([
      4,
      expect.stringContaining("choose another --out, or replace them with"),
    ]);
    expect(readFileSync(inFolder("r/get.json"), "utf8")).toBe(kept);
    serve("/other/get", short);
    const other = await batch(`${server.url}/other/get`);
    expect(other.stdout).toContain("are called the same there; choose another --out");
    expect((await batch(`${server.url}/get?id=2`, "--no-resume", "--quiet")).code).toBe(0);
    expect(framesOf("r/get.json")).toHaveLength(250);
  });

  it("refuses what is no recording before it does anything", async () => {
    expectFailure(
      await batch("rtsp://me:hidden@127.0.0.1/cam"),
      ...([
        1,
        /^error: Cannot read "rtsp:\/\/127.0.0.1\/cam": [^\n]+ cameras are watched by `track`/,
      ] as const),
    );
    expect(existsSync(inFolder("r"))).toBe(false);
  });
});

describe("track with an address", () => {
  beforeAll(async () => {
    mkdirSync(inFolder("whole"));
    serve("/long.mp4", long);
    expect(
      (await run([`${server.url}/long.mp4`, "--out", "whole/t.json", ...FAST, "-q"], { cwd })).code,
    ).toBe(0);
  });
  const whole = () => readFileSync(inFolder("whole/t.json"), "utf8");
  const args = () => [`${server.url}/long.mp4`, "--out", "r/t.json", ...FAST, "--checkpoint", "0.1"];
  beforeEach(() => mkdirSync(inFolder("r")));
  const made = (ending: string) => files().some((name) => name.endsWith(ending));

  it("gives the tracks that the file gives, also where the index stands at the end", async () => {
    await run(["long.mp4", "--out", "whole/file.json", ...FAST, "-q"], { cwd });
    expect(framesOf("whole/t.json")).toEqual(framesOf("whole/file.json"));
    expect(json.parse!(whole(), "t").header!.input).toBe(`${server.url}/long.mp4`);
    expect(readdirSync(inFolder("whole")).sort()).toEqual(["file.json", "t.json"]);
  });

  it("goes on after it was killed while fetching, and while tracking, to the same bytes", async () => {
    const file = serve("/long.mp4", long, { pace: long.length / 2000 });
    for (const part of [0.3, 0.6]) {
      const state = () => {
        const name = files().find((name) => name.endsWith(".download.json"));
        return name === undefined ? 0 : JSON.parse(readFileSync(inFolder(`r/${name}`), "utf8")).received;
      };
      await killed(args(), () => state() > part * long.length);
    }
    file.pace = undefined;
    await killed(args(), () => made(".checkpoint"));
    expect(made(".download")).toBe(true);
    const { code, stderr } = await run(args(), { cwd });
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/^note: Going on with "r\/t.json" after frame \d+$/m),
    ]);
    expect(readFileSync(inFolder("r/t.json"), "utf8")).toBe(whole());
    expect(files()).toEqual(["t.json"]);
    const ranges = server.asked.map(({ range }) => range);
    const rest = expect.stringMatching(/^bytes=\d{3,}-$/);
    expect(ranges).toEqual([undefined, rest, rest, "bytes=0-0"]);
  });

  it("begins anew, and says so, where the recording has changed since it was killed", async () => {
    serve("/long.mp4", long);
    await killed(args(), () => made(".checkpoint"));
    serve("/long.mp4", short);
    const { code, stderr } = await run(args(), { cwd });
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^note: "http:\S+\/long.mp4" has changed since an earlier run fetched it; fetching it anew$/m,
    );
    expect(stderr).toMatch(
      /^note: Cannot go on from the checkpoint of "r\/t.json": the input changed; starting anew$/m,
    );
    expect(framesOf("r/t.json")).toHaveLength(12);
    expect(files()).toEqual(["t.json"]);
  });

  it("ends with Ctrl-C while fetching, without a result, and goes on from there", async () => {
    serve("/long.mp4", long, { stalls: [long.length >> 1] });
    const child = spawn(process.execPath, [MAIN, ...args()], { cwd, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text) => {
      said += text;
    });
    const size = () => {
      const name = files().find((name) => name.endsWith(".download"));
      return name === undefined ? 0 : statSync(inFolder(`r/${name}`)).size;
    };
    while (child.exitCode === null && size() < long.length >> 1) await wait(5);
    child.kill("SIGINT");
    const [code] = await once(child, "close");
    expect([code, said]).toEqual([130, expect.stringMatching(/^note: What came of "http\S+ is kept in "/m)]);
    expect(files().map((name) => name.replace(/^.*?(?=\.download)/, ""))).toEqual([
      ".download",
      ".download.json",
    ]);
    expect((await run([...args(), "-q"], { cwd })).code).toBe(0);
    expect(readFileSync(inFolder("r/t.json"), "utf8")).toBe(whole());
    expect(files()).toEqual(["t.json"]);
    expect(server.asked[1]!.range).toMatch(/^bytes=\d+-$/);
  });

  it("tells no password either where it is refused before anything is asked for", async () => {
    const [one, other] = [`${secret()}/a.mp4?key=hidden`, `${secret()}/b/a.mp4?key=hidden`];
    for (const args of [
      [one, other, "--out", "r/t.json"],
      [one, "--out", "r/t.xml"],
    ]) {
      const { code, stderr } = await run([...args, ...FAST, "--verbose"], { cwd });
      expect([code, stderr]).toEqual([2, expect.not.stringContaining("hidden")]);
    }
    expect(server.asked).toEqual([]);
  });

  it("reads it as it comes where the result is a pipe", async () => {
    const args = ["-c:v", "mpeg4", "-f", "matroska"];
    await makeVideo(inFolder("clip.mkv"), { args });
    serve("/clip.mkv", readFileSync(inFolder("clip.mkv")));
    const { code, stdout } = await run([`${server.url}/clip.mkv`, "--out", "-", ...FAST, "-q"], { cwd });
    expect([code, stdout.trim().split("\n").length]).toEqual([0, 14]);
    expect(files()).toEqual([]);
  });
});
