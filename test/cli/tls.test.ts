/** Servers with a certificate that only NODE_EXTRA_CA_CERTS vouches for: Redis, recordings, cameras. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { json } from "../../src/format/json.js";
import { noRedisTls, TestRedis } from "../queue/_redis.js";
import { noRtsp, serveRtsp } from "../video/_rtsp.js";
import { expectFailure, MAIN, makeVideo, run, temporaryFolder, writeDetector } from "./_cli.js";

const noOpenssl = spawnSync("openssl", ["version"]).status !== 0;
if (noOpenssl) console.log("Skipped, servers over TLS: openssl is not installed");
else if (noRedisTls) console.log(`Skipped, a queue over TLS: ${noRedisTls}`);

const folder = temporaryFolder();
const cwd = folder.path;
const inFolder = (name: string) => join(cwd, name);
const files = { cert: inFolder("cert.pem"), key: inFolder("key.pem") };
const trusting = { NODE_EXTRA_CA_CERTS: files.cert };
const FAST = ["--tracker", "sort", "--tracker-option", "minHits=1", "--detector", "tiny.onnx"];
const UNTRUSTED = /its certificate is signed by nobody who is trusted here; NODE_EXTRA_CA_CERTS names a file/;

beforeAll(async () => {
  if (noOpenssl) return;
  execFileSync(
    "openssl",
    [
      ...[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
      ],
      ...["-subj", "/CN=throughline-test", "-addext", "subjectAltName=IP:127.0.0.1"],
      ...["-keyout", files.key, "-out", files.cert],
    ],
    { stdio: "ignore" },
  );
  writeDetector(inFolder("tiny.onnx"));
  await makeVideo(inFolder("clip.mp4"));
});
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => folder.remove());

const certificate = () => ({ cert: readFileSync(files.cert), key: readFileSync(files.key) });

describe.skipIf(noOpenssl)("over TLS", () => {
  it.skipIf(noRedisTls)(
    "a queue is used where its certificate is vouched for, and refused otherwise",
    async () => {
      const redis = new TestRedis(files);
      await redis.start();
      closers.push(() => redis.end());
      const batch = ["batch", "clip.mp4", "--out", "r", ...FAST, "--queue", redis.address];
      expectFailure(await run(batch, { cwd }), 1, UNTRUSTED, redis.shown);
      const env = { ...process.env, ...trusting };
      const worker = spawn(process.execPath, [MAIN, "worker", "--queue", redis.address], {
        cwd,
        env,
        stdio: "ignore",
      });
      closers.push(() => worker.kill("SIGKILL"));
      const { code, stderr } = await run(batch, { cwd, env: trusting });
      expect([code, stderr]).toEqual([0, expect.stringContaining("finished files=1 done=1")]);
    },
  );

  it("a recording is fetched where its certificate is vouched for, and refused otherwise", async () => {
    const bytes = readFileSync(inFolder("clip.mp4"));
    const server = createServer(certificate(), (_, response) => {
      response.writeHead(200, { "content-length": bytes.length }).end(bytes);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    closers.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const args = (host: string) => [
      `https://${host}:${(server.address() as AddressInfo).port}/clip.mp4`,
      ...["--out", "t.json", ...FAST],
    ];
    expectFailure(await run(args("127.0.0.1"), { cwd }), 1, UNTRUSTED);
    expectFailure(
      await run(args("localhost"), { cwd, env: trusting }),
      1,
      /clip.mp4": its certificate is for another host\n$/,
    );
    expect((await run([...args("127.0.0.1"), "-q"], { cwd, env: trusting })).code).toBe(0);
    expect(json.parse!(readFileSync(inFolder("t.json"), "utf8"), "t").frames).toHaveLength(12);
  });

  it.skipIf(noRtsp)(
    "a camera is watched where its certificate is vouched for, and not otherwise",
    async () => {
      const H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "5", "-pix_fmt", "yuv420p"];
      await makeVideo(inFolder("cam.ts"), { frames: 200, args: [...H264, "-f", "mpegts"] });
      const rtsp = await serveRtsp(inFolder("cam.ts"));
      closers.push(() => rtsp.stop());
      const door = createTlsServer(certificate(), (socket) => {
        const behind = connect(rtsp.port, "127.0.0.1");
        for (const [one, other] of [
          [socket, behind],
          [behind, socket],
        ] as const)
          one
            .on("error", () => other.destroy())
            .on("close", () => other.destroy())
            .pipe(other);
      }).listen(0, "127.0.0.1");
      await once(door, "listening");
      closers.push(() => door.close());
      const args = [
        `rtsps://127.0.0.1:${(door.address() as AddressInfo).port}/cam`,
        ...["--online", "--end", "1", "--give-up", "3", "--out", "cam.jsonl", ...FAST],
      ];
      const refused = await run(args, { cwd });
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(UNTRUSTED)]);
      const { code, stderr } = await run(args, { cwd, env: trusting });
      expect(code, stderr).toBe(0);
    },
  );
});
