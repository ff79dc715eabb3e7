/** Numbers and times as people read them. */

/** Seconds as a clock: `0:07.2`, `12:05.0`, `1:02:33`; with as many decimals as asked for. */
export function clock(seconds: number, decimals = 1): string {
  const unit = 10 ** decimals;
  let rest = Math.round(Math.abs(seconds) * unit) / unit;
  const hours = Math.floor(rest / 3600);
  rest -= hours * 3600;
  const minutes = Math.floor(rest / 60);
  const tail = (rest - minutes * 60).toFixed(decimals).padStart(decimals > 0 ? 3 + decimals : 2, "0");
  const head = hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}` : String(minutes);
  return `${seconds < 0 ? "−" : ""}${head}:${tail}`;
}

/** A length of time: `0.4 s`, `12 s`, `3 min 20 s`, `1 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min${whole % 60 > 0 ? ` ${whole % 60} s` : ""}`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h${minutes % 60 > 0 ? ` ${minutes % 60} min` : ""}`;
}

/** With thin spaces between groups of three digits. */
export function grouped(value: number, decimals = 0): string {
  const [whole = "", part] = Math.abs(value).toFixed(decimals).split(".");
  const groups = whole.replace(/\B(?=(\d{3})+$)/g, "\u2009");
  return `${value < 0 ? "−" : ""}${groups}${part ? `.${part}` : ""}`;
}

/** `1 gap`, `3 gaps`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${grouped(value)} ${value === 1 ? one : many}`;
}
