/**
 * What ffmpeg says on stderr, as values. It is run with `logArguments`, so every line carries its level, and
 * the two `showinfo` filters of the graph (`@all`: every decoded frame, `@kept`: those that come out) put one
 * line per frame in order.
 */

/** Every line with its level, none folded into "last message repeated", no progress line. */
export const logArguments = [
  "-hide_banner",
  "-nostdin",
  "-nostats",
  "-loglevel",
  "level+repeat+info",
] as const;

export type LogEvent =
  | {
      readonly type: "frame";
      /** False: decoded; true: and handed on. */
      readonly kept: boolean;
      /** In ticks of the filter graph (microseconds); undefined where the stream has no timestamp. */
      readonly ticks?: number;
      readonly width: number;
      readonly height: number;
    }
  /** The container's name, such as "mov,mp4,m4a,3gp,3g2,mj2"; what follows is about the input. */
  | { readonly type: "input"; readonly container: string }
  /** The input was looked at; what follows is decoding. */
  | { readonly type: "mapping" }
  /** What follows is about the output. */
  | { readonly type: "output" }
  | { readonly type: "duration"; readonly seconds: number }
  | {
      readonly type: "stream";
      /** Such as "0:1". */
      readonly id: string;
      readonly kind: string;
      readonly codec: string;
      readonly width?: number;
      readonly height?: number;
      readonly frameRate?: number;
    }
  | { readonly type: "mapped"; readonly id: string }
  | {
      readonly type: "message";
      readonly level: "warning" | "error";
      /** The part of ffmpeg that speaks, such as "h264"; empty for ffmpeg itself. */
      readonly from: string;
      readonly text: string;
    };

const linePattern = /^((?:\[[^\]]* @ [^\]]*\] )*)\[(warning|error|fatal|panic|info)\] (.*)$/;
const framePattern = /^n: *\d+ pts: *(-?\d+|NOPTS) .* s:(\d+)x(\d+) /;
const inputPattern = /^Input #0, (\S+), from /;
const durationPattern = /^ *Duration: (\d+):(\d+):(\d+(?:\.\d+)?),/;
const streamPattern = /^ *Stream #(\d+:\d+)\S*: (\w+): ([^\s,]+)(.*)$/;
const mappedPattern = /^ *Stream #(\d+:\d+) -> #0:0 /;

/** @returns undefined for a line that says nothing of interest */
export function parseLine(line: string): LogEvent | undefined {
  const match = linePattern.exec(line);
  if (match === null) return undefined;
  const [, context, level, text] = match;
  if (level !== "info") {
    const from = context.slice(1, Math.max(1, context.indexOf(" @ ")));
    return { type: "message", level: level === "warning" ? "warning" : "error", from, text };
  }
  if (context.startsWith("[showinfo@")) return parseFrame(text, context.startsWith("[showinfo@kept"));
  return context === "" ? parsePlain(text) : undefined;
}

function parseFrame(text: string, kept: boolean): LogEvent | undefined {
  const match = framePattern.exec(text);
  if (match === null) return undefined;
  const ticks = match[1] === "NOPTS" ? undefined : Number(match[1]);
  return { type: "frame", kept, ticks, width: Number(match[2]), height: Number(match[3]) };
}

function parsePlain(text: string): LogEvent | undefined {
  const input = inputPattern.exec(text);
  if (input !== null) return { type: "input", container: input[1] };
  if (text.startsWith("Stream mapping:")) return { type: "mapping" };
  if (text.startsWith("Output #")) return { type: "output" };
  const mapped = mappedPattern.exec(text);
  if (mapped !== null) return { type: "mapped", id: mapped[1] };
  const stream = streamPattern.exec(text);
  if (stream !== null) return parseStream(stream[1], stream[2], stream[3], stream[4]);
  const duration = durationPattern.exec(text);
  if (duration === null) return undefined;
  const [, hours, minutes, seconds] = duration;
  return { type: "duration", seconds: Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) };
}

function parseStream(id: string, kind: string, codec: string, rest: string): LogEvent {
  const size = /, (\d+)x(\d+)(?=[ ,]|$)/.exec(rest);
  const rate = /, ([\d.]+)(k?) fps/.exec(rest);
  return {
    type: "stream",
    id,
    kind,
    codec,
    ...(size === null ? {} : { width: Number(size[1]), height: Number(size[2]) }),
    ...(rate === null ? {} : { frameRate: exactRate(Number(rate[1]) * (rate[2] === "k" ? 1000 : 1)) }),
  };
}

/** ffmpeg prints two decimals; the rates of NTSC are n * 1000 / 1001. */
function exactRate(printed: number): number {
  for (const whole of [24, 30, 48, 60, 120]) {
    const ntsc = (whole * 1000) / 1001;
    if (Math.abs(printed - ntsc) <= 0.005) return ntsc;
  }
  return printed;
}
