/**
 * Peak memory of the built `track` on 1080p video, short and three times as long: it must not depend on the length.
 * Linux only: it reads VmHWM of the process and of its ffmpeg.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFfmpeg } from "../../src/video/find.js";
import { machine } from "./_machine.js";

const CLIP = new URL("../../samples/pets.mp4", import.meta.url).pathname;
const MAIN = new URL("../../dist/cli/main.js", import.meta.url).pathname;
const { path: ffmpeg } = await findFfmpeg();
const folder = mkdtempSync(join(tmpdir(), "throughline-memory-"));

/** The sample clip, enlarged to 1080p and played `times` times. */
function enlarged(times: number): string {
  const file = join(folder, `${times}.mp4`);
  const scale = ["-vf", "scale=1920:1080", "-c:v", "libx264", "-preset", "ultrafast", "-an"];
  execFileSync(ffmpeg, ["-v", "error", "-stream_loop", String(times - 1), "-i", CLIP, ...scale, "-y", file]);
  return file;
}

const peakOf = (pid: number): number => {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0; // it has ended
  }
};
const childrenOf = (pid: number): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/stat`, "utf8").split(") ")[1]!.split(" ")[1] === String(pid);
      } catch {
        return false;
      }
    })
    .map(Number);

async function peak(file: string): Promise<{ node: number; ffmpeg: number }> {
  const child = spawn(process.execPath, [MAIN, file, "--out", join(folder, "out.json"), "--quiet"], {
    stdio: "inherit",
  });
  const highest = { node: 0, ffmpeg: 0 };
  const timer = setInterval(() => {
    highest.node = Math.max(highest.node, peakOf(child.pid!));
    for (const pid of childrenOf(child.pid!)) highest.ffmpeg = Math.max(highest.ffmpeg, peakOf(pid));
  }, 50);
  const [status] = await once(child, "exit");
  clearInterval(timer);
  if (status !== 0) throw new Error(`track ended with ${status}`);
  return highest;
}

console.log(machine());
try {
  for (const times of [1, 3]) {
    const { node, ffmpeg } = await peak(enlarged(times));
    console.log(
      `${120 * times} frames of 1920x1080: track ${node.toFixed(0)} MB, its ffmpeg ${ffmpeg.toFixed(0)} MB at the peak`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
