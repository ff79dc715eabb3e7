/**
 * Cameras on this machine. There is none where tests run: an ffmpeg in its place says what a real one says about a
 * device (ffmpeg 5.1, libavdevice's v4l2), and brings real frames of a test picture.
 */
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type LiveSource, openStream, type StreamEvent } from "../../src/video/stream.js";
import { isLive } from "../../src/video/stream-address.js";
import { installer, temporaryFolder } from "./_ffmpeg.js";

const folder = temporaryFolder();
const script = join(folder, "ffmpeg");
const state = join(folder, "state");
const log = join(folder, "arguments");
/** Of characters, as a camera is. */
const DEVICE = "/dev/null";
const V4L2 = "[video4linux2,v4l2 @ 0x5580]";

/** What `/dev/video0` says, by what is wrong with it. */
const SAID = {
  denied: [`${V4L2} [error] Cannot open video device ${DEVICE}: Permission denied`, "Permission denied"],
  busy: [`${V4L2} [error] ioctl(VIDIOC_STREAMON): Device or resource busy`, "Device or resource busy"],
  missing: [
    `${V4L2} [error] Cannot open video device ${DEVICE}: No such file or directory`,
    "No such file or directory",
  ],
  none: [`${V4L2} [error] Not a video capture device.`, "No such device"],
} as const;

const cases = Object.entries(SAID).map(
  ([name, lines]) => `${name}) printf '%s\\n' '${lines[0]}' '[error] ${DEVICE}: ${lines[1]}' >&2; exit 1;;`,
);
writeFileSync(
  script,
  `#!/bin/sh
case "$*" in *"-f v4l2"*) ;; *) exec '${installer}' "$@";; esac
printf '%s\\n' "$@" > '${log}'
case "$(cat '${state}')" in ${cases.join("\n")}
esac
# Its output arguments, on a picture in place of the camera's; five frames, then it is pulled out, or for ever.
while [ "$1" != -map ]; do shift; done
set -- -hide_banner -nostdin -nostats -loglevel level+repeat+info -re -f lavfi -i testsrc=size=96x64:rate=25 "$@"
[ "$(cat '${state}')" = pulled ] || exec '${installer}' "$@"
'${installer}' -t 0.2 "$@"
printf '%s\\n' '${V4L2} [error] ioctl(VIDIOC_DQBUF): No such device' '[error] ${DEVICE}: No such device' >&2
echo missing > '${state}'
exit 1
`,
);
chmodSync(script, 0o755);

let source: LiveSource | undefined;
afterEach(async () => {
  await source?.close();
  source = undefined;
});

describe.skipIf(process.platform === "win32")("a camera on this machine", () => {
  it("is asked for its pictures and nothing else, at the frame rate that is wanted", async () => {
    writeFileSync(state, "fine");
    source = await openStream(DEVICE, { ffmpeg: script, frameRate: 25, threads: 1 });
    const { value: frame } = await source[Symbol.asyncIterator]().next();
    expect([source.width, source.height, frame.data.length]).toEqual([96, 64, 96 * 64 * 3]);
    const args = readFileSync(log, "utf8");
    expect(args).toContain(`-f\nv4l2\n-framerate\n25\n-i\n${DEVICE}\n`);
    expect(args).toContain("-protocol_whitelist\nfile\n-format_whitelist\nvideo4linux2,v4l2\n");
  });

  it.each<[keyof typeof SAID, string]>([
    ["denied", "permission denied: whoever runs this has to be in the device's group, often video"],
    ["busy", "another program is using the camera"],
    ["missing", "there is no such device: is the camera plugged in?"],
    ["none", "it is no camera"],
  ])("that is %s: one line says so, and it is waited for", async (is, reason) => {
    writeFileSync(state, is);
    const events: StreamEvent[] = [];
    const onEvent = (event: StreamEvent) => events.push(event);
    await expect(openStream(DEVICE, { ffmpeg: script, giveUp: 0.1, onEvent })).rejects.toThrow(
      `Cannot read "${DEVICE}": ${reason} (gave up after 0 s without a picture)`,
    );
  });

  it("that is unplugged in the middle is waited for and goes on, the gap in its place", async () => {
    writeFileSync(state, "pulled");
    const events: StreamEvent[] = [];
    const onEvent = (event: StreamEvent): void => {
      events.push(event);
      // Plugged in again once it was found to be away.
      if (event.type === "waiting" && events.filter(({ type }) => type === "waiting").length === 2)
        writeFileSync(state, "fine");
    };
    source = await openStream(DEVICE, { ffmpeg: script, onEvent });
    for await (const frame of source) {
      frame.release?.();
      if (!frame.gap) continue;
      expect(frame.gap.reason).toBe("there is no such device: is the camera plugged in?");
      break;
    }
    expect(events).toMatchObject([
      { type: "connected", width: 96, height: 64 },
      { type: "waiting", reason: "the camera is gone", wasOpen: true },
      { type: "waiting", reason: "there is no such device: is the camera plugged in?" },
      { type: "connected" },
    ]);
  });

  it("is live by its name, also where it is not plugged in", () => {
    expect(isLive("/dev/video987")).toBe(true);
    expect(isLive("/dev/v4l/by-id/usb-nobody-has-this")).toBe(true);
    expect(isLive("/dev/video987.mp4")).toBe(false);
  });
});
