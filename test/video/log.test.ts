import { describe, expect, test } from "vitest";
import { DamageLog } from "../../src/video/_damage.js";
import { parseLine } from "../../src/video/_log.js";

describe("a line of ffmpeg", () => {
  test("with a frame is its time and size, in builds of 2018 and of today", () => {
    const old =
      "[showinfo@all @ 0x2345ea00] [info] n:   3 pts:  90000 pts_time:0.09    pos:       44 fmt:yuv420p sar:1/1 s:1920x1080 i:P iskey:1 type:I ";
    const modern =
      "[showinfo@kept @ 0x55d21e30d840] [info] n:   3 pts:  -5000 pts_time:-0.005 duration:  40000 duration_time:0.04    fmt:yuv420p cl:left sar:1/1 s:64x48 i:P iskey:0 type:P ";
    expect(parseLine(old)).toEqual({ type: "frame", kept: false, ticks: 90000, width: 1920, height: 1080 });
    expect(parseLine(modern)).toEqual({ type: "frame", kept: true, ticks: -5000, width: 64, height: 48 });
  });

  test("with a frame without a time has none", () => {
    const line =
      "[showinfo@all @ 0x1] [info] n:   3 pts:NOPTS   pts_time:NOPTS   pos:  1 fmt:gray sar:0/1 s:8x8 i:P ";
    expect(parseLine(line)).toEqual({ type: "frame", kept: false, ticks: undefined, width: 8, height: 8 });
  });

  test.each([
    [
      "[info]   Stream #0:0[0x1](und): Video: h264 (High) (avc1 / 0x31637661), yuv420p(progressive), 640x360 [SAR 1:1 DAR 16:9], 98 kb/s, 29.83 fps, 29.83 tbr, 11456 tbn (default)",
      { type: "stream", id: "0:0", kind: "Video", codec: "h264", width: 640, height: 360, frameRate: 29.83 },
    ],
    [
      "[info]     Stream #0:1(eng): Video: mpeg4 (Simple Profile), yuv420p, 720x480, 29.97 tbr, 29.97 fps, 30k tbn",
      {
        type: "stream",
        id: "0:1",
        kind: "Video",
        codec: "mpeg4",
        width: 720,
        height: 480,
        frameRate: 30000 / 1001,
      },
    ],
    [
      "[info]   Stream #0:1: Audio: aac (LC), 48000 Hz, stereo",
      { type: "stream", id: "0:1", kind: "Audio", codec: "aac" },
    ],
    ["[info]   Stream #0:2 -> #0:0 (h264 (native) -> rawvideo (native))", { type: "mapped", id: "0:2" }],
    [
      "[info]   Duration: 01:02:03.50, start: 0.000000, bitrate: 1 kb/s",
      { type: "duration", seconds: 3723.5 },
    ],
    ["[info] Input #0, matroska,webm, from 'file:/a b.mkv':", { type: "input", container: "matroska,webm" }],
    ["[info] Output #0, rawvideo, to 'pipe:1':", { type: "output" }],
    [
      "[h264 @ 0x884ad00] [error] Reference 4 >= 4",
      { type: "message", level: "error", from: "h264", text: "Reference 4 >= 4" },
    ],
    [
      "[vist#0:0/h264 @ 0x1] [dec:h264 @ 0x2] [error] Error submitting packet to decoder",
      { type: "message", level: "error", from: "vist#0:0/h264", text: "Error submitting packet to decoder" },
    ],
    ["[fatal] gone", { type: "message", level: "error", from: "", text: "gone" }],
  ])("is a value: %s", (line, value) => {
    expect(parseLine(line)).toEqual(value);
  });

  test.each([
    "",
    "words",
    "[info]   Duration: N/A, bitrate: N/A",
    "[info]     title : [showinfo@all @ 0x1] n: 0 pts: 0",
    "[debug] x",
  ])("that says nothing of interest is nothing: %j", (line) => {
    expect(parseLine(line)).toBeUndefined();
  });
});

describe("complaints", () => {
  const error = (text: string) => ({ type: "message", level: "error", from: "h264", text }) as const;

  test("before decoding begins are about guessing the format", () => {
    const log = new DamageLog();
    log.message(error("no frame!"));
    expect(log.list()).toEqual([]);
  });

  test("close together are one range, with the first reason; far apart two", () => {
    const log = new DamageLog();
    log.begin("flv");
    for (let index = 0; index < 40; index++) {
      if (index === 3 || index === 9 || index === 36) log.message(error(`trouble at ${index}`));
      log.frame(index / 10);
    }
    expect(log.list()).toEqual([
      { kind: "corrupt", fromFrame: 3, toFrame: 9, fromTime: 0.2, toTime: 0.9, reason: "h264: trouble at 3" },
      {
        kind: "corrupt",
        fromFrame: 36,
        toFrame: 36,
        fromTime: 3.5,
        toTime: 3.6,
        reason: "h264: trouble at 36",
      },
    ]);
  });

  test("of the container's reader have no place among the frames", () => {
    const log = new DamageLog();
    log.begin("flv");
    log.message({ ...error("odd tag"), from: "flv" });
    log.message({ ...error("corrupt input packet in stream 0"), level: "warning", from: "" });
    expect(log.list()).toEqual([]);
    expect(log.packets).toBe("flv: odd tag");
  });

  test("after the last frame have a time and no frame to point at", () => {
    const log = new DamageLog();
    log.begin("flv");
    log.frame(0.5);
    log.message(error("trouble"));
    expect(log.list()).toEqual([{ kind: "corrupt", fromTime: 0.5, reason: "h264: trouble" }]);
  });
});
