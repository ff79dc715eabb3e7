import {
  chmodSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, test } from "vitest";
import { EnvironmentError } from "../../src/errors.js";
import { copyInto, makeRunnable } from "../../src/video/_installer.js";
import { listCodecs } from "../../src/video/codecs.js";
import { findFfmpeg } from "../../src/video/find.js";
import { binaries, installer, temporaryFolder } from "./_ffmpeg.js";

const folder = temporaryFolder();

/** A program that is no ffmpeg. */
function program(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe("finding ffmpeg", () => {
  test("the option comes first, then FFMPEG_PATH, then the system's, then npm's", async () => {
    const other = join(folder, "other");
    symlinkSync(installer, other);
    const env = { FFMPEG_PATH: other, PATH: process.env.PATH };
    expect(await findFfmpeg({ ffmpeg: installer, env })).toMatchObject({ path: installer, source: "option" });
    expect(await findFfmpeg({ env })).toMatchObject({ path: other, source: "env" });
    const found = await findFfmpeg({ env: { PATH: process.env.PATH } });
    expect(found.source).toBe(binaries.length > 1 ? "system" : "installer");
    expect(found.version).toMatch(/\d/);
  });

  test.skipIf(binaries.length < 2)(
    "the system's is told with its full path where PATH is known",
    async () => {
      const { path } = await findFfmpeg({ env: { PATH: [folder, "", process.env.PATH].join(delimiter) } });
      expect(path).toMatch(/^\/.*ffmpeg$/);
    },
  );

  test.skipIf(process.platform === "win32")(
    "a system's ffmpeg that lacks what is needed is passed over",
    async () => {
      program("ffmpeg", "echo 'ffmpeg version 9-tiny Copyright' >&2; echo 'Unrecognized option' >&2; exit 1");
      const found = await findFfmpeg({ env: { PATH: folder } });
      expect(found).toMatchObject({ path: installer, source: "installer" });
    },
  );

  test.skipIf(process.platform === "win32").each([
    ["missing", "no such file"],
    ["words", "it may not be run"],
    ["true", "it is no ffmpeg"],
    ["false", /exited with code 3/],
    ["tiny", /^it does not decode a test clip \(.*code 1.*\)$/],
  ])("one that was named and does not work is an error with the fix: %s", async (name, why) => {
    writeFileSync(join(folder, "words"), "words");
    program("true", "exit 0");
    program("false", "exit 3");
    program("tiny", "echo 'ffmpeg version 9-tiny Copyright' >&2; exit 1");
    const path = join(folder, name);
    for (const [options, given] of [
      [{ ffmpeg: path }, "--ffmpeg"],
      [{ env: { FFMPEG_PATH: path, PATH: process.env.PATH } }, "FFMPEG_PATH"],
    ] as const) {
      const error: unknown = await findFfmpeg(options).catch((error) => error);
      expect(error).toBeInstanceOf(EnvironmentError);
      const [, reason] =
        /^Cannot use the ffmpeg "[^"]+" given by [\w-]+: (.*); correct the path, or leave it out to have one found$/.exec(
          (error as Error).message,
        ) ?? [];
      expect((error as Error).message).toContain(`"${path}" given by ${given}: `);
      if (typeof why === "string") expect(reason).toBe(why);
      else expect(reason).toMatch(why);
    }
  });

  test.skipIf(process.platform === "win32")("one that hangs ends with the signal", async () => {
    const path = program("hang", `echo $$ > '${join(folder, "pid")}'; exec sleep 986`);
    const controller = new AbortController();
    const looking = findFfmpeg({ ffmpeg: path, signal: controller.signal });
    await expect.poll(() => existsSync(join(folder, "pid"))).toBe(true);
    controller.abort(new Error("enough"));
    await expect(looking).rejects.toThrow("enough");
    expect(() => process.kill(Number(readFileSync(join(folder, "pid"), "utf8")), 0)).toThrow("ESRCH");
    await expect(findFfmpeg({ ffmpeg: path, signal: controller.signal })).rejects.toThrow("enough");
  });

  test.skipIf(process.platform === "win32")("a program that floods its output is given up", async () => {
    const path = program("flood", "exec yes");
    await expect(findFfmpeg({ ffmpeg: path })).rejects.toThrow(EnvironmentError);
  });
});

describe.skipIf(process.platform === "win32")("npm's ffmpeg without its run bit", () => {
  test("gets it", async () => {
    const path = join(folder, "no-run-bit");
    copyFileSync(installer, path);
    chmodSync(path, 0o644);
    expect(await makeRunnable(path, join(folder, "unused"))).toBe(path);
    expect(statSync(path).mode & 0o111).toBe(0o111);
    expect(existsSync(join(folder, "unused"))).toBe(false);
  });

  test("is copied, once, where the bit cannot be set", async () => {
    const original = join(folder, "original");
    writeFileSync(original, "#!/bin/sh\necho hello\n", { mode: 0o444 });
    const cache = join(folder, "cache", "deep");
    const copy = await copyInto(original, cache);
    const { ino, mode } = statSync(copy);
    expect(mode & 0o111).toBe(0o111);
    expect(await copyInto(original, cache)).toBe(copy);
    expect(statSync(copy).ino).toBe(ino);
    expect(readdirSync(cache)).toEqual(["original"]);
    // A newer package has another size.
    chmodSync(original, 0o644);
    writeFileSync(original, "#!/bin/sh\necho hello again\n");
    await copyInto(original, cache);
    expect(statSync(copy).size).toBe(statSync(original).size);
  });
});

test.each(binaries)("the codecs of $binary are listed", async ({ path }) => {
  const { videoDecoders, videoEncoders } = await listCodecs(path);
  for (const name of ["h264", "hevc", "mpeg4", "vp9"]) expect(videoDecoders).toContain(name);
  expect(videoEncoders).toContain("mpeg4");
  expect(videoDecoders).not.toContain("=");
  await expect(listCodecs(join(folder, "missing"))).rejects.toThrow(
    /^Cannot ask ".*missing" for its codecs: .*ENOENT/,
  );
});
