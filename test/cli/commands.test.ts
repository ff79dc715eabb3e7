import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { pull } from "../../src/cli/models.js";
import { json } from "../../src/format/json.js";
import { MAIN, run, temporaryFolder } from "./_cli.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = temporaryFolder();
const cwd = folder.path;
afterAll(() => folder.remove());

const EMBEDDED = ["nanodet-g", "nanodet-g-416", "ssd-mobilenet-v2-oid", "mobilenet-hsv-stripes"];

describe("track with nothing but a video", () => {
  it("finds people in the sample with the embedded models", async () => {
    const { code } = await run(
      [join(root, "samples/pets.mp4"), "--end", "0.6", "--out", "a.json", "--quiet"],
      { cwd },
    );
    expect(code).toBe(0);
    const { header, frames } = json.parse!(readFileSync(join(cwd, "a.json"), "utf8"), "a.json");
    expect(header?.run).toMatchObject({
      detector: { name: "nanodet-g" },
      embedder: { name: "mobilenet-hsv-stripes" },
      tracker: "throughline",
      classes: expect.arrayContaining(["person", "car"]),
      device: "cpu",
    });
    const seen = frames.at(-1)!.tracks.map((track) => header!.labels[track.class]);
    expect(seen.filter((label) => label === "person").length).toBeGreaterThanOrEqual(2);
  });
});

describe("track models", () => {
  it("lists every model with what is here", async () => {
    const { code, stdout } = await run(["models", "list"], { cwd });
    expect(code).toBe(0);
    for (const name of EMBEDDED) expect(stdout).toMatch(new RegExp(`^${name} +\\w+ +embedded `, "m"));
    expect(stdout).toMatch(/^yolox-nano +detector +(to pull|pulled) +3\.7 MB +Apache-2\.0 /m);
  });

  it("shows a card, the path, and verifies what is here", async () => {
    const env = { THROUGHLINE_CACHE: join(cwd, "cache") };
    const info = await run(["models", "info", "nanodet-g"], { cwd, env });
    expect(info.stdout).toMatch(/^name +nanodet-g$/m);
    expect(info.stdout).toMatch(/^labels +80: person, /m);
    const here = await run(["models", "path", "nanodet-g"], { cwd, env });
    expect([here.code, existsSync(here.stdout.trim())]).toEqual([0, true]);
    const absent = await run(["models", "path", "yolox-nano"], { cwd, env });
    expect(absent.code).toBe(1);
    expect(absent.stdout.trim()).toMatch(new RegExp(`^${join(cwd, "cache")}/`));
    expect(absent.stderr).toContain("track models pull yolox-nano");
    const verified = await run(["models", "verify"], { cwd, env });
    expect(verified.code).toBe(0);
    for (const name of EMBEDDED) expect(verified.stdout).toContain(`${name}: ok\n`);
    expect((await run(["models", "verify", "yolox-nano"], { cwd, env })).code).toBe(1);
    expect((await run(["models", "verify", "nothing"], { cwd, env })).stderr).toMatch(
      /^error: [^\n]*"nothing"[^\n]*\n$/,
    );
  });

  it("names the pull where a model is not here yet", async () => {
    const env = { THROUGHLINE_CACHE: join(cwd, "cache") };
    const { code, stderr } = await run([join(root, "samples/pets.mp4"), "--detector", "yolox-nano"], {
      cwd,
      env,
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: [^\n]*track models pull yolox-nano\n$/);
  });
});

describe("track models pull", () => {
  const streams = () => {
    const env = { THROUGHLINE_CACHE: join(cwd, "pulled") };
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const said = () => [stdout, stderr].map((stream) => String(stream.read() ?? ""));
    return { said, given: { stdout, stderr, env } as never };
  };

  it("says in one line what failed, and goes on with the next", async () => {
    const server = createServer((_, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const urlOverride = `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.onnx`;
    const { said, given } = streams();
    const code = await pull(["nanodet-g", "yolox-nano", "nothing"], given, { urlOverride, retryDelay: 1 });
    server.close();
    const [stdout, stderr] = said();
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(
      /^error: [^\n]*"nanodet-g"[^\n]*\n(note: [^\n]*\n)*error: [^\n]*"yolox-nano"[^\n]*404[^\n]*\nerror: [^\n]*"nothing"[^\n]*\n$/,
    );
  });

  const yolox = join(root, "../shared/models/test-only/yolox_nano.onnx");
  it.skipIf(!existsSync(yolox))(
    "brings a file into its place (needs ../shared/models/test-only)",
    async () => {
      const server = createServer((_, response) => response.end(readFileSync(yolox)));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const urlOverride = `http://127.0.0.1:${(server.address() as AddressInfo).port}/yolox_nano.onnx`;
      const { said, given } = streams();
      expect(await pull(["yolox-nano"], given, { urlOverride })).toBe(0);
      server.close();
      expect(said()[0]).toMatch(/^yolox-nano: SHA-256 c789161e[0-9a-f]+, .*\n$/);
      const again = streams();
      expect(await pull(["yolox-nano"], again.given)).toBe(0);
      expect(again.said()[0]).toMatch(/^yolox-nano: here already, /);
    },
  );
});

describe("track doctor", () => {
  it("says that everything works, or what to do", async () => {
    const { code, stdout, stderr } = await run(["doctor"], { cwd });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^Throughline \d.*\n\nffmpeg +ok {2}.*\n +ok {2}decodes h264, /);
    expect(stdout).toMatch(/^devices +ok {2}cpu$/m);
    expect(stdout).toMatch(/^ +-- {2}.*track models pull NAME$/m);
  });

  it("fails with the fix where the ffmpeg does not work", async () => {
    const { code, stdout } = await run(["doctor", "--ffmpeg", "/nowhere/ffmpeg"], { cwd });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^ffmpeg +!! {2}.*\/nowhere\/ffmpeg/m);
  });
});

describe("a command that needs no pictures and no model", () => {
  // Prints, at its end, what of the heavy packages the process has loaded.
  const hook = `data:text/javascript,${encodeURIComponent(`
    import { createRequire } from "node:module";
    process.on("exit", () => {
      process.report.excludeNetwork = true;
      const loaded = [...Object.keys(createRequire("/").cache), ...process.report.getReport().sharedObjects];
      process.stderr.write(JSON.stringify(loaded.filter((name) => /onnxruntime|[/]sharp[/]|libvips/.test(name))));
    });`)}`;

  it.each([
    ["--help"],
    ["--version"],
    ["models", "list"],
    ["models", "path", "nanodet-g"],
    ["models", "--help"],
  ])("loads neither ONNX Runtime nor sharp: %s %s %s", async (...args) => {
    const { stdout, stderr } = await run(args.filter(Boolean), { cwd, node: ["--import", hook] });
    expect(stdout).not.toBe("");
    expect(stderr).toBe("[]");
  });

  it("would be caught if it did", async () => {
    const script = 'await import("sharp"); await import("onnxruntime-node");';
    const args = ["--import", hook, "--input-type=module", "-e", script];
    const { stderr } = await promisify(execFile)(process.execPath, args, { cwd: root });
    expect(stderr).toContain("sharp");
    expect(stderr).toContain("onnxruntime");
  });
});

describe("the file that npm links as `track`", () => {
  it("can be run by itself", () => {
    expect(readFileSync(MAIN, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it("does not mind a reader that goes away", async () => {
    mkdirSync(join(cwd, "head"));
    writeFileSync(join(cwd, "head", "a.sh"), `"${process.execPath}" "${MAIN}" models list | true\n`);
    const { stderr } = await promisify(execFile)("sh", [join(cwd, "head", "a.sh")]);
    expect(stderr).toBe("");
  });
});
