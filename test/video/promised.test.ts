import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { promisedFrames } from "../../src/video/_promised.js";
import { installer, makeVideo, oracle, ffmpeg as run, temporaryFolder } from "./_ffmpeg.js";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);

beforeAll(() => {
  makeVideo(at("plain.mp4"), { seconds: 4 });
  const variable = ["-vf", "select='not(mod(n\\,3))+lt(n\\,10)'", "-vsync", "vfr"];
  makeVideo(at("hidden.mp4"), { more: variable });
  makeVideo(at("ordered.mov"), { more: [...variable, "-bf", "0"] });
  run("-ss", "1.5", "-i", at("plain.mp4"), "-c", "copy", at("trimmed.mp4"));
  run(
    "-f",
    "lavfi",
    "-i",
    "sine=d=3",
    "-i",
    at("plain.mp4"),
    "-c:v",
    "copy",
    "-map",
    "0",
    "-map",
    "1",
    at("sound-first.mp4"),
  );
  makeVideo(at("plain.avi"), { codec: ["-c:v", "mpeg4"] });
  run(
    "-f",
    "lavfi",
    "-i",
    "sine=d=3",
    "-i",
    at("plain.avi"),
    "-c:v",
    "copy",
    "-map",
    "0",
    "-map",
    "1",
    at("sound-first.avi"),
  );
  run("-i", at("plain.mp4"), "-c", "copy", "-movflags", "frag_keyframe+empty_moov", at("fragmented.mp4"));
  run("-i", at("plain.mp4"), "-c", "copy", at("other.mkv"));
});

test.each([
  "plain.mp4",
  "hidden.mp4",
  "ordered.mov",
  "trimmed.mp4",
  "sound-first.mp4",
  "plain.avi",
  "sound-first.avi",
])(
  "the header of %s promises what ffmpeg decodes, edit lists and reordered frames included",
  async (name) => {
    const times = oracle(installer, at(name)).map(({ time }) => time);
    const promised = await promisedFrames(at(name));
    expect(promised?.frames).toBe(times.length);
    expect(promised?.span).toBeCloseTo(times.at(-1)! - times[0], 3);
  },
);

test.each(["fragmented.mp4", "other.mkv"])("nothing is promised by %s", async (name) => {
  expect(await promisedFrames(at(name))).toBeUndefined();
});

test("headers that lie neither throw nor hang", async () => {
  for (const name of ["plain.mp4", "plain.avi"]) {
    const bytes = readFileSync(at(name));
    const from = name === "plain.mp4" ? bytes.lastIndexOf("moov") - 4 : 0;
    let state = 11;
    for (let round = 0; round < 300; round++) {
      const lie = Buffer.from(bytes);
      for (let i = 0; i < 4; i++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        lie[from + (state % Math.min(2500, bytes.length - from))] = state >>> 24;
      }
      writeFileSync(at("lie"), round % 3 === 0 ? lie.subarray(0, from + (state % 2500)) : lie);
      const promised = await promisedFrames(at("lie"));
      if (promised !== undefined) expect(Number.isFinite(promised.frames) && promised.frames > 0).toBe(true);
    }
  }
  const boxes = Buffer.alloc(8 * 200_000);
  for (let i = 0; i < boxes.length; i += 8) boxes.writeUInt32BE(8, i);
  writeFileSync(at("boxes"), boxes);
  expect(await promisedFrames(at("boxes"))).toBeUndefined();
});
