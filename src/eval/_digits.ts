/** Up to four decimal digits at once, out of a little-endian word of four characters. */

/** A word without a digit: four line ends. */
export const noDigits = 0x0a0a0a0a;

const zeros = 0x30303030;

/** How many digits the word begins with, 0 to 4. */
export function digitsIn(word: number): number {
  const d = word ^ zeros;
  // The high bit of each byte that is more than 9; a carry out of one only reaches those after it.
  const others = ((d + 0x76767676) | d) & 0x80808080;
  return others === 0 ? 4 : (31 - Math.clz32(others & -others)) >> 3;
}

/** The number that the first `size` characters spell. */
export function numberOf(word: number, size: number): number {
  // Zeros in front in place of the characters behind. In two steps: no number is shifted by 32.
  const half = 16 - (size << 2);
  const d = ((word << half) << half) & 0x0f0f0f0f;
  const pairs = (Math.imul(d, 10 * 256 + 1) >>> 8) & 0x00ff00ff;
  return Math.imul(pairs, 100 * 65536 + 1) >>> 16;
}
