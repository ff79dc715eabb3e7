/**
 * Numbers with four digits that count, as JSON has them. Most lie between a thousandth and a thousand, and those are
 * put together out of parts: telling the shortest text of any double takes several times as long.
 */
export function fourDigits(value: number): string {
  if (Number.isInteger(value)) return `${value}`;
  if (value >= 0.1 && value < 1) return parted(value, 1e4, 1);
  if (value >= 1 && value < 10) return parted(value, 1e3, 10);
  if (value >= 10 && value < 100) return parted(value, 1e2, 100);
  if (value >= 100 && value < 1000) return parted(value, 10, 1000);
  // Of smaller ones there are few.
  if (value >= 0.01 && value < 0.1) return `${Math.round(value * 1e5) / 1e5}`;
  if (value >= 0.001 && value < 0.01) return `${Math.round(value * 1e6) / 1e6}`;
  return `${Number(value.toPrecision(4))}`;
}

/** The value in steps of 1 / `scale`, which times `rest` is ten thousand. */
function parted(value: number, scale: number, rest: number): string {
  const steps = Math.round(value * scale);
  const whole = Math.floor(steps / scale);
  const part = (steps - whole * scale) * rest;
  return part === 0 ? `${whole}` : `${whole}.${decimals()[part]}`;
}

let table: readonly string[] | undefined;

/** What stands behind the point for each ten-thousandth. Made when it is first needed. */
function decimals(): readonly string[] {
  table ??= Array.from({ length: 1e4 }, (_, n) => String(n).padStart(4, "0").replace(/0+$/, ""));
  return table;
}
