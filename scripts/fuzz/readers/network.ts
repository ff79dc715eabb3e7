/** What comes from cameras and queues, and what is left where somebody was killed. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { readOrder, writeOrder } from "../../../src/cli/queue-order.js";
import { settingsSchema } from "../../../src/cli/settings.js";
import { version } from "../../../src/cli/version.js";
import { InputError } from "../../../src/errors.js";
import { jsonl } from "../../../src/format/jsonl.js";
import { salvage } from "../../../src/live/salvage.js";
import { parseAddress } from "../../../src/queue/address.js";
import { Authorization } from "../../../src/video/_live-auth.js";
import { RtspMessages } from "../../../src/video/_live-rtsp-messages.js";
import { nameOfAddress, parseNetworkAddress } from "../../../src/video/stream-address.js";
import { damage, damageJson } from "../_mutate.js";
import type { Reader } from "../_reader.js";

const answer =
  'RTSP/1.0 401 Unauthorized\r\nCSeq: 2\r\nWWW-Authenticate: Digest realm="cam", nonce="00"\r\n\r\n' +
  "RTSP/1.0 200 OK\r\nCSeq: 3\r\nContent-Length: 4\r\n\r\nv=0\n$\0\0\u0004abcd$\u0001\0\u0002xy";
const challenges = [
  'Digest realm="camera", nonce="0af", algorithm=MD5, qop="auth,auth-int", opaque="x"',
  'Basic realm="camera", Digest realm="a", nonce=b, algorithm=SHA-256',
];
const order = writeOrder({
  ...{ name: "a.mp4", cwd: "/videos", folder: "/out" },
  plan: { input: "a.mp4", outputs: ["/out/a.tracks.json"] },
  settings: settingsSchema.parse({ classes: "person", start: "1:30" }),
});
const draft =
  jsonl.begin!({ input: "x", width: 9, height: 9, labels: ["person"], run: {} }) +
  jsonl.frame(
    { index: 4, time: 1, tracks: [{ id: 3, box: [1, 2, 3, 4], score: 1, class: 0, detection: 0 }] },
    { input: "x", width: 9, height: 9, labels: ["person"], run: {} },
  );

/** Throws where a text that people are told holds what is secret. */
function keepsSecret(told: string): void {
  if (told.includes("hush")) throw new Error(`told a password: ${told}`);
}

export const network: readonly Reader[] = [
  {
    name: "RTSP messages",
    seeds: [Buffer.from(answer, "latin1")],
    words: ["\r\n\r\n", "Content-Length: 999999\r\n", "$\0\uffff", "RTSP/1.0 200 OK\r\n"],
    read(input) {
      let count = 0;
      const messages = new RtspMessages({
        onText: (text) => {
          count += text.length;
        },
        onData: (data) => {
          count += data.length;
        },
        onFault: () => {},
      });
      // As it comes out of the network: in pieces anywhere.
      for (let at = 0; at < input.length; at += 7) messages.push(input.subarray(at, at + 7));
      if (count > input.length) throw new Error("more came out than went in");
      return count;
    },
  },
  {
    name: "RTSP challenges",
    seeds: challenges.map((text) => Buffer.from(text)),
    words: [
      "Digest ",
      "Basic ",
      "realm=",
      'nonce="',
      "qop=auth",
      "algorithm=SHA-256",
      "algorithm=__proto__",
      ",",
    ],
    read(input) {
      const told = Authorization.answer(input.toString("latin1"), { name: "me", password: "hush" });
      const header = told?.header("DESCRIBE", "rtsp://camera/1") ?? "";
      keepsSecret(header);
      return 1;
    },
  },
  {
    name: "addresses of streams",
    seeds: ["rtsp://me:hush@camera:554/1?token=hush", "https://camera/x.m3u8"].map((text) =>
      Buffer.from(text),
    ),
    words: ["rtsp://", "http://", "file://", "concat:", "me:hush@", "@", "%", "[::1]", "\\"],
    names: /Cannot read "/,
    read(input) {
      const text = input.toString().slice(0, 150);
      // Damage may move the password to where nobody could know that it is one.
      if (text.startsWith("rtsp://me:hush@camera") && text.split("hush").length === 2)
        keepsSecret(nameOfAddress(text));
      const { kind, url } = parseNetworkAddress(text);
      if (!/^(rtsps?|https?):$/.test(url.protocol) || url.username !== "") throw new Error(`${kind}: ${url}`);
      return 1;
    },
  },
  {
    name: "addresses of queues",
    seeds: [Buffer.from("redis://me:hush@10.0.0.5:6379/2"), Buffer.from("rediss://:hush@[::1]/0")],
    words: ["redis://", "%", "%zz", "@", "[", "]", "/9999999", "?x"],
    names: /^expected redis:\/\//,
    read(input) {
      try {
        const { port, db } = parseAddress(input.toString().slice(0, 150));
        if (!Number.isSafeInteger(port) || !Number.isSafeInteger(db)) throw new Error(`${port}, ${db}`);
        return 1;
      } catch (error) {
        // Of an option: the command names it.
        if (error instanceof RangeError) throw new InputError(error.message, { cause: error });
        throw error;
      }
    },
  },
  {
    name: "orders in a queue",
    seeds: [Buffer.from(JSON.stringify(order))],
    damage: (seed, next) => Buffer.from(next() < 0.9 ? damageJson(Buffer.from(seed).toString(), next) : "{}"),
    read(input) {
      let value: unknown;
      try {
        value = JSON.parse(input.toString());
      } catch {
        return 0; // BullMQ's to say
      }
      const read = readOrder(value);
      if (typeof read === "string") {
        if (/[\r\n]/.test(read) || read.length > 500) throw new Error(`said ${JSON.stringify(read)}`);
        return 0;
      }
      if (read.version !== version || "ffmpeg" in read.settings)
        throw new Error("it lets a program be named");
      return 1;
    },
  },
  {
    name: "draft of a live run",
    file: "draft.jsonl.partial",
    seeds: [Buffer.from(draft), Buffer.from(`${draft}{"type":"fra`)],
    damage: (seed, next) => damage(seed, next),
    async read(_, path) {
      const whole = `${path}.jsonl`;
      if (!(await salvage(path, whole))) return 0;
      const last = readFileSync(whole, "utf8").trimEnd().split("\n").at(-1)!;
      rmSync(whole);
      if (existsSync(path)) throw new Error("the draft is still there");
      return JSON.parse(last).integrity.frames;
    },
  },
];
