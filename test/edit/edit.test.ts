import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { generateEdits } from "../../schema/generate.js";
import {
  Correctable,
  correctedFrames,
  correctedRun,
  type Edit,
  type Entry,
  editLogSchema,
  emptyLog,
  formatLog,
  historyOf,
  parseEntry,
  parseLog,
} from "../../src/edit/index.js";
import { pack } from "../../src/report/pack.js";
import { frameOf, toRun } from "../../src/report/run.js";
import type { FrameTracks, Track } from "../../src/types.js";
import { random } from "../_random.js";

const facts = {
  ...{ input: "street.mp4", width: 640, height: 480, labels: ["person"], isTimed: true },
  names: { 9001: "nobody that is here" },
};
const tracks = { file: "street.tracks.json", bytes: 12, sha256: "ab".repeat(32) };

/** An identity in some frames; `-` before a frame is a box that nobody saw. */
type Life = readonly [id: number, frames: readonly number[]];

/** Frames 0, 2, 4, ...: numbers in the input are not positions in the run. */
function framesOf(lives: readonly Life[], count = 10): FrameTracks[] {
  return Array.from({ length: count }, (_, at) => ({
    index: at * 2,
    time: at / 10,
    tracks: lives
      .filter(([, frames]) => frames.some((frame) => Math.abs(frame) === at * 2))
      .map(
        ([id, frames]): Track => ({
          id,
          box: [id * 10, at, id * 10 + 5, at + 10],
          score: 0.5,
          class: 0,
          detection: frames.includes(at * 2) ? 0 : -1,
        }),
      )
      .sort((a, b) => a.id - b.id),
  }));
}

/** Frames of each identity after corrections, from the run and from the frames alike. */
function lives(frames: readonly FrameTracks[], edits: readonly Edit[]): Record<number, number[]> {
  const run = toRun(facts, frames);
  const corrected = new Correctable(run).correct(edits);
  const after = correctedRun(run, corrected);
  const all = after.index.length === 0 ? [] : Array.from(after.index, (_, at) => frameOf(after, at));
  const seen = (list: readonly FrameTracks[]) => {
    const found: Record<number, number[]> = {};
    for (const { index, tracks: those } of list) {
      const ids = those.map(({ id }) => id);
      expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
      for (const id of ids) {
        found[id] ??= [];
        found[id].push(index);
      }
    }
    return found;
  };
  const result = seen(all);
  expect(seen(correctedFrames(frames, corrected))).toEqual(result);
  return result;
}

describe("corrections", () => {
  it("merge makes one of several", () => {
    const frames = framesOf([
      [1, [0, 2]],
      [2, [4, 6]],
      [5, [10]],
    ]);
    expect(lives(frames, [{ type: "merge", into: 2, ids: [1, 5] }])).toEqual({ 2: [0, 2, 4, 6, 10] });
  });

  it("merge keeps what was seen where the other was only predicted", () => {
    const frames = framesOf([
      [1, [0, 2, -4, -6]],
      [2, [4, 6, 8]],
    ]);
    const run = toRun(facts, frames);
    const corrected = correctedRun(run, new Correctable(run).correct([{ type: "merge", into: 1, ids: [2] }]));
    expect(Array.from(corrected.id)).toEqual([1, 1, 1, 1, 1]);
    expect(Array.from(corrected.flags)).toEqual([0, 0, 0, 0, 0]);
    // Those that were 2 say so.
    expect(Array.from(corrected.joined)).toEqual([0, 0, 2, 2, 2]);
  });

  it("merge is refused where both were seen, with the frames named", () => {
    const frames = framesOf([
      [1, [0, 2, 4, 8, 12, 16]],
      [2, [2, 4, 8, 12, 16]],
    ]);
    expect(() => lives(frames, [{ type: "merge", into: 1, ids: [2] }])).toThrow(
      "Correction 1: Cannot merge 1 and 2: both are there in frames 2 to 4, 8, 12 and 1 more stretches; split or delete one of them there first",
    );
  });

  it("split makes two of one, from the frame that is named or the next that it has", () => {
    const frames = framesOf([[3, [0, 2, 8, 10]]]);
    expect(lives(frames, [{ type: "split", id: 3, frame: 5, new: 4 }])).toEqual({ 3: [0, 2], 4: [8, 10] });
    for (const frame of [0, 11, 400])
      expect(() => lives(frames, [{ type: "split", id: 3, frame, new: 4 }])).toThrow(
        `Cannot split 3 at frame ${frame}: expected a frame after its first and up to its last, frames 0 to 10`,
      );
  });

  it("split gives a number that was never used, also not by what was undone or by the tracker", () => {
    const frames = framesOf([[3, [0, 2, 8, 10]]]);
    const track = { ...frames[0]!.tracks[0]!, joined: 9 };
    const correctable = new Correctable(
      toRun(facts, [{ ...frames[0]!, tracks: [track] }, ...frames.slice(1)]),
    );
    const log: Entry[] = [];
    expect(correctable.freeId(log)).toBe(10);
    log.push({ type: "split", id: 3, frame: 8, new: 10 }, { type: "undo" });
    expect(correctable.freeId(log)).toBe(11);
    expect(() => correctable.correct([{ type: "split", id: 3, frame: 8, new: 9 }])).toThrow(
      "called 9 before",
    );
    expect(() =>
      correctable.correct([
        { type: "split", id: 3, frame: 8, new: 10 },
        { type: "merge", into: 3, ids: [10] },
        { type: "split", id: 3, frame: 2, new: 10 },
      ]),
    ).toThrow("Correction 3: Cannot split 3: something was called 10 before");
  });

  it("delete takes away all of it or some frames", () => {
    const frames = framesOf([
      [1, [0, 2, 4, 6]],
      [2, [0]],
    ]);
    expect(lives(frames, [{ type: "delete", id: 1 }])).toEqual({ 2: [0] });
    expect(lives(frames, [{ type: "delete", id: 1, from: 2, to: 4 }])).toEqual({ 1: [0, 6], 2: [0] });
    expect(lives(frames, [{ type: "delete", id: 1, from: 3 }])).toEqual({ 1: [0, 2], 2: [0] });
    expect(() => lives(frames, [{ type: "delete", id: 1, from: 7 }])).toThrow(
      "Cannot delete 1 there: it is in frames 0 to 6 and has no box there",
    );
  });

  it("rename follows merging and deleting", () => {
    const frames = framesOf([
      [1, [0]],
      [2, [2]],
      [3, [4]],
    ]);
    const namesAfter = (...edits: Edit[]) => {
      const run = toRun({ ...facts, names: undefined }, frames);
      return correctedRun(run, new Correctable(run).correct(edits)).names ?? {};
    };
    const anna: Edit = { type: "rename", id: 2, name: "Anna" };
    expect(namesAfter(anna)).toEqual({ 2: "Anna" });
    expect(namesAfter(anna, { ...anna, name: "" })).toEqual({});
    expect(namesAfter(anna, { type: "merge", into: 1, ids: [2] })).toEqual({ 1: "Anna" });
    expect(
      namesAfter(anna, { type: "rename", id: 1, name: "Bea" }, { type: "merge", into: 1, ids: [2] }),
    ).toEqual({ 1: "Bea" });
    expect(namesAfter(anna, { type: "delete", id: 2 })).toEqual({});
    const named = toRun({ ...facts, names: { 3: "Cleo" } }, frames);
    const merged = new Correctable(named).correct([{ type: "merge", into: 1, ids: [3] }]);
    expect(correctedRun(named, merged).names).toEqual({ 1: "Cleo" });
    expect(() => namesAfter({ type: "rename", id: 7, name: "x" })).toThrow("There is no identity 7");
  });

  it("checks one more in words without a number in front", () => {
    const correctable = new Correctable(toRun(facts, framesOf([[1, [0, 2]]])));
    expect(() => correctable.check([], { type: "undo" })).toThrow(/^There is nothing to undo$/);
    expect(() => correctable.check([], { type: "redo" })).toThrow(/^There is nothing to redo$/);
    const split: Edit = { type: "split", id: 1, frame: 2, new: 2 };
    expect(() => correctable.check([split, { type: "undo" }], split)).toThrow("called 2 before");
    expect(() => correctable.check([], { type: "merge", into: 1, ids: [1] })).toThrow(
      /^Cannot merge 1 with itself$/,
    );
  });

  it("come out the same for any seed, and undone they leave every byte as it was", () => {
    for (let seed = 1; seed <= 25; seed++) {
      const next = random(seed);
      const number = (most: number) => Math.floor(next() * most);
      const frames = framesOf(
        Array.from({ length: 8 }, (_, i) => [
          i + 1,
          Array.from({ length: 3 + number(20) }, () => number(60) * (next() < 0.2 ? -1 : 1)),
        ]),
        30,
      );
      const run = toRun(facts, frames);
      const before = pack(run);
      const correctable = new Correctable(run);
      const entries: Entry[] = [];
      let done = 0;
      for (let i = 0; i < 60; i++) {
        const { edits, undone } = historyOf(entries);
        const ids = [...new Set(correctable.correct(edits).ids)].filter((id) => id > 0);
        const anyId = () => ids[number(ids.length)] ?? 1;
        const made: Entry[] = [
          { type: "merge", into: anyId(), ids: [anyId()] },
          { type: "split", id: anyId(), frame: number(60), new: correctable.freeId(entries) },
          { type: "delete", id: anyId(), from: number(60), to: number(60) },
          { type: "rename", id: anyId(), name: `n${i}` },
        ];
        const entry: Entry =
          next() < 0.15 && edits.length > 0
            ? { type: "undo" }
            : next() < 0.3 && undone.length > 0
              ? { type: "redo" }
              : made[number(made.length)]!;
        try {
          correctable.check(entries, entry);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
          continue;
        }
        entries.push(entry);
        done++;
      }
      expect(done).toBeGreaterThan(5);
      const log = parseLog(formatLog({ ...emptyLog(tracks), entries }), "x");
      expect(log.entries).toEqual(entries);
      const once = correctedRun(run, correctable.correct(historyOf(entries).edits));
      const again = correctedRun(run, new Correctable(run).correct(historyOf(log.entries).edits));
      expect(Buffer.compare(pack(once), pack(again))).toBe(0);
      const { edits } = historyOf(entries);
      const undone = historyOf([...entries, ...edits.map((): Entry => ({ type: "undo" }))]);
      expect(undone.edits).toEqual([]);
      const back = correctedRun(run, correctable.correct(undone.edits));
      expect(Buffer.compare(pack(back), before)).toBe(0);
    }
  });
});

describe("the log", () => {
  it("undoes and redoes; a new correction ends what could be brought back", () => {
    const a: Edit = { type: "delete", id: 1 };
    const b: Edit = { type: "delete", id: 2 };
    expect(historyOf([a, b, { type: "undo" }])).toEqual({ edits: [a], undone: [b] });
    expect(historyOf([a, b, { type: "undo" }, { type: "redo" }])).toEqual({ edits: [a, b], undone: [] });
    expect(historyOf([a, { type: "undo" }, b])).toEqual({ edits: [b], undone: [] });
    expect(() => historyOf([a, { type: "undo" }, { type: "undo" }])).toThrow(
      "Entry 3: there is nothing to undo",
    );
    expect(() => historyOf([{ type: "redo" }])).toThrow("Entry 1: there is nothing to redo");
  });

  it("has a schema that is the one generated from the reader, and follows it", () => {
    const schema = JSON.parse(
      readFileSync(new URL("../../schema/edits.schema.json", import.meta.url), "utf8"),
    );
    expect(JSON.parse(generateEdits())).toEqual(schema);
    const validate = new Ajv2020().compile(schema);
    const log = { ...emptyLog(tracks), entries: [{ type: "rename" as const, id: 1, name: "Anna" }] };
    expect(validate(JSON.parse(formatLog(log)))).toBe(true);
    expect(editLogSchema.parse(JSON.parse(formatLog(emptyLog(tracks))))).toEqual(emptyLog(tracks));
  });

  it.each([
    ["{", /^Cannot parse "x\.json": not JSON: [^\n]+$/],
    ["{}", /^Cannot parse "x\.json": format: /],
    [
      JSON.stringify({ ...emptyLog(tracks), entries: [{ type: "merge", into: 1, ids: [] }] }),
      /^Cannot parse "x\.json": entries\[0\]\.ids: /,
    ],
    [
      JSON.stringify({ ...emptyLog(tracks), entries: [{ type: "rename", id: 1, name: "two\nlines" }] }),
      "entries[0].name: expected a name of one line",
    ],
    [
      JSON.stringify({ ...emptyLog(tracks), entries: [{ type: "explode" }] }),
      /^Cannot parse "x\.json": entries\[0\]/,
    ],
    [JSON.stringify(emptyLog({ ...tracks, sha256: "1" })), "expected a SHA-256 in hexadecimal"],
  ])("refuses %j", (text, message) => {
    expect(() => parseLog(text, "x.json")).toThrow(SyntaxError);
    expect(() => parseLog(text, "x.json")).toThrow(message);
  });

  it("refuses an entry that is none in one line", () => {
    expect(() => parseEntry({ type: "delete", id: 0 })).toThrow(/^Expected a correction: id: [^\n]+$/);
    expect(() => parseEntry(undefined)).toThrow(RangeError);
  });
});
