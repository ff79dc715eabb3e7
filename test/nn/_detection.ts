/** Reference results of detectors, stage by stage, with weights and image from the same generator as the networks'. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as ort from "onnxruntime-node";
import type { Network, WeightSource } from "../../src/nn/index.js";
import { FOLDER, numbers, type Summary, sizeOf } from "./_golden.js";

/** Boxes, with what else is known of them. */
export interface BoxSet {
  readonly boxes: readonly (readonly number[])[];
  readonly labels?: readonly number[];
  readonly scores: readonly number[];
}

/** Numbers of which every `stride`-th is stored. */
export interface Sampled {
  readonly shape: readonly number[];
  readonly maxAbs: number;
  readonly stride: number;
  readonly values: readonly number[];
}

export interface DetectionGolden {
  readonly key: string;
  readonly gain: number;
  readonly headScale: number;
  readonly params: number;
  readonly input: { readonly shape: readonly [number, number, number, number] };
  readonly transform: { readonly mean: readonly number[]; readonly std: readonly number[] };
  readonly fillCheck: { readonly count: number; readonly sum: number; readonly sumAbs: number };
  // biome-ignore lint/suspicious/noExplicitAny: the settings and stages differ from detector to detector
  readonly settings: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly stages: any;
  readonly final: BoxSet;
  readonly state: readonly (readonly [name: string, shape: readonly number[], role: string])[];
}

export const loadDetection = (name: string): DetectionGolden =>
  JSON.parse(readFileSync(resolve(FOLDER, "golden", `det_${name}.json`), "utf8"));

const filled = new Map<string, Float32Array>();

/**
 * Weights as the golden has them. Kept by name and role between networks: equal names have equal weights.
 *
 * @returns the source, and the check over all parameters of the network.
 */
export function detectionWeights(
  { gain, headScale, state }: DetectionGolden,
  net: Network,
): { source: WeightSource; check: DetectionGolden["fillCheck"] } {
  const roles = new Map(state.map(([name, , role]) => [name, role]));
  const weigh = (name: string, shape: readonly number[]): Float32Array => {
    const role = roles.get(name) ?? "o";
    const key = `${name} ${role} ${gain} ${headScale}`;
    const known = filled.get(key);
    if (known) return known;
    const data = fill(name, shape, role, gain, headScale);
    filled.set(key, data);
    return data;
  };
  let [count, sum, sumAbs] = [0, 0, 0];
  for (const { name, shape } of net.parameters) {
    const data = weigh(name, shape);
    count += data.length;
    for (let k = 0; k < data.length; k++) {
      sum += data[k]!;
      sumAbs += Math.abs(data[k]!);
    }
  }
  return { source: weigh, check: { count, sum, sumAbs } };
}

function fill(
  name: string,
  shape: readonly number[],
  role: string,
  gain: number,
  headScale: number,
): Float32Array {
  const n = sizeOf(shape);
  const wide = Math.sqrt(gain / sizeOf(shape.slice(1)));
  switch (role) {
    case "w":
      return numbers(name, n, wide, 0);
    case "wh":
      return numbers(name, n, wide * headScale, 0);
    case "nw":
      return numbers(name, n, 0.1, 1);
    case "rv":
      return numbers(name, n, 0.5, 1, true);
    case "l2":
      return numbers(name, n, 2, 20);
    default:
      return numbers(name, n, 0.1, 0);
  }
}

/** The image, normalised as the golden says. */
export function imageOf({ input, transform }: DetectionGolden): Float32Array {
  const image = numbers("input", sizeOf(input.shape), 0.5, 0.5);
  const area = input.shape[2] * input.shape[3];
  return image.map((v, k) => {
    const c = Math.floor(k / area) % 3;
    return Math.fround(v - Math.fround(transform.mean[c]!)) / Math.fround(transform.std[c]!);
  });
}

/** Runs a model once. */
export async function runModel(
  model: Uint8Array,
  feeds: Readonly<Record<string, readonly [data: Float32Array, shape: readonly number[]]>>,
): Promise<Record<string, ort.Tensor>> {
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 2, logSeverityLevel: 3 });
  try {
    const tensors = Object.entries(feeds).map(([name, [data, shape]]) => [
      name,
      new ort.Tensor("float32", data, shape),
    ]);
    return (await session.run(Object.fromEntries(tensors))) as Record<string, ort.Tensor>;
  } finally {
    await session.release();
  }
}

export const floatsOf = (tensor: ort.Tensor | undefined): Float32Array => tensor!.data as Float32Array;

/** The three outputs of a detector as a set. */
export function boxSetOf(outputs: Readonly<Record<string, ort.Tensor>>): Required<BoxSet> {
  return {
    boxes: rowsOf(floatsOf(outputs.boxes), 4),
    labels: Array.from(outputs.labels!.data as BigInt64Array, Number),
    scores: [...floatsOf(outputs.scores)],
  };
}

export const rowsOf = (data: Float32Array, width: number): number[][] =>
  Array.from({ length: data.length / width }, (_, k) => [...data.subarray(k * width, (k + 1) * width)]);

/**
 * Pairs two sets of boxes by label and nearness.
 *
 * @returns how many boxes of either have no partner within half a pixel, and how far partners are apart at most.
 */
export function compareSets(wanted: BoxSet, got: BoxSet): { alone: number; box: number; score: number } {
  const taken = new Set<number>();
  let [alone, box, score] = [0, 0, 0];
  for (const [k, corners] of wanted.boxes.entries()) {
    let [nearest, apart] = [-1, 0.5];
    for (const [i, other] of got.boxes.entries()) {
      if (taken.has(i) || wanted.labels?.[k] !== (wanted.labels && got.labels?.[i])) continue;
      const distance = Math.max(...corners.map((v, c) => Math.abs(v - other[c]!)));
      if (distance < apart) [nearest, apart] = [i, distance];
    }
    if (nearest < 0) alone++;
    else {
      taken.add(nearest);
      box = Math.max(box, apart);
      if (got.scores.length > 0) score = Math.max(score, Math.abs(wanted.scores[k]! - got.scores[nearest]!));
    }
  }
  return { alone: alone + got.boxes.length - taken.size, box, score };
}

/** Largest difference of what is stored of a tensor, over its largest absolute value. */
export function sampledDifference({ stride, values, maxAbs }: Sampled, data: Float32Array): number {
  return Math.max(...values.map((value, k) => Math.abs(data[k * stride]! - value))) / maxAbs;
}

export type { Summary };
