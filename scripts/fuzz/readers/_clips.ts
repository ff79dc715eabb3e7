import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** npm's build of 2018, which is always there. */
export const installer: string = createRequire(import.meta.url)("@ffmpeg-installer/ffmpeg").path;
chmodSync(installer, 0o755);

/** Ten pictures of 32 x 24 in each container, by its ending. */
export const clips: Readonly<Record<string, Buffer>> = make([
  ["mp4", "-c:v", "libx264", "-g", "5"],
  ["avi", "-c:v", "mpeg4"],
  ["mkv", "-c:v", "libx264"],
  ["webm", "-c:v", "libvpx"],
  ["ts", "-c:v", "libx264"],
  ["flv", "-c:v", "flv"],
  ["gif"],
  ["y4m", "-pix_fmt", "yuv420p"],
]);

function make(kinds: readonly (readonly [ending: string, ...args: string[]])[]): Record<string, Buffer> {
  const folder = mkdtempSync(join(tmpdir(), "throughline-clips-"));
  const source = ["-f", "lavfi", "-i", "testsrc=s=32x24:r=10:d=1"];
  try {
    const outputs = kinds.flatMap(([ending, ...args]) => [...args, join(folder, `clip.${ending}`)]);
    execFileSync(installer, ["-v", "error", "-nostdin", "-y", ...source, ...outputs]);
    return Object.fromEntries(
      kinds.map(([ending]) => [ending, readFileSync(join(folder, `clip.${ending}`))]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
