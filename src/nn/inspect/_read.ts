/**
 * Reads an ONNX file (protobuf, onnx.proto) without its weights: a file of any size costs a window of it, and what is
 * kept has a limit. Nothing that the file claims is believed before its bytes are there.
 */
import type { ModelError } from "../../errors.js";
import {
  type Attribute,
  bytesPerElement,
  complaint,
  type Declared,
  FEW,
  MAX_RANK,
  type PlainGraph,
  type PlainModel,
  type PlainNode,
  type Stored,
} from "./_graph.js";

/** Bytes somewhere, such as an open file. */
export interface ByteSource {
  readonly size: number;
  /** Fills `target` from `position` on; returns how many bytes there were. */
  read(target: Uint8Array, position: number): number;
}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
const WINDOW = 1 << 16;
/** Graphs inside graphs; real ones have three. */
const MAX_DEPTH = 16;
/** What is kept of a file, in bytes, an object counted as 100: a graph of 200,000 nodes stays below. */
const BUDGET = 100e6;
const OBJECT = 100;
/** Names and paths; anything longer is not one. */
const MAX_TEXT = 4096;
const DECODER = new TextDecoder();

/** @throws {ModelError} when the bytes are not a whole ONNX model, or hold more than a graph can. */
export function readModel(source: ByteSource, name: string): PlainModel {
  return new Reader(source, name).model();
}

/** Called for every field: its number, its wire type, and where it ends (bytes only). */
type OnField = (field: number, wire: number, end: number) => void;

class Reader {
  readonly #source: ByteSource;
  readonly #name: string;
  readonly #window: Uint8Array;
  readonly #view: DataView;
  #windowStart = 0;
  #windowEnd = 0;
  #position = 0;
  #left = BUDGET;
  #depth = 0;

  constructor(source: ByteSource, name: string) {
    this.#source = source;
    this.#name = name;
    this.#window = new Uint8Array(Math.max(1, Math.min(WINDOW, source.size)));
    this.#view = new DataView(this.#window.buffer);
  }

  model(): PlainModel {
    if (this.#source.size === 0) throw this.#error("the file is empty, expected an ONNX model");
    let graph: PlainGraph | undefined;
    let opset: number | undefined;
    let producer = "";
    this.#message(this.#source.size, (field, wire, end) => {
      if (field === 7 && wire === BYTES) graph = this.#graph(end);
      else if (field === 2 && wire === BYTES) producer = this.#text(end);
      else if (field === 8 && wire === BYTES) {
        const { domain, version } = this.#opset(end);
        if (domain === "" || domain === "ai.onnx") opset = version;
      } else this.#skip(wire, end);
    });
    if (!graph || graph.nodes.length === 0) throw this.#error("it is not an ONNX model: it holds no graph");
    return { graph, opset, producer };
  }

  #opset(end: number): { domain: string; version: number } {
    let domain = "";
    let version = 0;
    this.#message(end, (field, wire, stop) => {
      if (field === 1 && wire === BYTES) domain = this.#text(stop);
      else if (field === 2 && wire === VARINT) version = this.#integer(end);
      else this.#skip(wire, stop);
    });
    return { domain, version };
  }

  #graph(end: number): PlainGraph {
    if (++this.#depth > MAX_DEPTH) throw this.#error("its graphs are nested too deeply");
    const nodes: PlainNode[] = [];
    const stored: Stored[] = [];
    const inputs: Declared[] = [];
    const outputs: Declared[] = [];
    const inner: Declared[] = [];
    let name = "";
    this.#message(end, (field, wire, stop) => {
      if (wire !== BYTES) this.#skip(wire, stop);
      else if (field === 1) nodes.push(this.#node(stop));
      else if (field === 2) name = this.#text(stop);
      else if (field === 5) stored.push(this.#tensor(stop));
      else if (field === 11) inputs.push(this.#declared(stop));
      else if (field === 12) outputs.push(this.#declared(stop));
      else if (field === 13) inner.push(this.#declared(stop));
      else this.#position = stop;
    });
    this.#depth--;
    return { name, nodes, stored, inputs, outputs, inner };
  }

  #node(end: number): PlainNode {
    this.#keep(3 * OBJECT);
    const inputs: string[] = [];
    const outputs: string[] = [];
    const attributes = new Map<string, Attribute>();
    let [name, op, domain] = ["", "", ""];
    this.#message(end, (field, wire, stop) => {
      if (wire !== BYTES) this.#skip(wire, stop);
      else if (field === 1) inputs.push(this.#text(stop));
      else if (field === 2) outputs.push(this.#text(stop));
      else if (field === 3) name = this.#text(stop);
      else if (field === 4) op = this.#text(stop);
      else if (field === 5) this.#attribute(stop, attributes);
      else if (field === 7) domain = this.#text(stop);
      else this.#position = stop;
    });
    return { name, op, domain, inputs, outputs, attributes };
  }

  #attribute(end: number, into: Map<string, Attribute>): void {
    this.#keep(OBJECT);
    let name = "";
    const value: { -readonly [K in keyof Attribute]: Attribute[K] } = {};
    this.#message(end, (field, wire, stop) => {
      if (field === 1 && wire === BYTES) name = this.#text(stop);
      else if (field === 2 && wire === FIXED32) value.f = this.#float(end);
      else if (field === 3 && wire === VARINT) value.i = this.#integer(end);
      else if (field === 4 && wire === BYTES && stop - this.#position <= MAX_TEXT) value.s = this.#text(stop);
      else if (field === 5 && wire === BYTES) value.t = this.#tensor(stop);
      else if (field === 6 && wire === BYTES) value.g = this.#graph(stop);
      else if (field === 7) value.floats = this.#numbers(value.floats, wire, FIXED32, stop);
      else if (field === 8) value.ints = this.#numbers(value.ints, wire, VARINT, stop);
      else this.#skip(wire, stop);
    });
    into.set(name, value);
  }

  #declared(end: number): Declared {
    this.#keep(OBJECT);
    let name = "";
    let type = 0;
    let shape: (number | string)[] | undefined;
    const dimension = (stop: number): void => {
      let side: number | string = "?";
      this.#message(stop, (field, wire, last) => {
        if (field === 1 && wire === VARINT) side = this.#integer(stop);
        else if (field === 2 && wire === BYTES) side = this.#text(last) || "?";
        else this.#skip(wire, last);
      });
      this.#keep(OBJECT);
      if (shape!.length === MAX_RANK)
        throw this.#error(`the value "${name}" has more than ${MAX_RANK} dimensions`);
      // Exporters write sizes that they do not know as 0 or -1.
      shape!.push(typeof side === "number" && side < 1 ? "?" : side);
    };
    this.#message(end, (field, wire, stop) => {
      if (field === 1 && wire === BYTES) name = this.#text(stop);
      else if (field === 2 && wire === BYTES)
        this.#inside(stop, 1, (tensor) =>
          this.#message(tensor, (f, w, last) => {
            if (f === 1 && w === VARINT) type = this.#integer(tensor);
            else if (f === 2 && w === BYTES) {
              shape = [];
              this.#inside(last, 1, dimension);
            } else this.#skip(w, last);
          }),
        );
      else this.#skip(wire, stop);
    });
    return { name, type, shape };
  }

  /** Reads every occurrence of one field of a message. */
  #inside(end: number, wanted: number, read: (end: number) => void): void {
    this.#message(end, (field, wire, stop) => {
      if (field === wanted && wire === BYTES) read(stop);
      else this.#skip(wire, stop);
    });
  }

  #tensor(end: number): Stored {
    this.#keep(2 * OBJECT);
    let shape: readonly number[] = [];
    let type = 0;
    let name = "";
    let external = false;
    // Where the numbers are; they are looked at when the shape is known, which may come after them.
    const places: {
      readonly field: number;
      readonly wire: number;
      readonly start: number;
      readonly end: number;
    }[] = [];
    this.#message(end, (field, wire, stop) => {
      if (field === 1) shape = this.#numbers(shape, wire, VARINT, stop);
      else if (field === 2 && wire === VARINT) type = this.#integer(end);
      else if (field === 8 && wire === BYTES) name = this.#text(stop);
      else if (field === 14 && wire === VARINT) external = this.#integer(end) === 1;
      else if (field >= 4 && field <= 11) {
        if (places.length <= FEW) places.push({ field, wire, start: this.#position, end: stop });
        this.#skip(wire, stop);
      } else this.#skip(wire, stop);
    });
    const count = this.#countOf(shape, name);
    const raw = places.find(({ field }) => field === 9);
    const each = bytesPerElement(type);
    if (raw && each !== undefined && !external && raw.end - raw.start !== Math.ceil(count * each))
      throw this.#error(
        `the tensor "${name}" [${shape}] needs ${Math.ceil(count * each)} bytes, got ${raw.end - raw.start}`,
      );
    const data = count <= FEW && !external ? this.#values(type, count, places, raw) : undefined;
    return { name, type, shape, ...(data && { data }) };
  }

  #countOf(shape: readonly number[], name: string): number {
    if (shape.length > MAX_RANK)
      throw this.#error(`the tensor "${name}" has ${shape.length} dimensions, expected at most ${MAX_RANK}`);
    const count = shape.reduce((a, b) => a * b, 1);
    if (!shape.every((side) => side >= 0) || !(count <= Number.MAX_SAFE_INTEGER))
      throw this.#error(`the tensor "${name}" has the shape [${shape}], expected one that memory can hold`);
    return count;
  }

  /** The numbers of a small tensor; undefined for types that no shape depends on. */
  #values(
    type: number,
    count: number,
    places: readonly {
      readonly field: number;
      readonly wire: number;
      readonly start: number;
      readonly end: number;
    }[],
    raw: { readonly start: number; readonly end: number } | undefined,
  ): number[] | undefined {
    const back = this.#position;
    let values: readonly number[] = [];
    if (raw) {
      this.#position = raw.start;
      const next = this.#rawReader(type, raw.end);
      if (next) values = Array.from({ length: count }, next);
    } else {
      // floatData, int32Data, int64Data, doubleData
      const wires: Readonly<Record<number, number>> = { 4: FIXED32, 5: VARINT, 7: VARINT, 10: FIXED64 };
      for (const place of places) {
        const single = wires[place.field];
        if (single === undefined || values.length > FEW) continue;
        this.#position = place.start;
        values = this.#numbers(values, place.wire, single, place.end);
      }
    }
    this.#position = back;
    this.#keep(8 * values.length);
    return values.length === count ? [...values] : undefined;
  }

  #rawReader(type: number, end: number): (() => number) | undefined {
    if (type === 1) return () => this.#float(end);
    if (type === 2 || type === 9) return () => this.#byte(end);
    if (type === 3) return () => (this.#byte(end) << 24) >> 24;
    if (type === 6) return () => this.#fixed(4, end).getInt32(0, true);
    if (type === 7) return () => Number(this.#fixed(8, end).getBigInt64(0, true));
    if (type === 11) return () => this.#fixed(8, end).getFloat64(0, true);
    return undefined;
  }

  /** One more number, or a packed list of them, after those that are there. */
  #numbers(
    before: readonly number[] | undefined,
    wire: number,
    single: number,
    end: number,
  ): readonly number[] {
    const list = (before ?? []) as number[];
    const values = list.length === 0 ? [] : list;
    const one = (stop: number): number => {
      this.#keep(8);
      if (single === VARINT) return this.#integer(stop);
      return single === FIXED32 ? this.#float(stop) : this.#fixed(8, stop).getFloat64(0, true);
    };
    if (wire === single) values.push(one(this.#source.size));
    else if (wire === BYTES) while (this.#position < end) values.push(one(end));
    else throw this.#malformed();
    return values;
  }

  #message(end: number, onField: OnField): void {
    while (this.#position < end) {
      const tag = this.#varint(end);
      const field = Math.floor(tag / 8);
      const wire = tag % 8;
      if (field === 0 || field > 2 ** 29) throw this.#malformed();
      let stop = end;
      if (wire === BYTES) {
        const length = this.#varint(end);
        stop = this.#position + length;
        // The graph is by far the largest part: a file that was cut off was cut off inside it.
        if (stop > end && field === 7 && end === this.#source.size)
          throw this.#error(`it ends early: expected at least ${stop} bytes, got ${end}`);
        if (stop > end) throw this.#malformed();
      }
      onField(field, wire, stop);
      if (wire === BYTES && this.#position !== stop) throw this.#malformed();
    }
  }

  #skip(wire: number, end: number): void {
    if (wire === VARINT) this.#varint(end);
    else if (wire === FIXED64) this.#position += 8;
    else if (wire === FIXED32) this.#position += 4;
    else if (wire === BYTES) this.#position = end;
    else throw this.#malformed();
    if (this.#position > end) throw this.#malformed();
  }

  /** Inexact beyond 2^53: a length that long is refused, a number that large is "without end". */
  #varint(end: number): number {
    let value = 0;
    for (let scale = 1, i = 0; i < 10; i++, scale *= 128) {
      const byte = this.#byte(end);
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw this.#malformed();
  }

  /** A signed 64-bit number; small negative ones are exact. */
  #integer(end: number): number {
    let low = 0;
    let high = 0;
    for (let i = 0; i < 10; i++) {
      const byte = this.#byte(end);
      if (i < 7) low += (byte & 127) * 2 ** (7 * i);
      else high += (byte & 127) * 2 ** (7 * (i - 7));
      if (byte < 128) {
        const top = high % 2 ** 15;
        // Two's complement: with the top bit set, 2^64 is taken off, the large parts first.
        return top >= 2 ** 14 ? low + (top - 2 ** 15) * 2 ** 49 : low + top * 2 ** 49;
      }
    }
    throw this.#malformed();
  }

  #float(end: number): number {
    return this.#fixed(4, end).getFloat32(0, true);
  }

  #fixed(bytes: number, end: number): DataView {
    if (this.#position + bytes > end) throw this.#malformed();
    if (this.#position < this.#windowStart || this.#position + bytes > this.#windowEnd) this.#fill();
    const at = this.#position - this.#windowStart;
    if (at + bytes > this.#windowEnd - this.#windowStart) throw this.#malformed();
    this.#position += bytes;
    return new DataView(this.#view.buffer, at, bytes);
  }

  #text(end: number): string {
    const length = end - this.#position;
    if (length > MAX_TEXT) throw this.#malformed();
    this.#keep(2 * length + 16);
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.#byte(end);
    return DECODER.decode(bytes);
  }

  #byte(end: number): number {
    if (this.#position >= end) throw this.#malformed();
    if (this.#position < this.#windowStart || this.#position >= this.#windowEnd) this.#fill();
    if (this.#position >= this.#windowEnd) throw this.#malformed();
    return this.#window[this.#position++ - this.#windowStart]!;
  }

  #fill(): void {
    this.#windowStart = this.#position;
    this.#windowEnd = this.#position + this.#source.read(this.#window, this.#position);
  }

  #keep(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0)
      throw this.#error(
        `its graph takes more than ${BUDGET / 1e6} MB without its weights, which no network does`,
      );
  }

  #malformed(): ModelError {
    return this.#error("it is not an ONNX model, or its bytes are damaged");
  }

  #error(why: string): ModelError {
    return complaint(this.#name, why);
  }
}
