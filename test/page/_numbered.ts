/** Videos whose every picture carries its number in black and white, and pages around them. */
import { createWriteStream, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { fillPage, type Report } from "../../src/report/boot.js";
import { pack } from "../../src/report/pack.js";
import { type Run, toRun } from "../../src/report/run.js";
import { ffmpeg } from "../video/_ffmpeg.js";

export const WIDTH = 256;
export const HEIGHT = 144;
/** Blocks of 32 x 72, eight in a row, the lowest bit first. */
const BITS = 16;

/** Makes a video. `setpts` is ffmpeg's expression of a frame's time in milliseconds, N being its number. */
export function makeNumbered(
  path: string,
  count: number,
  setpts: string,
  { codec = ["-c:v", "libx264", "-bf", "3", "-g", "48", "-preset", "veryfast"], more = [] as string[] } = {},
): string {
  const raw = `${path}.gray`;
  const bytes = Buffer.alloc(count * WIDTH * HEIGHT);
  for (let n = 0; n < count; n++)
    for (let y = 0; y < HEIGHT; y++)
      for (let bit = 0; bit < 8; bit++) {
        const value = (n >> (bit + (y < HEIGHT / 2 ? 0 : 8))) & 1 ? 235 : 16;
        const from = (n * HEIGHT + y) * WIDTH + bit * 32;
        bytes.fill(value, from, from + 32);
      }
  writeFileSync(raw, bytes);
  ffmpeg(
    ...["-f", "rawvideo", "-pix_fmt", "gray", "-s", `${WIDTH}x${HEIGHT}`, "-r", "25", "-i", raw],
    ...["-vf", `settb=1/1000,setpts='${setpts}',format=yuv420p`, "-vsync", "passthrough"],
    ...["-enc_time_base", "1/1000", ...codec, ...more, path],
  );
  rmSync(raw);
  return path;
}

/** A run with one identity that goes from left to right. */
export function numberedRun(times: readonly number[]): Run {
  return toRun(
    { input: "numbered.mp4", width: WIDTH, height: HEIGHT, frameRate: 25, labels: ["person"], isTimed: true },
    times.map((time, index) => {
      const x = 20 + (index % 180);
      const track = { id: 1, box: [x, 40, x + 30, 100], score: 0.9, class: 0, detection: 0 } as const;
      return { index, time, tracks: [track] };
    }),
  );
}

/** Writes a report. */
export async function writePage(
  path: string,
  run: Run,
  report: Partial<Report> = {},
  parts: readonly { readonly name: string; readonly data: Uint8Array }[] = [],
): Promise<string> {
  const template = readFileSync(
    fileURLToPath(new URL("../../dist/page/index.html", import.meta.url)),
    "utf8",
  );
  const all: Report = {
    ...{ title: "numbered", tracks: "numbered.json", made: "2026-01-01T00:00:00Z", version: "0" },
    ...{ settings: {}, notices: [], ...report },
  };
  const blocks = [{ name: "run", data: gzipSync(pack(run)) }, ...parts];
  const texts = fillPage(
    template,
    { page: "report", report: all },
    blocks.map(({ name, data }) => ({ name, data: [data] })),
  );
  await pipeline(texts, createWriteStream(path));
  return path;
}

/** A report with its video inside. */
export function writeVideoPage(
  folder: string,
  name: string,
  video: string,
  run: Run,
  {
    type = 'video/mp4; codecs="avc1.640028"',
    offset = 0,
    ...report
  }: Partial<Report> & { type?: string; offset?: number } = {},
): Promise<string> {
  return writePage(
    join(folder, `${name}.html`),
    run,
    { video: { from: { part: "video" }, type, width: WIDTH, height: HEIGHT, offset }, ...report },
    [{ name: "video", data: readFileSync(video) }],
  );
}

/** The number in the picture that the page's video shows now. */
export const pictureNumber = (page: Page): Promise<number> =>
  page.evaluate(
    ([width, height, bits]) => {
      const canvas = document.createElement("canvas");
      canvas.width = width!;
      canvas.height = height!;
      const context = canvas.getContext("2d")!;
      context.drawImage(document.querySelector("video")!, 0, 0, width!, height!);
      let number = 0;
      for (let bit = 0; bit < bits!; bit++) {
        const [x, y] = [(bit % 8) * 32 + 16, (bit < 8 ? 0 : height! / 2) + height! / 4];
        if (context.getImageData(x, y, 1, 1).data[0]! > 127) number |= 1 << bit;
      }
      return number;
    },
    [WIDTH, HEIGHT, BITS],
  );
