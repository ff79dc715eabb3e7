import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { pack, unpack } from "../../src/report/pack.js";
import { frameAt, frameOf, toRun } from "../../src/report/run.js";
import type { FrameTracks, Track } from "../../src/types.js";
import { random } from "../_random.js";

const facts = {
  input: "ä.mp4",
  width: 1920,
  height: 1080,
  frameRate: 29.97,
  labels: ["person"],
  isTimed: true,
};

function madeUp(seed: number, count: number): FrameTracks[] {
  const next = random(seed);
  const frames: FrameTracks[] = [];
  let [index, time] = [0, 1.8e9];
  for (let i = 0; i < count; i++) {
    index += 1 + Math.floor(next() * 3);
    time += Math.round(next() * 1e5) / 1e6;
    const tracks: Track[] = [];
    for (let id = 1; id < 12; id++) {
      if (next() < 0.4) continue;
      const side = () => Math.round((next() * 4000 - 1000) * 100) / 100;
      tracks.push({
        id: id ** 13,
        box: [side(), side(), side(), side()],
        score: Math.fround(Math.round(next() * 1e4) / 1e4),
        class: Math.floor(next() * 80),
        detection: next() < 0.1 ? -1 : 0,
        ...(next() < 0.1 ? { interpolated: true } : {}),
        ...(next() < 0.1 ? { joined: 3_000_000 } : {}),
      });
    }
    frames.push({ index, time: Math.round(time * 1e6) / 1e6, tracks });
  }
  return frames;
}

describe("a packed run", () => {
  it("comes back as it was", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const frames = madeUp(seed, 50);
      const run = unpack(pack(toRun(facts, frames)));
      expect(run).toMatchObject(facts);
      expect(frames.map((_, at) => frameOf(run, at))).toEqual(frames);
    }
  });

  it("may be empty", () => {
    const run = unpack(pack(toRun(facts, [])));
    expect(run.index).toHaveLength(0);
    expect(frameAt(run, 1)).toBe(0);
  });

  it("is refused in one line when it is damaged, and takes no memory for what is not there", () => {
    const bytes = pack(toRun(facts, madeUp(7, 20)));
    const next = random(3);
    for (let i = 0; i < 2000; i++) {
      const broken = bytes.slice(0, next() < 0.5 ? Math.floor(next() * bytes.length) : undefined);
      broken[Math.floor(next() * broken.length)]! ^= 1 + Math.floor(next() * 255);
      try {
        unpack(broken);
      } catch (error) {
        expect(error).toSatisfy((e) => e instanceof RangeError || e instanceof SyntaxError);
        expect(String(error)).not.toContain("\n");
      }
    }
  });

  it("takes a few bytes for each box", () => {
    const frames = Array.from({ length: 1000 }, (_, index) => ({
      index,
      time: index / 25,
      tracks: Array.from({ length: 10 }, (_, i) => ({
        id: i + 1,
        box: [index + i * 3.17, 50 + i, index + 40 + i * 3.17, 150 + i] as const,
        score: 0.9,
        class: 0,
        detection: i,
      })),
    }));
    expect(gzipSync(pack(toRun(facts, frames))).length / 10_000).toBeLessThan(2);
  });
});
