/** From a file of weights to a network's parameters, by name, strictly. */
import { ModelError } from "../errors.js";
import type { Network, Parameter, WeightSource } from "../nn/network.js";
import { isFloat } from "./_elements.js";
import { usualName } from "./_names.js";
import type { StoredTensor } from "./_tensor.js";
import type { WeightsFile } from "./file.js";

/** How names are matched. */
export interface LoadOptions {
  /**
   * Called with each name in the file: the name of the network's parameter, or undefined to leave the tensor out.
   *
   * @default names as they are; where the network does not know one, as later versions of torchvision write it
   */
  readonly rename?: (name: string) => string | undefined;
}

/** Statistics of training that no computation uses. */
const COUNTERS = /(^|\.)num_batches_tracked$/;
/** Outermost scopes of layers that only training or classifying uses; a network may be built without them. */
const HEADS = /^(aux\d?|AuxLogits|aux_classifier|classifier|fc|head|last_linear)\./;
/** How many names an error lists. */
const LISTED = 5;

/**
 * The weights of a network from a file. Every parameter must be there with its shape, and nothing may be left over, but
 * for what only training uses: counters of batches, and heads that the network was built without. Values are read when
 * the network is encoded, one tensor at a time: close the file after that.
 *
 * @throws {ModelError} one line that lists what is missing, extra or of another shape.
 *
 * @example
 * const network = buildBackbone("resnet50");
 * const file = openWeights("resnet50-0676ba61.pth");
 * try {
 *   await writeFile("resnet50.onnx", network.encode(loadWeights(network, file)));
 * } finally {
 *   file.close();
 * }
 */
export function loadWeights(
  network: Pick<Network, "name" | "parameters">,
  file: WeightsFile,
  { rename }: LoadOptions = {},
): WeightSource {
  const parameters = new Map(network.parameters.map((p) => [p.name, p]));
  const knows = (name: string) => parameters.has(name);
  const found = new Map<string, StoredTensor>();
  const extra: string[] = [];
  const twice: string[] = [];
  const scopes = new Set(network.parameters.map((p) => p.name.split(".")[0]!));
  for (const tensor of file.tensors.values()) {
    const name = rename ? rename(tensor.name) : usualName(tensor.name, knows);
    if (name === undefined) continue;
    if (found.has(name)) twice.push(name);
    else if (knows(name)) found.set(name, tensor);
    else if (!COUNTERS.test(name) && !(HEADS.test(name) && !scopes.has(name.split(".")[0]!)))
      extra.push(name);
  }

  const missing = network.parameters.filter((p) => !found.has(p.name)).map((p) => p.name);
  const present = network.parameters.filter((p) => found.has(p.name));
  const shaped = present.filter((p) => !sameShape(p.shape, found.get(p.name)!.shape));
  const typed = present.filter((p) => !isFloat(found.get(p.name)!.type));
  const problems = [
    list("missing", missing),
    list("extra", extra),
    list("given twice", twice),
    list(
      "of another shape",
      shaped.map((p) => `${p.name}: expected [${p.shape}], got [${found.get(p.name)!.shape}]`),
    ),
    list(
      "of another type",
      typed.map((p) => `${p.name}: expected floats, got ${found.get(p.name)!.type}`),
    ),
  ].filter((text) => text !== "");
  if (problems.length > 0) {
    const hint = classesHint(missing.length + extra.length === 0 ? shaped : [], found);
    throw new ModelError(
      `Cannot load "${file.name}" into ${network.name}: ${problems.join("; ")}${hint || where(file)}`,
    );
  }
  return (name) => {
    const tensor = found.get(name);
    if (!tensor) throw new RangeError(`Cannot load "${name}": ${network.name} has no such parameter`);
    return finite(tensor.read(), tensor, file);
  };
}

/** Sides of 1 at the end do not matter: a fully connected layer is a 1x1 convolution of a 1x1 map. */
function sameShape(a: readonly number[], b: readonly number[]): boolean {
  const [long, short] = a.length < b.length ? [b, a] : [a, b];
  return long.every((side, axis) => side === (short[axis] ?? 1)) && (short.length > 0 || long.length < 2);
}

function list(what: string, items: readonly string[]): string {
  if (items.length === 0) return "";
  const more = items.length > LISTED ? `, and ${items.length - LISTED} more` : "";
  return `${items.length} ${what} (${items.slice(0, LISTED).map(short).join(", ")}${more})`;
}

/** Names come from the file: whatever they hold, an error stays one line. */
const short = (text: string): string => text.slice(0, 120).replace(/[^\x20-\x7e]/g, "?");

/** Where only the last layer differs, and only in its first side, the number of classes is the reason. */
function classesHint(shaped: readonly Parameter[], found: ReadonlyMap<string, StoredTensor>): string {
  const [first] = shaped;
  if (!first || shaped.length > 4) return "";
  const counts = (p: Parameter) => [found.get(p.name)!.shape[0], p.shape[0]] as const;
  const [theirs, ours] = counts(first);
  const rest = (shape: readonly number[]) => String(shape.slice(1));
  const only = shaped.every(
    (p) =>
      counts(p)[0] === theirs &&
      counts(p)[1] === ours &&
      theirs !== ours &&
      rest(p.shape) === rest(found.get(p.name)!.shape),
  );
  return only ? `: it was trained for ${theirs} classes, build the network with ${theirs} classes` : "";
}

function where({ inside, prefix }: WeightsFile): string {
  const notes = [
    inside && `read from its key "${short(inside)}"`,
    prefix && `"${short(prefix)}" taken off its names`,
  ].filter(Boolean);
  return notes.length > 0 ? `; ${notes.join(", ")}` : "";
}

function finite(data: Float32Array, tensor: StoredTensor, file: WeightsFile): Float32Array {
  for (let i = 0; i < data.length; i++)
    // True for NaN and for both infinities.
    if (data[i]! - data[i]! !== 0)
      throw new ModelError(
        `Cannot load "${file.name}": "${short(tensor.name)}" holds ${data[i]}, expected finite numbers`,
      );
  return data;
}
