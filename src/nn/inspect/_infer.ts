/** Goes through a graph once, in running order, and says of every value what can be said without running it. */
import { type Field, union } from "../_windows.js";
import type { Dim } from "../graph.js";
import { fold } from "./_fold.js";
import {
  BOOL,
  bytesPerElement,
  type Declared,
  FEW,
  INT64,
  MAX_RANK,
  type PlainGraph,
  type PlainNode,
  type Stored,
} from "./_graph.js";
import { inOrder, label } from "./_order.js";
import { rules } from "./_rules.js";
import { Call, count, known, type Result, show, UNKNOWN, type Value } from "./_values.js";
import { convField, poolField, WORKERS, type Work, work } from "./_windows-rules.js";

/** A node that does something in every run. */
export interface Step {
  readonly node: PlainNode;
  readonly results: readonly Value[];
  /** Names of the values that it takes and that are not constants. */
  readonly takes: readonly string[];
  readonly parameters: number;
  /** Undefined where sizes are missing. */
  readonly work: Work | undefined;
}

/** What is found while going through. */
export interface Findings {
  readonly steps: Step[];
  /** Operators without a rule, with how often they occur. */
  readonly unknown: Map<string, number>;
}

/** Where names are looked up: a graph, then the one around it. */
export interface Scope {
  readonly values: Map<string, Value>;
  readonly outer?: Scope;
}

const find = (scope: Scope | undefined, name: string): Value | undefined =>
  scope && (scope.values.get(name) ?? find(scope.outer, name));

/**
 * Fills `scope` with the values of a graph whose inputs are in it already.
 *
 * @throws {RangeError} naming the node, where something does not fit.
 */
export function infer(graph: PlainGraph, scope: Scope, opset: number, found: Findings): void {
  const inner = new Map([...graph.inner, ...graph.outputs].map((d) => [d.name, d]));
  for (const stored of graph.stored) scope.values.set(stored.name, storedValue(stored));
  for (const node of inOrder(graph, (name) => find(scope.outer, name) !== undefined)) {
    const inputs = node.inputs.map((name) => (name === "" ? undefined : find(scope, name)));
    const call = new Call(node, inputs, opset);
    try {
      step(call, inner, scope, found);
    } catch (cause) {
      if (cause instanceof RangeError && !cause.message.startsWith(PREFIX))
        throw new RangeError(`${PREFIX}${node.op} "${label(node)}": ${cause.message}`, { cause });
      throw cause;
    }
  }
}

const PREFIX = "at ";

function step(call: Call, declared: ReadonlyMap<string, Declared>, scope: Scope, found: Findings): void {
  const { node, inputs } = call;
  const isOnnx = node.domain === "" || node.domain === "ai.onnx" || node.domain === "com.microsoft";
  const rule = isOnnx ? rules.get(node.op) : undefined;
  const branches = branchesOf(call);
  const graphs = [...node.attributes.values()].flatMap(({ g }) => (g ? [g] : []));
  if (!rule && !branches) found.unknown.set(node.op, (found.unknown.get(node.op) ?? 0) + 1);

  const given = branches ? branchResults(branches, scope, call.opset, found) : rule?.(call);
  // What a graph inside takes from around it makes the node no constant; and nothing random is one.
  const pure = rule !== undefined && graphs.length === 0 && !/^Random|Bernoulli|Dropout/.test(node.op);
  const constantInputs = pure && inputs.every((v) => v === undefined || v.constant);
  const field = constantInputs ? undefined : fieldOf(call);
  const results = node.outputs.map((name, k): Value => {
    const own = given?.[k];
    const type = own?.type ?? (given ? inputs[0]?.type : undefined) ?? 0;
    const shape = agreed(own?.shape, declared.get(name)?.shape);
    const data = own?.data ?? (k === 0 && rule ? fold(call, { shape, type }) : undefined);
    return {
      type: type || (declared.get(name)?.type ?? 0),
      shape,
      ...(data && data.length <= FEW && { data }),
      ...(field && { field }),
      constant: constantInputs || (pure && known(data) !== undefined),
      unused: 0,
    };
  });
  for (const [k, { shape }] of results.entries()) {
    if (!shape) continue;
    if (shape.length > MAX_RANK)
      throw new RangeError(`its result "${node.outputs[k]}" would have ${shape.length} dimensions`);
    if ((count(shape) ?? 0) > Number.MAX_SAFE_INTEGER || !shape.every(isSide))
      throw new RangeError(`its result "${node.outputs[k]}" would be ${show(shape)}, more than memory holds`);
  }

  let parameters = charge(call);
  for (const graph of graphs) if (!branches?.includes(graph)) parameters += parametersInside(graph);
  for (const [k, name] of node.outputs.entries()) if (name !== "") scope.values.set(name, results[k]!);
  if (node.op === "Constant" && results[0]) results[0].unused = stock(call.tensor("value"));
  else if (results.every((v) => v.constant) && results[0]) results[0].unused = parameters;
  else if (results.length > 0) {
    const taken = [...node.inputs, ...graphs.flatMap((g) => g.nodes.flatMap((n) => n.inputs))];
    found.steps.push({
      node,
      results,
      takes: taken.filter((name) => find(scope, name)?.constant === false),
      parameters,
      work:
        WORKERS.has(node.op) && rule
          ? work(call, results[0]!.shape)
          : graphs.length > 0 || !rule
            ? undefined
            : NONE,
    });
  }
}

const NONE: Work = { macs: 0, perRow: false };
const isSide = (side: Dim): boolean => typeof side === "string" || (Number.isSafeInteger(side) && side >= 0);

/** A value that the file stores. */
function storedValue(stored: Stored): Value {
  const { type, shape, data } = stored;
  return { type, shape, ...(data && shape.length <= 1 && { data }), constant: true, unused: stock(stored) };
}

/** Numbers of a stored tensor that may be learnt: of a file's, those that are no index and no lone number. */
function stock(stored: Stored | undefined): number {
  if (!stored || stored.learnt === false) return 0;
  const isWeight = stored.shape.length > 0 && stored.type !== INT64 && stored.type !== BOOL;
  return stored.learnt || isWeight ? count(stored.shape)! : 0;
}

/** Which inputs hold what is learnt, for operators where not every stored float is. */
const LEARNT: Readonly<Record<string, readonly number[]>> = {
  BatchNormalization: [1, 2],
  Cast: [0],
  QuantizeLinear: [],
  DequantizeLinear: [0],
  ConvInteger: [1],
  MatMulInteger: [1],
  QLinearConv: [3, 8],
  QLinearMatMul: [3],
  ...Object.fromEntries(
    "Resize Upsample Clip Pad OneHot Range RoiAlign NonMaxSuppression QLinearAdd QLinearMul QLinearSigmoid QLinearLeakyRelu"
      .split(" ")
      .map((op) => [op, []]),
  ),
};
const FLOATS = new Set([1, 10, 11, 16]);

/** Learnt numbers that appear here first. */
function charge({ node, inputs }: Call): number {
  let sum = 0;
  for (const [k, value] of inputs.entries()) {
    const counts = Object.hasOwn(LEARNT, node.op)
      ? LEARNT[node.op]!.includes(k)
      : FLOATS.has(value?.type ?? 0);
    if (!value?.unused || !counts) continue;
    sum += value.unused;
    value.unused = 0;
  }
  return sum;
}

function parametersInside(graph: PlainGraph): number {
  const own = graph.stored.reduce((sum, stored) => sum + (FLOATS.has(stored.type) ? stock(stored) : 0), 0);
  return graph.nodes.reduce(
    (sum, { attributes }) =>
      [...attributes.values()].reduce((n, { g }) => n + (g ? parametersInside(g) : 0), sum),
    own,
  );
}

/** The branches of an If that may run: one where the condition is known. */
function branchesOf(call: Call): readonly PlainGraph[] | undefined {
  const [yes, no] = [call.graph("then_branch"), call.graph("else_branch")];
  if (call.node.op !== "If" || !yes || !no) return undefined;
  const condition = call.numbers(0)?.[0];
  return condition === undefined ? [yes, no] : [condition !== 0 ? yes : no];
}

/** What the branches give; of two, what both agree on. */
function branchResults(
  branches: readonly PlainGraph[],
  outer: Scope,
  opset: number,
  found: Findings,
): readonly Result[] {
  const [first, second] = branches.map((graph) => {
    const scope: Scope = { values: new Map(), outer };
    infer(graph, scope, opset, found);
    return graph.outputs.map(({ name }) => find(scope, name));
  });
  return first!.map((value, k): Result => {
    const other = second ? second[k] : value;
    const sides = value?.shape?.length === other?.shape?.length ? value?.shape : undefined;
    return {
      type: value?.type,
      shape: sides?.map((side, axis) => (side === other!.shape![axis] ? side : UNKNOWN)),
    };
  });
}

/** A side that was found, else the one that the file declares. */
function agreed(
  found: readonly Dim[] | undefined,
  declared: readonly Dim[] | undefined,
): readonly Dim[] | undefined {
  if (!declared || (found && found.length !== declared.length)) return found;
  const number = (side: Dim | undefined): Dim => (typeof side === "number" ? side : UNKNOWN);
  return found
    ? found.map((side, axis) => (side === UNKNOWN ? number(declared[axis]) : side))
    : declared.map((side) => number(side));
}

/** Operators whose results see all of their input, or what part is not known. */
const SEES_ALL =
  /^(Global|QLinearGlobal|Flatten$|.*Gemm$|.*MatMul|Einsum$|Reduce|Arg|LSTM$|GRU$|RNN$|RoiAlign$|MaxRoiPool$|TopK$|Gather|NonZero$|NonMax|GridSample$|Shape$|Size$|DeformConv$)/;

function fieldOf(call: Call): Field | undefined {
  const { node, inputs } = call;
  const seen = inputs.filter((v) => v !== undefined && !v.constant).map((v) => v!.field);
  const field = union(seen);
  // Channels that are picked see what all of them see.
  if (node.op === "Gather" && call.int("axis", 0) === 1) return field;
  if (!field || SEES_ALL.test(node.op) || !rules.has(node.op)) return undefined;
  if (/^(Conv|FusedConv|ConvInteger|QLinearConv)$/.test(node.op)) return convField(call, field);
  if (/^(MaxPool|AveragePool|LpPool)$/.test(node.op)) return poolField(call, field);
  if (/^(Resize|Upsample|ConvTranspose)$/.test(node.op)) return undefined;
  return field;
}

/** Bytes of a value; undefined where its size or type is not known. */
export function bytesOf({ shape, type }: Value): number | undefined {
  const [n, each] = [count(shape), bytesPerElement(type)];
  return n === undefined || each === undefined ? undefined : Math.ceil(n * each);
}
