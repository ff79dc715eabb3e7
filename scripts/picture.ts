/**
 * Draws one frame of a video with its tracks: for the README, and for looking at results by eye.
 *
 *   npx tsx scripts/picture.ts samples/pets.mp4 tracks.json --frame 100 --out docs/pets.jpg
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { json } from "../src/format/json.js";
import type { Frame, Track } from "../src/types.js";
import { openInput } from "../src/video/input.js";

// Okabe and Ito's palette: told apart also by colour-blind people.
const COLOURS = ["#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7"];
const TRAIL = 40;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    frame: { type: "string", default: "0" },
    out: { type: "string", default: "frame.jpg" },
    width: { type: "string" },
  },
});
const [input, tracksFile] = positionals;
if (!input || !tracksFile) throw new Error("usage: picture.ts INPUT TRACKS.json --frame N --out FILE");

const parsed = json.parse!(readFileSync(tracksFile, "utf8"), tracksFile);
const wanted = Number(values.frame);
const labels = parsed.header?.labels ?? [];
const tracks = parsed.frames.find((f) => f.index === wanted)?.tracks ?? [];
const frame = await frameAt(input, wanted);
const picture = sharp(frame.data, { raw: { width: frame.width, height: frame.height, channels: 3 } });
const drawn = await picture
  .composite([{ input: Buffer.from(overlay(frame, tracks)) }])
  .png()
  .toBuffer();
await sharp(drawn)
  .resize(values.width ? { width: Number(values.width) } : {})
  .toFile(values.out);
console.log(`${values.out}: frame ${wanted} of ${input}, ${tracks.length} tracks`);

async function frameAt(path: string, index: number): Promise<Frame> {
  const source = await openInput(path);
  try {
    for await (const frame of source) {
      if (frame.index === index) return frame;
      frame.release?.();
    }
  } finally {
    await source.close();
  }
  throw new RangeError(`${path} has no frame ${index}`);
}

function overlay({ width, height }: Frame, tracks: readonly Track[]): string {
  const unit = Math.max(1, height / 576);
  const parts = tracks.map(({ id, box: [x1, y1, x2, y2], class: c }) => {
    const colour = COLOURS[id % COLOURS.length];
    const text = `${id}${labels[c] && labels[c] !== "person" ? ` ${labels[c]}` : ""}`;
    const label = 13 * unit;
    return `<polyline points="${trail(id)}" fill="none" stroke="${colour}" stroke-width="${2 * unit}" stroke-opacity="0.7"/>
      <rect x="${x1}" y="${y1}" width="${x2 - x1}" height="${y2 - y1}" fill="none" stroke="${colour}" stroke-width="${2 * unit}"/>
      <rect x="${x1 - unit}" y="${y1 - label - 2 * unit}" width="${text.length * label * 0.62 + 4 * unit}" height="${label + 2 * unit}" fill="${colour}"/>
      <text x="${x1 + unit}" y="${y1 - 4 * unit}" font-family="DejaVu Sans, sans-serif" font-weight="bold" font-size="${label}" fill="#000">${text}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${parts.join("")}</svg>`;
}

/** Where the identity's feet were in the frames before. */
function trail(id: number): string {
  const points: string[] = [];
  for (const { index, tracks } of parsed.frames) {
    if (index <= wanted - TRAIL || index > wanted) continue;
    const box = tracks.find((t) => t.id === id)?.box;
    if (box) points.push(`${(box[0] + box[2]) / 2},${box[3]}`);
  }
  return points.join(" ");
}
