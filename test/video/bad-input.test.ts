import { copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.js";
import { type Ffmpeg, findFfmpeg } from "../../src/video/find.js";
import { openInput } from "../../src/video/input.js";
import { binaries, drain, makeVideo, ffmpeg as run, temporaryFolder } from "./_ffmpeg.js";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);

/** Names that ffmpeg, or a command line, would take for something else than a file. */
const names = [
  "two words.mp4",
  "line\nbreak.mp4",
  "-i",
  "concat:a|b",
  "http:x.mp4",
  "file:y.mp4",
  "pipe:0",
  "%03d.mp4",
  "clip[1]*.mp4",
  "q'uo\"te.mp4",
  "naïve 名.mp4",
];

beforeAll(() => {
  makeVideo(at("good.mp4"), { seconds: 0.4 });
  for (const name of names) copyFileSync(at("good.mp4"), at(name));
  writeFileSync(at("empty.mp4"), "");
  writeFileSync(at("words.mp4"), "These are words.\n".repeat(1000));
  writeFileSync(at("words.avi"), "These are words.\n".repeat(1000));
  writeFileSync(at("noise.mkv"), Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919 * i) & 255)));
  run("-f", "lavfi", "-i", "sine=d=1", at("sound.mp4"));
  run("-f", "lavfi", "-i", "sine=d=1", at("sound.mp3"));
  run("-i", at("good.mp4"), "-frames:v", "1", at("cover.png"));
  run("-i", at("sound.mp3"), "-i", at("cover.png"), "-map", "0", "-map", "1", "-c", "copy", at("cover.mp3"));
  run("-i", at("good.mp4"), "-frames:v", "1", "-c:v", "libx264", at("one.mp4"));
  writeFileSync(at("huge.avi"), huge());
  writeFileSync(at("index-cut-off.mp4"), readFileSync(at("good.mp4")).subarray(0, 2000));
  playlists();
});

/** A small AVI of JPEG pictures that claim, in every header, to be 16384 x 8192. */
function huge(): Buffer {
  makeVideo(at("small.avi"), { size: "64x64", seconds: 0.2, codec: ["-c:v", "mjpeg"] });
  const bytes = readFileSync(at("small.avi"));
  const avih = bytes.indexOf("avih") + 8;
  const strf = bytes.indexOf("strf") + 8;
  for (const [position, value] of [
    [avih + 32, 16384],
    [avih + 36, 8192],
    [strf + 4, 16384],
    [strf + 8, 8192],
  ])
    bytes.writeUInt32LE(value, position);
  const frame = Buffer.from([0xff, 0xc0, 0, 17, 8, 0, 64, 0, 64]);
  for (let found = bytes.indexOf(frame); found !== -1; found = bytes.indexOf(frame, found + 1)) {
    bytes.writeUInt16BE(8192, found + 5);
    bytes.writeUInt16BE(16384, found + 7);
  }
  return bytes;
}

/** Files that make ffmpeg open others, under the name of a video. */
function playlists(): void {
  mkdirSync(at("secret"));
  run("-i", at("good.mp4"), "-c", "copy", "-f", "hls", at("secret/list.m3u8"));
  renameSync(at("secret/list0.ts"), at("secret/part.ts"));
  const part = "secret/part.ts";
  writeFileSync(
    at("playlist.mp4"),
    `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:0.4,\n${part}\n#EXT-X-ENDLIST\n`,
  );
  copyFileSync(at("playlist.mp4"), at("playlist.ts"));
  copyFileSync(at("playlist.mp4"), at("playlist.m3u8"));
  writeFileSync(at("script.mp4"), `ffconcat version 1.0\nfile ${part}\n`);
  writeFileSync(
    at("session.mp4"),
    "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
  );
}

describe.each(binaries)("with $binary", ({ path }) => {
  let ffmpeg: Ffmpeg;
  beforeAll(async () => {
    ffmpeg = await findFfmpeg({ ffmpeg: path });
  });

  test.each(names)("a file's name is a file's name: %j", async (name) => {
    const here = process.cwd();
    process.chdir(folder);
    try {
      const source = await openInput(name, { ffmpeg });
      expect(await drain(source, ({ index }) => index)).toHaveLength(10);
      expect(source.integrity().complete).toBe(true);
    } finally {
      process.chdir(here);
    }
  });

  test("one frame is a video", async () => {
    const source = await openInput(at("one.mp4"), { ffmpeg });
    expect(await drain(source, ({ time }) => time)).toEqual([0]);
    expect(source.integrity()).toMatchObject({ complete: true, frames: 1 });
  });

  test.each([
    ["missing.mp4", "no such file or folder"],
    ["empty.mp4", "expected a video file, found an empty one (0 bytes)"],
    [
      "words.mp4",
      "expected an MP4 file with its index (moov), found none: it is cut off, still being written, or no MP4 file at all",
    ],
    [
      "words.avi",
      /^expected a video file, found something else \(.*Invalid data found when processing input\)$/,
    ],
    ["noise.mkv", /^expected a video file, found /],
    ["sound.mp4", "expected a video stream, found only audio"],
    ["sound.mp3", "expected a video stream, found only audio"],
    ["cover.mp3", "expected a video stream, found only audio and a cover picture"],
    ["index-cut-off.mp4", /expected an MP4 file with its index \(moov\), found none/],
    [
      "huge.avi",
      "expected pictures of at most 33554432 pixels, found 16384x8192; allow them with --max-pixels 134217728",
    ],
    ["playlist.mp4", /^expected an? (video|MP4) file/],
    ["playlist.ts", /^expected an? (video|MP4) file/],
    ["playlist.m3u8", /^expected an? (video|MP4) file/],
    ["script.mp4", /^expected an? (video|MP4) file/],
    ["session.mp4", /^expected an? (video|MP4) file/],
  ])("%s is refused with one line that names it and what was expected", async (name, why) => {
    const error: unknown = await openInput(at(name), { ffmpeg }).then(
      () => undefined,
      (error) => error,
    );
    expect(error).toBeInstanceOf(InputError);
    const { message } = error as InputError;
    expect(message.startsWith(`Cannot read "${at(name)}": `)).toBe(true);
    const rest = message.slice(`Cannot read "${at(name)}": `.length);
    if (typeof why === "string") expect(rest).toBe(why);
    else expect(rest).toMatch(why);
    expect(rest).not.toContain("\n");
  });

  test("frames from beyond the end are refused with the length", async () => {
    await expect(openInput(at("good.mp4"), { ffmpeg, start: 9 })).rejects.toThrow(
      `Cannot read "${at("good.mp4")}": expected frames from 9 s on, found none (it lasts 0.40 s)`,
    );
  });
});

test("the playlists would be read by an ffmpeg that is not held back", () => {
  for (const name of ["playlist.mp4", "script.mp4"])
    run(...(name.startsWith("script") ? ["-f", "concat"] : []), "-i", at(name), "-f", "null", "-");
});

test("an address of a camera is refused with what to do, a folder without pictures with what it should have", async () => {
  await expect(openInput("rtsp://me:secret@127.0.0.1/x")).rejects.toThrow(
    'Cannot read "rtsp://127.0.0.1/x": expected a file or http://..., found an address; cameras are watched with --online',
  );
  await expect(openInput(at("secret"))).rejects.toThrow(
    `Cannot read "${at("secret")}": expected pictures in it, found none`,
  );
  if (process.platform !== "win32")
    await expect(openInput("/dev/null")).rejects.toThrow(
      'Cannot read "/dev/null": expected a file or a folder',
    );
});
