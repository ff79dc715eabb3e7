import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { jsonl } from "../../src/format/jsonl.js";
import { expectFailure, MAIN, makeVideo, run, temporaryFolder, writeDetector } from "./_cli.js";

const folder = temporaryFolder();
const cwd = folder.path;
const inFolder = (name: string) => join(cwd, name);
const DETECTOR = [
  "--detector",
  "tiny.onnx",
  "--threads",
  "1",
  "--tracker",
  "sort",
  "--tracker-option",
  "minHits=1",
];
let address = "";
/** What the webhook got. */
const posted: string[] = [];
let broken = false;

/** A camera at /cam that sends its video again and again, as it was filmed, or nothing; a receiver at /hook. */
const server = createServer(async (request, response) => {
  if (request.url === "/hook") {
    let body = "";
    for await (const chunk of request) body += chunk;
    if (!broken) posted.push(body);
    response.writeHead(broken ? 503 : 200, { "retry-after": "0.1" }).end();
    return;
  }
  const bytes = readFileSync(inFolder("cam.ts"));
  for (let i = 0; i < 400 && !response.destroyed; i++) {
    response.write(
      bytes.subarray(Math.floor((bytes.length * i) / 400), Math.floor((bytes.length * (i + 1)) / 400)),
    );
    await wait(50);
  }
  response.end();
});

beforeAll(async () => {
  const args = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "5", "-pix_fmt", "yuv420p", "-f", "mpegts"];
  await makeVideo(inFolder("cam.ts"), { frames: 200, args });
  writeDetector(inFolder("tiny.onnx"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  address = `http://me:hidden@127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  folder.remove();
});

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** A run that goes on until it is told to end. */
function start(args: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, `${address}/cam`, "--online", ...DETECTOR, ...args], { cwd });
  children.push(child);
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text) => {
      said[name] += text;
    });
  const ended = once(child, "close").then(([code]) => code as number | null);
  const until = async (test: () => boolean | Promise<boolean>) => {
    while (!(await test())) {
      if (child.exitCode !== null) throw new Error(`It ended: ${said.stderr}`);
      await wait(50);
    }
  };
  return { child, said, ended, until };
}

describe("track CAMERA --online", () => {
  it("tracks until Ctrl-C, which is no failure: files, events, numbers, and nowhere a password", async () => {
    const { child, said, ended, until } = start(
      [
        ...["--out", "a/", "--rotate", "2s", "--events", "-", "--webhook", `${address}/hook`],
        ...["--metrics-port", "0"],
      ].map((arg) => (arg === "a/" ? `${cwd}/` : arg)),
    );
    await until(() => said.stderr.includes("/healthz") && said.stdout.includes("appeared"));
    const [url] = /http:\/\/127\.0\.0\.1:\d+(?=\/metrics)/.exec(said.stderr)!;
    await until(async () => (await fetch(`${url}/healthz`)).status === 200);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(Number(/^throughline_frames_tracked_total (\d+)$/m.exec(metrics)![1])).toBeGreaterThan(0);
    expect(metrics).toMatch(/^throughline_events_total\{type="appeared"\} [1-9]/m);
    const listed = execFileSync("ps", ["-A", "-ww", "-o", "ppid=,pid=,args="], { encoding: "utf8" })
      .split("\n")
      .filter((line) => line.trim().split(/\s+/, 2).includes(String(child.pid)));
    expect(listed.length).toBeGreaterThanOrEqual(2);
    if (process.platform === "linux") expect(listed.join("\n")).not.toContain("hidden");
    await until(() => readdirSync(cwd).filter((name) => /Z\.jsonl$/.test(name)).length >= 2);
    child.kill("SIGINT");
    expect(await ended).toBe(0);

    const events = said.stdout.trim().split("\n");
    const types = events.map((line) => JSON.parse(line).type);
    expect(types[0]).toBe("appeared");
    // On a machine that stands still for a moment somebody may leave and come again.
    expect(types.filter((type) => type === "left")).toHaveLength(types.length / 2);
    expect(posted).toEqual(events);
    const names = readdirSync(cwd)
      .filter((name) => /-cam\.tracks-\d{8}T\d{6}Z\.jsonl$/.test(name))
      .sort();
    const parsed = names.map((name) => jsonl.parse!(readFileSync(inFolder(name), "utf8"), name));
    const indices = parsed.flatMap(({ frames }) => frames.map(({ index }) => index));
    expect(indices).toEqual([...indices].sort((a, b) => a - b));
    expect(new Set(indices).size).toBe(indices.length);
    const { dropped, frames } = parsed
      .map(({ footer }) => footer!.integrity)
      .reduce((a, b) => ({ dropped: a.dropped! + b.dropped!, frames: a.frames + b.frames }), {
        dropped: 0,
        frames: 0,
      } as { dropped: number; frames: number });
    expect(frames - dropped).toBeGreaterThanOrEqual(indices.length);
    const everything = [
      said.stdout,
      said.stderr,
      metrics,
      ...names.map((name) => readFileSync(inFolder(name), "utf8")),
    ];
    expect(everything.join("\n")).not.toMatch(/hidden|me:/);
    expect(readdirSync(cwd).filter((name) => name.startsWith(".track") || name.endsWith(".webhook"))).toEqual(
      [],
    );
  }, 40_000);

  it("killed at once, loses nothing that was promised: the next run completes the file and delivers the events", async () => {
    broken = true;
    posted.length = 0;
    const args = ["--out", "b.jsonl", "--webhook", `${address}/hook`, "--webhook-queue", "queue"];
    const first = start(args);
    await first.until(() => first.said.stderr.includes("takes no events"));
    await wait(3000); // what was tracked is on the disk every two seconds
    first.child.kill("SIGKILL");
    await first.ended;
    expect(posted).toEqual([]);
    broken = false;
    const second = start([...args, "--report", "page.html"]);
    await second.until(() => posted.length >= 2);
    second.child.kill("SIGTERM");
    expect(await second.ended).toBe(0);
    expect(second.said.stderr).toMatch(/\nnote: Made the page "page.html"\n$/);
    const page = readFileSync(inFolder("page.html"), "utf8");
    expect(page.includes('"tracks":"b.jsonl"')).toBe(true);
    expect(page.includes("me:hidden")).toBe(false);
    const runs = posted.map((body) => (JSON.parse(body).event as string).split("-")[0]);
    expect(new Set(runs).size).toBe(2);
    expect(new Set(posted.map((body) => JSON.parse(body).event)).size).toBe(posted.length);
    const [name] = readdirSync(cwd).filter((name) => name.startsWith("b-"));
    expect(second.said.stderr).toContain(
      `An earlier run was killed; what it had tracked is now in "${inFolder(name)}"`,
    );
    const { frames, footer } = jsonl.parse!(readFileSync(inFolder(name), "utf8"), name);
    expect(frames.length).toBeGreaterThan(5);
    expect(footer!.integrity).toMatchObject({ complete: false, interrupted: true, frames: frames.length });
  }, 40_000);

  it("a camera that does not come is waited for, or given up on", async () => {
    const result = await run(
      ["rtsp://me:hidden@127.0.0.1:1/cam", "--online", ...DETECTOR, "--give-up", "1", "--out", "c.jsonl"],
      { cwd },
    );
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(
      /^warning: rtsp:\/\/127\.0\.0\.1:1\/cam: connection refused; trying again for 1 second\nerror: Cannot read "rtsp:\/\/127\.0\.0\.1:1\/cam": connection refused \(gave up after 1 s without a picture\)\n$/,
    );
    expect(readdirSync(cwd).filter((name) => name.startsWith("c.") || name.startsWith(".track"))).toEqual([]);
  });

  const LIVE = ["rtsp://camera/1", "--online"];
  it.each<[string, readonly string[], RegExp]>([
    [
      "a file with an option of cameras",
      ["cam.ts", "--rotate", "1h"],
      /--rotate: expected a live input with --online/,
    ],
    [
      "a camera without --online",
      ["rtsp://camera/1", "--give-up", "1"],
      /--give-up: expected a live input with --online/,
    ],
    [
      "a video of what is gone",
      ["rtsp://me:hidden@camera/1", "--online", "--render", "v.mp4"],
      /record it first, `ffmpeg -rtsp_transport tcp -i rtsp:\/\/camera\/1 -c copy watched.mkv`, then `track watched/,
    ],
    [
      "a page of many files",
      [...LIVE, "--rotate", "1h", "--report", "p.html"],
      /--report: expected no --rotate with it/,
    ],
    [
      "a page of tracks that are not kept",
      [...LIVE, "--out", "-", "--report", "p.html"],
      /--report: expected the tracks in a file too/,
    ],
    ["two cameras", [...LIVE, "rtsp://camera/2"], /expected one live input/],
    ["detections of a file", [...LIVE, "--detections", "det.txt"], /--detections: expected a file as input/],
    [
      "a rotation that is none",
      [...LIVE, "--rotate", "often"],
      /--rotate: expected a time such as 30m, 1h or 1d, or a size/,
    ],
    [
      "a rotation of the standard output",
      [...LIVE, "--rotate", "1h", "--out", "-"],
      /--rotate: expected files/,
    ],
    ["events among the tracks", [...LIVE, "--out", "-", "--events", "-"], /--events: expected a file/],
    ["a webhook that is none", [...LIVE, "--webhook", "file:///x"], /--webhook: expected an address/],
    ["a port that is none", [...LIVE, "--metrics-port", "70000"], /--metrics-port: expected a port/],
    [
      "a host without a port",
      [...LIVE, "--metrics-host", "0.0.0.0"],
      /--metrics-host: expected --metrics-port/,
    ],
    ["a queue without a webhook", [...LIVE, "--webhook-queue", "q"], /--webhook-queue: expected --webhook/],
  ])("%s is wrong usage", async (_, args, message) => {
    expectFailure(await run(args, { cwd }), 2, message);
  });
});
