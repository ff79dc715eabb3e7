/** What is known of a value without running anything, and the arithmetic of shapes. */
import type { Field } from "../_windows.js";
import type { Dim } from "../graph.js";
import type { Attribute, PlainGraph, PlainNode, Stored } from "./_graph.js";

/** A size that depends on the data, or that is not known. */
export const UNKNOWN = "?";

/** A value of the graph. */
export interface Value {
  /** Element type by its number in onnx.proto; 0 is unknown. */
  readonly type: number;
  /** Undefined: not even the number of dimensions is known. */
  readonly shape?: readonly Dim[];
  /** Its numbers where they follow from the file: shapes, indices, scales. Vectors and scalars of few numbers only. */
  readonly data?: readonly (number | undefined)[];
  readonly field?: Field;
  /** Whether it is the same in every run. */
  readonly constant: boolean;
  /** Learnt numbers behind a constant that no layer has been charged for. */
  unused: number;
}

/** What a rule says of one result; the type is that of the first input unless it says otherwise. */
export interface Result {
  readonly shape?: readonly Dim[];
  readonly type?: number;
  readonly data?: Value["data"];
}

/** A node being looked at: its inputs as values, its attributes by name. */
export class Call {
  constructor(
    readonly node: PlainNode,
    /** Undefined: absent. */
    readonly inputs: readonly (Value | undefined)[],
    readonly opset: number,
  ) {}

  shape(k: number): readonly Dim[] | undefined {
    return this.inputs[k]?.shape;
  }

  /** The numbers of an input where all are known. */
  numbers(k: number): readonly number[] | undefined {
    return known(this.inputs[k]?.data);
  }

  int(name: string, otherwise: number): number {
    return this.#attribute(name)?.i ?? otherwise;
  }

  ints(name: string): readonly number[] | undefined {
    return this.#attribute(name)?.ints;
  }

  floats(name: string): readonly number[] | undefined {
    return this.#attribute(name)?.floats;
  }

  text(name: string): string | undefined {
    return this.#attribute(name)?.s;
  }

  tensor(name: string): Stored | undefined {
    return this.#attribute(name)?.t;
  }

  graph(name: string): PlainGraph | undefined {
    return this.#attribute(name)?.g;
  }

  #attribute(name: string): Attribute | undefined {
    return this.node.attributes.get(name);
  }

  /** Numbers that are an attribute in old operators and an input in new ones. */
  list(name: string, input: number): readonly number[] | undefined {
    return this.ints(name) ?? this.numbers(input);
  }
}

/** Numbers of a value, where all are known and finite. */
export function known(data: Value["data"]): readonly number[] | undefined {
  return data?.every((n) => n !== undefined && Number.isFinite(n)) ? (data as readonly number[]) : undefined;
}

/** The place of an axis that may count from behind; undefined where there is no such axis. */
export function axisOf(axis: number, rank: number): number | undefined {
  const at = axis < 0 ? axis + rank : axis;
  return Number.isInteger(at) && at >= 0 && at < rank ? at : undefined;
}

/** Number of elements; undefined where a side has no number. */
export function count(shape: readonly Dim[] | undefined): number | undefined {
  return shape?.reduce<number | undefined>(
    (n, side) => (n === undefined || typeof side === "string" ? undefined : n * side),
    1,
  );
}

/**
 * The shape of values that are combined element by element.
 *
 * @throws {RangeError} when they do not match.
 */
export function broadcast(shapes: readonly (readonly Dim[] | undefined)[]): readonly Dim[] | undefined {
  if (!shapes.every((s) => s !== undefined)) return undefined;
  const rank = shapes.reduce((most, s) => Math.max(most, s.length), 0);
  return Array.from({ length: rank }, (_, axis) => {
    let side: Dim = 1;
    for (const shape of shapes) {
      const other = shape[axis - rank + shape.length] ?? 1;
      if (other === side || other === 1) continue;
      if (side === 1) side = other;
      else if (typeof side === "number" && typeof other === "number")
        throw new RangeError(`the shapes ${showAll(shapes)} do not match`);
      else if (typeof side === "string") side = typeof other === "number" ? other : UNKNOWN;
    }
    return side;
  });
}

/** "[1,3,224,224]". */
export const show = (shape: readonly Dim[] | undefined): string =>
  shape ? `[${shape.join(",")}]` : "of unknown shape";

/** The first few of many. */
export const showAll = (shapes: readonly (readonly Dim[] | undefined)[]): string =>
  `${shapes.slice(0, 4).map(show).join(" and ")}${shapes.length > 4 ? " and more" : ""}`;

/** A product or quotient of sides; unknown where one is. */
export const times = (a: Dim, b: Dim): Dim => {
  if (typeof a === "number" && typeof b === "number") return a * b;
  return a === 1 ? b : b === 1 ? a : UNKNOWN;
};

export const plus = (a: Dim, b: Dim): Dim => {
  if (typeof a === "number" && typeof b === "number") return a + b;
  return a === 0 ? b : b === 0 ? a : UNKNOWN;
};
