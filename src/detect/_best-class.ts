/**
 * The class with the highest value in one row, the first of equals; -1 where there is none but the background.
 *
 * @param from where the row begins in `values`
 */
export function bestClass(values: Float32Array, from: number, classes: number, background?: number): number {
  let label = -1;
  let best = -Infinity;
  for (let c = 0; c < classes; c++) {
    const value = values[from + c]!;
    if (value > best && c !== background) {
      best = value;
      label = c;
    }
  }
  return label;
}
