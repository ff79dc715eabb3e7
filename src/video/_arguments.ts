import type { Selection } from "./source.js";

/** Ticks of the timestamps that come back: microseconds, finer than the clock of any container in use. */
export const ticksPerSecond = 1_000_000;

/**
 * Containers that hold their own pictures. Playlists and scripts (hls, concat, dash, sdp, image2, lavfi ...)
 * are not among them: they make ffmpeg open other files, whatever their name says.
 */
const containers = [
  ...["3g2", "3gp", "aiff", "amv", "apng", "asf", "asf_o", "av1", "avi", "avs", "avs2", "avs3", "cavsvideo"],
  ...["cdxl", "dirac", "dnxhd", "dv", "evc", "flic", "flv", "gif", "gxf", "h261", "h263", "h264", "hevc"],
  ...["ingenient", "ipu", "ivf", "kux", "live_flv", "m4a", "m4v", "matroska", "mj2", "mjpeg", "mjpeg_2000"],
  ...["mov", "mp3", "mp4", "mpeg", "mpegts", "mpegvideo", "mpjpeg", "mtv", "mv", "mxf", "nsv", "nut", "nuv"],
  ...["obu", "ogg", "rm", "roq", "smk", "swf", "ty", "vc1", "vc1test", "viv", "vvc", "wav", "webm", "wtv"],
  ...["xmv", "y4m", "yop", "yuv4mpegpipe"],
];

/** Over rtsp come packets inside one connection, and no container; a camera on this machine is a device file. */
const allowed = {
  file: { protocols: "file", formats: containers.join(",") },
  pipe: { protocols: "pipe", formats: containers.join(",") },
  rtsp: { protocols: "rtsp,tcp", formats: "rtsp" },
  device: { protocols: "file", formats: "video4linux2,v4l2" },
} as const;

/** Pixels of what stands for a frame where only times are wanted. */
export const placeholderPixels = 4;

/**
 * What keeps one input from reading anything else, or more than fits. Decoders work on pictures that are padded to
 * whole blocks, so ffmpeg's own limit is wider; the reader keeps the exact one.
 */
export function safetyArguments(from: "file" | "pipe" | "rtsp" | "device", maxPixels: number): string[] {
  const padded = Math.min(2 ** 31 - 1, Math.ceil(maxPixels * 1.25) + 2 ** 20);
  const { protocols, formats } = allowed[from];
  return [
    ...["-protocol_whitelist", protocols],
    ...["-format_whitelist", formats],
    ...["-max_pixels", String(padded)],
  ];
}

/**
 * The first real video stream as bytes on stdout, RGB or planes, and, on stderr, a line for every decoded frame (`@all`)
 * and for every frame that comes out (`@kept`); see `_log.ts`. Cover pictures are no video (`V`). Rotation is
 * applied by ffmpeg before this graph. Frames are chosen by position first, because `n` counts the frames
 * that reach `select`, then by time.
 */
export function decodeArguments(
  {
    start,
    end,
    every,
    only,
    pictures,
    planes,
    size,
  }: Pick<Selection, "start" | "end" | "every" | "only" | "pictures" | "planes"> & {
    /** Size of the pictures that come out. @default that of the first one */
    readonly size?: { readonly width: number; readonly height: number };
  },
  keepFrames: readonly string[],
): string[] {
  const graph = [`settb=1/${ticksPerSecond}`, "showinfo@all=checksum=0"];
  if (every > 1) graph.push(`select='not(mod(n,${every}))'`);
  if (only !== undefined) graph.push(`select='${anyOf(only)}'`);
  if (start > 0) graph.push(`trim=start_pts=${Math.ceil(start * ticksPerSecond)}`);
  if (end < Infinity) graph.push(`trim=end_pts=${Math.ceil(end * ticksPerSecond)}`);
  graph.push("showinfo@kept=checksum=0");
  const to = size ? `${size.width}:${size.height}:` : "";
  const range = planes ? ":out_range=tv" : "";
  graph.push(pictures ? `scale=${to}flags=bicubic${range}` : "scale=2:2:flags=neighbor");
  return [
    ...["-map", "0:V:0", "-vf", graph.join(",")],
    ...keepFrames,
    ...["-f", "rawvideo", "-pix_fmt", planes ? "yuv420p" : "rgb24"],
  ];
}

/** Whether `n` is one of some numbers, which rise: halves of halves, so that ffmpeg compares little for each frame. */
function anyOf(numbers: readonly number[]): string {
  if (numbers.length <= 8) return numbers.map((number) => `eq(n,${number})`).join("+") || "0";
  const middle = numbers.length >> 1;
  const [low, high] = [numbers.slice(0, middle), numbers.slice(middle)];
  return `if(lt(n,${high[0]}),${anyOf(low)},${anyOf(high)})`;
}
