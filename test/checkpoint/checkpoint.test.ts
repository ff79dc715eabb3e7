import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Checkpoint, readCheckpoint, writeCheckpoint } from "../../src/checkpoint/checkpoint.js";
import { random } from "../_random.js";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "throughline-checkpoint-"));
  path = join(folder, ".track-x.checkpoint");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const keys = { "the input": "a", "the options": "b" };
const next = random(1);
const checkpoint: Checkpoint = {
  keys,
  index: 41,
  time: 1.64,
  frames: 40,
  held: [
    {
      index: 41,
      time: 1.64,
      tracks: [{ id: 9, box: [0.1, -2.5, 1 / 3, 1e9], score: 0.7, class: 2, detection: -1 }],
      looks: [{ id: 9, count: 4, mean: Float32Array.of(0.1, -1e-45) }],
      decisions: [{ id: 9, kind: "miss", missed: 1, rivals: [] }],
    },
  ],
  seconds: 12.5,
  ids: { identities: Float64Array.of(1, 9, 12, 2 ** 40) },
  tracker: {
    layout: "sort 1",
    options: "{}",
    columns: {
      odd: Float64Array.of(0.1, -0, Number.NaN, Number.NEGATIVE_INFINITY, 5e-324, Number.MAX_VALUE),
      many: Float64Array.from({ length: 999 }, () => next() * 10 ** Math.floor(600 * next() - 300)),
      single: Float32Array.of(0.1, 1e-45),
      whole: Int32Array.of(-1, 2 ** 31 - 1),
      flags: Uint8Array.of(1, 0, 1),
      none: new Int32Array(0),
    },
  },
  looks: { about: Float64Array.of(9, 1, 4, 0), vectors: Float64Array.of(0.1, 1 / 3) },
  files: [{ bytes: 10, sha256: "c" }],
};

describe("a checkpoint", () => {
  it("comes back with every number as it was", async () => {
    await writeCheckpoint(path, checkpoint);
    const found = await readCheckpoint(path, keys);
    expect(found).toEqual({ checkpoint });
    const columns = found && "checkpoint" in found ? found.checkpoint.tracker.columns : {};
    expect(Object.is(columns.odd[1], -0)).toBe(true);
    expect(readdirSync(folder)).toEqual([".track-x.checkpoint"]);
  });

  it("is not there where there is none", async () => {
    expect(await readCheckpoint(path, keys)).toBeUndefined();
  });

  it("is refused where it was cut off, wherever that was", async () => {
    await writeCheckpoint(path, checkpoint);
    const whole = readFileSync(path);
    for (let length = 0; length < whole.length; length += length < 400 ? 1 : 97) {
      writeFileSync(path, whole.subarray(0, length));
      expect(await readCheckpoint(path, keys), `${length} bytes`).toEqual({ problem: "it is torn" });
    }
  });

  it("is refused where any byte is another one", async () => {
    await writeCheckpoint(path, checkpoint);
    const whole = readFileSync(path);
    for (let at = 0; at < whole.length; at += 1 + Math.floor(20 * next())) {
      const other = Buffer.from(whole);
      other[at] ^= 1;
      writeFileSync(path, other);
      expect(await readCheckpoint(path, keys), `byte ${at}`).toHaveProperty("problem");
    }
  });

  it("is refused where it is of another version, or of something else", async () => {
    await writeCheckpoint(path, checkpoint);
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace('"version":4', '"version":7'));
    expect(await readCheckpoint(path, keys)).toEqual({
      problem: "it is of version 7, this program's is 4",
    });
    for (const [changed, problem] of [
      [{ ...keys, "the input": "z" }, "the input changed"],
      [{ "the input": "z", "the options": "z" }, "the input and the options changed"],
      [{ ...keys, "the models": "m" }, "the models changed"],
    ] as const) {
      writeFileSync(path, text);
      expect(await readCheckpoint(path, changed)).toEqual({ problem });
    }
  });
});
