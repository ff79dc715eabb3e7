import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openInput } from "../../src/video/input.js";
import { type LiveFrame, openStream, type StreamEvent } from "../../src/video/stream.js";
import { drain, ffmpeg, installer, makeVideo, temporaryFolder } from "./_ffmpeg.js";
import { noRtsp, type RtspServer, serveRtsp } from "./_rtsp.js";

const folder = temporaryFolder();
const long = join(folder, "long.ts");
const changing = join(folder, "changing.ts");
const H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "5", "-pix_fmt", "yuv420p"];

beforeAll(() => {
  const small = (size: string, seconds: number, path: string) =>
    makeVideo(path, { size, seconds, codec: [...H264, "-f", "mpegts"] });
  small("160x120", 40, long);
  small("160x120", 2, join(folder, "a.ts"));
  small("320x176", 30, join(folder, "b.ts"));
  ffmpeg(
    "-i",
    `concat:${join(folder, "a.ts")}|${join(folder, "b.ts")}`,
    "-c",
    "copy",
    "-f",
    "mpegts",
    changing,
  );
});

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Running ffmpegs that were started here for a live input: children of this process. */
function ours(parent = process.pid): string[] {
  return execFileSync("ps", ["-A", "-ww", "-o", "pid=,ppid=,stat=,args="], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes("-flush_packets") && line.trim().split(/\s+/)[1] === String(parent))
    .filter((line) => !/^\s*\d+\s+\d+\s+Z/.test(line));
}

afterAll(() => expect(ours()).toEqual([]));

async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/** Sends a file about as fast as it was filmed. */
async function pace(response: ServerResponse, bytes: Buffer, seconds: number): Promise<void> {
  const steps = Math.ceil(seconds * 20);
  for (let i = 0; i < steps && !response.destroyed; i++) {
    const at = (part: number) => Math.floor((bytes.length * part) / steps);
    response.write(bytes.subarray(at(i), at(i + 1)));
    await wait(50);
  }
  response.end();
}

/** Watches until `enough`, giving each frame back. */
async function watch(
  url: string,
  enough: (frame: LiveFrame, frames: readonly LiveFrame[]) => boolean,
  options: Parameters<typeof openStream>[1] = {},
  each: (frame: LiveFrame) => unknown = () => {},
) {
  const events: StreamEvent[] = [];
  const source = await openStream(url, {
    timeout: 4,
    giveUp: 20,
    ...options,
    onEvent: (event) => events.push(event),
  });
  closers.push(() => source.close());
  const frames: LiveFrame[] = [];
  for await (const frame of source) {
    frames.push(frame);
    await each(frame);
    frame.release?.();
    if (enough(frame, frames)) break;
  }
  return { source, frames, events };
}

const ascending = (values: readonly number[]) => values.every((value, i) => i === 0 || value > values[i - 1]);

describe("over http", () => {
  test("a stream is read as it comes, on its own clock", async () => {
    const bytes = readFileSync(long);
    const { url } = await serve((_, response) => void pace(response, bytes, 40));
    const { source, frames } = await watch(`${url}/stream.ts`, (_, { length }) => length === 20);
    expect(source).toMatchObject({ width: 160, height: 120, hasPictures: true });
    expect(Math.abs(source.startedAt.getTime() - Date.now())).toBeLessThan(30_000);
    for (const { index, time } of frames) expect(time).toBeCloseTo(index / 25, 3);
  });

  test("whoever is slow gets the newest frame; those in between are dropped and counted", async () => {
    const bytes = readFileSync(long);
    const { url } = await serve((_, response) => void pace(response, bytes, 40));
    const slow = () => wait(200);
    const { source, frames } = await watch(`${url}/`, (_, { length }) => length === 6, {}, slow);
    const { received, dropped } = source.stats();
    const indices = frames.map(({ index }) => index);
    expect(ascending(indices)).toBe(true);
    expect(dropped).toBeGreaterThan(6);
    // Taken, dropped, or waiting in the one place there is.
    expect(received - dropped - frames.length).toBeOneOf([0, 1]);
    expect(source.integrity()).toMatchObject({ dropped, damage: [] });
    // The newest: at most one frame's time passed between its coming and its being taken.
    const ages = indices.slice(1).map((index, i) => index - indices[i]);
    expect(Math.max(...ages)).toBeGreaterThan(1);
  });

  test("a stream whose only key frame is its first is watched from there on", async () => {
    const path = join(folder, "one-key.mkv");
    makeVideo(path, {
      size: "160x120",
      seconds: 3,
      codec: ["-c:v", "mpeg4", "-g", "1000", "-f", "matroska"],
    });
    const bytes = readFileSync(path);
    const { url } = await serve((_, response) => void pace(response, bytes, 3));
    const { frames } = await watch(`${url}/`, (_, { length }) => length === 3, { giveUp: 5 });
    expect(frames[0]!.index).toBeLessThan(50);
  });

  test("a stream that ends is asked for again, and the clock goes on as the wall's did", async () => {
    const bytes = readFileSync(join(folder, "a.ts"));
    let asked = 0;
    const { url } = await serve((_, response) => {
      asked++;
      void pace(response, bytes, 0.2);
    });
    const { source, frames, events } = await watch(`${url}/`, ({ gap }) => gap !== undefined);
    expect(asked).toBe(2);
    expect(events.map(({ type }) => type)).toEqual(["connected", "waiting", "connected"]);
    expect(events[1]).toMatchObject({ wasOpen: true, seconds: 0.5 });
    const [before, after] = frames.slice(-2);
    expect(after.index).toBeGreaterThan(before.index);
    expect(after.time).toBeGreaterThan(before.time);
    expect(after.gap!.seconds).toBeGreaterThan(0);
    expect(source.stats().reconnects).toBe(1);
    expect(source.integrity()).toMatchObject({ complete: false, damage: [{ kind: "missing" }] });
  });

  test("pictures one after the other (MJPEG) get the clock of their arrival", async () => {
    const jpeg = join(folder, "one.jpg");
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x48", "-frames:v", "1", jpeg);
    const picture = readFileSync(jpeg);
    const { url } = await serve(async (_, response) => {
      response.writeHead(200, { "content-type": "multipart/x-mixed-replace; boundary=frame" });
      while (!response.destroyed) {
        response.write(`--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${picture.length}\r\n\r\n`);
        response.write(picture);
        response.write("\r\n");
        await wait(100);
      }
    });
    const { frames } = await watch(url, (_, { length }) => length === 12);
    expect(frames[0]).toMatchObject({ width: 64, height: 48 });
    for (const { time, arrival } of frames)
      expect(time - frames[0].time).toBeCloseTo(arrival - frames[0].arrival, 1);
  });

  test("a camera that never comes is tried until it is given up on, and why is one line without its password", async () => {
    const { url, server } = await serve(() => {});
    server.close();
    const events: StreamEvent[] = [];
    await expect(
      openStream(url.replace("//", "//me:hidden@"), { giveUp: 1, onEvent: (event) => events.push(event) }),
    ).rejects.toThrow(
      `Cannot read "${url}/": connection refused (gave up after 1 s without a picture)`.replace('/"', '"'),
    );
    expect(events.length).toBeGreaterThanOrEqual(2);
    expect(JSON.stringify(events)).not.toContain("hidden");
    expect(events.map((event) => (event.type === "waiting" ? event.seconds : 0))[0]).toBe(0.5);
  });

  test("an abort ends the waiting for a camera", async () => {
    const { url } = await serve(() => {}); // takes connections, never answers
    const controller = new AbortController();
    const opening = openStream(url, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error("enough")), 100);
    await expect(opening).rejects.toThrow("enough");
  });

  test.each([
    ["file:///etc/passwd", /expected http or https, was sent on to file:/],
    ["rtsp://127.0.0.1/x", /expected http or https, was sent on to rtsp:/],
    ["/again", /more than 5 redirects/],
  ])("being sent on to %s is refused", async (location, message) => {
    const { url } = await serve((_, response) => response.writeHead(302, { location }).end());
    await expect(openInput(`${url}/video.ts`)).rejects.toThrow(message);
    await expect(openStream(url, { giveUp: 0 })).rejects.toThrow(message);
  });

  test("a playlist reads nothing else, whatever it is called or said to be", async () => {
    const paths: string[] = [];
    const secret = join(folder, "a.ts");
    const { url } = await serve((request, response) => {
      paths.push(request.url!);
      const type = request.url === "/typed" ? "application/vnd.apple.mpegurl" : "video/mp2t";
      response.writeHead(200, { "content-type": type });
      response.end(
        request.url === "/list.ts"
          ? `ffconcat version 1.0\nfile 'file:${secret}'\n`
          : `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile:${secret}\n#EXTINF:2,\n${url}/other.ts\n`,
      );
    });
    for (const name of ["typed", "plain.m3u8", "list.ts"]) {
      const why =
        name === "list.ts"
          ? /^Cannot read /
          : /found a playlist \(HLS or DASH\), which is not followed; make/;
      await expect(openStream(`${url}/${name}`, { giveUp: 0 })).rejects.toThrow(why);
      await expect(openInput(`${url}/${name}`)).rejects.toThrow(why);
    }
    expect(new Set(paths)).toEqual(new Set(["/typed", "/plain.m3u8", "/list.ts"]));
  });

  test("a video behind an address is read like one in a file", async () => {
    const { url } = await serve((_, response) => response.end(readFileSync(join(folder, "a.ts"))));
    const sum = ({ data }: { data: Uint8Array }) => createHash("md5").update(data).digest("hex");
    const remote = await openInput(`${url}/a.ts?token=hidden`);
    expect(remote.name).toBe(`${url}/a.ts?...`);
    expect(await drain(remote, sum)).toEqual(await drain(await openInput(join(folder, "a.ts")), sum));
    expect(remote.integrity()).toMatchObject({ complete: true, frames: 50 });
  });

  test.each(["basic", "digest"])(
    "who asks is said where the server wants to know (%s), and to nobody else",
    async (way) => {
      const bytes = readFileSync(join(folder, "a.ts"));
      const md5 = (text: string) => createHash("md5").update(text).digest("hex");
      const seen: (string | undefined)[] = [];
      const other = await serve((request, response) => {
        seen.push(request.headers.authorization);
        response.end(bytes);
      });
      const { url } = await serve((request, response) => {
        const { authorization = "" } = request.headers;
        const field = (name: string) => new RegExp(`\\b${name}="?([^",]*)`).exec(authorization)?.[1] ?? "";
        const proof = md5(
          [
            md5("me:here:s:e/cret"),
            field("nonce"),
            field("nc"),
            field("cnonce"),
            "auth",
            md5(`GET:${request.url}`),
          ].join(":"),
        );
        const isRight =
          way === "basic"
            ? authorization === `Basic ${Buffer.from("me:s:e/cret").toString("base64")}`
            : field("nonce") === "n1" && field("response") === proof;
        if (isRight) return response.writeHead(302, { location: `${other.url}/a.ts` }).end();
        const challenge =
          way === "basic" ? 'Basic realm="here"' : 'Digest realm="here", qop="auth", nonce="n1"';
        return response.writeHead(401, { "www-authenticate": challenge }).end();
      });
      const source = await openInput(url.replace("//", "//me:s%3Ae%2Fcret@"));
      expect(await drain(source, ({ index }) => index)).toHaveLength(50);
      expect(seen).toEqual([undefined]);
      await expect(openInput(url.replace("//", "//me:wrong@"))).rejects.toThrow(
        `Cannot read "${url}": user or password refused (401)`,
      );
    },
  );
});

const rtsp = describe.skipIf(noRtsp !== undefined);
if (noRtsp !== undefined) console.warn(`RTSP is not tested: ${noRtsp}`);

rtsp("over RTSP", () => {
  const start = async (...args: Parameters<typeof serveRtsp>): Promise<RtspServer> => {
    const server = await serveRtsp(...args);
    closers.push(server.stop);
    return server;
  };

  test("a camera that is stopped and started again is found again", async () => {
    const first = await start(long);
    let second: RtspServer | undefined;
    const { source, frames, events } = await watch(
      first.url,
      ({ gap }) => gap !== undefined,
      {},
      async ({ gap }) => {
        if (second || gap) return;
        await first.stop();
        second = await start(long, { port: first.port });
      },
    );
    expect(source.stats()).toMatchObject({ reconnects: 1 });
    expect(events.find(({ type }) => type === "waiting")).toMatchObject({ wasOpen: true });
    const { gap, time } = frames.at(-1)!;
    expect(gap!.seconds).toBeCloseTo(time - source.integrity().damage[0].fromTime!, 6);
    expect(ascending(frames.map(({ index }) => index))).toBe(true);
  });

  test("a camera that sends over UDP only is told with what can be done", async () => {
    // It describes itself, and refuses the transport that it is asked for.
    const server = createTcpServer((socket) => {
      socket
        .on("error", () => {})
        .on("data", (data) => {
          const [, method, cseq] = /^(\w+) [\s\S]*?CSeq: (\d+)/i.exec(data.toString("latin1")) ?? [];
          const sdp =
            "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:0\r\n";
          const head = `CSeq: ${cseq}\r\n`;
          if (method === "DESCRIBE")
            socket.write(
              `RTSP/1.0 200 OK\r\n${head}Content-Type: application/sdp\r\nContent-Length: ${sdp.length}\r\n\r\n${sdp}`,
            );
          else if (method === "SETUP") socket.write(`RTSP/1.0 461 Unsupported Transport\r\n${head}\r\n`);
          else socket.write(`RTSP/1.0 200 OK\r\n${head}Public: DESCRIBE, SETUP, PLAY\r\n\r\n`);
        });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    closers.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    await expect(openStream(`rtsp://127.0.0.1:${port}/cam`, { giveUp: 0 })).rejects.toThrow(
      /over UDP only \(461\), which is not read; let it send over TCP/,
    );
  });

  test("a camera that freezes is left after the time that was set, and found again when it goes on", async () => {
    const server = await start(long);
    let frozen = false;
    const { frames, events } = await watch(
      server.url,
      ({ gap }) => gap !== undefined,
      { timeout: 0.8 },
      () => {
        if (frozen) return;
        frozen = true;
        server.signal("SIGSTOP");
        setTimeout(() => server.signal("SIGCONT"), 2000);
      },
    );
    expect(events.find(({ type }) => type === "waiting")).toMatchObject({
      reason: "no picture for 0.8 s",
      wasOpen: true,
    });
    expect(frames.at(-1)!.gap!.seconds).toBeGreaterThan(0.8);
  });

  test("a camera that changes its size is scaled to the first, and that is told", async () => {
    const server = await start(changing);
    const { frames, events } = await watch(server.url, ({ time }) => time > 3);
    expect(events).toContainEqual({ type: "resized", width: 320, height: 176 });
    expect(frames.every(({ width, height }) => width === 160 && height === 120)).toBe(true);
  });

  test.each(["basic", "digest"] as const)(
    "user and password get in (%s), and stand in no list of processes",
    async (way) => {
      const server = await start(long, { user: "me:hidden", way });
      const url = server.url.replace("//", "//me:hidden@");
      let listed: string[] = [];
      const { source } = await watch(
        url,
        (_, { length }) => length === 3,
        {},
        () => {
          listed = ours();
        },
      );
      expect(source.name).toBe(server.url);
      expect(listed).toHaveLength(1);
      expect(listed[0]).not.toMatch(/hidden|me:/);
      await expect(openStream(server.url, { giveUp: 0 })).rejects.toThrow(
        `Cannot read "${server.url}": the server asks for user and password (401)`,
      );
      await expect(openStream(server.url.replace("//", "//me:wrong@"), { giveUp: 0 })).rejects.toThrow(
        /user or password refused \(401\)/,
      );
    },
  );

  test("npm's ffmpeg of 2018 watches too", async () => {
    const server = await start(long);
    const { frames } = await watch(server.url, (_, { length }) => length === 5, { ffmpeg: installer });
    expect(frames).toHaveLength(5);
  });

  test("ffmpeg does not outlive a parent that is killed, also where the camera is frozen", async () => {
    const server = await start(long);
    const script = `
      import { openStream } from ${JSON.stringify(new URL("../../src/video/stream.ts", import.meta.url).href)};
      const source = await openStream(${JSON.stringify(server.url)});
      await source[Symbol.asyncIterator]().next();
      console.log("running");
      setInterval(() => {}, 1000);
    `;
    const parent = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    closers.push(() => parent.kill("SIGKILL"));
    await once(parent.stdout, "data");
    const pids = ours(parent.pid).map((line) => Number(line.trim().split(/\s+/)[0]));
    expect(pids).toHaveLength(1);
    server.signal("SIGSTOP");
    await wait(200);
    parent.kill("SIGKILL");
    await once(parent, "exit");
    const isThere = () => {
      const list = execFileSync("ps", ["-A", "-o", "pid=,stat="], { encoding: "utf8" });
      return list.split("\n").some((line) => new RegExp(`^\\s*${pids[0]}\\s+[^Z]`).test(line));
    };
    for (let tries = 0; tries < 50 && isThere(); tries++) await wait(100);
    expect(isThere()).toBe(false);
    server.signal("SIGCONT");
  });
});

describe("what is no live input", () => {
  test.each([
    ["udp://239.0.0.1:1234", /expected rtsp:\/\/, rtsps:\/\/, http:\/\/ or https:\/\/, got udp:/],
    ["rtmp://me:hidden@host/x", /^Cannot read "rtmp:\/\/host\/x": expected rtsp/],
    ["rtsp://", /expected a whole address/],
    ["nothing.mp4", /expected rtsp:\/\/\.\.\., http:\/\/\.\.\. or a device/],
  ])("%s is refused with what was expected", async (input, message) => {
    await expect(openStream(input)).rejects.toThrow(message);
  });

  test.skipIf(process.platform !== "linux")("a device that is no camera is one clear line", async () => {
    await expect(openStream("/dev/null", { giveUp: 0 })).rejects.toThrow(/^Cannot read "\/dev\/null": /);
    writeFileSync(join(folder, "plain"), "");
    await expect(openStream(join(folder, "plain"))).rejects.toThrow(/as a live stream/);
  });

  test("options out of range are named", async () => {
    await expect(openStream("rtsp://host/x", { timeout: 0 })).rejects.toThrow(/Option "timeout"/);
    await expect(openStream("rtsp://host/x", { giveUp: -1 })).rejects.toThrow(/Option "giveUp"/);
  });
});
