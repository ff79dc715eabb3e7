/** Reference results of networks: weights and input from a small generator, outputs as PyTorch computes them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as ort from "onnxruntime-node";
import type { Network, Parameter, Role, WeightSource } from "../../src/nn/index.js";

export const FOLDER = resolve(import.meta.dirname, "../../../shared/networks");

export const haveGoldens = existsSync(resolve(FOLDER, "golden/README.md"));

/** Of the largest absolute value. Twice the worst that other builds of PyTorch and ONNX Runtime differ by. */
export const TOLERANCE = 1e-5;

/** Summary of a tensor: some of its elements, at regular places. */
export interface Summary {
  readonly name: string;
  readonly shape: readonly number[];
  readonly maxAbs: number;
  /** Elements 0, stride, 2 stride, ... of an output. */
  readonly stride?: number;
  readonly values?: readonly number[];
  /** Elements floor(i (n - 1) / (count - 1)) of a stage. */
  readonly samples?: readonly number[];
}

export interface Golden {
  readonly key: string;
  /** Its name in the catalogue. */
  readonly name: string;
  readonly catalogueKey: string;
  readonly gain: number;
  readonly input: { readonly shape: readonly number[] };
  readonly params: number;
  readonly macs?: undefined;
  readonly fillCheck: { readonly count: number; readonly sum: number; readonly sumAbs: number };
  readonly outputs: readonly Summary[];
  readonly stages: readonly Summary[];
  readonly state: readonly (readonly [name: string, shape: readonly number[], role: string])[];
}

/** Facts about the layers of a network. */
export interface Facts {
  readonly params: number;
  readonly macs?: number;
}

export function goldenKeys(): string[] {
  if (!haveGoldens) return [];
  return readdirSync(resolve(FOLDER, "golden"))
    .filter((file) => /^(tv|own|timm)_.*\.json$/.test(file))
    .map((file) => file.slice(0, -5));
}

export function loadGolden(key: string): Golden {
  const golden = JSON.parse(readFileSync(resolve(FOLDER, "golden", `${key}.json`), "utf8"));
  return { ...golden, name: key.replace(/^(tv|own|timm)_/, "") };
}

/** Whether a network has the names that the golden hashes; else its parameters go by place. */
export function sameNames(golden: Golden, net: Network): boolean {
  const names = new Set(golden.state.map(([name]) => name));
  return net.parameters.every((p) => names.has(p.name));
}

export function loadFacts(): { networks: Record<string, Facts>; receptive_fields: Record<string, Row[]> } {
  const text = readFileSync(resolve(FOLDER, "facts.json"), "utf8");
  return JSON.parse(text.replace(/\bNaN\b/g, "null"));
}

/** Receptive field of a layer. */
export interface Row {
  readonly layer: string;
  readonly rf: number;
  readonly jump: number;
}

function fnv1a(text: string): number {
  let h = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) h = Math.imul(h ^ byte, 0x01000193);
  return h >>> 0;
}

/** scale u + offset for the numbers u in [-1, 1) that belong to a name; |u| instead where `absolute`. */
export function numbers(
  name: string,
  length: number,
  scale: number,
  offset: number,
  absolute = false,
): Float32Array {
  const out = new Float32Array(length);
  let a = fnv1a(name) | 0;
  for (let k = 0; k < length; k++) {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    const u = 2 * (((t ^ (t >>> 14)) >>> 0) / 4294967296) - 1;
    out[k] = offset + scale * (absolute ? Math.abs(u) : u);
  }
  return out;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function fill(name: string, shape: readonly number[], role: string, gain: number): Float32Array {
  const n = sizeOf(shape);
  switch (role) {
    case "w":
      return numbers(name, n, Math.sqrt(gain / sizeOf(shape.slice(1))), 0);
    case "nw":
      return numbers(name, n, 0.1, 1);
    case "rv":
      return numbers(name, n, 0.5, 1, true);
    default:
      return numbers(name, n, 0.1, 0);
  }
}

export const inputOf = (golden: Golden): Float32Array => numbers("input", sizeOf(golden.input.shape), 1, 0);

const CODES: Readonly<Record<Role, string>> = {
  weight: "w",
  bias: "b",
  scale: "nw",
  shift: "nb",
  mean: "rm",
  variance: "rv",
  other: "o",
};

/** A parameter in the words of a golden's state list. */
export const describeParameter = ({ name, shape, role }: Parameter) =>
  [name, [...shape], CODES[role]] as const;

/**
 * Weights as the golden has them, kept for a second encoding. Parameters go by name, or by place where the golden has
 * indices of a Sequential for names.
 */
export function goldenWeights(
  golden: Golden,
  net: Network,
): { source: WeightSource; check: Golden["fillCheck"] } {
  const byPlace = !sameNames(golden, net);
  const values = new Map<string, Float32Array>();
  let [count, sum, sumAbs] = [0, 0, 0];
  for (const [place, parameter] of net.parameters.entries()) {
    const data = fill(
      byPlace ? golden.state[place]![0] : parameter.name,
      parameter.shape,
      CODES[parameter.role],
      golden.gain,
    );
    values.set(parameter.name, data);
    count += data.length;
    for (let k = 0; k < data.length; k++) {
      sum += data[k]!;
      sumAbs += Math.abs(data[k]!);
    }
  }
  return { source: (name) => values.get(name)!, check: { count, sum, sumAbs } };
}

/** Runs a model on the golden's input. */
export async function forward(model: Uint8Array, golden: Golden): Promise<Record<string, ort.Tensor>> {
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 2, logSeverityLevel: 3 });
  try {
    const input = new ort.Tensor("float32", inputOf(golden), golden.input.shape);
    return (await session.run({ input })) as Record<string, ort.Tensor>;
  } finally {
    await session.release();
  }
}

/** Largest difference from the stored elements, over the largest absolute value of the whole tensor. */
export function difference(summary: Summary, data: Float32Array): number {
  if (data.length !== sizeOf(summary.shape)) return Number.POSITIVE_INFINITY;
  const wanted = summary.values ?? summary.samples!;
  let worst = 0;
  for (const [k, value] of wanted.entries()) {
    const place = summary.stride
      ? k * summary.stride
      : wanted.length === 1
        ? 0
        : Math.floor((k * (data.length - 1)) / (wanted.length - 1));
    worst = Math.max(worst, Math.abs(data[place]! - value));
  }
  return worst / Math.max(summary.maxAbs, 1e-30);
}

/**
 * Finds each stage among the values: several may be equal, as before and after a reshape.
 *
 * @returns the stages that are not there, and the worst difference of the others.
 */
export function matchStages(
  stages: readonly Summary[],
  values: readonly Float32Array[],
): { missing: string[]; worst: number } {
  const best = stages.map((stage) => Math.min(...values.map((data) => difference(stage, data))));
  const found = best.filter((d) => d <= TOLERANCE);
  return {
    missing: stages.filter((_, k) => best[k]! > TOLERANCE).map((s) => s.name),
    worst: Math.max(0, ...found),
  };
}
