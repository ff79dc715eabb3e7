/** Finds the state dict in what a checkpoint holds: often it is one entry among epochs and optimizers. */
import { Malformed } from "./_bytes.js";
import { TensorValue, type Value } from "./_python.js";
import { MAX_TENSORS } from "./_tensor.js";

/** Tensors by name, and how they were found. */
export interface StateDict {
  readonly dict: ReadonlyMap<string, TensorValue>;
  /** Key under which they were, "" at the outermost level. */
  readonly inside: string;
  /** What every name began with. */
  readonly prefix: string;
}

/** Where training programs keep the weights of the network, the likeliest first. */
const KEYS = ["state_dict", "model_state_dict", "model", "network", "net", "weights"];
/** Wrappers of PyTorch that put a word before every name: DataParallel, torch.compile. */
const PREFIXES = ["module.", "_orig_mod."];
const MAX_PREFIXES = 4;

/** @throws {Malformed} when there are no tensors, or several dicts of them. */
export function findStateDict(value: Value): StateDict {
  if (!(value instanceof Map)) throw new Malformed("it holds no state dict");
  let inside = "";
  let tensors = tensorsIn(value);
  if (tensors.size === 0) {
    const looked = new Map<Value, boolean>();
    const dicts = [...value].filter(([key, v]) => typeof key === "string" && holdsTensors(v, looked));
    const chosen = KEYS.find((key) => dicts.some(([k]) => k === key)) ?? dicts[0]?.[0];
    if (dicts.length === 0) throw new Malformed("it holds no state dict: no tensors were found");
    if (dicts.length > 1 && !KEYS.includes(chosen as string))
      throw new Malformed(
        `it holds several dicts of tensors (${dicts.map(([k]) => String(k).slice(0, 40)).slice(0, 8)}), expected one called state_dict or model`,
      );
    inside = String(chosen);
    tensors = tensorsIn(value.get(chosen));
  }
  if (tensors.size > MAX_TENSORS)
    throw new Malformed(`expected at most ${MAX_TENSORS} tensors, got ${tensors.size}`);
  let prefix = "";
  for (let k = 0; k < MAX_PREFIXES; k++)
    prefix += PREFIXES.find((p) => [...tensors.keys()].every((name) => name.startsWith(prefix + p))) ?? "";
  if (prefix === "") return { dict: tensors, inside, prefix };
  return { dict: new Map([...tensors].map(([name, t]) => [name.slice(prefix.length), t])), inside, prefix };
}

/** Every dict is looked through once, however many keys lead to it. */
function holdsTensors(value: Value, looked: Map<Value, boolean>): boolean {
  if (!(value instanceof Map)) return false;
  const known = looked.get(value) ?? [...value.values()].some((v) => v instanceof TensorValue);
  looked.set(value, known);
  return known;
}

function tensorsIn(value: Value): Map<string, TensorValue> {
  const found = new Map<string, TensorValue>();
  if (value instanceof Map)
    for (const [name, v] of value)
      if (typeof name === "string" && v instanceof TensorValue) found.set(name, v);
  return found;
}
