/**
 * The turn, zoom and shift that most displacements have in common: M. Fischler, R. Bolles, "Random sample consensus",
 * 1981, and then least squares over those that agree.
 */
import { Matrix, solve } from "ml-matrix";

/** Takes (x, y) to (a x - b y + tx, b x + a y + ty). */
export interface Similarity {
  readonly a: number;
  readonly b: number;
  readonly tx: number;
  readonly ty: number;
}

/** Pairs that are tried. */
const samples = 80;
/** Those agree that are so near, in pixels. */
const near = 0.75;
/** As many must agree, and such a share of all. */
const fewest = 10;
const share = 0.4;
/** The result may be wrong by so many pixels, in the corner that is worst off: three standard errors. */
const unsure = 1;
/** What is known of a displacement at best, in pixels. */
const sharpest = 0.05;

/** Where places were and where they are, in columns; all numbers finite. */
export interface Displacements {
  readonly count: number;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly toX: Float64Array;
  readonly toY: Float64Array;
}

/** @returns undefined where too few agree, or lie so that they tell too little of a picture of this size */
export function fitSimilarity(all: Displacements, width: number, height: number): Similarity | undefined {
  if (all.count < fewest) return undefined;
  let best = throughBestPair(all);
  let agreeing = best ? those(all, best) : [];
  for (let round = 0; round < 2; round++) {
    if (!best || agreeing.length < Math.max(fewest, share * all.count)) return undefined;
    best = leastSquares(all, agreeing);
    agreeing = best ? those(all, best) : [];
  }
  if (!best || agreeing.length < Math.max(fewest, share * all.count)) return undefined;
  return errorInCorners(all, agreeing, best, width, height) < unsure ? best : undefined;
}

const squareOff = ({ x, y, toX, toY }: Displacements, i: number, { a, b, tx, ty }: Similarity): number => {
  const ex = a * x[i] - b * y[i] + tx - toX[i];
  const ey = b * x[i] + a * y[i] + ty - toY[i];
  return ex * ex + ey * ey;
};

function those(all: Displacements, s: Similarity): number[] {
  const found: number[] = [];
  for (let i = 0; i < all.count; i++) if (squareOff(all, i, s) < near * near) found.push(i);
  return found;
}

function throughBestPair(all: Displacements): Similarity | undefined {
  const { count } = all;
  let best: Similarity | undefined;
  let least = count * near * near;
  // The same numbers every time: same input, same output.
  let random = 1;
  const next = () => {
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
    return Math.floor((random / 2 ** 32) * count);
  };
  for (let s = 0; s < samples; s++) {
    const candidate = through(all, next(), next());
    if (!candidate) continue;
    let cost = 0;
    for (let i = 0; i < count && cost < least; i++)
      cost += Math.min(near * near, squareOff(all, i, candidate));
    if (cost >= least) continue;
    least = cost;
    best = candidate;
  }
  return best;
}

/** The similarity that takes places i and j where they are; undefined where they are too close to tell. */
function through({ x, y, toX, toY }: Displacements, i: number, j: number): Similarity | undefined {
  const [dx, dy] = [x[j] - x[i], y[j] - y[i]];
  const square = dx * dx + dy * dy;
  if (square < 400) return undefined;
  const [ex, ey] = [toX[j] - toX[i], toY[j] - toY[i]];
  const a = (dx * ex + dy * ey) / square;
  const b = (dx * ey - dy * ex) / square;
  return { a, b, tx: toX[i] - a * x[i] + b * y[i], ty: toY[i] - b * x[i] - a * y[i] };
}

function leastSquares({ x, y, toX, toY }: Displacements, rows: readonly number[]): Similarity | undefined {
  const A = new Matrix(2 * rows.length, 4);
  const B = new Matrix(2 * rows.length, 1);
  rows.forEach((i, r) => {
    A.setRow(2 * r, [x[i], -y[i], 1, 0]);
    A.setRow(2 * r + 1, [y[i], x[i], 0, 1]);
    B.set(2 * r, 0, toX[i]);
    B.set(2 * r + 1, 0, toY[i]);
  });
  const [a, b, tx, ty] = solve(A, B).to1DArray();
  return Number.isFinite(a + b + tx + ty) ? { a, b, tx, ty } : undefined;
}

/** Three standard errors of where the corner that is furthest from the places is taken to. */
function errorInCorners(
  all: Displacements,
  rows: readonly number[],
  fitted: Similarity,
  width: number,
  height: number,
): number {
  const { x, y } = all;
  const n = rows.length;
  let [mx, my, residual, spread] = [0, 0, 0, 0];
  for (const i of rows) {
    mx += x[i] / n;
    my += y[i] / n;
    residual += squareOff(all, i, fitted);
  }
  for (const i of rows) spread += (x[i] - mx) ** 2 + (y[i] - my) ** 2;
  const variance = Math.max(sharpest ** 2, residual / (2 * n - 4));
  const furthest = Math.max(mx, width - mx) ** 2 + Math.max(my, height - my) ** 2;
  return 3 * Math.sqrt(variance * (1 / n + furthest / spread));
}
