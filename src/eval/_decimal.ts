/**
 * Correctly rounded decimal numbers of 16 to 18 digits. Float32 boxes printed by Python come with 17 digits, and
 * the general conversion of those took a third of all scoring time.
 */

/** Powers of ten that a double holds exactly: dividing an exact integer by one of them rounds only once. */
export const powersOfTen = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

/** 2^27 + 1 splits a double into two halves whose products are exact (Dekker, 1971). */
const splitter = 134217729;

/** Each power of ten, its inverse, its upper and its lower half. */
const tens = Float64Array.from({ length: 4 * powersOfTen.length }, (_, i) => {
  const power = powersOfTen[i >> 2];
  const upper = splitter * power - (splitter * power - power);
  return [power, 1 / power, upper, power - upper][i & 3];
});

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
  const k = 4 * decimals;
  const inverse = tens[k + 1];
  const quotient = whole * inverse;
  const split = splitter * quotient;
  const a = split - (split - quotient);
  const c = quotient - a;
  const b = tens[k + 2];
  const d = tens[k + 3];
  const rounded = quotient * tens[k];
  const error = c * d - (rounded - a * b - c * b - a * d);
  const correction = (whole - rounded - error + rest) * inverse;
  // Well above the error of the second term (a few 2^-53) and far below what matters.
  const doubt = correction * 2 ** -40;
  const value = quotient + (correction + doubt);
  return value === quotient + (correction - doubt) ? value : Number.NaN;
}
