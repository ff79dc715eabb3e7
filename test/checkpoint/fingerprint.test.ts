import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fingerprint } from "../../src/checkpoint/fingerprint.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "throughline-fingerprint-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a fingerprint", () => {
  it("changes with the size, the time and the bytes of a file, not with its name", async () => {
    const path = join(folder, "a.mp4");
    const touch = () => utimesSync(path, 1000, 1000);
    writeFileSync(path, Buffer.alloc(300_000, 1));
    touch();
    const before = await fingerprint(path);
    expect(await fingerprint(path)).toBe(before);
    renameSync(path, join(folder, "b.mp4"));
    expect(await fingerprint(join(folder, "b.mp4"))).toBe(before);
    renameSync(join(folder, "b.mp4"), path);
    utimesSync(path, 1000, 1001);
    expect(await fingerprint(path)).not.toBe(before);
    for (const at of [0, 150_000, 299_999]) {
      const bytes = Buffer.alloc(300_000, 1);
      bytes[at] = 2;
      writeFileSync(path, bytes);
      touch();
      expect(await fingerprint(path), `byte ${at}`).not.toBe(before);
    }
    appendFileSync(path, "x");
    touch();
    expect(await fingerprint(path)).not.toBe(before);
  });

  it("of a folder changes with its pictures and its detections, not with results that are put there", async () => {
    mkdirSync(join(folder, "img1"));
    mkdirSync(join(folder, "det"));
    for (const name of ["seqinfo.ini", "img1/1.jpg", "img1/2.jpg", "det/det.txt"])
      writeFileSync(join(folder, name), name);
    const before = await fingerprint(folder);
    mkdirSync(join(folder, "results"));
    writeFileSync(join(folder, "results", "tracks.json"), "{}");
    writeFileSync(join(folder, "tracks.txt"), "");
    expect(await fingerprint(folder)).toBe(before);
    for (const name of ["img1/3.jpg", "det/det.txt", "seqinfo.ini"]) {
      const last = await fingerprint(folder);
      writeFileSync(join(folder, name), "more");
      expect(await fingerprint(folder), name).not.toBe(last);
    }
  });
});
