/** Memory over a long run, right after the garbage was collected, and the straight line through it. */
export class Memory {
  readonly #at: number[] = [];
  readonly #heap: number[] = [];
  readonly #rss: number[] = [];

  sample(frames: number): void {
    globalThis.gc!();
    const { heapUsed, external, rss } = process.memoryUsage();
    this.#at.push(frames);
    this.#heap.push((heapUsed + external) / 2 ** 20);
    this.#rss.push(rss / 2 ** 20);
  }

  /** Lines for people. The first fifth is left out of the slope: code is still being compiled then. */
  report(): string[] {
    const from = Math.ceil(this.#at.length / 5);
    if (this.#at.length - from < 3) return ["too short to tell about memory"];
    const at = this.#at.slice(from);
    return [["heap and buffers", this.#heap] as const, ["resident", this.#rss] as const].map(
      ([name, all]) => {
        const values = all.slice(from);
        const { slope, error } = line(at, values);
        const [first, last] = [values[0]!, values.at(-1)!];
        return (
          `${name}: ${first.toFixed(1)} MB at frame ${at[0]}, ${last.toFixed(1)} MB at the end, at most ` +
          `${Math.max(...values).toFixed(1)} MB; slope ${(slope * 1e6).toFixed(2)} ± ${(2 * error * 1e6).toFixed(2)} MB per million frames`
        );
      },
    );
  }
}

/** Least squares; `error` is the standard error of the slope. */
function line(x: readonly number[], y: readonly number[]): { slope: number; error: number } {
  const n = x.length;
  const mean = (of: readonly number[]) => of.reduce((a, b) => a + b, 0) / n;
  const [mx, my] = [mean(x), mean(y)];
  const sxx = x.reduce((sum, v) => sum + (v - mx) ** 2, 0);
  const slope = x.reduce((sum, v, i) => sum + (v - mx) * (y[i]! - my), 0) / sxx;
  const rest = x.reduce((sum, v, i) => sum + (y[i]! - my - slope * (v - mx)) ** 2, 0);
  return { slope, error: Math.sqrt(rest / (n - 2) / sxx) };
}
