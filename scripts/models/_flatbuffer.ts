/** Reads a table of a FlatBuffer (https://flatbuffers.dev/internals): the wire format under TensorFlow Lite files. */
export class Table {
  readonly #view: DataView;
  readonly #position: number;
  readonly #vtable: number;

  constructor(view: DataView, position: number) {
    this.#view = view;
    this.#position = position;
    this.#vtable = position - view.getInt32(position, true);
  }

  static root(bytes: Uint8Array): Table {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new Table(view, view.getUint32(0, true));
  }

  int8(field: number, absent = 0): number {
    const at = this.#at(field);
    return at === undefined ? absent : this.#view.getInt8(at);
  }

  int32(field: number, absent = 0): number {
    const at = this.#at(field);
    return at === undefined ? absent : this.#view.getInt32(at, true);
  }

  table(field: number): Table | undefined {
    const at = this.#at(field);
    return at === undefined ? undefined : this.#follow(at);
  }

  tables(field: number): Table[] {
    const [length, start] = this.#vector(field);
    return Array.from({ length }, (_, i) => this.#follow(start + 4 * i));
  }

  ints(field: number): number[] {
    const [length, start] = this.#vector(field);
    return Array.from({ length }, (_, i) => this.#view.getInt32(start + 4 * i, true));
  }

  /** A copy, so that it is aligned for typed arrays. */
  bytes(field: number): Uint8Array<ArrayBuffer> {
    const [length, start] = this.#vector(field);
    const from = this.#view.byteOffset + start;
    return new Uint8Array(this.#view.buffer.slice(from, from + length) as ArrayBuffer);
  }

  /** Position of a field's value; undefined where the table leaves the field out. */
  #at(field: number): number | undefined {
    const slot = 4 + 2 * field;
    if (slot >= this.#view.getUint16(this.#vtable, true)) return undefined;
    const offset = this.#view.getUint16(this.#vtable + slot, true);
    return offset === 0 ? undefined : this.#position + offset;
  }

  #follow(at: number): Table {
    return new Table(this.#view, at + this.#view.getUint32(at, true));
  }

  #vector(field: number): [length: number, start: number] {
    const at = this.#at(field);
    if (at === undefined) return [0, 0];
    const start = at + this.#view.getUint32(at, true);
    return [this.#view.getUint32(start, true), start + 4];
  }
}
