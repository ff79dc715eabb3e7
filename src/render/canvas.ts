/**
 * Pictures as video codecs hold them, and colours for them. Drawing into what goes on to the encoder costs what is drawn; a
 * picture that becomes RGB and comes back costs as much as encoding it.
 */
import type { Colour } from "./palette.js";

/**
 * Three planes one after the other, in limited range: Y with `width * height` bytes, then U and V with half the columns and
 * half the rows each, rounded up. A `PlanarFrame` is one.
 */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** The parts of red and blue in brightness; a `ColourCode` is one. */
export interface Code {
  readonly red: number;
  readonly blue: number;
}

/** A colour in the values of the planes. */
export interface Ink {
  readonly y: number;
  readonly u: number;
  readonly v: number;
}

/** Columns and rows of the planes of colour, and where they begin. */
export function coloursOf({ width, height }: { readonly width: number; readonly height: number }) {
  const [columns, rows] = [(width + 1) >> 1, (height + 1) >> 1];
  const u = width * height;
  return { columns, rows, u, v: u + columns * rows };
}

/** Colours as a video codes them (ITU-R BT.709-6, 3.2 to 3.5, with the parts of the code). */
export class Inks {
  readonly #code: Code;
  readonly #known = new Map<Colour, Ink>();

  constructor(code: Code) {
    this.#code = code;
  }

  of(colour: Colour): Ink {
    const known = this.#known.get(colour);
    if (known) return known;
    const { red, blue } = this.#code;
    const [r, g, b] = colour.map((value) => value / 255) as [number, number, number];
    const y = red * r + (1 - red - blue) * g + blue * b;
    const ink = {
      y: Math.round(16 + 219 * y),
      u: Math.round(128 + (112 * (b - y)) / (1 - blue)),
      v: Math.round(128 + (112 * (r - y)) / (1 - red)),
    };
    this.#known.set(colour, ink);
    return ink;
  }
}

/** A part of a picture as RGB bytes, row-major; whole numbers within the picture. */
export function toRgb(
  canvas: Canvas,
  area: { readonly left: number; readonly top: number; readonly width: number; readonly height: number },
  { red, blue }: Code,
): Uint8Array {
  const { columns, u, v } = coloursOf(canvas);
  const { data } = canvas;
  const rgb = new Uint8ClampedArray(area.width * area.height * 3);
  const green = 1 - red - blue;
  for (let row = 0, to = 0; row < area.height; row++) {
    const y = area.top + row;
    const colours = (y >> 1) * columns;
    for (let x = area.left; x < area.left + area.width; x++, to += 3) {
      const luma = (data[y * canvas.width + x]! - 16) / 219;
      const r = luma + ((1 - red) * (data[v + colours + (x >> 1)]! - 128)) / 112;
      const b = luma + ((1 - blue) * (data[u + colours + (x >> 1)]! - 128)) / 112;
      rgb[to] = 255 * r;
      rgb[to + 1] = (255 * (luma - red * r - blue * b)) / green;
      rgb[to + 2] = 255 * b;
    }
  }
  return new Uint8Array(rgb.buffer);
}
