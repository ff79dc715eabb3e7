/**
 * What can be tuned, and the settings that are tried: drawn before any score is known, so that choosing among them on
 * some sequences and scoring the choice on others is honest.
 */

/** An option, the values that are tried, and whether they are whole. */
interface Range {
  readonly option: string;
  readonly from: number;
  readonly to: number;
  readonly isWhole?: boolean;
}

const score = (option: string, from: number, to: number): Range => ({ option, from, to });
const whole = (option: string, from: number, to: number): Range => ({ option, from, to, isWhole: true });

const byteLike: readonly Range[] = [
  ...[score("highScore", 0.3, 0.8), score("lowScore", 0.05, 0.3), score("newScore", 0.4, 0.9)],
  ...[score("minIou", 0.05, 0.4), score("minLowIou", 0.2, 0.7), whole("maxAge", 10, 120)],
];

/** By tracker. DeepSORT is not among them: it compares pictures, and tuning goes by detections alone. */
export const spaces: Readonly<Record<string, readonly Range[]>> = {
  throughline: [
    ...[score("highScore", 0.4, 0.8), score("lowScore", 0.05, 0.3), score("newScore", 0.6, 1)],
    ...[score("minIou", 0.1, 0.5), score("minLowIou", 0.2, 0.7)],
    ...[whole("minHits", 2, 8), whole("maxAge", 10, 120), whole("coast", 0, 8)],
  ],
  sort: [
    score("minScore", 0, 0.9),
    score("minIou", 0.1, 0.5),
    whole("maxAge", 1, 60),
    whole("minHits", 1, 5),
  ],
  bytetrack: byteLike,
  ocsort: [
    ...[score("minScore", 0.2, 0.8), score("minIou", 0.1, 0.5), score("inertia", 0, 0.5)],
    ...[whole("maxAge", 5, 90), whole("minHits", 1, 5), whole("deltaT", 1, 6)],
  ],
  botsort: byteLike,
};

/** Options of a tracker that differ from its defaults. */
export type Candidate = Readonly<Record<string, number>>;

/**
 * The candidate of a number: 0 is the defaults; in the others about every third option differs from them, and at least
 * one. The same for the same seed, however many there are.
 */
export function candidate(space: readonly Range[], seed: number, number: number): Candidate {
  if (number === 0) return {};
  const next = random(seed, number);
  const sure = Math.floor(next() * space.length);
  const chosen: Record<string, number> = {};
  space.forEach(({ option, from, to, isWhole }, i) => {
    const [isDrawn, at] = [next() < 1 / 3, next()];
    if (!isDrawn && i !== sure) return;
    chosen[option] = isWhole
      ? from + Math.floor(at * (to - from + 1))
      : Math.round(1e3 * (from + at * (to - from))) / 1e3;
  });
  return chosen;
}

/** Uniform numbers in [0, 1): the linear congruential generator of "Numerical Recipes", its first numbers left out. */
function random(seed: number, stream: number): () => number {
  let state = (Math.imul(seed, 2654435761) ^ Math.imul(stream, 2246822519)) >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (let i = 0; i < 8; i++) next();
  return next;
}
