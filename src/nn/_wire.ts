/**
 * ONNX files by the wire format (protobuf): fields are moved as the bytes they are, so that nothing is lost that
 * src/nn/proto.ts does not know, and weights are copied once.
 */
import protobuf from "protobufjs/light.js";

/** One field of a message. */
export interface Field {
  readonly id: number;
  /** Tag, length and payload: what is copied to keep the field. */
  readonly raw: Uint8Array;
  /** What is inside, for strings, bytes and messages; empty for numbers. */
  readonly payload: Uint8Array;
  /** For whole numbers, their lower 32 bits. */
  readonly number: number;
}

const VARINT = 0;
const BYTES = 2;

/**
 * The fields of a message in their order.
 *
 * @throws {SyntaxError} when the bytes are not a message or end early.
 */
export function* fieldsOf(message: Uint8Array): Generator<Field> {
  const reader = protobuf.Reader.create(message);
  while (reader.pos < message.length) {
    const from = reader.pos;
    let id: number;
    let payload = message.subarray(0, 0);
    let number = 0;
    try {
      const tag = reader.uint32();
      id = tag >>> 3;
      if ((tag & 7) === BYTES) {
        const length = reader.uint32();
        payload = message.subarray(reader.pos, reader.pos + length);
        reader.skip(length);
      } else if ((tag & 7) === VARINT) number = reader.uint32();
      else reader.skipType(tag & 7);
    } catch (cause) {
      throw new SyntaxError("not an ONNX model: the bytes do not decode", { cause });
    }
    yield { id, raw: message.subarray(from, reader.pos), payload, number };
  }
}

/** Far beyond any real graph; a crafted file has one in two bytes. */
const MAX_FIELDS = 1_000_000;

/**
 * All of them at once.
 *
 * @throws {SyntaxError} when the bytes are not a message, end early, or hold more fields than any model does.
 */
export function listFields(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  for (const field of fieldsOf(message))
    if (fields.push(field) > MAX_FIELDS)
      throw new SyntaxError(`not an ONNX model: more than ${MAX_FIELDS} parts in one`);
  return fields;
}

/** The first field of that number. */
export function fieldOf(message: Uint8Array, id: number): Field | undefined {
  for (const field of fieldsOf(message)) if (field.id === id) return field;
  return undefined;
}

/** The text in the first field of that number; "" where there is none, as in protobuf. */
export const textIn = (message: Uint8Array, id: number): string =>
  new TextDecoder().decode(fieldOf(message, id)?.payload);

/** A message as a field of another one, in parts: the tag with the length, then what it is made of. */
export function messageField(id: number, parts: readonly Uint8Array[]): Uint8Array[] {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return [
    protobuf.Writer.create()
      .uint32((id << 3) | BYTES)
      .uint32(length)
      .finish(),
    ...parts,
  ];
}

/** A whole number as a field. */
export const numberField = (id: number, value: number): Uint8Array =>
  protobuf.Writer.create()
    .uint32((id << 3) | VARINT)
    .uint32(value)
    .finish();

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
