import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { OutputError } from "../../src/errors.js";
import { openInput } from "../../src/video/input.js";
import { encodeVideo, type Picture } from "../../src/video/write.js";
import { binaries, drain, temporaryFolder } from "./_ffmpeg.js";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);

/** Pictures of one grey level each, brighter from one to the next; all share one memory. */
function* brighter(count: number, width: number, height: number): Generator<Picture> {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < count; i++) yield { width, height, data: data.fill(20 + 20 * i) };
}

describe.each(binaries)("with $binary", ({ path: ffmpeg }) => {
  test.each(["out.mp4", "out.mkv", "out.avi", "two words.mp4", "-i.mp4"])(
    "%s can be read back",
    async (name) => {
      await encodeVideo(brighter(8, 64, 48), at(name), { frameRate: 10, ffmpeg });
      const source = await openInput(at(name), { ffmpeg });
      expect(source).toMatchObject({ width: 64, height: 48, frameRate: 10 });
      const frames = await drain(source, ({ time, data }) => [time, data[3000]]);
      expect(frames.map(([time]) => Math.round(time * 1000))).toEqual([0, 100, 200, 300, 400, 500, 600, 700]);
      for (const [i, [, level]] of frames.entries()) expect(Math.abs(level - (20 + 20 * i))).toBeLessThan(6);
      expect(readdirSync(folder).filter((file) => file.startsWith("."))).toEqual([]);
    },
  );

  test("odd sizes get a row and a column", async () => {
    await encodeVideo(brighter(2, 33, 17), at("odd.mp4"), { ffmpeg });
    expect(
      await openInput(at("odd.mp4"), { ffmpeg }).then(async (source) => {
        await source.close();
        return [source.width, source.height];
      }),
    ).toEqual([34, 18]);
  });

  test("what fails leaves the old file as it was, and nothing else", async () => {
    mkdirSync(at("safe"), { recursive: true });
    writeFileSync(at("safe/old.mp4"), "old");
    function* failing() {
      yield* brighter(3, 64, 48);
      throw new Error("no more film");
    }
    function* growing() {
      yield* brighter(3, 64, 48);
      yield* brighter(3, 66, 48);
    }
    await expect(encodeVideo(failing(), at("safe/old.mp4"), { ffmpeg })).rejects.toThrow("no more film");
    await expect(encodeVideo(growing(), at("safe/old.mp4"), { ffmpeg })).rejects.toThrow(
      new RangeError("Expected pictures of 64x48 (9216 bytes), got 66x48 (9504 bytes)"),
    );
    await expect(encodeVideo([], at("safe/old.mp4"), { ffmpeg })).rejects.toThrow(OutputError);
    await expect(encodeVideo(brighter(3, 64, 48), at("safe/old.xyz"), { ffmpeg })).rejects.toThrow(
      /^Cannot write ".*old\.xyz": \S[^\n]*$/,
    );
    expect(readdirSync(at("safe"))).toEqual(["old.mp4"]);
    expect(readFileSync(at("safe/old.mp4"), "utf8")).toBe("old");
  });

  test("a folder that does not exist is one clear line, and the source is closed", async () => {
    let closed = false;
    function* endless() {
      try {
        for (;;) yield* brighter(3, 64, 48);
      } finally {
        closed = true;
      }
    }
    const error: unknown = await encodeVideo(endless(), at("nowhere/out.mp4"), { ffmpeg }).catch(
      (error) => error,
    );
    expect(error).toBeInstanceOf(OutputError);
    expect((error as Error).message).toMatch(
      /^Cannot write ".*nowhere\/out\.mp4": .*No such file or directory$/,
    );
    expect(closed).toBe(true);
    expect(existsSync(at("nowhere"))).toBe(false);
  });
});

test("an option out of range is named", async () => {
  await expect(encodeVideo([], at("x.mp4"), { frameRate: 0 })).rejects.toThrow(
    new RangeError('Option "frameRate" must be frames per second above 0, got 0'),
  );
  await expect(encodeVideo([], at("x.mp4"), { quality: 52 })).rejects.toThrow(
    new RangeError('Option "quality" must be from 0 to 51, got 52'),
  );
});
