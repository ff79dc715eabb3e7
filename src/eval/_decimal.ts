/**
 * Correctly rounded decimal numbers of 16 to 18 digits. Float32 boxes printed by Python come with 17 digits, and
 * the general conversion of those took a third of all scoring time.
 */

const powersOfTen = Float64Array.from({ length: 19 }, (_, i) => Number(`1e${i}`));
/** 2^27 + 1 splits a double into two halves whose products are exact (Dekker, 1971). */
const splitter = 134217729;
/** Well above the error of the second term (a few 2^-53) and far below what matters. */
const doubt = 2 ** -40;

/**
 * The number `digits / 10^decimals`, where the digits stand in `bytes[from .. to)`, a point among them or not.
 *
 * @param digits how many there are, 10 to 18.
 * @returns NaN where the last bit is in doubt (very close to the middle of two doubles).
 */
export function longDecimal(
  bytes: Uint8Array,
  from: number,
  to: number,
  digits: number,
  decimals: number,
): number {
  let head = 0;
  let tail = 0;
  let left = digits;
  for (let at = from; at < to; at++) {
    const digit = bytes[at] - 48;
    if (digit < 0) continue; // the point
    if (left-- > 9) head = head * 10 + digit;
    else tail = tail * 10 + digit;
  }
  // head * 1e9 + tail = whole + rest, exactly: the two parts of head have so few bits that nothing is lost.
  const low = (head % 65536) * 1e9;
  const high = (head - (head % 65536)) * 1e9;
  const product = high + low;
  const lost = low - (product - high) + tail;
  const whole = product + lost;
  const rest = lost - (whole - product);
  // Quotient and exact remainder, then the correction that the remainder makes.
  const divisor = powersOfTen[decimals];
  const quotient = whole / divisor;
  const correction = (remainder(whole, quotient, divisor) + rest) / divisor;
  const value = quotient + correction * (1 + doubt);
  return value === quotient + correction * (1 - doubt) ? value : Number.NaN;
}

/** `whole - quotient * divisor` without rounding. */
function remainder(whole: number, quotient: number, divisor: number): number {
  const a = splitter * quotient - (splitter * quotient - quotient);
  const b = splitter * divisor - (splitter * divisor - divisor);
  const c = quotient - a;
  const d = divisor - b;
  const rounded = quotient * divisor;
  const error = c * d - (rounded - a * b - c * b - a * d);
  return whole - rounded - error;
}
