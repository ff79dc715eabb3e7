/**
 * RGB to the planes that video codecs work on: brightness for every pixel, the two differences of colour for every square of
 * four. BT.709, limited range (ITU-R BT.709-6, 3.2 to 3.5).
 */
import { planarBytes } from "./_pixels.js";

/** Fixed-point numbers have 16 bits behind the point. */
const ONE = 65536;
const [KR, KB] = [0.2126, 0.0722];
const luma = [KR, 1 - KR - KB, KB].map((part) => Math.round(part * (219 / 255) * ONE));
const [yr, yg, yb] = luma as [number, number, number];
/** For sums of four pixels. */
const scale = (112 / 255 / 4) * ONE;
const [ur, ug] = [Math.round((-KR / (1 - KB)) * scale), Math.round((-(1 - KR - KB) / (1 - KB)) * scale)];
const [vg, vb] = [Math.round((-(1 - KR - KB) / (1 - KR)) * scale), Math.round((-KB / (1 - KR)) * scale)];
const most = Math.round(scale);

/** The planes one after the other; the bytes are new. */
export function toPlanes(
  bytes: ArrayBuffer,
  { width, height }: { readonly width: number; readonly height: number },
): ArrayBuffer {
  const rgb = new Uint8Array(bytes);
  const planes = new Uint8Array(planarBytes(width, height));
  for (let y = 0; y < height; y += 2) convertRows(rgb, planes, width, height, y);
  return planes.buffer;
}

/** Two rows, or the last one alone. */
function convertRows(rgb: Uint8Array, planes: Uint8Array, width: number, height: number, y: number): void {
  const columns = Math.ceil(width / 2);
  const below = y + 1 < height ? width : 0;
  const uRow = width * height + (y >> 1) * columns;
  const vRow = uRow + columns * Math.ceil(height / 2);
  for (let x = 0; x < width; x += 2) {
    const at = y * width + x;
    const right = x + 1 < width ? 1 : 0;
    let [red, green, blue] = [0, 0, 0];
    for (let i = 0; i < 4; i++) {
      // At an odd edge the last pixel counts for the ones that are not there.
      const pixel = at + (i & 1 ? right : 0) + (i & 2 ? below : 0);
      const [r, g, b] = [rgb[3 * pixel]!, rgb[3 * pixel + 1]!, rgb[3 * pixel + 2]!];
      planes[pixel] = 16 + ((yr * r + yg * g + yb * b + ONE / 2) >> 16);
      red += r;
      green += g;
      blue += b;
    }
    planes[uRow + (x >> 1)] = 128 + ((ur * red + ug * green + most * blue + ONE / 2) >> 16);
    planes[vRow + (x >> 1)] = 128 + ((most * red + vg * green + vb * blue + ONE / 2) >> 16);
  }
}
