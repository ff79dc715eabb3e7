/** Numbers that follow from the file alone: the arithmetic with which exported graphs compute sizes. */
import { FEW } from "./_graph.js";
import { axisOf, type Call, count, type Result, type Value } from "./_values.js";

type Numbers = readonly (number | undefined)[];

const UNARY: Readonly<Record<string, (x: number) => number>> = {
  Neg: (x) => -x,
  Abs: Math.abs,
  Floor: Math.floor,
  Ceil: Math.ceil,
  Sqrt: Math.sqrt,
  Exp: Math.exp,
  Log: Math.log,
  Reciprocal: (x) => 1 / x,
  Not: (x) => (x === 0 ? 1 : 0),
};

const BINARY: Readonly<Record<string, (a: number, b: number, whole: boolean) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  // Whole numbers are divided as C does.
  Div: (a, b, whole) => (whole ? Math.trunc(a / b) : a / b),
  Mod: (a, b) => a - b * Math.floor(a / b),
  Pow: (a, b) => a ** b,
  Min: (a, b) => Math.min(a, b),
  Max: (a, b) => Math.max(a, b),
  Equal: (a, b) => Number(a === b),
  Less: (a, b) => Number(a < b),
  LessOrEqual: (a, b) => Number(a <= b),
  Greater: (a, b) => Number(a > b),
  GreaterOrEqual: (a, b) => Number(a >= b),
  And: (a, b) => a & b,
  Or: (a, b) => a | b,
};

const REDUCE: Readonly<Record<string, (a: number, b: number) => number>> = {
  ReduceProd: (a, b) => a * b,
  ReduceSum: (a, b) => a + b,
  ReduceMax: Math.max,
  ReduceMin: Math.min,
};

/** Operators that keep the order of the numbers. */
const SAME = new Set(["Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten"]);
const WHOLE = new Set([2, 3, 4, 5, 6, 7, 12, 13]);

/** The numbers of a node's first result, where they follow; vectors and scalars only. */
export function fold(call: Call, result: Result): Value["data"] {
  const { op } = call.node;
  const [a, b] = call.inputs;
  const n = count(result.shape);
  if (n === undefined || n > FEW || result.shape!.length > 1 || !a?.data) return undefined;
  const length = (k: number): Numbers => spread(call.inputs[k]?.data, n);
  if (SAME.has(op)) return a.data.length === n ? a.data : undefined;
  if (op === "Cast")
    return a.data.map((x) => (x === undefined || !WHOLE.has(result.type ?? 0) ? x : Math.trunc(x)));
  if (Object.hasOwn(UNARY, op)) return a.data.map((x) => (x === undefined ? x : UNARY[op]!(x)));
  if (Object.hasOwn(BINARY, op) && call.inputs.length === 2 && b?.data) {
    const right = length(1);
    return length(0).map((x, k) => {
      const y = right[k];
      return x === undefined || y === undefined ? undefined : BINARY[op]!(x, y, WHOLE.has(a.type));
    });
  }
  if (Object.hasOwn(REDUCE, op) && n === 1) {
    const [first, ...rest] = a.data;
    return [
      rest.reduce((x, y) => (x === undefined || y === undefined ? undefined : REDUCE[op]!(x, y)), first),
    ];
  }
  if (op === "Where") {
    const [yes, no] = [length(1), length(2)];
    return length(0).map((x, k) => (x === undefined ? undefined : x !== 0 ? yes[k] : no[k]));
  }
  if (op === "Expand" || op === "Tile")
    return Array.from({ length: n }, (_, k) => a.data![k % a.data!.length]);
  if (op === "Concat")
    return call.inputs.every((v) => v?.data) ? call.inputs.flatMap((v) => v!.data!) : undefined;
  if (op === "Gather") return gather(a.data, call.numbers(1));
  if (op === "Slice") return slice(call, a.data, n);
  return undefined;
}

/** One number stands for many. */
function spread(data: Value["data"], n: number): Numbers {
  if (!data) return Array(n).fill(undefined);
  return data.length === 1 ? Array(n).fill(data[0]) : data;
}

function gather(data: Numbers, at: readonly number[] | undefined): Value["data"] {
  return at?.map((k) => data[axisOf(k, data.length) ?? -1]);
}

function slice(call: Call, data: Numbers, n: number): Value["data"] {
  const start = call.list("starts", 1)?.[0];
  const step = call.numbers(4)?.[0] ?? (call.inputs[4] ? undefined : 1);
  if (start === undefined || step === undefined) return undefined;
  const from = Math.min(
    Math.max(start < 0 ? start + data.length : start, 0),
    step < 0 ? data.length - 1 : data.length,
  );
  return Array.from({ length: n }, (_, k) => data[from + k * step]);
}
