/** How long each place of the picture was stood on. */
import { frameAt, PARTS_OF_A_PIXEL, type Run } from "../../report/run.js";

/** Places across the picture. */
const ACROSS = 128;

/** A foot is not a point: places around it get a share, twice by the neighbours within this reach. */
const REACH = 1;

export interface Heat {
  readonly width: number;
  readonly height: number;
  /** Seconds, row by row. */
  readonly seconds: Float32Array;
  readonly most: number;
}

/** Seconds that foot points were in each place between two times. */
export function heatOf(
  run: Run,
  { from, to }: { readonly from: number; readonly to: number },
  classes: ReadonlySet<number> | undefined,
): Heat {
  const width = ACROSS;
  const height = Math.max(1, Math.round((ACROSS * run.height) / Math.max(run.width, 1)));
  const seconds = new Float32Array(width * height);
  const [perX, perY] = [width / (run.width * PARTS_OF_A_PIXEL), height / (run.height * PARTS_OF_A_PIXEL)];
  const { box, time, start } = run;
  const [first, last] = [frameAt(run, from), frameAt(run, to)];
  const step = usualStep(run);
  for (let at = first; at <= last && at < time.length; at++) {
    if (time[at]! < from) continue;
    // Over a gap of the recording nobody stood anywhere.
    const lasts = Math.min((time[at + 1] ?? time[at]! + step) - time[at]!, 2 * step);
    for (let row = start[at]!; row < start[at + 1]!; row++) {
      if (classes && !classes.has(run.class[row]!)) continue;
      const x = Math.floor(((box[row * 4]! + box[row * 4 + 2]!) / 2) * perX);
      const y = Math.floor(box[row * 4 + 3]! * perY);
      // Feet below the picture are those of people who are cut off by it.
      if (x < 0 || x >= width || y < 0) continue;
      seconds[Math.min(y, height - 1) * width + x]! += lasts;
    }
  }
  const soft = soften(soften(seconds, width, height), width, height);
  return { width, height, seconds: soft, most: soft.reduce((a, b) => Math.max(a, b), 0) };
}

function usualStep({ time }: Run): number {
  const { length } = time;
  return length > 1 ? (time[length - 1]! - time[0]!) / (length - 1) : 0.04;
}

/** Each place becomes the mean of its neighbours and itself; nothing is lost at the edges. */
function soften(values: Float32Array, width: number, height: number): Float32Array {
  const across = along(values, width, height, 1, width);
  return along(across, height, width, width, 1);
}

function along(
  values: Float32Array,
  length: number,
  lines: number,
  step: number,
  nextLine: number,
): Float32Array {
  const out = new Float32Array(values.length);
  for (let line = 0; line < lines; line++)
    for (let at = 0; at < length; at++) {
      let sum = 0;
      for (let by = -REACH; by <= REACH; by++)
        sum += values[line * nextLine + Math.min(Math.max(at + by, 0), length - 1) * step]!;
      out[line * nextLine + at * step] = sum / (2 * REACH + 1);
    }
  return out;
}
