/** Readers of text: boxes, tracks, sequences, logs. */
import { openTruth } from "../../../src/cli/eval-truth.js";
import { ownDetections, ownTracks } from "../../../src/cli/own-files.js";
import { evaluate } from "../../../src/eval/evaluate.js";
import {
  type Boxes,
  custom,
  parseKitti,
  parseSequenceInfo as parseLength,
  parseMot,
  parseSequenceMap,
} from "../../../src/eval/index.js";
import { csv } from "../../../src/format/csv.js";
import { formatDecisions, formatDecisionsHeader, readDecisions } from "../../../src/format/decisions.js";
import {
  formatDetections,
  formatLabels,
  parseDetections,
  readDetections,
} from "../../../src/format/detections.js";
import { json } from "../../../src/format/json.js";
import { jsonl } from "../../../src/format/jsonl.js";
import { mot } from "../../../src/format/mot.js";
import { DeepSort, recommended } from "../../../src/track/deepsort.js";
import { Sort } from "../../../src/track/sort.js";
import { Throughline } from "../../../src/track/throughline.js";
import type { Format, FrameTracks, TracksHeader } from "../../../src/types.js";
import { parseLine } from "../../../src/video/_log.js";
import { parseSequenceInfo } from "../../../src/video/sequence.js";
import { damage, damageJson, type Random } from "../_mutate.js";
import type { Reader } from "../_reader.js";

const bytes = (text: string): Buffer => Buffer.from(text);

const rows = "1,-1,10,20,30,40,0.9,-1,-1,-1\n1,-1,50.5,20.25,30,40,.7,-1,-1,-1\n3,2,1e2,20,3,4,1,0,0,0\n";
const truth = "1,1,10,20,30,40,1,1,1\n1,2,50,20,30,40,0,7,0.5\n2,1,11,20,30,40,1,1,0.25\n";
const kittiRows =
  "0 1 Car 0 0 -1.5 10 20 40 60 1.5 1.6 3.2 1 2 3 0.1\n0 -1 DontCare -1 -1 -10 5 5 9 9 -1 -1 -1 -1000 -1000 -1000 -10\n" +
  "2 4 Pedestrian 0 1 0.3 1 2 3 4 1 1 1 1 1 1 0 0.8\n";
const seqinfo =
  "[Sequence]\nname=MOT17-02-FRCNN\nimDir=img1\nframeRate=30\nseqLength=600\nimWidth=1920\nimHeight=1080\nimExt=.jpg\n";
const seqWords = [
  "seqLength=",
  "[Sequence]",
  "imDir=../..",
  "imDir=/etc",
  "frameRate",
  "[__proto__]",
  "imDir[]=a",
];

const header: TracksHeader = {
  ...{ input: "street.mp4", width: 640, height: 480, frameRate: 25 },
  ...{ labels: ["person", 'a "car", red'], run: { tool: "throughline", options: { a: [1, 2] } } },
};
const frames: readonly FrameTracks[] = [0, 1, 5].map((index) => ({
  ...{ index, time: index / 25 },
  tracks: [1, 2].map((id) => ({
    ...{ id, box: [10 * id, 20, 30 + index, 60.25] as const },
    ...{ score: 0.9, class: id - 1, detection: id - 2 },
  })),
}));
const written = ({ begin, frame, separator = "", end }: Format): string =>
  (begin?.(header) ?? "") +
  frames.map((one) => frame(one, header)).join(separator) +
  (end?.({
    identities: 2,
    integrity: {
      ...{ complete: false, frames: 6, expectedFrames: 7 },
      damage: [{ kind: "missing", fromFrame: 6, toFrame: 6, reason: "cut off" }],
    },
  }) ?? "");

/** Throws where a number is not finite: none may come out of a reader. */
function finite(...numbers: readonly ArrayLike<number>[]): void {
  for (const list of numbers)
    for (let i = 0; i < list.length; i++)
      if (!Number.isFinite(list[i])) throw new Error(`a number that is not finite: ${list[i]}`);
}

function countOf({ boxes, scores, starts, labels, regions, count }: Boxes): number {
  finite(boxes, scores, labels, regions?.boxes ?? []);
  // A sequence may be longer than its rows, within reason.
  return count + Math.floor(starts.length / 1000);
}

const half =
  (text: string): Reader["damage"] =>
  (seed, next) =>
    text === "json" && next() < 0.6 ? bytes(safeJson(seed, next)) : damage(seed, next);

/** Changes one line of JSON Lines, or the one document. */
function safeJson(seed: Uint8Array, next: Random): string {
  const text = Buffer.from(seed).toString();
  const lines = text.trim().split("\n");
  const at = Math.floor(next() * lines.length);
  try {
    lines[at] = damageJson(lines[at]!, next);
    return `${lines.join("\n")}\n`;
  } catch {
    return damageJson(text, next);
  }
}

function tracksReader(format: Format, damaged?: Reader["damage"]): Reader {
  return {
    name: `tracks${format.extension}`,
    seeds: [bytes(written(format)), ...(format === mot ? [bytes(rows), bytes(truth)] : [])],
    words: ['"frame":', '"tracks":[', '"type":"footer"', '"id":1', "frame,time,id", '""', ",-1,-1,-1\n"],
    ...(damaged && { damage: damaged }),
    read(input, path) {
      const parsed = format.parse!(input.toString("utf8"), path);
      let count = 0;
      for (const { index, time, tracks } of parsed.frames) {
        finite([index, time]);
        for (const { id, box, score } of tracks) finite([id, score], box);
        count += 1 + tracks.length;
      }
      return count;
    },
  };
}

const decisions =
  formatDecisionsHeader({
    input: "street.mp4",
    run: {},
    limits: { iou: 0.3, gate: 9.4877, maxAge: 3, confirm: 2 },
  }) +
  formatDecisions({
    ...{ index: 0, time: 0 },
    decisions: [{ id: 1, kind: "start", detection: 0, score: 0.9, box: [1, 2, 3, 4], rivals: [] }],
  }) +
  formatDecisions({
    ...{ index: 1, time: 0.04 },
    decisions: [
      {
        ...{ id: 1, kind: "match", detection: 0, by: "overlap", missed: 0, iou: 0.8, confirms: true },
        rivals: [{ id: 2, missed: 1, iou: 0.1, motion: 12, refused: ["gate"] }],
      },
      { id: 2, kind: "miss", missed: 4, ends: "age", rivals: [] },
    ],
  }) +
  '{"type":"footer","frames":2}\n';

const log = [
  "[info] Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'file:/a b':",
  "[info]   Duration: 00:00:12.00, start: 0.000000, bitrate: 1 kb/s",
  "[info]     Stream #0:0(und): Video: h264 (High) (avc1 / 0x31637661), yuv420p, 768x576, 10 fps, 10 tbr",
  "[showinfo@all @ 0x5581] [info] n:   0 pts:      0 pts_time:0 pos: 48 fmt:yuv420p sar:1/1 s:768x576 i:P iskey:1",
  "[h264 @ 0x55] [error] error while decoding MB 3 4, bytestream -7",
].join("\n");

export const texts: readonly Reader[] = [
  {
    name: "detections.txt",
    seeds: [
      bytes(rows),
      bytes(
        formatLabels(["person", "car"]) +
          formatDetections(4, {
            ...{ count: 2, boxes: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
            ...{ scores: Float64Array.of(0.5, 1), classes: Int32Array.of(0, 1) },
          }),
      ),
    ],
    words: [
      "# detections; column 8 is the class, an index into [",
      ",-1,-1,-1\n",
      "\n\n\n",
      "9007199254740991,-1,",
    ],
    read(input, path) {
      const stored = parseDetections(input.toString(), path);
      const trackers = [new Sort(), new DeepSort(recommended), new Throughline()];
      for (let frame = 0; frame < Math.min(stored.frames, 12); frame++) {
        const found = stored.at(frame);
        finite(found.boxes, found.scores, found.classes);
        // Absurd numbers must not become such that are not finite on their way through a tracker.
        for (const tracker of trackers)
          for (const { id, box, score } of tracker.update(found)) finite([id, score], box);
      }
      return stored.count;
    },
  },
  tracksReader(mot),
  tracksReader(csv),
  tracksReader(json, half("json")),
  tracksReader(jsonl, half("json")),
  {
    name: "decisions.jsonl",
    file: "tracks.json.explain.jsonl",
    seeds: [bytes(decisions)],
    damage: half("json"),
    cost: 4,
    async read(_, path) {
      let count = 0;
      for await (const { time, decisions } of readDecisions(path)) {
        finite([time]);
        count += 1 + decisions.length;
      }
      return count;
    },
  },
  {
    name: "detections.txt, in pieces",
    file: "det.txt",
    seeds: [bytes(rows)],
    cost: 4,
    read: async (_, path) => (await readDetections(path)).count,
  },
  {
    name: "scored tracks.json",
    seeds: [bytes(written(json))],
    damage: half("json"),
    read: (input) => countOf(ownTracks(input.toString("utf8"), "input.json", {})),
  },
  {
    name: "scored tracks.csv",
    seeds: [bytes(written(csv))],
    read: (input) => countOf(ownTracks(input.toString("utf8"), "input.csv", {})),
  },
  {
    name: "scored detections",
    seeds: [
      bytes(`# detections; column 8 is the class, an index into ["person"]\n1,-1,10,20,30,40,0.9,0,-1,-1\n`),
    ],
    read: (input) => countOf(ownDetections(input.toString(), "input.txt", {})),
  },
  ...(["truth", "results", "detections"] as const).map(
    (kind): Reader => ({
      name: `MOT ${kind}`,
      seeds: [bytes(truth), bytes(rows)],
      read(input, path) {
        const boxes = parseMot(input, path, { kind });
        const count = countOf(boxes);
        if (kind === "results") {
          const [scores] = evaluate([{ name: "one", truth: boxes, results: boxes }], custom);
          finite(Object.values(scores?.combined?.counts ?? {}));
        }
        return count;
      },
    }),
  ),
  {
    name: "KITTI labels",
    seeds: [bytes(kittiRows)],
    words: ["Car", "DontCare", "Van", "Person_sitting", "-1"],
    read: (input, path) => countOf(parseKitti(input, path, { kind: "truth" })),
  },
  {
    name: "KITTI sequence map",
    seeds: [bytes("0000 empty 000000 000154\n0001 empty 000000 000447\n")],
    read: (input, path) => parseSequenceMap(input.toString(), path).size,
  },
  {
    name: "seqinfo.ini",
    seeds: [bytes(seqinfo)],
    words: seqWords,
    read(input, path) {
      const { frameRate, seqLength, imWidth, imHeight } = parseSequenceInfo(input.toString(), path);
      finite([frameRate, seqLength, imWidth, imHeight]);
      return 1;
    },
  },
  {
    name: "seqinfo.ini for scoring",
    seeds: [bytes(seqinfo)],
    words: seqWords,
    read(input, path) {
      finite([parseLength(input.toString(), path).length]);
      return 1;
    },
  },
  {
    name: "truth of unknown kind",
    file: "truth.txt",
    cost: 10,
    seeds: [bytes(truth), bytes(kittiRows)],
    read: (_, path) => openTruth(path).sequences.length,
  },
  {
    name: "what ffmpeg says",
    seeds: [bytes(log)],
    read(input) {
      let count = 0;
      for (const line of input.toString().split("\n")) if (parseLine(line)) count++;
      return count;
    },
  },
];
