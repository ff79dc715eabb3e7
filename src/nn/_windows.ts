/** Sizes of what sliding windows give, and how far back they see. Catalogue of formulas: Dumoulin & Visin 2016. */
import type { Dim } from "./graph.js";

/** One number for both axes, or one for height and one for width. */
export type Pair = number | readonly [height: number, width: number];
/** One number for all sides, one per axis, or one per side. */
export type Padding = Pair | readonly [top: number, left: number, bottom: number, right: number];

/** The part of the network's input that one element depends on, and the step between neighbours; in input pixels. */
export interface Field {
  readonly size: readonly [height: number, width: number];
  readonly jump: readonly [height: number, width: number];
}

/** A window with every number written out. */
export interface Window {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly pads: readonly [top: number, left: number, bottom: number, right: number];
}

export const pair = (value: Pair): readonly [number, number] =>
  typeof value === "number" ? [value, value] : value;

export function sides(pad: Padding): Window["pads"] {
  if (typeof pad === "number") return [pad, pad, pad, pad];
  return pad.length === 4 ? pad : [pad[0], pad[1], pad[0], pad[1]];
}

/**
 * Height and width after a window has slid over a map. A named size that changes gets a new name.
 *
 * @throws {RangeError} when the window is larger than the padded map.
 */
export function slide(
  name: string,
  shape: readonly Dim[],
  window: Window,
  ceil = false,
): [height: Dim, width: Dim] {
  const along = (axis: 0 | 1): Dim => {
    const size = shape[2 + axis]!;
    const reach = window.dilation[axis] * (window.kernel[axis] - 1) + 1;
    const before = window.pads[axis];
    const padding = before + window.pads[axis + 2]!;
    const stride = window.stride[axis];
    if (typeof size === "string")
      return stride === 1 && padding === reach - 1 ? size : `${name}.${axis === 0 ? "height" : "width"}`;
    const room = size + padding - reach;
    if (room < 0)
      throw new RangeError(
        `Cannot build "${name}": a window of ${reach} does not fit into ${size} + ${padding} of padding; ` +
          "use a larger input",
      );
    const steps = ceil ? Math.ceil(room / stride) : Math.floor(room / stride);
    // A last window that would begin in the padding behind the map is dropped, as PyTorch and Caffe do.
    return ceil && steps * stride >= size + before ? steps : steps + 1;
  };
  return [along(0), along(1)];
}

/** The field after a window: r += (k - 1) d j, j *= s. */
export function widen(field: Field | undefined, { kernel, stride, dilation }: Window): Field | undefined {
  if (!field) return undefined;
  const size = (axis: 0 | 1) => field.size[axis] + (kernel[axis] - 1) * dilation[axis] * field.jump[axis];
  return {
    size: [size(0), size(1)],
    jump: [field.jump[0] * stride[0], field.jump[1] * stride[1]],
  };
}

/** The field of something that depends on several values. */
export function union(fields: readonly (Field | undefined)[]): Field | undefined {
  const [first, ...rest] = fields;
  return rest.reduce<Field | undefined>(
    (a, b) =>
      a && b
        ? {
            size: [Math.max(a.size[0], b.size[0]), Math.max(a.size[1], b.size[1])],
            jump: [Math.max(a.jump[0], b.jump[0]), Math.max(a.jump[1], b.jump[1])],
          }
        : undefined,
    first,
  );
}
