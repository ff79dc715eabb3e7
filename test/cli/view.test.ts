import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { csv } from "../../src/format/csv.js";
import { footer, header, randomFrames, write } from "../contract/format.js";
import { expectFailure, MAIN, makeVideo, run, temporaryFolder } from "./_cli.js";

const folder = temporaryFolder();
const cwd = folder.path;
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});
afterAll(() => folder.remove());

mkdirSync(join(cwd, "results"));
writeFileSync(
  join(cwd, "results", "street.csv"),
  write(csv, { header, frames: randomFrames(1, 20), footer }),
);

interface Viewed {
  readonly url: URL;
  readonly stderr: string;
  /** Asks with the cookie that the address gives. */
  get(path: string): Promise<Response>;
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts `track view` and waits for its address. */
async function view(...args: string[]): Promise<Viewed> {
  const child = spawn(process.execPath, [MAIN, "view", ...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  started.push(child);
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding("utf8").once("data", resolve);
    ended.then((code) => reject(new Error(`ended with ${code}: ${stderr}`)));
  });
  const url = new URL(address.trim());
  const opened = await fetch(url, { redirect: "manual" });
  const cookie = opened.headers.get("set-cookie")!.replace(/;.*/, "");
  return {
    url,
    get stderr() {
      return stderr;
    },
    get: (path) => fetch(new URL(path, url), { headers: { cookie } }),
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

describe("track view", () => {
  it("serves a folder on this machine only, and ends with Ctrl-C", async () => {
    const viewed = await view("results");
    expect(viewed.url.href).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{32}$/);
    expect(viewed.stderr).toMatch(/^Showing "results"; [^\n]*Ctrl-C:\n$/);
    expect(await (await viewed.get("/")).text()).toContain('"page":"runs"');
    const listing = (await (await viewed.get("/api/runs")).json()) as { readonly runs: unknown };
    expect(listing.runs).toMatchObject([{ path: "street.csv" }]);
    expect((await fetch(new URL("/api/runs", viewed.url))).status).toBe(403);
    expect(await viewed.end("SIGINT")).toBe(0);
  });

  it("opens a tracks file at once, with a video from elsewhere whatever it is called", async () => {
    await makeVideo(join(cwd, "clip.mp4"), { args: ["-c:v", "libx264", "-pix_fmt", "yuv420p"] });
    const viewed = await view("results/street.csv", "--video", "clip.mp4");
    expect(viewed.url.pathname).toBe("/run/street.csv");
    const page = await (await viewed.get("/run/street.csv")).text();
    const boot = JSON.parse(/id="boot">([^<]*)</.exec(page)![1]!);
    expect(boot.report.video).toMatchObject({
      ...{ width: 128, height: 96, offset: 0, from: { url: "/video/street.csv" } },
      type: expect.stringContaining("avc1"),
    });
    const part = await viewed.get("/video/street.csv");
    expect([part.status, part.headers.get("content-type")]).toEqual([200, "video/mp4"]);
    expect((await viewed.get("/parts/street.csv/run")).status).toBe(200);
    expect(await viewed.end("SIGTERM")).toBe(0);
  });

  it("offers a copy where browsers cannot play the video", async () => {
    await makeVideo(join(cwd, "old.avi"));
    const viewed = await view("results/street.csv", "--video", "old.avi");
    const page = await (await viewed.get("/run/street.csv")).text();
    const { report } = JSON.parse(/id="boot">([^<]*)</.exec(page)![1]!);
    expect(report.noVideo).toBe("Browsers do not play “old.avi” as it is.");
    expect(report.makeable.copy).toEqual({ url: "/make/copy/street.csv", why: "unplayable" });
  });

  it("says what is wrong in a line", async () => {
    const track = (...args: string[]) => run(["view", ...args], { cwd });
    expectFailure(await track("nowhere"), 1, 'Cannot read "nowhere": no such file or folder');
    expectFailure(await track("results", "--video", "no.mp4"), 1, 'Cannot read "no.mp4"');
    expectFailure(await track("results", "--port", "70000"), 2, "Option --port");
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as { port: number };
    expectFailure(await track("results", "--port", String(port)), 1, `Cannot listen at 127.0.0.1:${port}`);
    other.close();
  });
});
