/** The value in the middle, the upper one of two. Any one far off moves it little. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
