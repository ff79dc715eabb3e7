/** Where a picture lies in a model's input, and the way back from the model's coordinates to the picture's. */

/** How pixels become a model's input tensor; what a model card says under `input`. */
export interface ImageInput {
  /** Order of the channels in the tensor. */
  readonly colour: "rgb" | "bgr";
  /**
   * "stretch": to the whole size, each axis by its own factor. "letterbox": one factor for both axes, the picture at
   * the top left of the whole size. "pad": the same, on a canvas only as large as the multiples ask.
   */
  readonly fit: "stretch" | "letterbox" | "pad";
  /** The size of the tensor in pixels, or its long side (and the most for its short side), rounded to `multiple`. */
  readonly size:
    | { readonly width: number; readonly height: number }
    | { readonly longSide: number; readonly shortSide?: number; readonly multiple: number };
  /** Subtracted per channel of the tensor, in pixel units 0..255. */
  readonly mean: readonly [number, number, number];
  /** Divided by per channel of the tensor, after the mean. */
  readonly std: readonly [number, number, number];
  /** Value of the filling, 0..255. */
  readonly pad: number;
  /** "nchw" with a batch axis, "chw" without. */
  readonly layout: "nchw" | "chw";
}

/** A picture of `sourceWidth x sourceHeight` at the top left of a canvas. All whole pixels. */
export interface Fit {
  readonly sourceWidth: number;
  readonly sourceHeight: number;
  /** The tensor's size. */
  readonly width: number;
  readonly height: number;
  /** The part of it that the picture covers. */
  readonly innerWidth: number;
  readonly innerHeight: number;
}

/**
 * Fits a picture into a model's input.
 *
 * @example
 * fitImage(card.input, 1920, 1080); // long side 640, multiple 32: { width: 640, height: 352, ... }
 */
export function fitImage(
  { fit, size }: Pick<ImageInput, "fit" | "size">,
  sourceWidth: number,
  sourceHeight: number,
): Fit {
  const source = { sourceWidth, sourceHeight };
  const long = Math.max(sourceWidth, sourceHeight);
  const short = Math.min(sourceWidth, sourceHeight);
  if (!("longSide" in size)) {
    const { width, height } = size;
    if (fit === "stretch") return { ...source, width, height, innerWidth: width, innerHeight: height };
    const scale = Math.min(width / sourceWidth, height / sourceHeight);
    return { ...source, width, height, ...inner(source, scale, width, height) };
  }
  const { longSide, shortSide = longSide, multiple } = size;
  const scale = Math.min(longSide / long, shortSide / short);
  if (fit === "stretch") {
    const width = toMultiple(Math.round, sourceWidth * scale, multiple);
    const height = toMultiple(Math.round, sourceHeight * scale, multiple);
    return { ...source, width, height, innerWidth: width, innerHeight: height };
  }
  const side = toMultiple(Math.ceil, longSide, multiple);
  const content = inner(source, scale, side, side);
  if (fit === "letterbox") return { ...source, width: side, height: side, ...content };
  const width = toMultiple(Math.ceil, content.innerWidth, multiple);
  const height = toMultiple(Math.ceil, content.innerHeight, multiple);
  return { ...source, width, height, ...content };
}

function inner(
  { sourceWidth, sourceHeight }: Pick<Fit, "sourceWidth" | "sourceHeight">,
  scale: number,
  width: number,
  height: number,
): Pick<Fit, "innerWidth" | "innerHeight"> {
  return {
    innerWidth: Math.min(width, Math.max(1, Math.round(sourceWidth * scale))),
    innerHeight: Math.min(height, Math.max(1, Math.round(sourceHeight * scale))),
  };
}

const toMultiple = (round: (x: number) => number, x: number, multiple: number): number =>
  Math.max(multiple, round(x / multiple) * multiple);
