/**
 * How well appearance tells people apart: every fifth frame of PETS09-S2L1, the detections that overlap a person of
 * the truth by half or more, each described once.
 *
 * rank-1, mAP and AUC: a crop against all crops at least 50 frames away, so that neighbouring frames do not answer
 * for each other. assoc@k: the share of people whose nearest neighbour among the people k frames later is
 * themselves, which is what a tracker asks.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createDetector, createEmbedder, createRuntime, loadCard, openInput } from "../../src/index.js";
import { iou } from "../../src/math/boxes.js";
import type { Embedder, Frame } from "../../src/types.js";
import { machine } from "./_machine.js";

const root = join(import.meta.dirname, "../..");
const shared = join(root, "../shared");
const clip = join(shared, "data/video/vtest.avi");
const truthFile = join(shared, "data/MOT15/train/PETS09-S2L1/gt/gt.txt");
const osnet = join(shared, "models/test-only/osnet_x0_25_msmt17.onnx");
const EVERY = 5;

interface Crop {
  readonly frame: number;
  readonly id: number;
}
type Vector = Float64Array;

if (existsSync(clip) && existsSync(truthFile)) await main();
else console.log(`nothing to measure: "${clip}" or its truth is not there`);

async function main(): Promise<void> {
  const runtime = await createRuntime();
  const card = (name: string) => loadCard(join(root, "models", `${name}.json`));
  const model = async (name: string, file?: string): Promise<Embedder> => {
    const found = await card(name);
    return createEmbedder(found, file ?? join(root, "models", found.file), runtime);
  };
  const nanodet = await card("nanodet-g");
  const detector = await createDetector(nanodet, join(root, "models", nanodet.file), runtime);
  const stripes = await model("mobilenet-hsv-stripes");
  const other = existsSync(osnet) ? await model("osnet-x0.25-msmt17", osnet) : undefined;
  const person = nanodet.labels.indexOf("person");
  const truth = readTruth();

  const crops: Crop[] = [];
  const inner: Vector[] = [];
  const whole: Vector[] = [];
  const osnets: Vector[] = [];
  for await (const frame of await openInput(clip, { every: EVERY })) {
    const { boxes, ids } = matched(await detector.detect(frame), person, truth.get(frame.index) ?? []);
    for (const id of ids) crops.push({ frame: frame.index, id });
    inner.push(...(await describe(stripes, frame, boxes)));
    // The embedder looks at the middle 0.7 of a box: of a box so much wider, that is the box.
    whole.push(...(await describe(stripes, frame, widened(boxes, 1 / 0.7))));
    if (other) osnets.push(...(await describe(other, frame, boxes)));
    frame.release?.();
  }
  await runtime.close();

  console.log(`${machine()}\n${crops.length} crops of ${new Set(crops.map((c) => c.id)).size} people\n`);
  console.log("                                     rank-1    mAP    AUC  assoc@10   @30   @60");
  const features = (v: Vector) => v.slice(0, 256);
  const colours = (v: Vector) => v.slice(256);
  const parts = [features, colours];
  const rows: readonly (readonly [string, readonly Vector[]])[] = [
    ["mobilenet-hsv-stripes", inner],
    ["  centred on all these crops", joined(inner, parts, (all) => all.map(() => mean(all)))],
    ["  centred on the crops so far", joined(inner, parts, (all) => meansSoFar(all, crops))],
    ["  whole width of the boxes", whole],
    ["  features only", inner.map(features)],
    ["  colours only", inner.map(colours)],
    ...(other ? [["OSNet x0.25 MSMT17", osnets] as const] : []),
  ];
  for (const [name, vectors] of rows) console.log(name.padEnd(35) + score(vectors.map(unit), crops));
}

/** People by frame, from 0: id and box. */
function readTruth(): Map<number, { id: number; box: Float64Array }[]> {
  const frames = new Map<number, { id: number; box: Float64Array }[]>();
  for (const line of readFileSync(truthFile, "utf8").trim().split("\n")) {
    const [frame, id, x, y, w, h] = line.split(",").map(Number) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const people = frames.get(frame - 1) ?? [];
    people.push({ id, box: Float64Array.of(x, y, x + w, y + h) });
    frames.set(frame - 1, people);
  }
  return frames;
}

/** Detected people with their true identities, best score first. */
function matched(
  found: { count: number; boxes: Float64Array; classes: Int32Array },
  person: number,
  people: readonly { id: number; box: Float64Array }[],
): { boxes: Float64Array; ids: number[] } {
  const ids: number[] = [];
  const boxes: number[] = [];
  for (let i = 0; i < found.count; i++) {
    if (found.classes[i] !== person) continue;
    const overlaps = people.map(({ id, box }) => (ids.includes(id) ? 0 : iou(found.boxes, i, box, 0)));
    const best = overlaps.indexOf(Math.max(0.5, ...overlaps));
    if (best < 0) continue;
    ids.push(people[best]!.id);
    boxes.push(...found.boxes.subarray(4 * i, 4 * i + 4));
  }
  return { boxes: Float64Array.from(boxes), ids };
}

function widened(boxes: Float64Array, factor: number): Float64Array {
  const out = boxes.slice();
  for (let i = 0; i < boxes.length; i += 4) {
    const more = ((boxes[i + 2]! - boxes[i]!) * (factor - 1)) / 2;
    out[i] = boxes[i]! - more;
    out[i + 2] = boxes[i + 2]! + more;
  }
  return out;
}

async function describe(embedder: Embedder, frame: Frame, boxes: Float64Array): Promise<Vector[]> {
  const { count, dim, data } = await embedder.embed(frame, boxes);
  return Array.from({ length: count }, (_, i) => Float64Array.from(data.subarray(i * dim, (i + 1) * dim)));
}

/** Each part of every vector minus its means, scaled to norm 1, and put together again. */
function joined(
  vectors: readonly Vector[],
  parts: readonly ((v: Vector) => Vector)[],
  means: (all: readonly Vector[]) => readonly Vector[],
): Vector[] {
  const centred = parts.map((part) => {
    const all = vectors.map((v) => unit(part(v)));
    const from = means(all);
    return all.map((v, i) => unit(v.map((x, k) => x - from[i]![k]!)));
  });
  return vectors.map((_, i) => Float64Array.from(centred.flatMap((all) => [...all[i]!])));
}

function mean(vectors: readonly Vector[]): Vector {
  const out = new Float64Array(vectors[0]!.length);
  for (const v of vectors) for (let k = 0; k < out.length; k++) out[k]! += v[k]! / vectors.length;
  return out;
}

/** For each crop the mean of all up to its frame, which a run could know. */
function meansSoFar(vectors: readonly Vector[], crops: readonly Crop[]): Vector[] {
  const ends = crops.map(({ frame }, i) => {
    const next = crops.findIndex((c, j) => j > i && c.frame > frame);
    return next < 0 ? crops.length : next;
  });
  const cache = new Map<number, Vector>();
  return ends.map((end) => {
    const found = cache.get(end) ?? mean(vectors.slice(0, end));
    cache.set(end, found);
    return found;
  });
}

function unit(v: Vector): Vector {
  const norm = Math.hypot(...v) || 1;
  return v.map((x) => x / norm);
}

function score(vectors: readonly Vector[], crops: readonly Crop[]): string {
  const n = crops.length;
  const similarity = vectors.map((a) =>
    vectors.map((b) => {
      let sum = 0;
      for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
      return sum;
    }),
  );
  const same = (i: number, j: number) => crops[i]!.id === crops[j]!.id;
  const far = (i: number, j: number) => Math.abs(crops[i]!.frame - crops[j]!.frame) >= 50;
  const everyone = Array.from({ length: n }, (_, i) => i);

  let first = 0;
  let precision = 0;
  let queries = 0;
  const pairs: { readonly s: number; readonly same: boolean }[] = [];
  for (const i of everyone) {
    const ranked = everyone.filter((j) => far(i, j)).sort((a, b) => similarity[i]![b]! - similarity[i]![a]!);
    for (const j of ranked) if (j > i) pairs.push({ s: similarity[i]![j]!, same: same(i, j) });
    const hits = ranked.flatMap((j, place) => (same(i, j) ? [place] : []));
    if (hits.length === 0) continue;
    queries++;
    if (hits[0] === 0) first++;
    precision += hits.reduce((sum, place, k) => sum + (k + 1) / (place + 1), 0) / hits.length;
  }
  const associated = [10, 30, 60].map((gap) => {
    let right = 0;
    let all = 0;
    for (const i of everyone) {
      const later = everyone.filter((j) => crops[j]!.frame === crops[i]!.frame + gap);
      if (!later.some((j) => same(i, j))) continue;
      all++;
      if (
        same(
          i,
          later.reduce((best, j) => (similarity[i]![j]! > similarity[i]![best]! ? j : best)),
        )
      )
        right++;
    }
    return right / all;
  });
  const cells = [first / queries, precision / queries, areaUnderCurve(pairs)];
  return [...cells, ...associated].map((v) => v.toFixed(3).padStart(7)).join("");
}

/** The chance that a pair of the same person is more alike than a pair of two (Mann-Whitney). */
function areaUnderCurve(pairs: { readonly s: number; readonly same: boolean }[]): number {
  pairs.sort((a, b) => a.s - b.s);
  let below = 0;
  let sum = 0;
  for (const pair of pairs)
    if (pair.same) sum += below;
    else below++;
  return sum / (below * (pairs.length - below));
}
