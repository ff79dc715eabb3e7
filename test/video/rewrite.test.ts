import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openInput } from "../../src/video/input.js";
import { openPlanes, type PlanarFrame } from "../../src/video/planes.js";
import { rewriteVideo } from "../../src/video/rewrite.js";
import { binaries, drain, ffmpeg, temporaryFolder } from "./_ffmpeg.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

/** Slow gradients of strong colours: what a wrong code, range or plane would change, and coding does not. */
const colours = (size: string) =>
  `nullsrc=s=${size}:r=10:d=0.5,format=gbrp,geq=r='255*X/W':g='255*Y/H':b='255*(W-X)/W'`;
const x264 = ["-c:v", "libx264", "-crf", "4"];
const bt709 = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"];

const videos: Readonly<Record<string, readonly string[]>> = {
  "BT.709": ["-vf", `scale=out_color_matrix=bt709,format=yuv420p`, ...bt709, ...x264],
  "BT.601 that does not say so": ["-vf", "format=yuv420p", ...x264],
  "full range": ["-vf", "format=yuvj420p", ...x264],
  "all colours and an odd size": ["-vf", "crop=161:121:exact=1,format=yuv444p", ...x264],
  RGB: ["-vf", "format=bgr0", "-c:v", "ffv1"],
  grey: ["-vf", "format=gray", "-c:v", "ffv1"],
};

async function pixelsOf(path: string): Promise<{ width: number; height: number; data: Uint8Array }[]> {
  return drain(await openInput(path), ({ width, height, data }) => ({ width, height, data: data.slice() }));
}

/** The average and the largest difference of two pictures, without the last row and column, which an odd size blackens. */
function difference(
  a: { width: number; height: number; data: Uint8Array },
  b: { width: number; data: Uint8Array },
): { mean: number; most: number } {
  let [sum, most] = [0, 0];
  for (let y = 0; y < a.height - 1; y++)
    for (let x = 0; x < (a.width - 1) * 3; x++) {
      const off = Math.abs(a.data[y * a.width * 3 + x]! - b.data[y * b.width * 3 + x]!);
      sum += off;
      most = Math.max(most, off);
    }
  return { mean: sum / a.data.length, most };
}

describe.each(binaries)("rewriteVideo with $binary", ({ path: binary }) => {
  const options = { ffmpeg: binary };

  it.each(Object.keys(videos))("keeps the colours of a video in %s", async (kind) => {
    const input = at(`${kind.replaceAll(/\W/g, "")}.mkv`);
    ffmpeg("-f", "lavfi", "-i", colours("162x122"), ...videos[kind]!, input);
    const { source, looks, file } = await openPlanes(input, options);
    const out = at("out.mkv");
    await rewriteVideo(source, out, { ...options, looks, file, quality: 4 });
    const [before, after] = [await pixelsOf(input), await pixelsOf(out)];
    expect(after).toHaveLength(5);
    expect(after[0]!.width % 2).toBe(0);
    for (const [i, frame] of before.entries()) {
      const { mean, most } = difference(frame, after[i]!);
      expect(mean).toBeLessThan(2.5);
      expect(most).toBeLessThan(24);
    }
  });

  it("keeps the colours of pictures, which are none of ffmpeg's", async () => {
    const pictures = at(`pictures-${binaries.findIndex(({ path }) => path === binary)}`);
    mkdirSync(pictures);
    ffmpeg("-f", "lavfi", "-i", colours("163x121"), join(pictures, "%d.png"));
    const { source, looks, file } = await openPlanes(pictures, options);
    expect([looks, file]).toEqual([undefined, undefined]);
    await rewriteVideo(source, at("pictures.mkv"), { ...options, frameRate: 30, quality: 4 });
    const [before, after] = [await pixelsOf(pictures), await pixelsOf(at("pictures.mkv"))];
    expect(after[0]).toMatchObject({ width: 164, height: 122 });
    for (const [i, frame] of before.entries()) expect(difference(frame, after[i]!).mean).toBeLessThan(2.5);
  });

  it("leaves nothing and tells why where drawing fails or the frames do", async () => {
    const input = at("fails.mov");
    ffmpeg("-f", "lavfi", "-i", colours("64x48"), ...videos["BT.709"]!, input);
    const out = at("none/out.mp4");
    mkdirSync(at("none"), { recursive: true });
    const failing = async (draw: (frame: PlanarFrame) => Promise<void>) => {
      const { source } = await openPlanes(input, options);
      return rewriteVideo(source, out, { ...options, draw });
    };
    await expect(
      failing(async ({ index }) => {
        if (index === 3) throw new Error("no ink");
      }),
    ).rejects.toThrow("no ink");
    const { source } = await openPlanes(input, options);
    async function* broken() {
      for await (const frame of source) {
        if (frame.index === 2) throw new Error("torn");
        yield frame;
      }
    }
    await expect(rewriteVideo(broken(), out, options)).rejects.toThrow("torn");
    expect(readdirSync(at("none"))).toEqual([]);
  });
});

describe("openPlanes", () => {
  it("hands on exactly what was decoded, where that is 4:2:0 already", async () => {
    const input = at("exact.mp4");
    ffmpeg("-f", "lavfi", "-i", colours("96x64"), "-vf", "format=yuv420p", ...x264, input);
    const raw = execFileSync(
      binaries.at(-1)!.path,
      ["-v", "error", "-i", input, "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"],
      { maxBuffer: 2 ** 26 },
    );
    const { source } = await openPlanes(input, { ffmpeg: binaries.at(-1)!.path });
    const frames = await drain(source, ({ data }) => Buffer.from(data));
    expect(Buffer.concat(frames).equals(raw)).toBe(true);
  });
});
