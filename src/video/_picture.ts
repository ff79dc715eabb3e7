import { open } from "node:fs/promises";
import { basename } from "node:path";

/** Loaded with the first picture: videos do without, and loading costs a fifth of a second. */
const loadSharp = async () => (await import("sharp")).default;

/** What sharp reads everywhere. */
const extensions = /\.(?:jpe?g|png|webp|tiff?|avif|gif)$/i;

/** How those files begin, whatever their names say: an SVG, for one, may refer to other files. */
const beginnings =
  /^(?:\xff\xd8\xff|\x89PNG|RIFF[\s\S]{4}WEBP|II\*\0|MM\0\*|II\+\0|MM\0\+|[\s\S]{4}ftypavi[fs]|GIF8)/;

/** Width and height, as shown: with the rotation of the EXIF data applied. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Whether a file is a picture, by its name. */
export function isPicture(path: string): boolean {
  const name = basename(path);
  return extensions.test(name) && !name.startsWith(".");
}

/** @throws {Error} where the file is no picture */
export async function sizeOfPicture(path: string): Promise<Size> {
  await checkBeginning(path);
  const sharp = await loadSharp();
  const { autoOrient } = await sharp(path, { limitInputPixels: false }).metadata();
  return autoOrient;
}

/**
 * The picture as 8-bit RGB, row-major, turned as its EXIF data says. Transparency is dropped, as it is for videos.
 *
 * @throws {Error} where the file is no picture, is broken, or has more pixels than allowed
 */
export async function decodePicture(
  path: string,
  maxPixels: number,
): Promise<Size & { readonly bytes: ArrayBuffer }> {
  await checkBeginning(path);
  const sharp = await loadSharp();
  const { data, info } = await sharp(path, { failOn: "error", limitInputPixels: maxPixels })
    .autoOrient()
    .toColourspace("srgb")
    .removeAlpha()
    .raw({ depth: "uchar" })
    .toUint8Array();
  return { width: info.width, height: info.height, bytes: data.buffer as ArrayBuffer };
}

async function checkBeginning(path: string): Promise<void> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(12), 0, 12, 0);
    if (!beginnings.test(buffer.toString("latin1", 0, bytesRead)))
      throw new Error("expected a JPEG, PNG, WebP, TIFF, AVIF or GIF picture, found something else");
  } finally {
    await file.close();
  }
}
