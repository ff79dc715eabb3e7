/** Heat as colours: steadily darker on light paper, steadily lighter on dark, so that colours need not be told apart. */
import type { Heat } from "./heat.js";

/** From little to much. */
export const HEAT_STEPS = {
  light: ["#fde3a7", "#fcb85f", "#f28a3c", "#d6502e", "#9c1f3a", "#4a0d3a"],
  dark: ["#4b1560", "#8f2360", "#d0453f", "#f58b42", "#fcc75e", "#fdf2c0"],
} as const;

const rgb = (colour: string): readonly [number, number, number] => [
  Number.parseInt(colour.slice(1, 3), 16),
  Number.parseInt(colour.slice(3, 5), 16),
  Number.parseInt(colour.slice(5, 7), 16),
];

/** Below this share of the most a place is left free. */
const LEAST = 0.002;

/** Draws with the opacity that the context has. */
export function drawHeat(
  context: CanvasRenderingContext2D,
  { width, height, seconds, most }: Heat,
  wide: number,
  high: number,
  isDark: boolean,
): void {
  if (most === 0) return;
  const steps = HEAT_STEPS[isDark ? "dark" : "light"].map(rgb);
  const image = new ImageData(width, height);
  for (let at = 0; at < seconds.length; at++) {
    const share = seconds[at]! / most;
    if (share < LEAST) continue;
    // By the root, or one queue would hide all the ways.
    const level = Math.sqrt(share);
    const place = level * (steps.length - 1);
    const low = Math.min(Math.floor(place), steps.length - 2);
    for (let c = 0; c < 3; c++) {
      const [a, b] = [steps[low]![c]!, steps[low + 1]![c]!];
      image.data[at * 4 + c] = a + (b - a) * (place - low);
    }
    image.data[at * 4 + 3] = 255 * Math.min(1, 0.15 + level * 2);
  }
  const small = document.createElement("canvas");
  small.width = width;
  small.height = height;
  small.getContext("2d")!.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = true;
  context.drawImage(small, 0, 0, wide, high);
}
