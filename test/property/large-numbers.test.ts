import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fromTracks, parseKitti, parseMot } from "../../src/eval/index.js";
import { formatDecisions, formatDecisionsHeader, readDecisions } from "../../src/format/decisions.js";
import { formatDetections, parseDetections } from "../../src/format/detections.js";
import { formats } from "../../src/format/files.js";
import { IdSet } from "../../src/math/id-set.js";
import { track } from "../../src/pipeline.js";
import { BotSort } from "../../src/track/botsort.js";
import { ByteTrack } from "../../src/track/bytetrack.js";
import { DeepSort, recommended } from "../../src/track/deepsort.js";
import { OcSort } from "../../src/track/ocsort.js";
import { Sort } from "../../src/track/sort.js";
import { Throughline } from "../../src/track/throughline.js";
import type {
  Column,
  Detections,
  Frame,
  FrameTracks,
  ResumableTracker,
  TracksHeader,
} from "../../src/types.js";

/** Where counters of 31, 32 and 53 bits end; one frame more must still be a number of its own. */
const EDGES = [2 ** 31 - 3, 2 ** 32 - 3, 2 ** 53 - 8];

const found = (...rows: (readonly [x: number, y: number, score?: number])[]): Detections => ({
  count: rows.length,
  boxes: Float64Array.from(rows.flatMap(([x, y]) => [x, y, x + 30, y + 60])),
  scores: Float64Array.from(rows, ([, , score = 0.95]) => score),
  classes: new Int32Array(rows.length),
});

const header: TracksHeader = { input: "x", width: 640, height: 480, labels: ["person"], run: {} };
const framesFrom = (first: number, id: number): FrameTracks[] =>
  [0, 1, 2, 3, 4, 5].map((k) => ({
    ...{ index: first + k, time: k / 25 },
    tracks: [{ id: id + k, box: [1, 2, 30 + k, 40], score: 0.5, class: 0, detection: 0 }],
  }));

describe.each(EDGES)("frames and identities from %d on", (edge) => {
  it.each(formats.map((format) => [format.extension, format] as const))(
    "are the same after writing and reading %s",
    (_, format) => {
      const frames = framesFrom(edge, edge);
      const text =
        (format.begin?.(header) ?? "") +
        frames.map((frame) => format.frame(frame, header)).join(format.separator ?? "") +
        (format.end?.({ identities: 6, integrity: { complete: true, frames: edge, damage: [] } }) ?? "");
      const read = format.parse!(text, "x").frames;
      expect(read.map(({ index }) => index)).toEqual(frames.map(({ index }) => index));
      expect(read.map(({ tracks }) => tracks[0]!.id)).toEqual(frames.map(({ tracks }) => tracks[0]!.id));
    },
  );

  it("are the same in detections and in decision logs", async () => {
    const stored = parseDetections(formatDetections(edge, found([5, 6])), "det.txt");
    expect(stored.frames).toBe(edge + 1);
    expect(stored.at(edge).count).toBe(1);
    const folder = mkdtempSync(join(tmpdir(), "throughline-large-"));
    try {
      const path = join(folder, "log.jsonl");
      const limits = { iou: 0.3, maxAge: 1, confirm: 1 };
      const decisions = [{ id: edge, kind: "miss" as const, missed: 1, rivals: [] }];
      writeFileSync(
        path,
        formatDecisionsHeader({ input: "x", run: {}, limits }) +
          formatDecisions({ index: edge, time: 1, decisions }),
      );
      const read = [];
      for await (const frame of readDecisions(path)) read.push([frame.index, frame.decisions[0]!.id]);
      expect(read).toEqual([[edge, edge]]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("pass through the loop as they are", async () => {
    async function* frames(): AsyncGenerator<Frame> {
      for (let k = 0; k < 4; k++)
        yield { index: edge + k, time: (edge + k) / 1000, width: 9, height: 9, data: new Uint8Array(0) };
    }
    const detector = { labels: ["person"], detect: async () => found([1, 2]) };
    const indices = [];
    for await (const { index } of track(frames(), { detector, tracker: new Sort() })) indices.push(index);
    expect(indices).toEqual([0, 1, 2, 3].map((k) => edge + k));
  });

  it("are counted one by one", () => {
    const ids = new IdSet();
    for (let k = 0; k < 6; k++) ids.add(edge + k);
    expect(ids.size).toBe(6);
    expect([...IdSet.from(ids.save())]).toEqual([...ids]);
  });

  it("that are scored keep their identity, and a sequence so long is refused with the line that made it", () => {
    const row = (frame: number, id: number) => `${frame},${id},1,2,30,40,1,1,1\n`;
    expect([...parseMot(row(1, edge) + row(2, edge + 1), "gt.txt").labels]).toEqual([edge, edge + 1]);
    expect(() => parseMot(row(1, 1) + row(edge, 1), "gt.txt")).toThrow(
      `Cannot parse "gt.txt:2": expected a frame number up to 8388608, got ${edge}`,
    );
    expect(() => parseKitti(`${edge} 1 Car 0 0 0 1 2 3 4\n`, "0000.txt")).toThrow(
      `Cannot parse "0000.txt:1": expected a frame number up to 8388607, got ${edge}`,
    );
    expect(() => fromTracks(framesFrom(edge, 1), "t.json")).toThrow(
      /^Cannot parse "t.json": expected a frame number up to/,
    );
  });
});

/** The tracker with numbers of its state put far ahead, as if it had run for years. */
function aged(make: () => ResumableTracker, columns: Readonly<Record<string, number>>): ResumableTracker {
  const young = make();
  for (let k = 0; k < 6; k++) young.update(found([10 + k, 10], [300, 200 + k]));
  const { columns: saved, ...state } = young.save();
  const old = Object.entries(saved).map(([name, column]): [string, Column] => [
    name,
    name in columns ? (column.map(() => columns[name]!) as Column) : column,
  ]);
  const tracker = make();
  tracker.restore({ ...state, columns: Object.fromEntries(old) });
  return tracker;
}

describe.each<[string, () => ResumableTracker]>([
  ["SORT", () => new Sort()],
  ["DeepSORT", () => new DeepSort(recommended)],
  ["Throughline", () => new Throughline()],
  ["ByteTrack", () => new ByteTrack()],
  ["OC-SORT", () => new OcSort()],
  ["BoT-SORT", () => new BotSort()],
])("%s after years", (_, make) => {
  it.each(EDGES)("gives new identities from %d on, one each", (edge) => {
    const tracker = aged(make, { nextId: edge, frames: edge });
    const seen = new Set<number>();
    for (let person = 0; person < 5; person++)
      for (let k = 0; k < 8; k++)
        for (const { id } of tracker.update(found([10, 10], [50 + 150 * person + k, 500]))) seen.add(id);
    const made = [...seen].filter((id) => id >= edge).sort((a, b) => a - b);
    expect(made).toEqual(made.map((_, k) => made[0]! + k));
    expect(made.length).toBeGreaterThanOrEqual(5);
    expect(made.every(Number.isSafeInteger)).toBe(true);
  });

  it("still reports somebody who was seen in more frames than 31 bits count", () => {
    const tracker = aged(make, { hits: 2 ** 31 - 2 });
    for (let k = 0; k < 5; k++)
      expect(tracker.update(found([16 + k, 10], [300, 206 + k])).map(({ id }) => id)).toEqual([1, 2]);
  });
});
