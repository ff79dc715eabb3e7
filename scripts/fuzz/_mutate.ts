/** Seeded damage of files: what transmission errors, other programs and people with bad intentions make of them. */

/** Uniform numbers in [0, 1). */
export type Random = () => number;

/** Mulberry32 by Tommy Ettinger (public domain). */
export function random(seed: number): Random {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A stream of numbers of its own for every input, so that one can be made again without those before it. */
export const randomOf = (seed: number, number: number): Random =>
  random(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(number + 1, 0xc2b2ae35));

export const below = (next: Random, n: number): number => Math.floor(next() * n);
export const oneOf = <T>(next: Random, of: readonly T[]): T => of[below(next, of.length)]!;

const INTEGERS = [0n, 1n, 2n, 127n, 128n, 255n, 256n, 32767n, 65535n, 2n ** 31n - 1n, 2n ** 31n].concat([
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
]);

/** Numbers as texts that parsers trip over. */
const NUMBERS = [
  "0",
  "-0",
  "-1",
  "1e308",
  "-1e308",
  "1e309",
  "1e-320",
  "NaN",
  "Infinity",
  "-Infinity",
  "0x10",
  "1e21",
]
  .concat([
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "9007199254740991",
    "9007199254740993",
    "1e999",
  ])
  .concat([
    "99999999999999999999999",
    "",
    " ",
    "1_000",
    "1,5",
    "٣",
    "true",
    "null",
    "+5",
    ".5",
    "5.",
    "--5",
    "1e",
    "0b1",
  ]);

/** What ends lines, texts and fields, and what looks like it. */
const PIECES = [
  "\n",
  "\r\n",
  "\r",
  "\0",
  "\u2028",
  "\ufeff",
  "\t",
  " ",
  ",",
  ";",
  '"',
  "'",
  "\\",
  "{",
  "}",
  "[",
  "]",
  ":",
  "#",
].concat([
  "=",
  "../",
  "/",
  "%",
  "%d",
  "%n",
  "__proto__",
  "constructor",
  "é",
  "😀",
  "\ud800",
  "\x1b[31m",
  "<",
  "&",
]);

/** Changes in one to five places. `words` are pieces that the format is made of, `others` inputs to take parts from. */
export function damage(
  bytes: Uint8Array,
  next: Random,
  {
    words = [],
    others = [],
  }: { readonly words?: readonly string[]; readonly others?: readonly Uint8Array[] } = {},
): Buffer {
  let out = Buffer.from(bytes);
  for (let k = Math.floor(5 * next() ** 2); k >= 0 && out.length > 0; k--)
    out = changed(out, next, words, others);
  return out;
}

function changed(
  out: Buffer,
  next: Random,
  words: readonly string[],
  others: readonly Uint8Array[],
): Buffer<ArrayBuffer> {
  const at = below(next, out.length);
  const put = (piece: Uint8Array, instead = 0) =>
    Buffer.concat([out.subarray(0, at), piece, out.subarray(at + instead)]);
  switch (below(next, 12)) {
    case 0: {
      const copy = Buffer.from(out);
      copy[at]! ^= 1 << below(next, 8);
      return copy;
    }
    case 1:
      return put(Buffer.of(below(next, 256)), 1);
    case 2: {
      const width = 2 ** below(next, 4);
      const number = Buffer.alloc(8);
      if (next() < 0.5) number.writeBigUInt64LE(oneOf(next, INTEGERS));
      else number.writeBigUInt64BE(BigInt.asUintN(64, oneOf(next, INTEGERS) << BigInt(64 - 8 * width)));
      return put(number.subarray(0, width), width);
    }
    case 3:
      return Buffer.from(out.subarray(0, at));
    case 4: {
      // A piece twice, or very often.
      const piece = out.subarray(at, at + 1 + below(next, 40));
      return put(Buffer.concat(Array(next() < 0.9 ? 1 : 1 + below(next, 60)).fill(piece)));
    }
    case 5:
      return put(Buffer.alloc(0), 1 + below(next, 20));
    case 6: {
      const other = others.length === 0 ? out : oneOf(next, others);
      const from = below(next, other.length + 1);
      return put(other.slice(from, from + below(next, 200)), next() < 0.5 ? below(next, 40) : 0);
    }
    case 7:
      return put(Buffer.from(oneOf(next, PIECES)), below(next, 2));
    case 8:
      return put(
        Buffer.from(oneOf(next, words.length > 0 ? words : PIECES)),
        next() < 0.5 ? below(next, 12) : 0,
      );
    case 9:
    case 10:
      return withNumber(out, next);
    default:
      return withLines(out, next);
  }
}

/** Another number in place of one that is there as text. */
function withNumber(out: Buffer, next: Random): Buffer<ArrayBuffer> {
  const text = out.toString("latin1");
  const found = [...text.matchAll(/-?\d[\d.]*/g)];
  if (found.length === 0) return Buffer.from(out);
  const { index, 0: old } = oneOf(next, found);
  return Buffer.concat([
    out.subarray(0, index),
    Buffer.from(oneOf(next, NUMBERS)),
    out.subarray(index + old.length),
  ]);
}

/** Lines left out, doubled, or in another order. */
function withLines(out: Buffer, next: Random): Buffer<ArrayBuffer> {
  const lines = out.toString("latin1").split("\n");
  const [a, b] = [below(next, lines.length), below(next, lines.length)];
  const how = below(next, 3);
  if (how === 0) lines.splice(a, 1);
  else if (how === 1) lines.splice(b, 0, lines[a]!);
  else [lines[a], lines[b]] = [lines[b]!, lines[a]!];
  return Buffer.from(lines.join("\n"), "latin1");
}

const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  0.5,
  1e308,
  -1e308,
  5e-324,
  2 ** 31,
  2 ** 32,
  2 ** 53,
]
  .concat([
    2 ** 53 + 2,
    1e21,
    "",
    "x",
    "\n",
    "../../etc/passwd",
    "/etc/passwd",
    "a\u0000b",
    "__proto__",
    "9".repeat(400),
  ] as never[])
  .concat([[], {}, [[]], [null], { a: 1 }, [1, 2, 3, 4], "é😀", "concat:a|b"] as never[]);

/** A JSON text with values that are of another kind, absurd, missing, doubled or additional. */
export function damageJson(text: string, next: Random): string {
  let value: unknown = JSON.parse(text);
  for (let k = below(next, 3); k >= 0; k--) value = changedValue(value, next);
  // A number that JSON.stringify would not write.
  return next() < 0.9 ? JSON.stringify(value) : JSON.stringify(value).replace(/\d+/, oneOf(next, NUMBERS));
}

function changedValue(value: unknown, next: Random): unknown {
  if (typeof value !== "object" || value === null || next() < 0.1) return oneOf(next, VALUES);
  if (Array.isArray(value)) {
    const copy: unknown[] = [...value];
    const at = below(next, copy.length + 1);
    const how = next();
    if (at === copy.length || how < 0.1) copy.splice(at, 0, next() < 0.5 ? copy[0] : oneOf(next, VALUES));
    else if (how < 0.2) copy.splice(at, 1);
    else copy[at] = changedValue(copy[at], next);
    return copy;
  }
  const entries = Object.entries(value);
  const at = below(next, entries.length + 1);
  const how = next();
  if (at === entries.length || how < 0.1)
    entries.push([oneOf(next, ["x", "", "__proto__", "toString", "type", "length"]), oneOf(next, VALUES)]);
  else if (how < 0.2) entries.splice(at, 1);
  else entries[at] = [entries[at]![0], changedValue(entries[at]![1], next)];
  return Object.fromEntries(entries);
}

const [VARINT, FIXED64, BYTES, FIXED32] = [0, 1, 2, 5];

interface WireField {
  readonly tag: number;
  readonly value: Buffer;
}

/** A protobuf message with fields changed at any depth, and every length around them put right. */
export function damageMessage(bytes: Uint8Array, next: Random, depth = 0): Buffer {
  const fields = fieldsOf(bytes);
  if (!fields || fields.length === 0 || depth > 12) return damage(bytes, next);
  const at = below(next, fields.length);
  const field = fields[at]!;
  const how = next();
  if (how < 0.06) fields.splice(at, 1);
  else if (how < 0.12)
    fields.splice(below(next, fields.length + 1), 0, ...Array(next() < 0.9 ? 1 : 50).fill(field));
  else if (how < 0.16)
    fields[at] = { ...field, tag: (below(next, 30) << 3) | oneOf(next, [VARINT, BYTES, FIXED32]) };
  else if (how < 0.2) fields.splice(at, 0, oneOf(next, fields));
  else if ((field.tag & 7) === VARINT)
    fields[at] = { ...field, value: varint(next() < 0.5 ? oneOf(next, INTEGERS) : BigInt(below(next, 40))) };
  else if ((field.tag & 7) === BYTES && fieldsOf(field.value)?.length)
    fields[at] = { ...field, value: damageMessage(field.value, next, depth + 1) };
  else fields[at] = { ...field, value: damage(field.value, next) };
  return Buffer.concat(
    fields.flatMap(({ tag, value }) => [
      varint(BigInt(tag)),
      ...((tag & 7) === BYTES ? [varint(BigInt(value.length))] : []),
      value,
    ]),
  );
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  for (; value > 127n; value >>= 7n) bytes.push(Number(value & 127n) | 128);
  return Buffer.from([...bytes, Number(value)]);
}

/** undefined where the bytes are no message. */
function fieldsOf(bytes: Uint8Array): WireField[] | undefined {
  const fields: WireField[] = [];
  let at = 0;
  const number = (): number => {
    let value = 0;
    for (let scale = 1; scale < 2 ** 70; scale *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    return Number.NaN;
  };
  while (at < bytes.length) {
    const tag = number();
    const from = at;
    let length = 0;
    if (!(tag >= 8 && tag < 2 ** 20)) return undefined;
    if ((tag & 7) === VARINT) number();
    else if ((tag & 7) === FIXED64) at += 8;
    else if ((tag & 7) === FIXED32) at += 4;
    else if ((tag & 7) === BYTES) {
      length = number();
      at += length;
    } else return undefined;
    if (!(at <= bytes.length)) return undefined;
    fields.push({ tag, value: Buffer.from(bytes.subarray((tag & 7) === BYTES ? at - length : from, at)) });
  }
  return fields;
}
