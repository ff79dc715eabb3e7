import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseDetections } from "../../src/format/detections.js";
import { json } from "../../src/format/json.js";
import { jsonl } from "../../src/format/jsonl.js";
import { MAIN, makeVideo, temporaryFolder, walkingBox, writeDetector } from "./_cli.js";

const folder = temporaryFolder();
const cwd = folder.path;
const inFolder = (name: string) => join(cwd, name);
const SORT = ["--tracker", "sort", "--tracker-option", "minHits=1"];

beforeAll(async () => {
  // Ends never: the standard input stays open.
  await makeVideo(inFolder("clip.avi"), { frames: 60, args: ["-c:v", "mjpeg"] });
  await makeVideo(inFolder("clip.mp4"));
  writeDetector(inFolder("tiny.onnx"));
  for (const name of ["det.txt", "stdin.txt", "clip.txt"]) writeFileSync(inFolder(name), walkingBox(60));
});
afterAll(() => folder.remove());

/** A command that is running; `until` waits for something said, `ended` for its end. */
function start(args: readonly string[], stdin?: Buffer) {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, timeout: 40_000, killSignal: "SIGKILL" });
  const said = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => {
    said.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    said.stderr += text;
  });
  child.stdin.on("error", () => {});
  if (stdin) child.stdin.write(stdin);
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.on("close", (code, signal) => resolve({ code, signal })),
  );
  const until = async (test: () => boolean) => {
    while (!test() && child.exitCode === null && child.signalCode === null)
      await new Promise((resolve) => setTimeout(resolve, 20));
  };
  return { child, said, ended, until };
}

/** Processes that a process has started, as Linux knows them. */
function childrenOf(pid: number): number[] {
  const list = `/proc/${pid}/task/${pid}/children`;
  return existsSync(list) ? readFileSync(list, "utf8").trim().split(" ").filter(Boolean).map(Number) : [];
}

describe("Ctrl-C", () => {
  it("leaves valid files of what was tracked so far, marked incomplete, and exits with 130", async () => {
    const outputs = ["--out", "-", "--out", "part.json", "--save-detections", "kept.txt"];
    const detector = ["--detector", "tiny.onnx", "--threads", "1"];
    const { child, said, ended, until } = start(
      ["-", ...SORT, ...detector, ...outputs],
      readFileSync(inFolder("clip.avi")),
    );
    await until(() => said.stdout.split("\n").length > 10);
    const children = childrenOf(child.pid!);
    child.kill("SIGINT");
    expect(await ended).toEqual({ code: 130, signal: null });
    for (const pid of children) expect(existsSync(`/proc/${pid}`)).toBe(false);
    expect(said.stderr).toMatch(/^note: Ending[^\n]*\ndone [^\n]* complete=false [^\n]*\n$/);
    const { frames, footer } = json.parse!(readFileSync(inFolder("part.json"), "utf8"), "part.json");
    expect(frames.length).toBeGreaterThan(5);
    expect(footer?.integrity).toMatchObject({ complete: false, interrupted: true, frames: frames.length });
    expect(jsonl.parse!(said.stdout, "stdout").frames).toEqual(frames);
    expect(
      parseDetections(readFileSync(inFolder("kept.txt"), "utf8"), "kept.txt").frames,
    ).toBeGreaterThanOrEqual(frames.length);
  });

  it.skipIf(process.platform === "win32").each([
    { name: "track", args: ["clip.mp4", ...SORT, "--detector", "tiny.onnx", "--out", "hung.json"] },
    { name: "track render", args: ["render", "clip.mp4", "hung.txt", "--out", "hung.mp4"] },
    { name: "track report", args: ["report", "hung.txt", "--video", "clip.mp4"] },
    { name: "track view", args: ["view"] },
  ])("ends an ffmpeg that hangs where it is tried: $name", async ({ args }) => {
    const hanging = "#!/bin/sh\necho $$ > hung.pid\nexec sleep 985\n";
    writeFileSync(inFolder("hanging"), hanging, { mode: 0o755 });
    writeFileSync(inFolder("hung.txt"), "1,1,10,10,20,20,1,-1,-1,-1\n");
    rmSync(inFolder("hung.pid"), { force: true });
    const { child, ended, until } = start([...args, "--ffmpeg", "./hanging"]);
    const pid = (): string =>
      existsSync(inFolder("hung.pid")) ? readFileSync(inFolder("hung.pid"), "utf8") : "";
    await until(() => pid() !== "");
    child.kill("SIGINT");
    expect(await ended).toEqual({ code: 130, signal: null });
    expect(() => process.kill(Number(pid()), 0)).toThrow("ESRCH");
  });

  it("before the first frame leaves the old output alone", async () => {
    writeFileSync(inFolder("old.json"), "old");
    const { child, said, ended, until } = start([
      "-",
      ...SORT,
      "--detections",
      "det.txt",
      "--out",
      "old.json",
    ]);
    // It waits for the standard input; when exactly does not matter.
    await until(() => childrenOf(child.pid!).length > 0 || process.platform !== "linux");
    await new Promise((resolve) => setTimeout(resolve, 300));
    child.kill("SIGINT");
    expect((await ended).code).toBe(130);
    expect(said.stderr).not.toContain("error");
    expect(readFileSync(inFolder("old.json"), "utf8")).toBe("old");
  });

  it("does not start the next input", async () => {
    const { child, said, ended, until } = start(
      ["-", "clip.mp4", ...SORT, "--detections", "{name}.txt", "--out", "-", "--out", "{name}.json"],
      readFileSync(inFolder("clip.avi")),
    );
    await until(() => said.stdout.split("\n").length > 10 || said.stderr !== "");
    child.kill("SIGTERM");
    expect(await ended).toEqual({ code: 143, signal: null });
    expect(existsSync(inFolder("stdin.json"))).toBe(true);
    expect(existsSync(inFolder("clip.json"))).toBe(false);
  });

  it.runIf(process.platform !== "win32")("twice ends at once, whatever the process is stuck in", async () => {
    execFileSync("mkfifo", [inFolder("pipe")]); // nobody reads it: opening it waits for ever
    const args = ["clip.mp4", ...SORT, "--detections", "det.txt", "--out", "other.json", "--out", "pipe"];
    // Nothing says when it is stuck: a machine that is busy gets more time, and a run that was not there yet ends with 130.
    let end: unknown;
    for (const patience of [1500, 5000, 15_000]) {
      const { child, said, ended, until } = start(args);
      await new Promise((resolve) => setTimeout(resolve, patience));
      child.kill("SIGINT");
      await until(() => said.stderr.includes("Ending"));
      child.kill("SIGINT");
      end = await ended;
      if ((end as { code: number | null }).code !== 130) break;
    }
    expect(end).toEqual({ code: null, signal: "SIGINT" });
  });

  it("leaves no temporary file behind", () => {
    expect(folder.files().filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});
