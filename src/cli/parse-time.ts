/** "90", "1:30" or "0:01:30.5" in seconds; NaN where it is none of them. */
export function parseTime(value: string): number {
  const match = /^(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d+)?)$/.exec(value.trim());
  if (!match) return Number.NaN;
  const [, hours = 0, minutes = 0, seconds] = match;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}
