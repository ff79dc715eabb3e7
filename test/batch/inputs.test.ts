import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findInputs } from "../../src/batch/inputs.js";
import { InputError } from "../../src/errors.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "throughline-inputs-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (...names: readonly string[]) => {
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), "");
  }
};
const names = async (given: readonly string[], except?: string) =>
  (await findInputs(given, { except })).map(({ name }) => name);

describe("findInputs", () => {
  it("finds the videos of a folder and below, numbers by value", async () => {
    put("a/10.mp4", "a/9.MKV", "b/c/1.avi", "x.mov", "notes.md", ".hidden.mp4", ".trash/y.mp4", "._x.mov");
    expect(await names([folder])).toEqual(["a/9.MKV", "a/10.mp4", "b/c/1.avi", "x.mov"]);
  });

  it("takes a MOT sequence and a folder of pictures as one input each, and pictures beside videos as none", async () => {
    put("seq/seqinfo.ini", "seq/img1/000001.jpg", "frames/1.jpg", "frames/2.jpg", "day/a.mp4", "day/a.jpg");
    expect(await names([folder])).toEqual(["day/a.mp4", "frames", "seq"]);
    expect(await names([join(folder, "frames")])).toEqual(["frames"]);
  });

  it("does not look into the folder of the results, nor follow links in a circle", async () => {
    put("a.mp4", "results/b.mp4", "results/deep/c.mp4");
    symlinkSync(folder, join(folder, "again"));
    expect(await names([folder], join(folder, "results"))).toEqual(["a.mp4"]);
    expect(await names([join(folder, "**/*.mp4")], join(folder, "results"))).toEqual(["a.mp4"]);
  });

  it("takes what cannot be read as an input too, so that somebody is told", async () => {
    put("a.mp4", "locked/b.mp4");
    symlinkSync("/nowhere/c.mp4", join(folder, "c.mp4"));
    expect(await names([folder])).toEqual(["a.mp4", "c.mp4", "locked/b.mp4"]);
    // Root reads everything.
    if (process.getuid?.() === 0) return;
    chmodSync(join(folder, "locked"), 0);
    expect(await names([folder])).toEqual(["a.mp4", "c.mp4", "locked"]);
    await expect(findInputs([join(folder, "locked")])).rejects.toThrow(InputError);
    chmodSync(join(folder, "locked"), 0o700);
  });

  it("reads lists, relative to themselves", async () => {
    put("a.mp4", "n/b.mp4");
    writeFileSync(
      join(folder, "night.txt"),
      `\uFEFF# two cameras\r\nn/b.mp4\r\n\r\na.mp4\r\n${folder}/a.mp4\n`,
    );
    expect(await findInputs([join(folder, "night.txt")])).toEqual([
      { path: join(folder, "a.mp4"), name: "a.mp4" },
      { path: join(folder, "n/b.mp4"), name: "n/b.mp4" },
    ]);
  });

  it("never gives two inputs one name, wherever they lie", async () => {
    put("a/x.mp4", "b/x.mp4", "b/x.avi", "list/l.txt");
    writeFileSync(join(folder, "list/l.txt"), "../a/x.mp4\n../b/x.mp4\n../b/x.avi\n");
    const found = await names([join(folder, "list/l.txt")]);
    expect(new Set(found).size).toBe(3);
    for (const name of found) expect(name.split("/")).not.toContain("..");
    expect(await names([join(folder, "b"), join(folder, "*/x.mp4")])).toEqual(["x.avi", "x.mp4", "a/x.mp4"]);
    expect(await names([join(folder, "a"), join(folder, "b")])).toEqual([
      "x.mp4",
      "x.avi",
      join(folder, "b/x.mp4").slice(1),
    ]);
  });

  it("takes addresses as they are, and calls them by the last part of their path", async () => {
    put("a.mp4");
    writeFileSync(join(folder, "l.txt"), "https://nas/x/a.mp4\nhttp://nas:81/my%20gate.mp4?key=1\na.mp4\n");
    expect(await findInputs([join(folder, "l.txt")])).toEqual([
      { path: join(folder, "a.mp4"), name: "a.mp4" },
      { path: "http://nas:81/my%20gate.mp4?key=1", name: "my gate.mp4" },
      { path: "https://nas/x/a.mp4", name: "nas/x/a.mp4" },
    ]);
    const host = "http://me:hidden@nas";
    const odd = [
      "",
      "/..%2f..%2fetc",
      "/%2e%2e/",
      "/%00%0a",
      "/a?id=1",
      "/a?id=2",
      "/a?id=3",
      "/100%.mp4",
      "/batch",
    ];
    const found = await names(odd.map((path) => host + path));
    expect(found).toEqual(
      [...["nas", ".._.._etc", "nas-HASH", "__", "a", "nas/a", "nas/a-HASH", "100%.mp4", "nas/batch"]].map(
        (name) =>
          name.includes("HASH") ? expect.stringMatching(`^${name.replace("HASH", "[0-9a-f]{12}")}$`) : name,
      ),
    );
    // Alone it has the plain name.
    expect(await names([`${host}/a?id=3`])).toEqual(["a"]);
    expect(await names([`${host}/a?id=1`, `${host}/a?id=1`])).toEqual(["a"]);
    await expect(findInputs(["rtsp://me:hidden@nas/x"])).rejects.toThrow(
      'Cannot read "rtsp://nas/x": expected files or http://..., found an address; cameras are watched',
    );
  });

  it("says which input is not there, or gives nothing", async () => {
    put("empty/readme.md");
    await expect(findInputs([join(folder, "nowhere")])).rejects.toThrow(InputError);
    await expect(findInputs([join(folder, "empty")])).rejects.toThrow(/empty": expected videos in it/);
    await expect(findInputs([join(folder, "*.mp4")])).rejects.toThrow(/expected videos in it, found none/);
  });
});
