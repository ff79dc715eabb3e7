/** Reads an ONNX file (onnx.proto) without its weights. */
import {
  type Attribute,
  bytesPerElement,
  type Declared,
  FEW,
  MAX_RANK,
  type PlainGraph,
  type PlainModel,
  type PlainNode,
  type Stored,
} from "./_graph.js";
import { BYTES, type ByteSource, FIXED32, FIXED64, MAX_TEXT, VARINT, Wire } from "./_wire-reader.js";

/** Graphs inside graphs; real ones have three. */
const MAX_DEPTH = 16;
/** What an object counts as, in bytes. */
const OBJECT = 100;

/** @throws {ModelError} when the bytes are not a whole ONNX model, or hold more than a graph can. */
export function readModel(source: ByteSource, name: string): PlainModel {
  return new Reader(source, name).model();
}

class Reader {
  readonly #in: Wire;
  readonly #size: number;
  #depth = 0;

  constructor(source: ByteSource, name: string) {
    this.#in = new Wire(source, name);
    this.#size = source.size;
  }

  model(): PlainModel {
    if (this.#size === 0) throw this.#in.error("the file is empty, expected an ONNX model");
    let graph: PlainGraph | undefined;
    let opset: number | undefined;
    let producer = "";
    this.#in.message(this.#size, (field, wire, end) => {
      if (field === 7 && wire === BYTES) graph = this.#graph(end);
      else if (field === 2 && wire === BYTES) producer = this.#in.text(end);
      else if (field === 8 && wire === BYTES) {
        const { domain, version } = this.#opset(end);
        if (domain === "" || domain === "ai.onnx") opset = version;
      } else this.#in.skip(wire, end);
    });
    if (!graph || graph.nodes.length === 0)
      throw this.#in.error("it is not an ONNX model: it holds no graph");
    return { graph, opset, producer };
  }

  #opset(end: number): { domain: string; version: number } {
    let domain = "";
    let version = 0;
    this.#in.message(end, (field, wire, stop) => {
      if (field === 1 && wire === BYTES) domain = this.#in.text(stop);
      else if (field === 2 && wire === VARINT) version = this.#in.integer(end);
      else this.#in.skip(wire, stop);
    });
    return { domain, version };
  }

  #graph(end: number): PlainGraph {
    if (++this.#depth > MAX_DEPTH) throw this.#in.error("its graphs are nested too deeply");
    const nodes: PlainNode[] = [];
    const stored: Stored[] = [];
    const inputs: Declared[] = [];
    const outputs: Declared[] = [];
    const inner: Declared[] = [];
    let name = "";
    this.#in.message(end, (field, wire, stop) => {
      if (wire !== BYTES) this.#in.skip(wire, stop);
      else if (field === 1) nodes.push(this.#node(stop));
      else if (field === 2) name = this.#in.text(stop);
      else if (field === 5) stored.push(this.#tensor(stop));
      else if (field === 11) inputs.push(this.#declared(stop));
      else if (field === 12) outputs.push(this.#declared(stop));
      else if (field === 13) inner.push(this.#declared(stop));
      else this.#in.position = stop;
    });
    this.#depth--;
    return { name, nodes, stored, inputs, outputs, inner };
  }

  #node(end: number): PlainNode {
    this.#in.keep(3 * OBJECT);
    const inputs: string[] = [];
    const outputs: string[] = [];
    const attributes = new Map<string, Attribute>();
    let [name, op, domain] = ["", "", ""];
    this.#in.message(end, (field, wire, stop) => {
      if (wire !== BYTES) this.#in.skip(wire, stop);
      else if (field === 1) inputs.push(this.#in.text(stop));
      else if (field === 2) outputs.push(this.#in.text(stop));
      else if (field === 3) name = this.#in.text(stop);
      else if (field === 4) op = this.#in.text(stop);
      else if (field === 5) this.#attribute(stop, attributes);
      else if (field === 7) domain = this.#in.text(stop);
      else this.#in.position = stop;
    });
    return { name, op, domain, inputs, outputs, attributes };
  }

  #attribute(end: number, into: Map<string, Attribute>): void {
    this.#in.keep(OBJECT);
    let name = "";
    const value: { -readonly [K in keyof Attribute]: Attribute[K] } = {};
    this.#in.message(end, (field, wire, stop) => {
      if (field === 1 && wire === BYTES) name = this.#in.text(stop);
      else if (field === 2 && wire === FIXED32) value.f = this.#in.float(end);
      else if (field === 3 && wire === VARINT) value.i = this.#in.integer(end);
      else if (field === 4 && wire === BYTES && stop - this.#in.position <= MAX_TEXT)
        value.s = this.#in.text(stop);
      else if (field === 5 && wire === BYTES) value.t = this.#tensor(stop);
      else if (field === 6 && wire === BYTES) value.g = this.#graph(stop);
      else if (field === 7) value.floats = this.#in.numbers(value.floats, wire, FIXED32, stop);
      else if (field === 8) value.ints = this.#in.numbers(value.ints, wire, VARINT, stop);
      else this.#in.skip(wire, stop);
    });
    into.set(name, value);
  }

  #declared(end: number): Declared {
    this.#in.keep(OBJECT);
    let name = "";
    let type = 0;
    let shape: (number | string)[] | undefined;
    const dimension = (stop: number): void => {
      let side: number | string = "?";
      this.#in.message(stop, (field, wire, last) => {
        if (field === 1 && wire === VARINT) side = this.#in.integer(stop);
        else if (field === 2 && wire === BYTES) side = this.#in.text(last) || "?";
        else this.#in.skip(wire, last);
      });
      this.#in.keep(OBJECT);
      if (shape!.length === MAX_RANK)
        throw this.#in.error(`the value "${name}" has more than ${MAX_RANK} dimensions`);
      // Exporters write sizes that they do not know as 0 or -1.
      shape!.push(typeof side === "number" && side < 1 ? "?" : side);
    };
    this.#in.message(end, (field, wire, stop) => {
      if (field === 1 && wire === BYTES) name = this.#in.text(stop);
      else if (field === 2 && wire === BYTES)
        this.#inside(stop, 1, (tensor) =>
          this.#in.message(tensor, (f, w, last) => {
            if (f === 1 && w === VARINT) type = this.#in.integer(tensor);
            else if (f === 2 && w === BYTES) {
              shape = [];
              this.#inside(last, 1, dimension);
            } else this.#in.skip(w, last);
          }),
        );
      else this.#in.skip(wire, stop);
    });
    return { name, type, shape };
  }

  /** Reads every occurrence of one field of a message. */
  #inside(end: number, wanted: number, read: (end: number) => void): void {
    this.#in.message(end, (field, wire, stop) => {
      if (field === wanted && wire === BYTES) read(stop);
      else this.#in.skip(wire, stop);
    });
  }

  #tensor(end: number): Stored {
    this.#in.keep(2 * OBJECT);
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
    this.#in.message(end, (field, wire, stop) => {
      if (field === 1) shape = this.#in.numbers(shape, wire, VARINT, stop);
      else if (field === 2 && wire === VARINT) type = this.#in.integer(end);
      else if (field === 8 && wire === BYTES) name = this.#in.text(stop);
      else if (field === 14 && wire === VARINT) external = this.#in.integer(end) === 1;
      else if (field >= 4 && field <= 11) {
        if (places.length <= FEW) places.push({ field, wire, start: this.#in.position, end: stop });
        this.#in.skip(wire, stop);
      } else this.#in.skip(wire, stop);
    });
    const count = this.#countOf(shape, name);
    const raw = places.find(({ field }) => field === 9);
    const each = bytesPerElement(type);
    if (raw && each !== undefined && !external && raw.end - raw.start !== Math.ceil(count * each))
      throw this.#in.error(
        `the tensor "${name}" [${shape}] needs ${Math.ceil(count * each)} bytes, got ${raw.end - raw.start}`,
      );
    const data = count <= FEW && !external ? this.#values(type, count, places, raw) : undefined;
    return { name, type, shape, ...(data && { data }) };
  }

  #countOf(shape: readonly number[], name: string): number {
    if (shape.length > MAX_RANK)
      throw this.#in.error(
        `the tensor "${name}" has ${shape.length} dimensions, expected at most ${MAX_RANK}`,
      );
    const count = shape.reduce((a, b) => a * b, 1);
    if (!shape.every((side) => side >= 0) || !(count <= Number.MAX_SAFE_INTEGER))
      throw this.#in.error(
        `the tensor "${name}" has the shape [${shape}], expected one that memory can hold`,
      );
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
    const back = this.#in.position;
    let values: readonly number[] = [];
    if (raw) {
      this.#in.position = raw.start;
      const next = this.#rawReader(type, raw.end);
      if (next) values = Array.from({ length: count }, next);
    } else {
      // floatData, int32Data, int64Data, doubleData
      const wires: Readonly<Record<number, number>> = { 4: FIXED32, 5: VARINT, 7: VARINT, 10: FIXED64 };
      for (const place of places) {
        const single = wires[place.field];
        if (single === undefined || values.length > FEW) continue;
        this.#in.position = place.start;
        values = this.#in.numbers(values, place.wire, single, place.end);
      }
    }
    this.#in.position = back;
    this.#in.keep(8 * values.length);
    return values.length === count ? [...values] : undefined;
  }

  #rawReader(type: number, end: number): (() => number) | undefined {
    if (type === 1) return () => this.#in.float(end);
    if (type === 2 || type === 9) return () => this.#in.byte(end);
    if (type === 3) return () => (this.#in.byte(end) << 24) >> 24;
    if (type === 6) return () => this.#in.fixed(4, end).getInt32(0, true);
    if (type === 7) return () => Number(this.#in.fixed(8, end).getBigInt64(0, true));
    if (type === 11) return () => this.#in.fixed(8, end).getFloat64(0, true);
    return undefined;
  }
}
