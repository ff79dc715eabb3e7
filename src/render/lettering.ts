/**
 * Text as masks of its letters. They come from a font that is part of the package (B612, made for cockpit displays), so that
 * a picture is the same on every machine, also where no font is installed; letters it lacks come from the system's.
 */
import { createRequire } from "node:module";
import { createCanvas, GlobalFonts } from "@napi-rs/canvas";
import type { Mask } from "./stencil.js";

const FAMILY = "Throughline B612";
/** Letters that are kept; a run needs some dozens. */
const MOST_LETTERS = 4096;

interface Letter {
  readonly mask: Mask;
  readonly advance: number;
}

/** One size of bold letters. */
export class Lettering {
  /** Pixels from the top of a line to the next. */
  readonly height: number;
  readonly #size: number;
  readonly #letters = new Map<string, Letter>();

  /** @param size of the letters in pixels */
  constructor(size: number) {
    if (!GlobalFonts.has(FAMILY))
      GlobalFonts.registerFromPath(
        createRequire(import.meta.url).resolve("@fontsource/b612/files/b612-latin-700-normal.woff2"),
        FAMILY,
      );
    this.#size = size;
    this.height = Math.ceil(size * 1.3);
  }

  /** Pixels that a text takes from left to right. */
  widthOf(text: string): number {
    let width = 0;
    for (const letter of text) width += this.#letter(letter).advance;
    return width;
  }

  /** Hands out the letters of a line whose upper left corner is at (x, y), each with its own corner in whole pixels. */
  lay(text: string, x: number, y: number, put: (letter: Mask, x: number, y: number) => void): void {
    let at = x;
    for (const letter of text) {
      const { mask, advance } = this.#letter(letter);
      put(mask, Math.round(at) - 1, Math.round(y));
      at += advance;
    }
  }

  #letter(character: string): Letter {
    const known = this.#letters.get(character);
    if (known) return known;
    if (this.#letters.size >= MOST_LETTERS) this.#letters.clear();
    const font = `${this.#size}px "${FAMILY}", "DejaVu Sans", sans-serif`;
    const probe = createCanvas(1, 1).getContext("2d");
    probe.font = font;
    const advance = probe.measureText(character).width;
    const width = Math.max(1, Math.ceil(advance) + 2);
    const context = createCanvas(width, this.height).getContext("2d");
    context.font = font;
    context.fillStyle = "#fff";
    context.textBaseline = "alphabetic";
    context.fillText(character, 1, Math.round(this.#size * 1.02));
    const { data } = context.getImageData(0, 0, width, this.height);
    const mask = { width, height: this.height, data: new Uint8Array(width * this.height) };
    for (let i = 0; i < mask.data.length; i++) mask.data[i] = data[4 * i + 3]!;
    const letter = { mask, advance };
    this.#letters.set(character, letter);
    return letter;
  }
}
