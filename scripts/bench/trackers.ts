/**
 * The trackers beside each other: scores on real detections, and how fast they associate. No pictures, no models, one
 * thread, detections in, tracks out; the JavaScript tracker in use today gets the same detections in the same run.
 *
 *   npm run bench:trackers
 *
 * Scores need the reference material beside the repository; without it only the crowds are run.
 */
import jsTracker from "node-moving-things-tracker";
import { evaluate, fromTracks } from "../../src/eval/index.js";
import { HeldFrames } from "../../src/late.js";
import { BotSort } from "../../src/track/botsort.js";
import { ByteTrack } from "../../src/track/bytetrack.js";
import { DeepSort } from "../../src/track/deepsort.js";
import { OcSort } from "../../src/track/ocsort.js";
import { Sort } from "../../src/track/sort.js";
import { Throughline } from "../../src/track/throughline.js";
import type { Detections, FrameTracks, Tracker } from "../../src/types.js";
import { crowd, knownMd5 } from "./_crowd.js";
import { type Footage, type FootageSet, readFootage } from "./_footage.js";
import { machine, median } from "./_machine.js";

interface Contestant {
  readonly name: string;
  readonly make: () => Tracker;
  readonly usesCamera?: boolean;
  /** How many times the JavaScript tracker it is meant to be, on MOT15, val half and the crowd of 200. */
  readonly goals?: readonly number[];
}

/** Python's fastest is this many times slower than the goals of SORT and ByteTrack: ten times. */
const goals = [2, 4, 6.5];
const contestants: readonly Contestant[] = [
  { name: "throughline", make: () => new Throughline(), goals: goals.map((goal) => goal / 2) },
  { name: "throughline, camera told", make: () => new Throughline(), usesCamera: true },
  { name: "bytetrack", make: () => new ByteTrack(), goals },
  { name: "botsort", make: () => new BotSort() },
  { name: "botsort, camera told", make: () => new BotSort(), usesCamera: true },
  { name: "ocsort", make: () => new OcSort() },
  { name: "sort, scores from 0.3", make: () => new Sort({ minScore: 0.3 }), goals },
  { name: "deepsort, motion alone", make: () => new DeepSort() },
];

/** Weaker detections are of use to nobody. */
const weakest = 0.1;
/** Milliseconds that a measurement lasts at least, and how many there are. */
const lasting = 150;
const rounds = 3;

const sets = readFootage();
console.log(machine());
if (sets.length === 0)
  console.log("Skipped: ../shared/data is absent; nothing is scored, and only crowds are timed");

const scored = new Map(contestants.map((one) => [one.name, sets.map((set) => scoresOf(set, one))]));
const timed: readonly (readonly [name: string, footage: readonly Footage[]])[] = [
  ...sets.slice(0, 2).map(({ name, sequences }) => [name, sequences.map(narrowed)] as const),
  ["crowd of 200", [madeUp(200, 300)]],
  ["crowd of 1000", [madeUp(1000, 60)]],
];
const speeds = timed.map(([, footage]) => speedsOn(footage));

const names = [...contestants.map(({ name }) => name), "node-moving-things-tracker"];
console.log("\nHOTA / MOTA / IDF1, and frames per second of association alone\n");
printTable(
  ["tracker", ...sets.map(({ name }) => name), ...timed.map(([name]) => `${name}, frames/s`)],
  names.map((name) => [
    name,
    ...sets.map((_, k) => scored.get(name)?.[k] ?? ""),
    ...speeds.map((speed) => {
      const value = speed.get(name)!;
      return value === undefined ? "" : Math.round(value).toLocaleString("en");
    }),
  ]),
);

console.log("\nTimes the JavaScript tracker, in this run\n");
const today = speeds.map((speed) => speed.get("node-moving-things-tracker")!);
printTable(
  ["tracker", ...timed.map(([name]) => name)],
  contestants.map(({ name, goals }) => [
    name,
    ...speeds.map((speed, k) => {
      const goal = goals?.[sets.length > 0 ? k : k + 2];
      return `${(speed.get(name)! / today[k]!).toFixed(1)}${goal === undefined ? "" : ` (goal ${goal})`}`;
    }),
  ]),
);

/** The scores of one tracker on one set. The published evaluations leave out boxes that no person has; so does this. */
function scoresOf({ benchmark, sequences }: FootageSet, { make, usesCamera }: Contestant): string {
  const pairs = sequences.map((footage) => {
    const { name, truth, detections } = footage;
    const frames = follow(make(), footage, usesCamera).map((frame) => ({
      ...frame,
      tracks: frame.tracks
        .filter(({ box: [x1, y1, x2, y2] }) => (x2 - x1) * (y2 - y1) > 100 && x2 - x1 <= 1.6 * (y2 - y1))
        .map((track) => ({ ...track, class: 1 })),
    }));
    return { name, truth: truth!, results: fromTracks(frames, "results", detections.length) };
  });
  const { hota, clear, identity } = evaluate(pairs, benchmark)[0]!.combined!;
  return [hota!.hota, clear!.mota, identity!.idf1].map((score) => (100 * score).toFixed(1)).join(" / ");
}

function follow(
  tracker: Tracker,
  { detections, frameRate, motion }: Footage,
  usesCamera = false,
): FrameTracks[] {
  const held = new HeldFrames(tracker.delay);
  const done: FrameTracks[] = [];
  detections.forEach((found, index) => {
    const camera = usesCamera ? motion?.between(index - 1, index) : undefined;
    const tracks = tracker.update(found, { elapsed: 1 / frameRate, camera, onLate: held.onLate });
    done.push(...held.push({ index, time: index / frameRate, tracks }));
  });
  return [...done, ...held.take()];
}

/** Frames per second of everyone, taking turns, so that what else the machine does is shared by all. */
function speedsOn(footage: readonly Footage[]): ReadonlyMap<string, number> {
  const frames = footage.reduce((sum, { detections }) => sum + detections.length, 0);
  const runs = [
    ...contestants.map(
      ({ name, make, usesCamera }) =>
        [
          name,
          () => {
            for (const sequence of footage) follow(make(), sequence, usesCamera);
          },
        ] as const,
    ),
    ["node-moving-things-tracker", todays(footage)] as const,
  ];
  const times = new Map<string, number[]>(runs.map(([name]) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, run] of runs) {
      const start = performance.now();
      let passes = 0;
      do {
        run();
        passes++;
      } while (performance.now() - start < lasting);
      // The first round warms up.
      if (round > 0) times.get(name)!.push((performance.now() - start) / passes);
    }
  }
  return new Map(runs.map(([name]) => [name, (1000 * frames) / median(times.get(name)!)]));
}

/** The JavaScript tracker takes objects with centres; making them is not timed. */
function todays(footage: readonly Footage[]): () => void {
  const { Tracker: tracker } = jsTracker;
  const inputs = footage.map(({ detections }) =>
    detections.map(({ count, boxes, scores }) =>
      Array.from({ length: count }, (_, j) => {
        const [x1, y1, x2, y2] = boxes.subarray(4 * j, 4 * j + 4) as unknown as [
          number,
          number,
          number,
          number,
        ];
        const [x, y, w, h] = [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1];
        return { x, y, w, h, confidence: 100 * scores[j]!, name: "person" };
      }),
    ),
  );
  return () => {
    for (const frames of inputs) {
      tracker.reset();
      frames.forEach((found, t) => {
        tracker.updateTrackedItemsWithNewFrame(found, t);
        tracker.getJSONOfTrackedItems();
      });
    }
  };
}

function narrowed(footage: Footage): Footage {
  const detections = footage.detections.map((found): Detections => {
    const rows = [...Array(found.count).keys()].filter((row) => found.scores[row]! >= weakest);
    return {
      count: rows.length,
      boxes: Float64Array.from(rows.flatMap((row) => [...found.boxes.subarray(4 * row, 4 * row + 4)])),
      scores: Float64Array.from(rows, (row) => found.scores[row]!),
      classes: Int32Array.from(rows, (row) => found.classes[row]!),
    };
  });
  return { ...footage, detections };
}

function madeUp(objects: number, length: number): Footage {
  const { frames, md5 } = crowd({ objects, frames: objects === 200 ? 1000 : length, dim: 1 });
  if (objects === 200 && md5 !== knownMd5) throw new Error("The crowd is not the published one");
  const detections = frames.slice(0, length).map((frame) => frame.detections);
  return { name: `crowd of ${objects}`, frameRate: 30, detections };
}

function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  console.log([line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n"));
}
