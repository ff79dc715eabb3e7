/** Safetensors files: a JSON header, then all tensors (https://github.com/huggingface/safetensors, "Format"). */
import { type Bytes, Malformed } from "./_bytes.js";
import { ELEMENT_BYTES, type ElementType, toFloat32 } from "./_elements.js";
import { MAX_RANK, MAX_TENSORS, type StoredTensor, sizeOf } from "./_tensor.js";

/** The format's own limit is 100 MB; a header this long names more than a hundred thousand tensors. */
const MAX_HEADER = 16 * 1024 * 1024;

/** Whether these bytes may begin such a file: a plausible length, then an object. */
export function isSafetensors(head: Uint8Array): boolean {
  return head.length >= 9 && head[8] === 0x7b && head[7] === 0;
}

/** The tensors of a safetensors file; only the header is read. @throws {Malformed} */
export function readSafetensors(bytes: Bytes): StoredTensor[] {
  const length = Number(Buffer.from(bytes.read(0, 8)).readBigUInt64LE());
  if (length > bytes.size - 8)
    throw new Malformed(`it ends early: expected a header of ${length} bytes, got ${bytes.size - 8}`);
  if (length > MAX_HEADER)
    throw new Malformed(`expected a header of at most ${MAX_HEADER} bytes, got ${length}`);
  const start = 8 + length;
  const rows = Object.entries(parse(bytes.read(8, length))).filter(([name]) => name !== "__metadata__");
  if (rows.length > MAX_TENSORS)
    throw new Malformed(`expected at most ${MAX_TENSORS} tensors, got ${rows.length}`);

  const places = rows.map(([name, row]) => placeOf(name, row));
  // The format allows no gaps and no overlaps: hidden or shared bytes mean a damaged or crafted file.
  let end = 0;
  for (const { name, from, to } of [...places].sort((a, b) => a.from - b.from || a.to - b.to)) {
    if (from !== end)
      throw new Malformed(`tensor "${name}" starts at byte ${from} of the data, expected ${end}`);
    end = to;
  }
  if (start + end !== bytes.size)
    throw new Malformed(
      start + end > bytes.size
        ? `it ends early: expected ${start + end} bytes, got ${bytes.size}`
        : `expected ${start + end} bytes, got ${bytes.size}`,
    );
  return places.map(({ name, type, shape, from, to }) => ({
    name,
    type,
    shape,
    read: () => toFloat32(bytes.read(start + from, to - from), type),
  }));
}

function parse(header: Uint8Array): Record<string, unknown> {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(header);
    value = JSON.parse(text);
  } catch (cause) {
    throw new Malformed("its header is not JSON", { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Malformed("its header is not a table of tensors");
  // JSON.parse keeps the last of equal names; a tensor would be lost without a word.
  const names = countTopLevelKeys(text);
  if (names !== Object.keys(value).length) throw new Malformed("its header names a tensor twice");
  return value as Record<string, unknown>;
}

/** Keys of the outermost object of valid JSON, repeated ones counted each time. */
function countTopLevelKeys(text: string): number {
  let depth = 0;
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '"') {
      for (i++; text[i] !== '"'; i++) if (text[i] === "\\") i++;
    } else if (c === "{" || c === "[") depth++;
    else if (c === "}" || c === "]") depth--;
    else if (c === ":" && depth === 1) count++;
  }
  return count;
}

interface Place {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly from: number;
  readonly to: number;
}

function placeOf(name: string, row: unknown): Place {
  const { dtype, shape, data_offsets: offsets } = (row ?? {}) as Record<string, unknown>;
  const shown = name.slice(0, 100);
  if (typeof dtype !== "string" || !Object.hasOwn(ELEMENT_BYTES, dtype))
    throw new Malformed(
      `tensor "${shown}" has the type ${String(JSON.stringify(dtype)).slice(0, 40)}, expected one of ${Object.keys(ELEMENT_BYTES).join(", ")}`,
    );
  const type = dtype as ElementType;
  const size = Array.isArray(shape) ? sizeOf(shape) : undefined;
  if (size === undefined)
    throw new Malformed(`tensor "${shown}" has no usable shape: expected up to ${MAX_RANK} whole numbers`);
  const [from, to] = Array.isArray(offsets) && offsets.length === 2 ? offsets : [];
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0)
    throw new Malformed(`tensor "${shown}" has no usable data_offsets`);
  if (to - from !== size * ELEMENT_BYTES[type])
    throw new Malformed(
      `tensor "${shown}" has ${to - from} bytes, its shape [${shape}] in ${type} needs ${size * ELEMENT_BYTES[type]}`,
    );
  return { name, type, shape: shape as number[], from, to };
}
