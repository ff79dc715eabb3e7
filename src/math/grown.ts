/** A longer copy of a column: at least `length`, with room to spare so that growing stays rare. */
export function grown<T extends Float64Array | Int32Array | Uint8Array>(old: T, length: number): T {
  const array = new (old.constructor as new (n: number) => T)(Math.max(16, 2 * length));
  array.set(old);
  return array;
}
