/** How trackers leave what they know, and take it up again. */
import type { Column, TrackerState } from "../types.js";

/** @param layout name and version of the columns, such as "sort 1" */
export function saveState(
  layout: string,
  options: object,
  columns: Readonly<Record<string, Column>>,
): TrackerState {
  return { layout, options: textOf(options), columns };
}

/**
 * The columns of a state, each asked for by kind and length.
 *
 * @throws {RangeError} where the state is of another layout or of other options; from the methods, where a column is
 * not there or does not fit.
 */
export class SavedColumns {
  readonly #columns: Readonly<Record<string, Column>>;

  constructor(state: TrackerState, layout: string, options: object) {
    if (state.layout !== layout)
      throw new RangeError(`Cannot restore the state "${state.layout}": expected "${layout}"`);
    if (state.options !== textOf(options))
      throw new RangeError(
        `Cannot restore the state of a tracker with the options ${state.options}: this one has ${textOf(options)}`,
      );
    this.#columns = state.columns;
  }

  float64(name: string, length?: number): Float64Array<ArrayBuffer> {
    return this.#take(name, Float64Array, length);
  }

  float32(name: string, length?: number): Float32Array<ArrayBuffer> {
    return this.#take(name, Float32Array, length);
  }

  int32(name: string, length?: number): Int32Array<ArrayBuffer> {
    return this.#take(name, Int32Array, length);
  }

  uint8(name: string, length?: number): Uint8Array<ArrayBuffer> {
    return this.#take(name, Uint8Array, length);
  }

  /** A copy, so that the state stays as it is. */
  #take<T extends Column>(
    name: string,
    kind: new (values: ArrayLike<number>) => T,
    length: number | undefined,
  ): T {
    const column = Object.hasOwn(this.#columns, name) ? this.#columns[name] : undefined;
    if (!(column instanceof kind) || (length !== undefined && column.length !== length))
      throw new RangeError(
        `Cannot restore the column "${name}": expected ${length ?? "any number of"} values of ${kind.name}, got ${column ? `${column.length} of ${column.constructor.name}` : "none"}`,
      );
    return new kind(column);
  }
}

/** The same text for the same options, in whatever order they were given. */
const textOf = (options: object): string =>
  JSON.stringify(Object.fromEntries(Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1))));
