/**
 * Correctly rounded decimal numbers of 16 to 18 digits. Float32 boxes printed by Python come with 17 digits, and
 * the general conversion of those took a third of all scoring time.
 */

/** Powers of ten that a double holds exactly: dividing an exact integer by one of them rounds only once. */
export const powersOfTen = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

const inverses = powersOfTen.map((x) => 1 / x);
/** 2^27 + 1 splits a double into two halves whose products are exact (Dekker, 1971). */
const splitter = 134217729;
/** The halves of the powers of ten. */
const upperHalves = powersOfTen.map((x) => splitter * x - (splitter * x - x));
const lowerHalves = powersOfTen.map((x, i) => x - upperHalves[i]);
/** Well above the error of the second term (a few 2^-53) and far below what matters. */
const doubt = 2 ** -40;

/**
 * The number of the digits of `head`, then those of `tail`, with a point before the last `decimals` of them.
 *
 * @param digits how many there are.
 * @param tailDigits how many of them are in `tail`, up to 10.
 * @returns NaN where the last bit is in doubt (very close to the middle of two doubles), or where there are more
 * than 18 digits, or more than 15 in `head`.
 */
export function longDecimal(
  head: number,
  tail: number,
  digits: number,
  tailDigits: number,
  decimals: number,
): number {
  if (digits > 18 || digits - tailDigits > 15) return Number.NaN;
  // head * 10^tailDigits + tail = whole + rest, exactly: the two parts of head have so few bits that nothing is lost.
  const scale = powersOfTen[tailDigits];
  const upper = Math.floor(head * 2 ** -26) * 2 ** 26;
  const high = upper * scale;
  const low = (head - upper) * scale;
  const product = high + low;
  const lost = low - (product - high) + tail;
  const whole = product + lost;
  const rest = lost - (whole - product);
  // A quotient, its exact remainder, then the correction that the remainder makes.
  const divisor = powersOfTen[decimals];
  const inverse = inverses[decimals];
  const quotient = whole * inverse;
  const split = splitter * quotient;
  const a = split - (split - quotient);
  const c = quotient - a;
  const b = upperHalves[decimals];
  const d = lowerHalves[decimals];
  const rounded = quotient * divisor;
  const error = c * d - (rounded - a * b - c * b - a * d);
  const correction = (whole - rounded - error + rest) * inverse;
  const value = quotient + correction * (1 + doubt);
  return value === quotient + correction * (1 - doubt) ? value : Number.NaN;
}
