/** The Python values that state dicts are made of, and the few names that make them. */
import { Malformed } from "./_bytes.js";
import { MAX_RANK } from "./_tensor.js";

/** A Python value: dicts are Maps, lists and tuples arrays, large integers bigints. */
export type Value =
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Name
  | Reference
  | TensorValue
  | Map<Value, Value>
  | Value[];

/** A Python name, such as "torch FloatStorage". */
export class Name {
  constructor(readonly text: string) {}
}

/** What the pickle keeps outside of itself: for torch, a storage. */
export class Reference {
  constructor(readonly id: Value) {}
}

/** A tensor as torch describes it: a view of a storage, in elements. */
export class TensorValue {
  constructor(
    readonly storage: Reference,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

/** What to say of bytes that no pickler writes. */
export const damaged = (): Malformed => new Malformed("its pickle is damaged");

const STORAGE = /^torch (Double|Float|Half|BFloat16|Long|Int|Short|Char|Byte|Bool)Storage$/;
const KNOWN = new Set([
  "collections OrderedDict",
  "torch Size",
  "torch._utils _rebuild_tensor",
  "torch._utils _rebuild_tensor_v2",
  "torch._utils _rebuild_parameter",
]);

/**
 * A name that a pickle asks for.
 *
 * @throws {Malformed} when it is not one of the few that state dicts use.
 */
export function nameOf(module: Value, name: Value): Name {
  if (typeof module !== "string" || typeof name !== "string") throw damaged();
  const text = `${module} ${name}`;
  if (STORAGE.test(text) || KNOWN.has(text)) return new Name(text);
  // Written by somebody else: only what a Python name can look like is repeated.
  const shown = `${module}.${name}`.replace(/[^\w.]/g, "?").slice(0, 80);
  throw new Malformed(
    `it holds a Python object (${shown}), expected tensors, dicts, lists, numbers and text alone; save model.state_dict() instead`,
  );
}

/** The value that a call of one of the known names would give. */
export function build(callee: Value, values: Value): Value {
  if (!(callee instanceof Name) || !Array.isArray(values)) throw damaged();
  switch (callee.text) {
    case "collections OrderedDict":
      return orderedDict(values[0] ?? []);
    case "torch Size":
      return values[0];
    case "torch._utils _rebuild_parameter":
      return values[0];
    case "torch._utils _rebuild_tensor":
    case "torch._utils _rebuild_tensor_v2":
      return tensor(values);
    default:
      throw damaged();
  }
}

/** From a list of pairs, as Python 2 wrote it. */
function orderedDict(pairs: Value): Value {
  if (!Array.isArray(pairs)) throw damaged();
  const dict = new Map<Value, Value>();
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) throw damaged();
    dict.set(pair[0], pair[1]);
  }
  return dict;
}

function tensor([storage, offset, shape, strides]: readonly Value[]): TensorValue {
  if (!(storage instanceof Reference) || typeof offset !== "number") throw damaged();
  return new TensorValue(storage, offset, numbers(shape), numbers(strides));
}

function numbers(value: Value): number[] {
  if (!Array.isArray(value) || value.length > MAX_RANK || !value.every((v) => typeof v === "number"))
    throw new Malformed("a tensor inside it has no usable shape");
  return [...(value as number[])];
}
