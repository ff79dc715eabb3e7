import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { planStrips } from "../../src/render/strip-plan.js";
import { type Strip, Strips } from "../../src/render/strips.js";
import type { Frame, FrameTracks } from "../../src/types.js";

const [WIDTH, HEIGHT] = [320, 240];

/** Three that stand in columns of their own, the last from frame 10 on. */
const tracks: FrameTracks[] = Array.from({ length: 20 }, (_, index) => ({
  ...{ index, time: index / 10 },
  tracks: [1, 2, 3]
    .filter((id) => id < 3 || index >= 10)
    .map((id) => ({
      ...{ id, box: [id * 80, 60, id * 80 + 40, 180] as const, score: 0.9, class: 0, detection: 0 },
    })),
}));

/** Each column in a grey of its own, a little brighter from frame to frame. */
function frameOf(index: number, scale = 1): Frame {
  const [width, height] = [WIDTH * scale, HEIGHT * scale];
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++)
    data.fill(50 * Math.floor(((i % width) / scale + 20) / 80) + index, i * 3, i * 3 + 3);
  return { index, time: index / 10, width, height, data };
}

async function cut(strips: Strips, scale = 1): Promise<readonly Strip[]> {
  for (const index of strips.frames) await strips.add(frameOf(index, scale));
  return strips.finish();
}

describe("film strips", () => {
  it("are pictures of each identity in the order of its frames", async () => {
    const strips = new Strips(planStrips(tracks));
    const made = await cut(strips);
    expect(made.map(({ id }) => id)).toEqual([1, 2, 3]);
    for (const { id, frames, jpeg } of made) {
      expect(frames).toEqual([...frames].sort((a, b) => a - b));
      const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
      expect([info.width, info.height]).toEqual([strips.width * frames.length, strips.height]);
      for (const [i, frame] of frames.entries()) {
        const at = (info.width * (info.height >> 1) + (i + 0.5) * strips.width) * 3;
        expect(Math.abs(data[Math.floor(at / 3) * 3]! - (50 * id + frame))).toBeLessThan(4);
      }
    }
  });

  it("are the same of smaller frames, where the size of the boxes' pictures is told", async () => {
    const size = { width: WIDTH, height: HEIGHT };
    const [whole, half] = [
      await cut(new Strips(planStrips(tracks))),
      new Strips(planStrips(tracks), { size }),
    ];
    for (const [i, { jpeg }] of (await cut(half, 0.5)).entries()) {
      const [a, b] = await Promise.all([jpeg, whole[i]!.jpeg].map((one) => sharp(one).stats()));
      expect(Math.abs(a!.channels[0]!.mean - b!.channels[0]!.mean)).toBeLessThan(3);
    }
  });

  it("go on with those that are missing", async () => {
    const whole = await cut(new Strips(planStrips(tracks)));
    const told: number[] = [];
    const made = [whole[0]!, whole[2]!];
    const rest = new Strips(planStrips(tracks), { made, onStrip: ({ id }) => told.push(id) });
    const wanted = planStrips(tracks).wanted;
    expect(rest.frames).toEqual(
      [...wanted.keys()].filter((at) => wanted.get(at)!.some(({ id }) => id === 2)).sort((a, b) => a - b),
    );
    expect(await cut(rest)).toEqual(whole);
    expect(told).toEqual([2]);
    expect(new Strips(planStrips(tracks), { made: whole }).frames).toEqual([]);
  });
});
