/** Element types of stored tensors, and their way to float32. */

/** Bytes per element, by the name that safetensors gives the type. */
export const ELEMENT_BYTES = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;
/** An element type, named as in safetensors. */
export type ElementType = keyof typeof ELEMENT_BYTES;

/** True for the types that weights have. */
export const isFloat = (type: ElementType): boolean => /F\d/.test(type);

/**
 * Elements as float32; `bytes` starts at a multiple of 8 and may be used for the result. Float64 and integers are
 * rounded to the nearest float32.
 */
export function toFloat32(
  bytes: Uint8Array<ArrayBuffer>,
  type: ElementType,
  bigEndian = false,
): Float32Array {
  const width = ELEMENT_BYTES[type];
  if (bigEndian) swap(bytes, width);
  const n = bytes.length / width;
  const { buffer, byteOffset: at } = bytes;
  switch (type) {
    case "F32":
      return new Float32Array(buffer, at, n);
    case "F64":
      return Float32Array.from(new Float64Array(buffer, at, n));
    case "F16":
      return mapped(new Uint16Array(buffer, at, n), halves());
    case "BF16":
      return upper(new Uint16Array(buffer, at, n));
    case "I64":
      return Float32Array.from(new BigInt64Array(buffer, at, n), Number);
    case "U64":
      return Float32Array.from(new BigUint64Array(buffer, at, n), Number);
    case "I32":
      return Float32Array.from(new Int32Array(buffer, at, n));
    case "U32":
      return Float32Array.from(new Uint32Array(buffer, at, n));
    case "I16":
      return Float32Array.from(new Int16Array(buffer, at, n));
    case "U16":
      return Float32Array.from(new Uint16Array(buffer, at, n));
    case "I8":
      return Float32Array.from(new Int8Array(buffer, at, n));
    case "U8":
    case "BOOL":
      return Float32Array.from(bytes);
  }
}

function swap(bytes: Uint8Array<ArrayBuffer>, width: number): void {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (width === 2) whole.swap16();
  else if (width === 4) whole.swap32();
  else if (width === 8) whole.swap64();
}

/** bfloat16 is the upper half of float32. */
function upper(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
  return new Float32Array(words.buffer);
}

function mapped(codes: Uint16Array, table: Float32Array): Float32Array {
  const out = new Float32Array(codes.length);
  for (let i = 0; i < out.length; i++) out[i] = table[codes[i]!]!;
  return out;
}

let table: Float32Array | undefined;

/** The value of each of the 65536 halves (IEEE 754 binary16). */
function halves(): Float32Array {
  table ??= Float32Array.from({ length: 65536 }, (_, code) => {
    const sign = code & 0x8000 ? -1 : 1;
    const exponent = (code >> 10) & 31;
    const fraction = code & 1023;
    if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return sign * (exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24);
  });
  return table;
}
