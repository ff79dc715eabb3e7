/**
 * `--camera-motion`: what the pictures tell, what a file tells, and nothing.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { random } from "../_random.js";
import { clouds, shoot } from "../camera/_scene.js";
import { run, temporaryFolder } from "./_cli.js";

const FRAMES = 24;
const [width, height] = [320, 180] as const;
const folder = temporaryFolder();
const cwd = folder.path;
const inFolder = (name: string) => join(cwd, name);
const people = [60, 150, 240];

/** A camera that jerks to and fro while people stand there. */
beforeAll(async () => {
  mkdirSync(inFolder("frames"));
  const scene = clouds(13);
  const next = random(7);
  let rows = "";
  let motions = "";
  let last = 0;
  for (let i = 0; i < FRAMES; i++) {
    const shift = i === 0 ? 0 : Math.round(70 * next() - 35);
    motions += `${i}\t1\t0\t${shift - last}\t0\t1\t0\n`;
    last = shift;
    const { data } = shoot(scene, i, [width, height], [1, 0, shift, 0, 1, 0]);
    const name = `${String(i + 1).padStart(3, "0")}.png`;
    await sharp(data, { raw: { width, height, channels: 3 } }).toFile(inFolder(`frames/${name}`));
    for (const x of people) rows += `${i + 1},-1,${x + shift},60,20,60,0.9,-1,-1,-1\n`;
  }
  writeFileSync(inFolder("det.txt"), rows);
  writeFileSync(inFolder("motion.txt"), motions);
});
afterAll(() => folder.remove());

const common = ["frames", "--detections", "det.txt", "--no-reid", "--quiet"];

async function tracked(...args: readonly string[]): Promise<{ ids: number; boxes: number; text: string }> {
  const { code, stderr } = await run([...common, "--out", "out.json", ...args], { cwd });
  expect(stderr).toBe("");
  expect(code).toBe(0);
  const text = readFileSync(inFolder("out.json"), "utf8");
  rmSync(inFolder("out.json"));
  const all = JSON.parse(text).frames.flatMap(({ tracks }: { tracks: { id: number }[] }) => tracks);
  return { ids: new Set(all.map(({ id }: { id: number }) => id)).size, boxes: all.length, text };
}

describe("--camera-motion", () => {
  it("is seen in the pictures unless told otherwise, also where detections come from a file", async () => {
    const whole = { ids: people.length, boxes: FRAMES * people.length };
    const auto = await tracked();
    expect(auto).toMatchObject(whole);
    expect(auto.text).toContain('"cameraMotion":"pictures"');
    expect((await tracked("--camera-motion", "auto")).text).toBe(auto.text);
    expect(await tracked("--camera-motion", "motion.txt")).toMatchObject(whole);
    const off = await tracked("--camera-motion", "off");
    expect(off.text).toContain('"cameraMotion":"off"');
    expect(off.ids === whole.ids && off.boxes === whole.boxes).toBe(false);
  });

  it("is refused as a file where the tracker makes nothing of it", async () => {
    const args = [...common, "--out", "s.json", "--tracker", "sort", "--camera-motion", "motion.txt"];
    const { code, stderr } = await run(args, { cwd });
    expect([code, stderr]).toEqual([
      2,
      'error: Option --camera-motion: the tracker "sort" does not follow the camera; expected throughline or botsort\n',
    ]);
  });

  it("goes on where a run was killed, to the same bytes", async () => {
    const args = [...common, "--out", "k.json", "--checkpoint", "0"];
    expect((await run(args, { cwd })).code).toBe(0);
    const expected = readFileSync(inFolder("k.json"), "utf8");
    const loud = args.filter((arg) => arg !== "--quiet");
    const node = ["--import", new URL("_sigkill.mjs", import.meta.url).href];
    for (const step of [40, 90]) {
      rmSync(inFolder("k.json"));
      expect((await run(args, { cwd, node, env: { CRASH_AT: String(step) } })).code).toBe(null);
      const { code, stderr } = await run(loud, { cwd });
      expect(stderr).toMatch(/Going on with "k.json" after frame \d+/);
      expect(code).toBe(0);
      expect(readFileSync(inFolder("k.json"), "utf8")).toBe(expected);
    }
    expect(expected).toContain('"cameraMotion":"pictures"');
  });
});
