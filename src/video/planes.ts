/**
 * Frames as video codecs hold them: one byte of brightness for every pixel and two of colour for every four, half of what RGB
 * takes. Whoever hands frames on to an encoder reads them so: nothing is converted on the way, and what nobody touches is
 * exactly what was decoded.
 */
import { stat } from "node:fs/promises";
import type { Frame } from "../types.js";
import { type Looks, LooksListener } from "./_look.js";
import { type FrameSource, type InputOptions, openFrames } from "./input.js";

/**
 * A frame whose `data` holds three planes in limited range (16 to 235; 16 to 240): Y with `width * height` bytes, then U and V
 * with half the columns and half the rows each, rounded up.
 */
export type PlanarFrame = Frame;

/** How brightness and colours are made of red, green and blue. */
export interface ColourCode {
  /** The parts of red and of blue in brightness (ITU-T H.273, table 4). */
  readonly red: number;
  readonly blue: number;
}

/** Frames as planes, and what is known about where they are from. */
export interface PlanarSource {
  readonly source: FrameSource;
  readonly code: ColourCode;
  /** Absent for pictures, which ffmpeg does not read. */
  readonly looks: Looks | undefined;
  /** The file that its sound can be read from. */
  readonly file: string | undefined;
}

const bt601 = { red: 0.299, blue: 0.114 };
const bt709 = { red: 0.2126, blue: 0.0722 };
const bt2020 = { red: 0.2627, blue: 0.0593 };
const codes: Readonly<Record<string, ColourCode>> = {
  ...{ bt709, bt470bg: bt601, smpte170m: bt601, bt2020nc: bt2020, bt2020c: bt2020 },
  ...{ smpte240m: { red: 0.212, blue: 0.087 }, fcc: { red: 0.3, blue: 0.11 } },
};

/**
 * Opens an input as `openInput` does, for frames that hold planes.
 *
 * @throws as `openInput`
 *
 * @example
 * const { source } = await openPlanes("street.mp4");
 * for await (const { width, height, data } of source) console.log(data.length === width * height * 1.5);
 */
export async function openPlanes(input: string, options: InputOptions = {}): Promise<PlanarSource> {
  const listener = new LooksListener();
  const source = await openFrames(input, options, listener);
  const { looks } = listener;
  const isFile = (await stat(input).catch(() => undefined))?.isFile() ?? false;
  return { source, code: codeOf(looks), looks, file: isFile && looks ? input : undefined };
}

/** Pictures become BT.709 here; ffmpeg makes BT.601 of RGB, and takes what does not name its code for that. */
function codeOf(looks: Looks | undefined): ColourCode {
  if (!looks) return bt709;
  return looks.isYuv && Object.hasOwn(codes, looks.matrix) ? codes[looks.matrix]! : bt601;
}
