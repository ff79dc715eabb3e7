/** Shapes of what moves numbers about: reshaping, cutting, joining, picking. */
import type { Dim } from "../graph.js";
import { FEW, FLOAT, INT64 } from "./_graph.js";
import {
  axisOf,
  broadcast,
  type Call,
  count,
  plus,
  type Result,
  show,
  showAll,
  times,
  UNKNOWN,
  type Value,
} from "./_values.js";

/** Sides from numbers, some of which may be missing. */
function sides(data: Value["data"], otherwise: Dim | undefined): Dim[] | undefined {
  if (data) return data.map((n) => checked(n));
  // A list of so many numbers is a shape of so many sides.
  return typeof otherwise === "number" && otherwise <= 16 ? Array(otherwise).fill(UNKNOWN) : undefined;
}

/** A side from a number that was computed. */
function checked(n: number | undefined): Dim {
  if (n === undefined) return UNKNOWN;
  if (!Number.isSafeInteger(n) || n < 0) throw new RangeError(`its result would have a side of ${n}`);
  return n;
}

export function reshape(call: Call): readonly Result[] {
  const x = call.shape(0);
  const target = call.ints("shape") ?? call.inputs[1]?.data;
  if (!target) return [{ shape: sides(undefined, call.shape(1)?.[0]) }];
  const kept = target.map((n, k): Dim => {
    if (n === 0 && call.int("allowzero", 0) === 0) return x?.[k] ?? UNKNOWN;
    return n === -1 ? -1 : checked(n);
  });
  const open = kept.indexOf(-1);
  if (open !== kept.lastIndexOf(-1)) throw new RangeError(`the shape [${target}] leaves two sides open`);
  if (!x) return [{ shape: kept.map((side) => (side === -1 ? UNKNOWN : side)) }];
  const [before, after] = cancel(
    x,
    kept.filter((side) => side !== -1),
  );
  if (open >= 0) kept[open] = quotient(before, after, x, target);
  else {
    const [a, b] = [count(before), count(after)];
    if (a !== undefined && b !== undefined && a !== b)
      throw new RangeError(`${show(x)} cannot become [${target}]; try another --input`);
    // One side without number among known ones follows from them.
    if (a !== undefined && after.filter((side) => typeof side === "string").length === 1)
      kept[kept.indexOf(UNKNOWN)] = quotient(
        before,
        after.filter((side) => side !== UNKNOWN),
        x,
        target,
      );
  }
  return [{ shape: kept }];
}

/** Both lists without the names that are in both. */
function cancel(before: readonly Dim[], after: readonly Dim[]): [Dim[], Dim[]] {
  const rest = [...after];
  const left = before.filter((side) => {
    const at = typeof side === "string" && side !== UNKNOWN ? rest.indexOf(side) : -1;
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
  return [left, rest];
}

function quotient(
  before: readonly Dim[],
  after: readonly Dim[],
  x: readonly Dim[],
  target: Value["data"],
): Dim {
  const names = before.filter((side) => typeof side === "string");
  const n = count(before.filter((side) => typeof side === "number"))!;
  const m = count(after);
  if (m === undefined || names.length > 1) return UNKNOWN;
  if (names.length === 1) return n === m ? names[0]! : UNKNOWN;
  if (m === 0 ? n !== 0 : n % m !== 0)
    throw new RangeError(`${show(x)} cannot become [${target}]; try another --input`);
  return m === 0 ? 0 : n / m;
}

export function flatten(call: Call): readonly Result[] {
  const x = call.shape(0);
  if (!x) return [{ shape: [UNKNOWN, UNKNOWN] }];
  const axis = call.int("axis", 1);
  const at = axis < 0 ? axis + x.length : axis;
  return [{ shape: [x.slice(0, at).reduce(times, 1), x.slice(at).reduce(times, 1)] }];
}

export function transpose(call: Call): readonly Result[] {
  const x = call.shape(0);
  const order = call.ints("perm") ?? x?.map((_, k) => x.length - 1 - k);
  if (!x || !order) return [{}];
  if (order.length !== x.length || !order.every((k) => k in x))
    throw new RangeError(`the order [${order}] does not fit ${show(x)}`);
  return [{ shape: order.map((k) => x[k]!) }];
}

export function squeeze(call: Call): readonly Result[] {
  const x = call.shape(0);
  const given = call.list("axes", 1);
  if (!x || (!given && call.inputs[1])) return [{}];
  // Without a list all sides of 1 go, which a side without number may or may not be.
  if (!given)
    return [{ shape: x.every((s) => typeof s === "number") ? x.filter((s) => s !== 1) : undefined }];
  const gone = given.map((axis) => axisOf(axis, x.length));
  return [{ shape: x.filter((_, k) => !gone.includes(k)) }];
}

export function unsqueeze(call: Call): readonly Result[] {
  const x = call.shape(0);
  const axes = call.list("axes", 1);
  if (!x || !axes || axes.length > FEW) return [{}];
  const rank = x.length + axes.length;
  const added = axes.map((axis) => axisOf(axis, rank));
  let next = 0;
  return [
    { shape: Array.from({ length: rank }, (_, k): Dim => (added.includes(k) ? 1 : (x[next++] ?? UNKNOWN))) },
  ];
}

export function concat(call: Call): readonly Result[] {
  const shapes = call.inputs.map((_, k) => call.shape(k));
  const rank = shapes.find((s) => s)?.length;
  const axis = rank === undefined ? undefined : axisOf(call.int("axis", 1), rank);
  if (rank === undefined || axis === undefined) return [{}];
  for (const shape of shapes)
    if (shape && shape.length !== rank) throw new RangeError(`${showAll(shapes)} cannot be joined`);
  const shape = Array.from({ length: rank }, (_, k): Dim => {
    const each = shapes.map((s) => s?.[k] ?? UNKNOWN);
    if (k === axis) return each.reduce(plus, 0);
    const numbers = [...new Set(each.filter((side) => typeof side === "number"))];
    if (numbers.length > 1) throw new RangeError(`${showAll(shapes)} cannot be joined along ${axis}`);
    return numbers[0] ?? (each.every((side) => side === each[0]) ? each[0]! : UNKNOWN);
  });
  return [{ shape }];
}

export function split(call: Call): readonly Result[] {
  const x = call.shape(0);
  const n = call.node.outputs.length;
  const axis = x && axisOf(call.int("axis", 0), x.length);
  if (!x || axis === undefined) return [];
  const lengths = call.list("split", 1);
  const side = x[axis]!;
  const even = typeof side === "number" ? Math.ceil(side / n) : UNKNOWN;
  return Array.from({ length: n }, (_, k): Result => {
    const last =
      typeof side === "number" && typeof even === "number" ? Math.max(0, side - (n - 1) * even) : UNKNOWN;
    const part = lengths ? checked(lengths[k]) : call.inputs[1] ? UNKNOWN : k === n - 1 ? last : even;
    return { shape: x.with(axis, part) };
  });
}

export function slice(call: Call): readonly Result[] {
  const x = call.shape(0);
  if (!x) return [{}];
  const starts = call.list("starts", 1);
  const ends = call.list("ends", 2);
  const axes = call.list("axes", 3) ?? (call.inputs[3] ? undefined : x.map((_, k) => k));
  const steps = call.numbers(4) ?? (call.inputs[4] ? undefined : []);
  const shape = [...x];
  if (!axes) return [{ shape: x.map(() => UNKNOWN) }];
  const n = starts?.length ?? ends?.length ?? call.shape(1)?.[0] ?? axes.length;
  for (const [k, given] of axes.slice(0, typeof n === "number" ? n : axes.length).entries()) {
    const axis = axisOf(given, x.length);
    if (axis === undefined) throw new RangeError(`it cuts axis ${given} of ${show(x)}`);
    const [start, end, step] = [starts?.[k], ends?.[k], steps === undefined ? undefined : (steps[k] ?? 1)];
    shape[axis] = cut(x[axis]!, start, end, step);
  }
  return [{ shape }];
}

/** How many elements from `start` to before `end` there are. */
function cut(side: Dim, start: number | undefined, end: number | undefined, step: number | undefined): Dim {
  if (step === 0) throw new RangeError("it cuts with a step of 0");
  if (start === undefined || end === undefined || step === undefined) return UNKNOWN;
  if (typeof side === "string") {
    if (start === 0 && end >= 2 ** 31 - 1 && step === 1) return side;
    // The first few: so many, unless there are fewer, which a network does not count on.
    return UNKNOWN;
  }
  const clamp = (n: number, low: number, high: number) => Math.min(Math.max(n < 0 ? n + side : n, low), high);
  const [from, to] =
    step > 0
      ? [clamp(start, 0, side), clamp(end, 0, side)]
      : [clamp(start, 0, side - 1), clamp(end, -1, side - 1)];
  return Math.max(0, Math.ceil((to - from) / step));
}

export function gather(call: Call): readonly Result[] {
  const [x, at] = [call.shape(0), call.shape(1)];
  const axis = x && axisOf(call.int("axis", 0), x.length);
  if (!x || !at || axis === undefined) return [{}];
  return [{ shape: [...x.slice(0, axis), ...at, ...x.slice(axis + 1)] }];
}

export function gatherND(call: Call): readonly Result[] {
  const [x, at] = [call.shape(0), call.shape(1)];
  const last = at?.at(-1);
  if (!x || !at || typeof last !== "number") return [{}];
  return [{ shape: [...at.slice(0, -1), ...x.slice(call.int("batch_dims", 0) + last)] }];
}

export const likeIndices = (call: Call): readonly Result[] => [{ shape: call.shape(1) }];

export function expand(call: Call): readonly Result[] {
  return [{ shape: broadcast([call.shape(0), sides(call.inputs[1]?.data, call.shape(1)?.[0])]) }];
}

export function tile(call: Call): readonly Result[] {
  const x = call.shape(0);
  const times = call.inputs[1]?.data;
  return [{ shape: x?.map((side, k) => (times?.[k] === undefined ? UNKNOWN : scaled(side, times[k]!))) }];
}

function scaled(side: Dim, factor: number): Dim {
  if (typeof side === "number") return checked(Math.floor(side * factor));
  return factor === 1 ? side : UNKNOWN;
}

export function pad(call: Call): readonly Result[] {
  const x = call.shape(0);
  const pads = call.list("pads", 1) ?? call.ints("paddings");
  if (!x) return [{}];
  const axes = call.numbers(3) ?? (call.inputs[3] ? undefined : x.map((_, k) => k));
  if (!pads || !axes) return [{ shape: x.map(() => UNKNOWN) }];
  if (pads.length !== 2 * axes.length) throw new RangeError(`the padding [${pads}] does not fit ${show(x)}`);
  const shape = [...x];
  for (const [k, given] of axes.entries()) {
    const axis = axisOf(given, x.length);
    if (axis === undefined) throw new RangeError(`it pads axis ${given} of ${show(x)}`);
    const more = pads[k]! + pads[k + axes.length]!;
    const side = shape[axis]!;
    shape[axis] = typeof side === "number" ? checked(side + more) : more === 0 ? side : UNKNOWN;
  }
  return [{ shape }];
}

/** Resize and Upsample. */
export function resize(call: Call): readonly Result[] {
  const x = call.shape(0);
  if (!x) return [{}];
  const old = call.node.op === "Upsample" || call.opset < 11;
  const factors = call.floats("scales") ?? call.numbers(old ? 1 : 2);
  const sizes = old ? undefined : call.inputs[3]?.data;
  const axes = call.ints("axes") ?? x.map((_, k) => k);
  const policy = call.text("keep_aspect_ratio_policy") ?? "stretch";
  const shape = [...x];
  for (const [k, given] of axes.entries()) {
    const axis = axisOf(given, x.length);
    if (axis === undefined) throw new RangeError(`it resizes axis ${given} of ${show(x)}`);
    if (sizes && sizes.length > 0) shape[axis] = policy === "stretch" ? checked(sizes[k]) : UNKNOWN;
    else shape[axis] = factors?.[k] === undefined ? UNKNOWN : scaled(shape[axis]!, factors[k]!);
  }
  return [{ shape }];
}

/** Depth to space and back. */
export function blocks(call: Call): readonly Result[] {
  const x = call.shape(0);
  const size = call.int("blocksize", 1);
  if (x?.length !== 4 || size < 1) return [{}];
  const divide = (side: Dim, by: number): Dim => (typeof side === "number" ? Math.floor(side / by) : UNKNOWN);
  return call.node.op === "DepthToSpace"
    ? [{ shape: [x[0]!, divide(x[1]!, size * size), times(x[2]!, size), times(x[3]!, size)] }]
    : [{ shape: [x[0]!, times(x[1]!, size * size), divide(x[2]!, size), divide(x[3]!, size)] }];
}

export function constantOfShape(call: Call): readonly Result[] {
  const shape = sides(call.inputs[0]?.data, call.shape(0)?.[0]);
  const value = call.tensor("value");
  const n = count(shape);
  const data =
    n !== undefined && n <= FEW && shape!.length <= 1
      ? Array(n).fill(value ? value.data?.[0] : 0)
      : undefined;
  return [{ shape, type: value?.type ?? FLOAT, data }];
}

export function topK(call: Call): readonly Result[] {
  const x = call.shape(0);
  const axis = x && axisOf(call.int("axis", -1), x.length);
  const k = call.numbers(1)?.[0] ?? (call.inputs[1] ? undefined : call.int("k", -1));
  const shape = axis === undefined ? undefined : x!.with(axis, k === undefined ? UNKNOWN : checked(k));
  return [{ shape }, { shape, type: INT64 }];
}

export function reduce(call: Call): readonly Result[] {
  const x = call.shape(0);
  const arg = call.node.op.startsWith("Arg");
  const type = arg ? INT64 : undefined;
  const given = arg ? [call.int("axis", 0)] : call.list("axes", 1);
  if (!x || (!given && call.inputs[1])) return [{ type }];
  if (!given?.length && call.int("noop_with_empty_axes", 0) === 1) return [{ shape: x, type }];
  const axes = given?.length ? given.map((axis) => axisOf(axis, x.length)) : x.map((_, k) => k);
  const keep = call.int("keepdims", 1) !== 0;
  const shape = x.flatMap((side, k) => (axes.includes(k) ? (keep ? [1] : []) : [side]));
  return [{ shape, type }];
}

export function oneHot(call: Call): readonly Result[] {
  const x = call.shape(0);
  const axis = x && axisOf(call.int("axis", -1), x.length + 1);
  if (!x || axis === undefined) return [{ type: call.inputs[2]?.type }];
  const depth = call.numbers(1)?.[0];
  return [
    {
      shape: [...x.slice(0, axis), depth === undefined ? UNKNOWN : checked(depth), ...x.slice(axis)],
      type: call.inputs[2]?.type,
    },
  ];
}

/** The numbers from start to before limit. */
export function range(call: Call): readonly Result[] {
  const [start, limit, step] = [0, 1, 2].map((k) => call.numbers(k)?.[0]);
  if (start === undefined || limit === undefined || !step) return [{ shape: [UNKNOWN] }];
  const n = Math.max(0, Math.ceil((limit - start) / step));
  checked(n);
  const data = n <= FEW ? Array.from({ length: n }, (_, k) => start + k * step) : undefined;
  return [{ shape: [n], data }];
}

/** The shape itself as numbers. */
export function shapeOf(call: Call): readonly Result[] {
  const x = call.shape(0);
  if (!x) return [{ type: INT64 }];
  const part = x.slice(call.int("start", 0), call.int("end", x.length));
  return [
    {
      shape: [part.length],
      type: INT64,
      data: part.map((side) => (typeof side === "number" ? side : undefined)),
    },
  ];
}

export function sizeOf(call: Call): readonly Result[] {
  return [{ shape: [], type: INT64, data: [count(call.shape(0))] }];
}
