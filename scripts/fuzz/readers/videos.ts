/**
 * Videos, playlists and names, each read by an ffmpeg of its own. What is asked for is that nothing but the named file
 * is read: the others that these inputs name are whole videos, so that one picture too many gives it away, and a server
 * that counts who comes.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { findFfmpeg } from "../../../src/video/find.js";
import { openInput } from "../../../src/video/input.js";
import { damage, oneOf, type Random } from "../_mutate.js";
import type { Reader } from "../_reader.js";
import { clips, installer } from "./_clips.js";

/** A process takes as long as so many inputs of other readers. */
const COST = 50;
const ffmpeg = await findFfmpeg({ ffmpeg: installer });
const options = { ffmpeg, maxPixels: 2 ** 20 };

let visits = 0;
const server = createServer((socket) => {
  visits++;
  socket.destroy();
});
const port = await new Promise<number>((resolve) => {
  server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
});
server.unref();

/** Reads to the end; says how many frames there were. */
async function frames(path: string): Promise<number> {
  visits = 0;
  const [count, error] = await drain(path).then(
    (count) => [count] as const,
    (error: unknown) => [0, error] as const,
  );
  if (visits > 0) throw new Error(`made ${visits} connections`);
  const [left] = running();
  if (left !== undefined) throw new Error(`left ffmpeg running as process ${left}`);
  if (error !== undefined) throw error;
  return count;
}

async function drain(path: string): Promise<number> {
  const source = await openInput(path, options);
  let count = 0;
  try {
    for await (const frame of source) {
      count++;
      frame.release?.();
    }
  } finally {
    await source.close();
  }
  return count;
}

/** Processes of ours that are ffmpeg and have not ended; Linux tells. */
function running(): string[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc/self/task")
    .flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, "utf8").split(" "))
    .filter((pid) => pid !== "")
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "ffmpeg";
      } catch {
        return false; // it has just ended
      }
    });
}

const web = `http://127.0.0.1:${port}`;
const targets = [
  "secret.ts",
  "./secret.ts",
  "file:secret.ts",
  "file:///FOLDER/secret.ts",
  "/FOLDER/secret.ts",
]
  .concat([
    `${web}/a.ts`,
    `https://127.0.0.1:${port}/a.ts`,
    `tcp://127.0.0.1:${port}`,
    `rtmp://127.0.0.1:${port}/a`,
  ])
  .concat([
    `rtsp://127.0.0.1:${port}/a`,
    `ftp://127.0.0.1:${port}/a`,
    "concat:secret.ts|secret.ts",
    "cache:secret.ts",
  ])
  .concat([
    "subfile,,start,0,end,9999,,:secret.ts",
    "async:secret.ts",
    "crypto+file:secret.ts",
    "file:///etc/passwd",
  ]);
const hls = (target: string) => `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1.0,\n${target}\n#EXT-X-ENDLIST\n`;
const scripts: readonly ((target: string) => string)[] = [
  hls,
  (target) =>
    hls(target).replace(
      "#EXTINF",
      `#EXT-X-KEY:METHOD=AES-128,URI="${target}"\n#EXT-X-MAP:URI="${target}"\n#EXTINF`,
    ),
  (target) => `#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n${target}\n`,
  (target) => `ffconcat version 1.0\nfile '${target}'\n`,
  (target) => `file '${target}'\nduration 1\n`,
  (target) =>
    `<?xml version="1.0"?><MPD type="static" xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet mimeType="video/mp2t">` +
    `<Representation id="1" bandwidth="1"><BaseURL>${target}</BaseURL></Representation></AdaptationSet></Period></MPD>`,
  (target) =>
    `<SmoothStreamingMedia MajorVersion="2"><StreamIndex Type="video" Url="${target}"/></SmoothStreamingMedia>`,
  () =>
    `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video ${port} RTP/AVP 96\na=rtpmap:96 H264/90000\n`,
  (target) => `[Reference]\nRef1=${target}?MSWMExt=.asf\n`,
  (target) => `<asx version="3.0"><entry><ref href="${target}"/></entry></asx>`,
  (target) => `[playlist]\nFile1=${target}\nNumberOfEntries=1\n`,
  (target) => `RTSPtext\n${target}\n`,
  (target) => `movie=${target.replaceAll(":", "\\:")}`,
];

/** A script that names one of the targets, damaged now and then; its beginning stays, or ffmpeg would not know it. */
function playlist(seed: Uint8Array, next: Random): Uint8Array {
  const script = next() < 0.3 ? hls : oneOf(next, scripts);
  const text = Buffer.from(script(oneOf(next, targets)));
  if (next() < 0.4) return text;
  const kept = Math.min(text.length - 1, 24);
  const rest = damage(text.subarray(kept), next, { words: targets, others: [seed] });
  return Buffer.concat([text.subarray(0, kept), rest]);
}

const endings = [".mp4", ".m3u8", ".ts", ".avi", ".ffconcat", ".mpd", ".sdp", ".asx", ".mov", ""];
const pieces = [
  "-",
  "-y",
  "-i",
  "--",
  "concat:",
  "a|b",
  "file:",
  "subfile,,start,0,end,,,:",
  "http:",
  "pipe:0",
  "%d",
  "%03d",
]
  .concat([
    "\n",
    "\r",
    "\t",
    " ",
    "'",
    '"',
    "\\",
    "$(id)",
    "`id`",
    ";",
    "&",
    "*",
    "?",
    "[a]",
    "{a,b}",
    "~",
    "#",
    "é",
    "ü",
    "日本",
    "😀",
  ])
  .concat([
    "\u202e",
    "\u0301",
    "@file",
    "=",
    ",",
    ":",
    ".",
    "..",
    "x".repeat(120),
    "data:video/mp4;base64,",
    "crypto:",
    "null",
  ]);

export const videos: readonly Reader[] = [
  {
    name: "videos",
    file: "clip.mp4",
    seeds: Object.values(clips),
    words: [
      "moov",
      "mdat",
      "dref",
      "alis",
      "rdrf",
      "stsd",
      "avc1",
      "strf",
      "movi",
      "ftyp",
      "\x1a\x45\xdf\xa3",
      "hvcC",
    ],
    cost: COST,
    read: (_, path) => frames(path),
  },
  {
    name: "playlists",
    file: "playlist.mp4",
    seeds: [Buffer.from(hls("secret.ts"))],
    damage: playlist,
    cost: COST,
    async read(bytes, path) {
      const folder = dirname(path);
      writeFileSync(join(folder, "secret.ts"), clips.ts!);
      // The first byte chooses the ending: whatever a file is called, it is what it holds.
      const called = join(folder, `list${endings[bytes.length % endings.length]}`);
      writeFileSync(called, bytes.toString("latin1").replaceAll("/FOLDER", folder), "latin1");
      try {
        const count = await frames(called);
        if (count > 0) throw new Error(`${count} frames of another file`);
        return count;
      } finally {
        rmSync(called);
      }
    },
    names: /list/,
  },
  {
    name: "names of videos",
    seeds: ["-y", "concat:a|b", "a\nb", "file:x", "%d"].map((name) => Buffer.from(name)),
    damage: (_, next) =>
      Buffer.from(Array.from({ length: 1 + 3 * next() }, () => oneOf(next, pieces)).join("")),
    cost: COST,
    names: /mp4/,
    async read(bytes, _, folder) {
      const name = `${bytes.toString().replaceAll(/[/\0]/g, "_").slice(0, 120)}.mp4`;
      const inside = join(folder, "names");
      mkdirSync(inside, { recursive: true });
      writeFileSync(join(inside, name), clips.mp4!);
      const here = process.cwd();
      process.chdir(inside);
      try {
        const count = await frames(name);
        if (count !== 10) throw new Error(`${count} frames of 10 from ${JSON.stringify(name)}`);
        const [only, ...more] = readdirSync(".");
        if (more.length > 0 || only !== name)
          throw new Error(`left ${JSON.stringify([only, ...more])} there`);
        return count;
      } finally {
        process.chdir(here);
        rmSync(inside, { recursive: true });
      }
    },
  },
];
