/**
 * PyTorch checkpoints: the zip files of `torch.save` since 1.6 and the plain files before (torch/serialization.py,
 * `_save` and `_legacy_save`). Storages stay in the file until a tensor of theirs is read.
 */
import { type Bytes, Malformed, memoryBytes } from "./_bytes.js";
import { Cursor } from "./_cursor.js";
import { ELEMENT_BYTES, type ElementType, toFloat32 } from "./_elements.js";
import { unpickle } from "./_pickle.js";
import { Name, Reference, TensorValue, type Value } from "./_python.js";
import { findStateDict, type StateDict } from "./_state-dict.js";
import { MAX_TENSORS, type StoredTensor, sizeOf } from "./_tensor.js";
import { type Entry, readZip } from "./_zip.js";

const ELEMENTS: Readonly<Record<string, ElementType>> = {
  "torch DoubleStorage": "F64",
  "torch FloatStorage": "F32",
  "torch HalfStorage": "F16",
  "torch BFloat16Storage": "BF16",
  "torch LongStorage": "I64",
  "torch IntStorage": "I32",
  "torch ShortStorage": "I16",
  "torch CharStorage": "I8",
  "torch ByteStorage": "U8",
  "torch BoolStorage": "BOOL",
};

/** First pickle of a plain file, 0x1950a86a20f9469cfc6c as torch writes it. */
const LEGACY_HEAD = Buffer.from("80028a0a6cfc9c46f9206aa850192e", "hex");
const LEGACY_VERSION = 1001;
const MAX_PICKLE = 64 * 1024 * 1024;

/** What a checkpoint gives. */
export interface Checkpoint {
  readonly tensors: StoredTensor[];
  /** Keys of the dicts around the state dict, "" where it is the whole file. */
  readonly inside: string;
  /** What all names began with and was taken away: "module." of DataParallel. */
  readonly prefix: string;
}

export const isZip = (head: Uint8Array): boolean =>
  head[0] === 0x50 && head[1] === 0x4b && (head[2] === 3 || head[2] === 5);
export const isLegacy = (head: Uint8Array): boolean =>
  LEGACY_HEAD.equals(head.subarray(0, LEGACY_HEAD.length));

/** A storage: its elements, wherever they are. */
interface Storage {
  readonly type: ElementType;
  readonly length: number;
  /** Elements [from, to) as bytes. */
  read(from: number, to: number): Uint8Array<ArrayBuffer>;
}

/** The tensors of a zip checkpoint. @throws {Malformed} */
export function readZipCheckpoint(bytes: Bytes): Checkpoint {
  const entries = readZip(bytes);
  const names = [...entries.keys()];
  const pickle = names.filter((name) => /^(?:[^/]+\/)?data\.pkl$/.test(name));
  if (pickle.length !== 1)
    throw new Malformed("it is a zip file but no PyTorch checkpoint: expected one data.pkl inside");
  const folder = pickle[0]!.slice(0, -"data.pkl".length);
  if (entries.has(`${folder}constants.pkl`))
    throw new Malformed(
      "it is a TorchScript program, expected a checkpoint; save model.state_dict() instead",
    );
  const bigEndian = orderOf(entries.get(`${folder}byteorder`)) === "big";
  const value = unpickle(cursorOf(bytes, entries.get(pickle[0]!)!));

  const storages = new Map<string, Storage>();
  const checkpoint = tensorsOf(
    findStateDict(value),
    (reference) => {
      const { key, type, length } = describe(reference);
      const known = storages.get(key);
      if (known) return known.type === type && known.length === length ? known : mismatch();
      const entry = entries.get(`${folder}data/${key}`);
      if (!entry) throw new Malformed(`it ends early: "data/${key.slice(0, 40)}" is missing inside`);
      const width = ELEMENT_BYTES[type];
      if (entry.size !== length * width) mismatch();
      const storage = {
        type,
        length,
        read: (from: number, to: number) => sliceOf(bytes, entry, from * width, to * width),
      };
      storages.set(key, storage);
      return storage;
    },
    bigEndian,
  );
  return checkpoint;
}

function sliceOf(bytes: Bytes, entry: Entry, from: number, to: number): Uint8Array<ArrayBuffer> {
  return entry.stored === undefined
    ? new Uint8Array(entry.bytes().subarray(from, to))
    : bytes.read(entry.stored + from, to - from);
}

function cursorOf(bytes: Bytes, entry: Entry): Cursor {
  if (entry.size > MAX_PICKLE)
    throw new Malformed(`its pickle is ${entry.size} bytes long, expected at most ${MAX_PICKLE}`);
  return entry.stored === undefined
    ? new Cursor(memoryBytes(entry.bytes()))
    : new Cursor(bytes, entry.stored, entry.stored + entry.size);
}

function orderOf(entry: Entry | undefined): string {
  const text = !entry
    ? "little"
    : entry.size <= 16
      ? Buffer.from(entry.bytes()).toString("latin1").trim()
      : "";
  if (text !== "little" && text !== "big") throw new Malformed('its byteorder is neither "little" nor "big"');
  return text;
}

/** The tensors of a checkpoint in the format before PyTorch 1.6. @throws {Malformed} */
export function readLegacyCheckpoint(bytes: Bytes): Checkpoint {
  const cursor = new Cursor(bytes);
  unpickle(cursor);
  if (unpickle(cursor) !== LEGACY_VERSION) throw new Malformed("its format is not the one of torch.save");
  unpickle(cursor);
  const value = unpickle(cursor);
  const keys = unpickle(cursor);
  if (!Array.isArray(keys) || keys.length > MAX_TENSORS || new Set(keys).size !== keys.length)
    throw new Malformed("its list of storages is damaged");

  // Storages follow in the order of the keys, each after its length; their types are known from the pickle alone.
  const described = new Map<string, ReturnType<typeof describe>>();
  const dict = findStateDict(value);
  for (const reference of referencesIn(value)) {
    const storage = describe(reference);
    const known = described.get(storage.key);
    if (known && (known.type !== storage.type || known.length !== storage.length)) mismatch();
    described.set(storage.key, storage);
  }
  const storages = new Map<string, Storage>();
  let at = cursor.position;
  for (const key of keys) {
    const storage = typeof key === "string" ? described.get(key) : undefined;
    if (!storage) throw new Malformed("its list of storages is damaged");
    const { type, length } = storage;
    const stated = Buffer.from(bytes.read(at, 8).buffer).readBigInt64LE();
    if (stated !== BigInt(length)) mismatch();
    const start = at + 8;
    const width = ELEMENT_BYTES[type];
    at = start + length * width;
    if (at > bytes.size)
      throw new Malformed(`it ends early: expected at least ${at} bytes, got ${bytes.size}`);
    storages.set(storage.key, {
      type,
      length,
      read: (from, to) => bytes.read(start + from * width, (to - from) * width),
    });
  }
  return tensorsOf(dict, (reference) => storages.get(describe(reference).key) ?? mismatch(), false);
}

/** Every storage that a value refers to, each object looked at once. */
function referencesIn(value: Value): Reference[] {
  const found: Reference[] = [];
  const seen = new Set<Value>();
  const todo: Value[] = [value];
  while (todo.length > 0) {
    const next = todo.pop();
    if (typeof next !== "object" || seen.has(next)) continue;
    seen.add(next);
    if (next instanceof Reference) found.push(next);
    else if (next instanceof TensorValue) todo.push(next.storage);
    else if (next instanceof Map) for (const [k, v] of next) todo.push(k, v);
    else if (Array.isArray(next)) for (const v of next) todo.push(v);
  }
  return found;
}

/** ("storage", type, key, place, number of elements[, view]). */
function describe({ id }: Reference): { key: string; type: ElementType; length: number } {
  const [word, name, key, , length, view] = Array.isArray(id) ? id : [];
  const type = name instanceof Name ? ELEMENTS[name.text] : undefined;
  if (word !== "storage" || !type || typeof key !== "string" || typeof length !== "number")
    throw new Malformed("a tensor inside it refers to no storage");
  if (view !== undefined) throw new Malformed("it holds views of storages; save it with a current PyTorch");
  if (sizeOf([length]) === undefined || sizeOf([length, 8]) === undefined) mismatch();
  return { key, type, length };
}

const mismatch = (): never => {
  throw new Malformed("a storage inside it has another size than its tensors say");
};

function tensorsOf(
  { dict, inside, prefix }: StateDict,
  storageOf: (reference: Reference) => Storage,
  bigEndian: boolean,
): Checkpoint {
  const tensors: StoredTensor[] = [];
  for (const [name, value] of dict) {
    const storage = storageOf(value.storage);
    const view = viewOf(name, value, storage.length);
    tensors.push({
      name,
      type: storage.type,
      shape: value.shape,
      read: () => gather(toFloat32(storage.read(view.from, view.to), storage.type, bigEndian), value),
    });
  }
  return { tensors, inside, prefix };
}

/** The part of its storage that a tensor covers. */
function viewOf(
  name: string,
  { offset, shape, strides }: TensorValue,
  length: number,
): { from: number; to: number } {
  const size = sizeOf(shape);
  const usable =
    size !== undefined && strides.length === shape.length && sizeOf([offset]) === offset && size <= length;
  if (!usable || strides.some((s) => !Number.isSafeInteger(s) || s < 0))
    throw new Malformed(
      `tensor "${name.slice(0, 100)}" has no usable shape: [${shape.slice(0, 16)}] in ${length}`,
    );
  if (size === 0) return { from: 0, to: 0 };
  const last = shape.reduce((at, side, axis) => at + (side - 1) * strides[axis]!, offset);
  if (last >= length)
    throw new Malformed(
      `tensor "${name.slice(0, 100)}" reaches element ${last} of a storage of ${length} elements`,
    );
  return { from: offset, to: last + 1 };
}

/** Row-major order; nothing moves where the storage has it already. */
function gather(data: Float32Array, { shape, strides }: TensorValue): Float32Array {
  let plain = true;
  for (let axis = shape.length - 1, step = 1; axis >= 0; step *= shape[axis--]!)
    plain &&= shape[axis] === 1 || strides[axis] === step;
  const size = sizeOf(shape)!;
  if (plain || size === 0) return data;
  const out = new Float32Array(size);
  const index = new Array<number>(shape.length).fill(0);
  for (let k = 0, at = 0; k < size; k++) {
    out[k] = data[at]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}
