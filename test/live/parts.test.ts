import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { csv } from "../../src/format/csv.js";
import { json } from "../../src/format/json.js";
import { jsonl } from "../../src/format/jsonl.js";
import { mot } from "../../src/format/mot.js";
import { Parts } from "../../src/live/parts.js";
import type { Format, FrameTracks, TracksHeader } from "../../src/types.js";

const root = mkdtempSync(join(tmpdir(), "throughline-parts-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
const folder = () => {
  const path = join(root, String(++count));
  mkdirSync(path);
  return path;
};

const header: TracksHeader = { input: "rtsp://camera/1", width: 64, height: 48, labels: ["person"], run: {} };
const startedAt = new Date("2026-01-02T03:59:58.500Z");
const frame = (index: number, time: number): FrameTracks => ({
  ...{ index, time },
  tracks: [{ id: 1 + Math.floor(index / 4), box: [1, 2, 3, 4], score: 0.5, class: 0, detection: 0 }],
});
const visible = (path: string) =>
  readdirSync(path)
    .filter((name) => !name.startsWith("."))
    .sort();

describe("files of a run that never ends", () => {
  test("begin anew at whole multiples of the time, each complete, named after its first frame", async () => {
    const path = folder();
    const complete: string[] = [];
    const prepared = await Parts.prepare([join(path, "t.jsonl")]);
    const parts = prepared.open({
      ...{ header, startedAt, rotation: { seconds: 3600 } },
      onComplete: (names) => complete.push(...names),
    });
    // Two before four o'clock, two after, one after five.
    for (const [i, time] of [0, 1, 2, 3, 3700].entries()) {
      if (i === 4) parts.gap({ kind: "missing", fromTime: 3, toTime: 3700, reason: "gone" });
      await parts.write(frame(2 * i, time), { received: 2 * i + 1, dropped: i });
      // What has its name is whole at any moment.
      for (const name of visible(path))
        expect(jsonl.parse!(readFileSync(join(path, name), "utf8"), name).footer).toBeDefined();
    }
    await parts.finish();
    await parts.close();
    expect(visible(path)).toEqual([
      "t-20260102T035958Z.jsonl",
      "t-20260102T040000Z.jsonl",
      "t-20260102T050138Z.jsonl",
    ]);
    expect(complete.map((name) => name.slice(path.length + 1))).toEqual(visible(path));
    const parsed = complete.map((name) => jsonl.parse!(readFileSync(name, "utf8"), name));
    expect(parsed.map(({ frames }) => frames.map(({ index }) => index))).toEqual([[0, 2], [4, 6], [8]]);
    expect(parsed.map(({ footer }) => footer!.integrity.frames)).toEqual([3, 4, 2]);
    expect(parsed.map(({ footer }) => footer!.integrity.dropped)).toEqual([1, 2, 1]);
    expect(parsed.map(({ footer }) => footer!.identities)).toEqual([1, 1, 1]);
    expect(parsed[2].header!.run).toEqual({
      live: { startedAt: startedAt.toISOString(), part: 3, partAt: "2026-01-02T05:01:38.500Z" },
    });
    // A gap stands in the file in which it was noticed.
    expect(parsed.map(({ footer }) => footer!.integrity.complete)).toEqual([true, false, true]);
    expect(readdirSync(path).filter((name) => name.startsWith("."))).toEqual([]);
  });

  test("begin anew by size", async () => {
    const path = folder();
    const parts = (await Parts.prepare([join(path, "t.csv")])).open({
      ...{ header, startedAt, rotation: { bytes: 300 } },
    });
    for (let i = 0; i < 60; i++) await parts.write(frame(i, i), { received: i + 1, dropped: 0 });
    await parts.finish();
    await parts.close();
    const names = visible(path);
    expect(names.length).toBeGreaterThan(3);
    const indices = names.flatMap((name) =>
      csv.parse!(readFileSync(join(path, name), "utf8"), name).frames.map(({ index }) => index),
    );
    expect(indices).toEqual(Array.from({ length: 60 }, (_, i) => i));
    for (const name of names) expect(readFileSync(join(path, name)).length).toBeLessThan(500);
  });

  test("are one file under its own name where nothing else is asked for, and none without a frame", async () => {
    const path = folder();
    const open = async () => (await Parts.prepare([join(path, "t.json")])).open({ header, startedAt });
    const none = await open();
    await none.finish();
    await none.close();
    expect(readdirSync(path)).toEqual([]);
    const parts = await open();
    await parts.write(frame(0, 0), { received: 1, dropped: 0 });
    await parts.finish();
    await parts.close();
    expect(readdirSync(path)).toEqual(["t.json"]);
  });

  test("are one run's at a time", async () => {
    const path = join(folder(), "t.jsonl");
    const prepared = await Parts.prepare([path]);
    await expect(Parts.prepare([path])).rejects.toThrow(/another run \(process \d+ on .*\) is writing it/);
    await prepared.release();
    await (await Parts.prepare([path])).release();
  });
});

describe("what a killed run leaves", () => {
  test.each<[string, Format]>([
    [".jsonl", jsonl],
    [".json", json],
    [".csv", csv],
    [".txt", mot],
  ])(
    "in %s is completed by the next one, up to the last whole line, and overwrites nothing",
    async (ending, format) => {
      const path = folder();
      const file = join(path, `t${ending}`);
      writeFileSync(file, "older");
      const parts = (await Parts.prepare([file])).open({ header, startedAt });
      for (let i = 0; i < 9; i++) await parts.write(frame(i, i), { received: i + 1, dropped: 0 });
      // As kill -9 leaves it: a line torn, nobody to take the locks away.
      await parts.close();
      const [left] = readdirSync(path).filter((name) => name.endsWith(".part"));
      const text = readFileSync(join(path, left), "utf8");
      writeFileSync(join(path, left), text.slice(0, -3));

      const { recovered, release } = await Parts.prepare([file]);
      await release();
      expect(recovered).toEqual([join(path, `t-20260102T035958Z${ending}`)]);
      expect(readFileSync(file, "utf8")).toBe("older");
      const { frames, footer } = format.parse!(readFileSync(recovered[0], "utf8"), recovered[0]);
      expect(frames.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7].slice(0, frames.length));
      expect(frames.length).toBeGreaterThanOrEqual(7);
      if (format.end)
        expect(footer).toEqual({
          identities: 2,
          integrity: { complete: false, frames: frames.length, damage: [], interrupted: true },
        });
      expect(readdirSync(path).filter((name) => name.startsWith("."))).toEqual([]);
      expect(existsSync(join(path, left))).toBe(false);
    },
  );
});
