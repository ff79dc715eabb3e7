/**
 * Walks the wire format of an ONNX file (protobuf, onnx.proto) without loading it: tensors' bytes are skipped, so
 * a model of any size costs a few kilobytes. It finds what must be known before a runtime may open the file.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** One tensor's reference to bytes in another file. */
export interface ExternalData {
  readonly location: string;
  readonly offset: number;
  /** Undefined: to the end of the file. */
  readonly length?: number;
}

/** The bytes are not ONNX, or end early. The message says which. */
export class MalformedOnnx extends Error {}

// Field numbers of onnx.proto that lead to tensors, wherever they may hide.
const MESSAGES = {
  model: { 7: "graph", 20: "training", 25: "function" },
  training: { 1: "graph", 2: "graph" },
  function: { 7: "node", 11: "attribute" },
  graph: { 1: "node", 5: "tensor", 15: "sparse" },
  node: { 5: "attribute" },
  attribute: { 5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse" },
  sparse: { 1: "tensor", 2: "tensor" },
  tensor: { 13: "entry" },
  entry: {},
} as const;
type MessageName = keyof typeof MESSAGES;
type Inner = Readonly<Record<number, MessageName | undefined>>;

// Wire types (https://protobuf.dev/programming-guides/encoding).
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
/** Far beyond any real model; keeps a crafted file from exhausting the stack. */
const MAX_DEPTH = 100;
/** Keys and paths; anything longer is not one. */
const MAX_TEXT = 4096;
const WINDOW = 4096;

/**
 * Every reference to bytes outside the ONNX file at `path`.
 *
 * @throws {MalformedOnnx} when the file is not a complete ONNX model.
 */
export function externalDataOf(path: string): ExternalData[] {
  const file = openSync(path, "r");
  try {
    return new Walker(file, fstatSync(file).size).run();
  } finally {
    closeSync(file);
  }
}

class Walker {
  readonly #file: number;
  readonly #size: number;
  readonly #window = new Uint8Array(WINDOW);
  #windowStart = 0;
  #windowLength = 0;
  #position = 0;
  #nodes = 0;
  #graphSeen = false;
  readonly #found: ExternalData[] = [];
  /** Of the tensor being read: key and value pairs that describe its external data. */
  #entries = new Map<string, string>();

  constructor(file: number, size: number) {
    this.#file = file;
    this.#size = size;
  }

  run(): ExternalData[] {
    this.#message("model", this.#size, 0);
    if (this.#nodes === 0) throw new MalformedOnnx("it is not an ONNX model");
    return this.#found;
  }

  #message(name: MessageName, end: number, depth: number): void {
    if (depth > MAX_DEPTH) throw new MalformedOnnx("its graphs are nested too deeply");
    if (name === "node") this.#nodes++;
    if (name === "graph") this.#graphSeen = true;
    if (name === "tensor") this.#entries = new Map();
    const inner: Inner = MESSAGES[name];
    let key = "";
    let value = "";
    while (this.#position < end) {
      const tag = this.#varint(end);
      const field = Math.floor(tag / 8);
      const type = tag % 8;
      if (field === 0) throw this.#malformed();
      if (type === VARINT) this.#varint(end);
      else if (type === FIXED64) this.#skip(8, end);
      else if (type === FIXED32) this.#skip(4, end);
      else if (type === BYTES) {
        const length = this.#varint(end);
        const stop = this.#position + length;
        const next = inner[field];
        // The graph is by far the largest part: a file that was cut off was cut off inside it.
        if (stop > end && next === "graph" && depth === 0)
          throw new MalformedOnnx(`it ends early: expected at least ${stop} bytes, got ${end}`);
        if (stop > end) throw this.#malformed();
        if (next) this.#message(next, stop, depth + 1);
        else if (name === "entry" && field === 1) key = this.#text(length, end);
        else if (name === "entry" && field === 2) value = this.#text(length, end);
        else this.#position = stop;
      } else throw this.#malformed();
    }
    if (name === "entry") this.#entries.set(key, value);
    if (name === "tensor" && this.#entries.size > 0) this.#found.push(externalData(this.#entries));
  }

  #malformed(): MalformedOnnx {
    return new MalformedOnnx(this.#graphSeen ? "its bytes are damaged" : "it is not an ONNX model");
  }

  #skip(bytes: number, end: number): void {
    this.#position += bytes;
    if (this.#position > end) throw this.#malformed();
  }

  /** Inexact beyond 2^53, where a length is too long for any file anyway. */
  #varint(end: number): number {
    let value = 0;
    for (let scale = 1, i = 0; i < 10; i++, scale *= 128) {
      const byte = this.#byte(end);
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw this.#malformed();
  }

  #text(length: number, end: number): string {
    if (length > MAX_TEXT) throw this.#malformed();
    return Buffer.from(Array.from({ length }, () => this.#byte(end))).toString("utf8");
  }

  #byte(end: number): number {
    if (this.#position >= end) throw this.#malformed();
    let at = this.#position - this.#windowStart;
    if (at < 0 || at >= this.#windowLength) {
      this.#windowStart = this.#position;
      this.#windowLength = readSync(this.#file, this.#window, 0, WINDOW, this.#position);
      if (this.#windowLength === 0) throw this.#malformed();
      at = 0;
    }
    this.#position++;
    return this.#window[at]!;
  }
}

function externalData(entries: ReadonlyMap<string, string>): ExternalData {
  const number = (key: string): number | undefined => {
    const text = entries.get(key);
    if (text === undefined) return undefined;
    if (!/^\d{1,15}$/.test(text)) throw new MalformedOnnx(`its weights have the ${key} "${text}"`);
    return Number(text);
  };
  return {
    location: entries.get("location") ?? "",
    offset: number("offset") ?? 0,
    length: number("length"),
  };
}
