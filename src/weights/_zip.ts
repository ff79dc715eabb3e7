/** The directory of a zip file (PKWARE APPNOTE 6.3, zip64 included), and its entries' bytes. */
import { inflateRawSync } from "node:zlib";
import { type Bytes, Malformed } from "./_bytes.js";

/** A file inside the zip file. */
export interface Entry {
  readonly name: string;
  /** Bytes once unpacked. */
  readonly size: number;
  /** Where its bytes are when they are stored as they are; undefined where they are compressed. */
  readonly stored?: number;
  /** All of its bytes. */
  bytes(): Uint8Array<ArrayBuffer>;
}

const END = 0x06054b50;
const END64_LOCATOR = 0x07064b50;
const END64 = 0x06064b50;
const DIRECTORY_ROW = 0x02014b50;
const LOCAL = 0x04034b50;

const MAX_ENTRIES = 200_000;
const MAX_DIRECTORY = 64 * 1024 * 1024;
/** Weights barely compress; what is small and unpacks to much more than itself was made to fill memory. */
const MAX_RATIO = 20;
const SMALL = 16 * 1024 * 1024;
const NAME_BYTES = 4096;

/** The entries of a zip file by name; their bytes are read when asked for. @throws {Malformed} */
export function readZip(bytes: Bytes): Map<string, Entry> {
  const { count, size, offset } = findDirectory(bytes);
  if (count > MAX_ENTRIES || size > MAX_DIRECTORY)
    throw new Malformed(`expected at most ${MAX_ENTRIES} files inside, got ${count} in ${size} bytes`);
  if (offset + size > bytes.size) throw damaged();
  const table = Buffer.from(bytes.read(offset, size).buffer);
  const entries = new Map<string, Entry>();
  const places: [start: number, end: number][] = [];
  let at = 0;
  for (let k = 0; k < count; k++) {
    if (at + 46 > size || table.readUInt32LE(at) !== DIRECTORY_ROW) throw damaged();
    const flags = table.readUInt16LE(at + 8);
    const method = table.readUInt16LE(at + 10);
    const nameLength = table.readUInt16LE(at + 28);
    const extraLength = table.readUInt16LE(at + 30);
    const next = at + 46 + nameLength + extraLength + table.readUInt16LE(at + 32);
    if (next > size || nameLength > NAME_BYTES) throw damaged();
    const name = table.toString("utf8", at + 46, at + 46 + nameLength);
    const extra = table.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
    const [unpacked, packed, local] = sizes(
      [table.readUInt32LE(at + 24), table.readUInt32LE(at + 20), table.readUInt32LE(at + 42)],
      extra,
    );
    at = next;
    if (entries.has(name)) throw new Malformed(`it holds "${name.slice(0, 100)}" twice`);
    if (local + 30 + nameLength + packed > offset) throw damaged();
    places.push([local, local + 30 + nameLength + packed]);
    entries.set(name, entryOf(bytes, { name, flags, method, unpacked, packed, local, end: offset }));
  }
  // Entries that share bytes are how small files unpack to huge ones.
  places.sort((a, b) => a[0] - b[0]);
  for (let k = 1; k < places.length; k++)
    if (places[k]![0] < places[k - 1]![1]) throw new Malformed("files inside it overlap");
  return entries;
}

interface Row {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly unpacked: number;
  readonly packed: number;
  readonly local: number;
  readonly end: number;
}

function entryOf(bytes: Bytes, row: Row): Entry {
  const { name, flags, method, unpacked, packed } = row;
  if (flags & 1) throw new Malformed(`"${name}" inside it is encrypted`);
  if (method === 0) {
    if (unpacked !== packed) throw damaged();
    return {
      name,
      size: unpacked,
      // The local header has a length of its own for padding: looked up once an entry is wanted.
      get stored() {
        return dataOf(bytes, row);
      },
      bytes: () => bytes.read(dataOf(bytes, row), unpacked),
    };
  }
  if (method !== 8)
    throw new Malformed(`"${name}" inside it is compressed by method ${method}, expected stored or deflated`);
  if (unpacked > Math.max(SMALL, packed * MAX_RATIO))
    throw new Malformed(`"${name}" inside it claims to unpack from ${packed} to ${unpacked} bytes`);
  return {
    name,
    size: unpacked,
    bytes() {
      let out: Buffer;
      try {
        out = inflateRawSync(bytes.read(dataOf(bytes, row), packed), {
          maxOutputLength: Math.max(unpacked, 1),
        });
      } catch (cause) {
        throw new Malformed(`"${name}" inside it does not unpack to ${unpacked} bytes`, { cause });
      }
      if (out.length !== unpacked)
        throw new Malformed(`"${name}" inside it unpacks to ${out.length} bytes, expected ${unpacked}`);
      return new Uint8Array(out);
    },
  };
}

/** Where an entry's bytes start: after its local header. */
function dataOf(bytes: Bytes, { name, local, packed, end }: Row): number {
  const head = Buffer.from(bytes.read(local, 30).buffer);
  if (head.readUInt32LE(0) !== LOCAL) throw damaged();
  const nameLength = head.readUInt16LE(26);
  const start = local + 30 + nameLength + head.readUInt16LE(28);
  if (start + packed > end) throw damaged();
  if (Buffer.from(bytes.read(local + 30, nameLength).buffer).toString("utf8") !== name) throw damaged();
  return start;
}

/** Sizes and offset; those that are all ones stand in the zip64 field, in this order. */
function sizes(values: [number, number, number], extra: Buffer): [number, number, number] {
  if (!values.includes(0xffffffff)) return values;
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = extra.readUInt16LE(at + 2);
    const field = extra.subarray(at + 4, at + 4 + length);
    if (extra.readUInt16LE(at) === 1) {
      let k = 0;
      const whole = values.map((value) => (value === 0xffffffff ? long(field, 8 * k++) : value));
      return whole as [number, number, number];
    }
    at += 4 + length;
  }
  throw damaged();
}

function long(bytes: Buffer, at: number): number {
  if (at + 8 > bytes.length) throw damaged();
  const value = Number(bytes.readBigUInt64LE(at));
  if (!Number.isSafeInteger(value)) throw damaged();
  return value;
}

function findDirectory(bytes: Bytes): { count: number; size: number; offset: number } {
  // The end record is last, but for a comment of up to 65535 bytes.
  const length = Math.min(bytes.size, 22 + 65535);
  const tail = Buffer.from(bytes.read(bytes.size - length, length).buffer);
  let at = length - 22;
  while (at >= 0 && tail.readUInt32LE(at) !== END) at--;
  if (at < 0) throw new Malformed("it ends early: its zip directory is missing");
  const count = tail.readUInt16LE(at + 10);
  const size = tail.readUInt32LE(at + 12);
  const offset = tail.readUInt32LE(at + 16);
  const locator = at - 20;
  if (locator < 0 || tail.readUInt32LE(locator) !== END64_LOCATOR) return { count, size, offset };
  const end64 = Buffer.from(bytes.read(long(tail, locator + 8), 56).buffer);
  if (end64.readUInt32LE(0) !== END64) throw damaged();
  return { count: long(end64, 32), size: long(end64, 40), offset: long(end64, 48) };
}

const damaged = (): Malformed => new Malformed("its zip directory is damaged");
