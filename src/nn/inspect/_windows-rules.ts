/** Shapes of what slides windows over maps, and of what multiplies matrices. */
import type { Field } from "../_windows.js";
import type { Dim } from "../graph.js";
import { INT32, INT64, UINT8 } from "./_graph.js";
import { broadcast, type Call, count, type Result, show, times, UNKNOWN } from "./_values.js";

/** A window over any number of axes, every number written out. */
interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** All that come before, then all that come after. */
  readonly pads: readonly number[];
  /** ONNX's auto_pad, where it decides the padding. */
  readonly auto: string | undefined;
}

/** @throws {RangeError} for numbers that are no window. */
function windowOf(call: Call, kernel: readonly number[] | undefined): Window | undefined {
  if (!kernel) return undefined;
  const each = (name: string): readonly number[] => {
    const list = call.ints(name) ?? kernel.map(() => 1);
    if (list.length !== kernel.length || !list.every((n) => n >= 1 && n <= 2 ** 31))
      throw new RangeError(`${name} [${list}] does not fit a window of [${kernel}]`);
    return list;
  };
  const pads = call.ints("pads") ?? [...kernel, ...kernel].map(() => 0);
  if (pads.length !== 2 * kernel.length || !pads.every((n) => Math.abs(n) <= 2 ** 31))
    throw new RangeError(`pads [${pads}] do not fit a window of [${kernel}]`);
  if (!kernel.every((n) => n >= 1 && n <= 2 ** 31))
    throw new RangeError(`a window of [${kernel}] is not one`);
  const auto = call.text("auto_pad");
  return {
    kernel,
    strides: each("strides"),
    dilations: each("dilations"),
    pads,
    auto: auto === undefined || auto === "NOTSET" ? undefined : auto,
  };
}

/** Sides of a map after a window has slid over it. */
function slide(sides: readonly Dim[], window: Window, ceil = false): Dim[] {
  const { kernel, strides, dilations, pads, auto } = window;
  if (sides.length !== kernel.length)
    throw new RangeError(`a window of [${kernel}] does not fit a map of ${sides.length} sides`);
  return sides.map((side, k) => {
    const [stride, reach] = [strides[k]!, dilations[k]! * (kernel[k]! - 1) + 1];
    const same = auto?.startsWith("SAME");
    const before = auto ? 0 : pads[k]!;
    const padding = auto ? 0 : before + pads[k + kernel.length]!;
    if (typeof side === "string") return stride === 1 && (same || padding === reach - 1) ? side : UNKNOWN;
    if (same) return Math.ceil(side / stride);
    const room = side + padding - reach;
    if (room < 0)
      throw new RangeError(
        `a window of ${reach} does not fit into ${side} + ${padding} of padding; try a larger --input`,
      );
    const steps = ceil ? Math.ceil(room / stride) : Math.floor(room / stride);
    return ceil && steps * stride >= side + before ? steps : steps + 1;
  });
}

/** Where in the inputs the weights are. */
const WEIGHTS_AT: Readonly<Record<string, number>> = { QLinearConv: 3 };

const weightsOf = (call: Call): readonly Dim[] | undefined => call.shape(WEIGHTS_AT[call.node.op] ?? 1);

function kernelOf(call: Call): readonly number[] | undefined {
  const sides = weightsOf(call)?.slice(2);
  const fromWeights = sides?.every((n) => typeof n === "number") ? sides : undefined;
  return fromWeights ?? call.ints("kernel_shape");
}

/** The channels that a filter sees must be there. */
function checkChannels(call: Call, perGroup: Dim | undefined): void {
  const channels = call.shape(0)?.[1];
  const expected = typeof perGroup === "number" ? perGroup * call.int("group", 1) : undefined;
  if (typeof channels === "number" && expected !== undefined && channels !== expected)
    throw new RangeError(
      `its filters take ${expected} channels, the input ${show(call.shape(0))} has ${channels}`,
    );
}

export function conv(call: Call): readonly Result[] {
  const [x, filters] = [call.shape(0), weightsOf(call)];
  const type = { ConvInteger: INT32, QLinearConv: call.inputs[7]?.type }[call.node.op];
  if (!x || !filters || x.length < 3 || filters.length !== x.length) return [{ type }];
  checkChannels(call, filters[1]);
  const window = windowOf(call, kernelOf(call));
  const sides = window ? slide(x.slice(2), window) : x.slice(2).map(() => UNKNOWN);
  return [{ shape: [x[0]!, filters[0]!, ...sides], type }];
}

export function convTranspose(call: Call): readonly Result[] {
  const [x, filters] = [call.shape(0), weightsOf(call)];
  if (!x || !filters || x.length < 3 || filters.length !== x.length) return [{}];
  if (typeof x[1] === "number" && typeof filters[0] === "number" && x[1] !== filters[0])
    throw new RangeError(`its filters take ${filters[0]} channels, the input ${show(x)} has ${x[1]}`);
  const window = windowOf(call, kernelOf(call));
  const wanted = call.ints("output_shape");
  const more = call.ints("output_padding");
  const sides = x.slice(2).map((side, k): Dim => {
    if (wanted) return wanted[wanted.length - x.length + 2 + k] ?? UNKNOWN;
    if (!window || typeof side === "string" || k >= window.kernel.length) return UNKNOWN;
    const { kernel, strides, dilations, pads, auto } = window;
    if (auto?.startsWith("SAME")) return side * strides[k]!;
    const cut = auto ? 0 : pads[k]! + pads[k + kernel.length]!;
    return strides[k]! * (side - 1) + (more?.[k] ?? 0) + (kernel[k]! - 1) * dilations[k]! + 1 - cut;
  });
  if (sides.some((side) => typeof side === "number" && side < 0))
    throw new RangeError(`its result would be ${show(sides)}`);
  return [{ shape: [x[0]!, times(filters[1]!, call.int("group", 1)), ...sides] }];
}

export function pool(call: Call): readonly Result[] {
  const x = call.shape(0);
  const window = windowOf(call, call.ints("kernel_shape"));
  if (!x || x.length < 3 || !window) return [{}, { type: INT64 }];
  const shape = [...x.slice(0, 2), ...slide(x.slice(2), window, call.int("ceil_mode", 0) === 1)];
  return [{ shape }, { shape, type: INT64 }];
}

/** Attributes that ONNX calls by the same names everywhere. */
function windowField(
  call: Call,
  field: Field | undefined,
  kernel: readonly number[] | undefined,
): Field | undefined {
  if (!field || kernel?.length !== 2) return undefined;
  const { strides, dilations } = windowOf(call, kernel)!;
  const along = (k: 0 | 1) => field.size[k] + (kernel[k]! - 1) * dilations[k]! * field.jump[k];
  return { size: [along(0), along(1)], jump: [field.jump[0] * strides[0]!, field.jump[1] * strides[1]!] };
}

export const convField = (call: Call, field: Field | undefined) => windowField(call, field, kernelOf(call));
export const poolField = (call: Call, field: Field | undefined) =>
  windowField(call, field, call.ints("kernel_shape"));

export function globalPool(call: Call): readonly Result[] {
  const x = call.shape(0);
  return [{ shape: x && x.length > 2 ? [...x.slice(0, 2), ...x.slice(2).map(() => 1)] : x }];
}

export function gemm(call: Call): readonly Result[] {
  const turned = (k: number, name: string): readonly Dim[] | undefined => {
    const shape = call.shape(k);
    if (shape && shape.length !== 2) throw new RangeError(`expected a matrix, got ${show(shape)}`);
    return shape && call.int(name, 0) !== 0 ? [shape[1]!, shape[0]!] : shape;
  };
  const [a, b] = [turned(0, "transA"), turned(1, "transB")];
  if (!a || !b) return [{}];
  checkInner(a[1]!, b[0]!, a, b);
  return [{ shape: [a[0]!, b[1]!] }];
}

function checkInner(left: Dim, right: Dim, a: readonly Dim[], b: readonly Dim[]): void {
  if (typeof left === "number" && typeof right === "number" && left !== right)
    throw new RangeError(`${show(a)} x ${show(b)} does not match; try another --input`);
}

/** Places of the two matrices. */
const MATRICES: Readonly<Record<string, readonly [number, number]>> = { QLinearMatMul: [0, 3] };

export function matMul(call: Call): readonly Result[] {
  const [first, second] = MATRICES[call.node.op] ?? [0, 1];
  const [a, b] = [call.shape(first), call.shape(second)];
  const type = { MatMulInteger: INT32, QLinearMatMul: call.inputs[7]?.type ?? UINT8 }[call.node.op];
  if (!a || !b) return [{ type }];
  if (a.length === 0 || b.length === 0)
    throw new RangeError(`${show(a)} x ${show(b)} is no product of matrices`);
  const [left, right] = [a.length === 1 ? [1, ...a] : a, b.length === 1 ? [...b, 1] : b];
  checkInner(left.at(-1)!, right.at(-2)!, a, b);
  const outer = broadcast([left.slice(0, -2), right.slice(0, -2)])!;
  const shape = [
    ...outer,
    ...(a.length === 1 ? [] : [left.at(-2)!]),
    ...(b.length === 1 ? [] : [right.at(-1)!]),
  ];
  return [{ shape, type }];
}

/** Einstein's sum, "bij,bjk->bik": the sides that the result names. */
export function einsum(call: Call): readonly Result[] {
  const text = call.text("equation")?.replaceAll(" ", "") ?? "";
  const [left, right] = text.split("->");
  if (!left || right === undefined || text.includes(".")) return [{}];
  const sides = new Map<string, Dim>();
  for (const [k, letters] of left.split(",").entries())
    for (const [axis, letter] of [...letters].entries()) sides.set(letter, call.shape(k)?.[axis] ?? UNKNOWN);
  return [{ shape: [...right].map((letter) => sides.get(letter) ?? UNKNOWN) }];
}

/** LSTM, GRU and RNN: all steps, the last state, for LSTM the last cell. */
export function recurrent(call: Call): readonly Result[] {
  const x = call.shape(0);
  const hidden = call.int("hidden_size", 0);
  if (x?.length !== 3 || hidden < 1 || call.int("layout", 0) !== 0) return [{}, {}, {}];
  const directions = call.text("direction") === "bidirectional" ? 2 : 1;
  const last = { shape: [directions, x[1]!, hidden] };
  return [{ shape: [x[0]!, directions, x[1]!, hidden] }, last, last];
}

/** Regions of a map, each brought to one size: [regions, channels, height, width]. */
export function regions(call: Call): readonly Result[] {
  const [x, boxes] = [call.shape(0), call.shape(1)];
  const [height, width] = call.ints("pooled_shape") ?? [
    call.int("output_height", 1),
    call.int("output_width", 1),
  ];
  if (x?.length !== 4) return [{}];
  return [{ shape: [boxes?.[0] ?? UNKNOWN, x[1]!, height!, width!] }];
}

/**
 * Multiply-accumulates of one run: for every number of the result, as many as one filter or column has. "rows" are
 * those of one row where the number of rows is not known.
 */
export interface Work {
  readonly macs: number;
  readonly perRow: boolean;
}

/** @returns undefined where sizes are missing */
export function work(call: Call, result: readonly Dim[] | undefined): Work | undefined {
  const { op } = call.node;
  // A transposed convolution goes over its input.
  const places = op === "ConvTranspose" ? call.shape(0)?.toSpliced(1, 1) : result;
  const each = op === "ConvTranspose" ? count(call.shape(1)?.slice(1)) : perNumber(call);
  const known = op === "ConvTranspose" && each !== undefined ? count(call.shape(0)?.slice(1, 2)) : 1;
  if (!places || each === undefined || known === undefined) return undefined;
  const rows = places.filter((side) => typeof side === "string").length;
  const n = count(places.filter((side) => typeof side === "number"));
  // Of several unknown sides nothing useful can be said, nor of one in the middle.
  if (rows > 1 || (rows === 1 && typeof places[0] === "number") || n === undefined) return undefined;
  return { macs: n * each * known, perRow: rows === 1 };
}

function perNumber(call: Call): number | undefined {
  const { op } = call.node;
  if (op === "Gemm") return side(call.shape(1)?.[call.int("transB", 0) === 0 ? 0 : 1]);
  if (MATMULS.has(op)) return side(call.shape((MATRICES[op] ?? [0])[0]!)?.at(-1));
  return count(weightsOf(call)?.slice(1));
}

const MATMULS = new Set(["MatMul", "MatMulInteger", "QLinearMatMul"]);
const side = (dim: Dim | undefined): number | undefined => (typeof dim === "number" ? dim : undefined);

/** Operators whose multiply-accumulates are counted. */
export const WORKERS: ReadonlySet<string> = new Set([
  "Conv",
  "ConvInteger",
  "QLinearConv",
  "ConvTranspose",
  "DeformConv",
  "Gemm",
  ...MATMULS,
]);
