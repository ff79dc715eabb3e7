/** Small files of weights in every format, written as the published programs write them. */
import { crc32, deflateRawSync } from "node:zlib";

/** A tensor to be written: bytes of its elements, and how a storage is seen. */
export interface Given {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
  /** Name as in torch ("Float") or safetensors ("F32"). */
  readonly type: string;
  readonly strides?: readonly number[];
  readonly offset?: number;
}

export const floats = (values: readonly number[]): Uint8Array =>
  new Uint8Array(Float32Array.from(values).buffer);

export function safetensors(tensors: readonly Given[], metadata?: Record<string, string>): Buffer {
  let at = 0;
  const rows = tensors.map(({ name, type, shape, data }) => {
    const row = [name, { dtype: type, shape, data_offsets: [at, at + data.length] }];
    at += data.length;
    return row;
  });
  const header = Object.fromEntries(metadata ? [["__metadata__", metadata], ...rows] : rows);
  return safetensorsOf(JSON.stringify(header), Buffer.concat(tensors.map((t) => t.data)));
}

/** A file with this header, true or not. */
export function safetensorsOf(header: string, data: Uint8Array = Buffer.alloc(0)): Buffer {
  const text = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

/** Pickle instructions of protocol 2. */
export const op = {
  start: Buffer.from([0x80, 2]),
  stop: Buffer.from("."),
  mark: Buffer.from("("),
  global: (module: string, name: string) => Buffer.from(`c${module}\n${name}\n`),
  text(text: string): Buffer {
    const bytes = Buffer.from(text);
    const head = Buffer.from([0x58, 0, 0, 0, 0]);
    head.writeUInt32LE(bytes.length, 1);
    return Buffer.concat([head, bytes]);
  },
  int(value: number): Buffer {
    if (value === (value | 0)) {
      const bytes = Buffer.from([0x4a, 0, 0, 0, 0]);
      bytes.writeInt32LE(value, 1);
      return bytes;
    }
    const bytes = Buffer.from([0x8a, 8, 0, 0, 0, 0, 0, 0, 0, 0]);
    bytes.writeBigInt64LE(BigInt(value), 2);
    return bytes;
  },
  tuple: (...items: Buffer[]) => Buffer.concat([op.mark, ...items, Buffer.from("t")]),
  call: (callee: Buffer, ...items: Buffer[]) => Buffer.concat([callee, op.tuple(...items), Buffer.from("R")]),
  dict: (...pairs: [Buffer, Buffer][]) =>
    Buffer.concat([Buffer.from("}"), op.mark, ...pairs.flat(), Buffer.from("u")]),
  orderedDict: (...pairs: [Buffer, Buffer][]) =>
    Buffer.concat([
      op.call(op.global("collections", "OrderedDict")),
      op.mark,
      ...pairs.flat(),
      Buffer.from("u"),
    ]),
  none: Buffer.from("N"),
  no: Buffer.from([0x89]),
};

const WIDTHS: Readonly<Record<string, number>> = {
  Double: 8,
  Long: 8,
  Float: 4,
  Int: 4,
  Half: 2,
  BFloat16: 2,
  Bool: 1,
};

function tensor({ shape, strides, offset = 0, type, data }: Given, key: string): Buffer {
  const usual = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const storage = op.tuple(
    op.text("storage"),
    op.global("torch", `${type}Storage`),
    op.text(key),
    op.text("cpu"),
    op.int(data.length / WIDTHS[type]!),
  );
  return op.call(
    op.global("torch._utils", "_rebuild_tensor_v2"),
    Buffer.concat([storage, Buffer.from("Q")]),
    op.int(offset),
    op.tuple(...shape.map(op.int)),
    op.tuple(...(strides ?? usual).map(op.int)),
    op.no,
    op.call(op.global("collections", "OrderedDict")),
  );
}

/** The pickle of a state dict, perhaps under a key among other things. */
export function pickle(tensors: readonly Given[], key?: string): Buffer {
  const dict = op.orderedDict(
    ...tensors.map((t, k): [Buffer, Buffer] => [op.text(t.name), tensor(t, String(k))]),
  );
  // The versions of a module's layers, as state_dict() leaves them.
  const versions = op.dict([
    op.text("_metadata"),
    op.orderedDict([op.text(""), op.dict([op.text("version"), op.int(1)])]),
  ]);
  const built = Buffer.concat([dict, versions, Buffer.from("b")]);
  const value = key === undefined ? built : op.dict([op.text("epoch"), op.int(3)], [op.text(key), built]);
  return Buffer.concat([op.start, value, op.stop]);
}

/** A zip checkpoint of torch.save since 1.6. */
export function zipCheckpoint(
  tensors: readonly Given[],
  options: { key?: string; deflate?: boolean; zip64?: boolean; byteorder?: string } = {},
): Buffer {
  return zip(
    [
      ["archive/data.pkl", pickle(tensors, options.key)],
      ["archive/byteorder", Buffer.from(options.byteorder ?? "little")],
      ...tensors.map((t, k): [string, Uint8Array] => [`archive/data/${k}`, t.data]),
      ["archive/version", Buffer.from("3\n")],
    ],
    options,
  );
}

/** A checkpoint of torch.save before 1.6. */
export function legacyCheckpoint(tensors: readonly Given[], key?: string): Buffer {
  const one = (value: Buffer) => Buffer.concat([op.start, value, op.stop]);
  const lengths = tensors.map(({ data, type }) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(data.length / WIDTHS[type]!));
    return bytes;
  });
  const keys = tensors.map((_, k) => op.text(String(k)));
  return Buffer.concat([
    Buffer.from("80028a0a6cfc9c46f9206aa850192e", "hex"),
    one(op.int(1001)),
    one(op.dict([op.text("little_endian"), Buffer.from([0x88])])),
    withViews(pickle(tensors, key)),
    one(Buffer.concat([Buffer.from("]"), op.mark, ...keys, Buffer.from("e")])),
    ...tensors.flatMap((t, k) => [lengths[k]!, t.data]),
  ]);
}

/** References of that time end in the view of the storage, None: ..., number of elements, None). */
function withViews(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString("latin1").replaceAll("tQ", "NtQ"), "latin1");
}

/** A zip file; entries start at multiples of 64, as torch's do. */
export function zip(
  files: readonly [name: string, data: Uint8Array][],
  { deflate = false, zip64 = false } = {},
): Buffer {
  const parts: Buffer[] = [];
  const rows: Buffer[] = [];
  let at = 0;
  for (const [name, data] of files) {
    const bytes = deflate ? deflateRawSync(data) : Buffer.from(data);
    const label = Buffer.from(name);
    const gap = (64 - ((at + 30 + label.length + 4) % 64)) % 64;
    const local = Buffer.alloc(30 + label.length + 4 + gap);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(deflate ? 8 : 0, 8);
    local.writeUInt32LE(crc32(data), 14);
    local.writeUInt32LE(bytes.length, 18);
    local.writeUInt32LE(data.length, 22);
    local.writeUInt16LE(label.length, 26);
    local.writeUInt16LE(4 + gap, 28);
    label.copy(local, 30);
    local.write("FB", 30 + label.length, "latin1");
    local.writeUInt16LE(gap, 32 + label.length);

    const extra = Buffer.alloc(zip64 ? 28 : 0);
    if (zip64) {
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(24, 2);
      for (const [k, value] of [data.length, bytes.length, at].entries())
        extra.writeBigUInt64LE(BigInt(value), 4 + 8 * k);
    }
    const row = Buffer.alloc(46);
    row.writeUInt32LE(0x02014b50, 0);
    row.writeUInt16LE(deflate ? 8 : 0, 10);
    row.writeUInt32LE(crc32(data), 16);
    row.writeUInt32LE(zip64 ? 0xffffffff : bytes.length, 20);
    row.writeUInt32LE(zip64 ? 0xffffffff : data.length, 24);
    row.writeUInt16LE(label.length, 28);
    row.writeUInt16LE(extra.length, 30);
    row.writeUInt32LE(zip64 ? 0xffffffff : at, 42);
    rows.push(Buffer.concat([row, label, extra]));
    parts.push(local, bytes);
    at += local.length + bytes.length;
  }
  const table = Buffer.concat(rows);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(table.length, 12);
  end.writeUInt32LE(at, 16);
  if (!zip64) return Buffer.concat([...parts, table, end]);
  const end64 = Buffer.alloc(76);
  end64.writeUInt32LE(0x06064b50, 0);
  end64.writeBigUInt64LE(44n, 4);
  end64.writeBigUInt64LE(BigInt(files.length), 24);
  end64.writeBigUInt64LE(BigInt(files.length), 32);
  end64.writeBigUInt64LE(BigInt(table.length), 40);
  end64.writeBigUInt64LE(BigInt(at), 48);
  end64.writeUInt32LE(0x07064b50, 56);
  end64.writeBigUInt64LE(BigInt(at + table.length), 64);
  end64.writeUInt32LE(1, 72);
  end.fill(0xff, 8, 20);
  return Buffer.concat([...parts, table, end64, end]);
}
