/** Which of the tried settings to take, and what to expect of it on footage that it was not chosen by. */
import { addAll, type Counts, type Scores, scoreAll } from "../eval/evaluate.js";

/** Counts of one candidate, by sequence. */
export type Trial = readonly Counts[];

/** What a choice is made by. */
export const aims = {
  hota: ({ hota }: Scores): number => hota!.hota,
  mota: ({ clear }: Scores): number => clear!.mota,
  idf1: ({ identity }: Scores): number => identity!.idf1,
} as const;

export type Aim = keyof typeof aims;

/** How a choice came out. */
export interface Choice {
  /** Index of the trial that is best on all sequences together; 0 is the defaults. */
  readonly best: number;
  readonly defaults: Scores;
  /** Of the best on the sequences that it was chosen by: flattering. */
  readonly tuned: Scores;
  /**
   * What to expect elsewhere: sequences are scored in turn with the trial that is best on all others. Undefined for a
   * single sequence.
   */
  readonly expected: Scores | undefined;
}

/** So many groups of sequences are left out in turn at most. */
const mostFolds = 10;

/** The score of a trial on all sequences together. */
export const scoreOf = (trial: Trial, aim: Aim): number => aims[aim](scoreAll(trial.reduce(addAll)));

/** @param trials the first is the defaults; all have counts of the same sequences */
export function choose(trials: readonly Trial[], aim: Aim): Choice {
  const sequences = trials[0]!.map((_, i) => i);
  const best = bestOn(trials, sequences, aim);
  const folds = Math.min(mostFolds, sequences.length);
  const leftOut = sequences.map((i) => {
    const others = sequences.filter((other) => other % folds !== i % folds);
    return others.length > 0 ? trials[bestOn(trials, others, aim)]![i]! : undefined;
  });
  return {
    best,
    defaults: scoreAll(trials[0]!.reduce(addAll)),
    tuned: scoreAll(trials[best]!.reduce(addAll)),
    expected: leftOut.every((counts) => counts !== undefined) ? scoreAll(leftOut.reduce(addAll)) : undefined,
  };
}

/** Among equals the first. */
function bestOn(trials: readonly Trial[], sequences: readonly number[], aim: Aim): number {
  const scores = trials.map((trial) =>
    scoreOf(
      sequences.map((i) => trial[i]!),
      aim,
    ),
  );
  return scores.reduce((best, value, i) => (value > scores[best]! ? i : best), 0);
}
