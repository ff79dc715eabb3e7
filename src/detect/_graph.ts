/** The steps that the contracts' graphs share. Numbers are doubles from the scores of candidates on. */
import type { Graph, Value } from "../nn/index.js";

const DOUBLE = 11;

export const toDouble = (g: Graph, x: Value): Value => g.add("Cast", [x], { to: DOUBLE });

export const doubles = (g: Graph, values: readonly number[]): Value =>
  g.constant(Float64Array.from(values), [values.length]);

/** In one row: double [n] stays what it is, [1, n] loses an axis. */
export const flat = (g: Graph, x: Value): Value => g.add("Reshape", [x, g.ints([-1])]);

/** The columns `from` to `to` of the last axis of [1, n, columns]. */
export const columns = (g: Graph, x: Value, from: number, to: number): Value =>
  g.add("Slice", [x, g.ints([from]), g.ints([to]), g.ints([2])]);

/** The highest value of every row of [1, n, columns], as double [n]. */
export function bestOf(g: Graph, x: Value, opset: number): Value {
  // The axis became an input with 18.
  const best =
    opset < 18
      ? g.add("ReduceMax", [x], { axes: [2], keepdims: 0 })
      : g.add("ReduceMax", [x, g.ints([2])], { keepdims: 0 });
  return toDouble(g, flat(g, best));
}

/** The column of the highest value of every row of [1, n, columns], the first of equals, as int64 [n]. */
export const bestColumn = (g: Graph, x: Value): Value =>
  flat(g, g.add("ArgMax", [x], { axis: 2, keepdims: 0 }));

/** Scores [1, n, classes] where the background is no rival. */
export function withoutBackground(
  g: Graph,
  scores: Value,
  classes: number,
  background: number | undefined,
): Value {
  if (background === undefined) return scores;
  const mask = Float32Array.from({ length: classes }, (_, c) => (c === background ? -3e38 : 0));
  return g.add("Add", [scores, g.constant(mask, [classes])]);
}

/** Values before the sigmoid to parts of 1. */
export const sigmoid = (g: Graph, x: Value): Value =>
  g.add("Div", [doubles(g, [1]), g.add("Add", [doubles(g, [1]), g.add("Exp", [g.add("Neg", [x])])])]);

/**
 * The places, int64 [k], of the scores [n] that reach the least one, where `also` (bool, [n] or scalar) holds. Nothing
 * reaches NaN.
 */
export function reaching(g: Graph, scores: Value, minScore: Value, also?: Value): Value {
  const reached = g.add("Or", [g.add("Less", [minScore, scores]), g.add("Equal", [minScore, scores])]);
  return flat(g, g.add("NonZero", [also ? g.add("And", [reached, also]) : reached]));
}

/** Whether two outputs [1, n, ...] have as many rows, bool [1]: candidates of one are looked up in the other. */
export const asManyRows = (g: Graph, a: Value, b: Value): Value => g.add("Equal", [rows(g, a), rows(g, b)]);

const rows = (g: Graph, x: Value): Value => g.add("Gather", [g.add("Shape", [x]), g.ints([1])]);

/** Columns and rows, double [k, 2], of the cells [k] of a grid that are counted along its rows of `width`. */
export function cellsAt(g: Graph, cells: Value, width: Value): Value {
  const column = g.add("Mod", [cells, width]);
  const row = g.add("Div", [cells, width]);
  return toDouble(g, g.add("Concat", [asColumn(g, column), asColumn(g, row)], { axis: 1 }));
}

export const asColumn = (g: Graph, x: Value): Value => g.add("Reshape", [x, g.ints([-1, 1])]);

/**
 * Of several levels that lie one after the other, the value of the one that each index [k] is in.
 *
 * @param starts where each level begins, int64 [1]
 * @param values one per level, [1]
 */
export function ofLevel(g: Graph, index: Value, starts: readonly Value[], values: readonly Value[]): Value {
  let value = values[0]!;
  for (let level = 1; level < values.length; level++)
    value = g.add("Where", [g.add("Less", [index, starts[level]!]), value, values[level]!]);
  return value;
}

/** Where each level begins, from how many rows each has. */
export function startsOf(g: Graph, counts: readonly Value[]): Value[] {
  const starts = [g.ints([0])];
  for (const count of counts.slice(0, -1)) starts.push(g.add("Add", [starts.at(-1)!, count]));
  return starts;
}

/** The first and the last two columns of [k, 4]. */
export const halves = (g: Graph, x: Value): [Value, Value] => {
  const from = (at: number): Value => g.add("Slice", [x, g.ints([at]), g.ints([at + 2]), g.ints([1])]);
  return [from(0), from(2)];
};

/** Centres and sizes [k, 2] to boxes [k, 4]. */
export function boxesAround(g: Graph, centres: Value, sizes: Value): Value {
  const half = g.add("Div", [sizes, doubles(g, [2])]);
  return g.add("Concat", [g.add("Sub", [centres, half]), g.add("Add", [centres, half])], { axis: 1 });
}
