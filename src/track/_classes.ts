/** Which classes may share an identity, and which class an identity has. */

/** Rule for an option `classGroups`. */
export function classGroupsRule(value: unknown): string | undefined {
  const expected = "lists of class indices, no class twice, such as [[2, 5, 7]]";
  if (!Array.isArray(value)) return expected;
  const seen = new Set<number>();
  for (const group of value) {
    if (!Array.isArray(group)) return expected;
    for (const c of group) {
      if (!Number.isSafeInteger(c) || seen.has(c)) return expected;
      seen.add(c);
    }
  }
  return undefined;
}

/**
 * A function from class to a key that is equal for classes that may share an identity: the first class of the
 * group, or the class itself where it is in none. Without groups all keys are equal.
 */
export function classKey(groups: readonly (readonly number[])[] | undefined): (c: number) => number {
  if (!groups) return () => 0;
  const keys = new Map<number, number>();
  for (const group of groups) for (const c of group) keys.set(c, group[0]);
  return (c) => keys.get(c) ?? c;
}

/**
 * The class of one identity: the one with the largest sum of scores over its history, so that a car taken for a
 * truck in some frames stays a car. Scores count as 0.01 to 1; at a tie the class stays.
 */
export class ClassVote {
  winner: number;
  #weight: number;
  #others: Map<number, number> | undefined;

  constructor(first: number, score: number) {
    this.winner = first;
    this.#weight = weight(score);
  }

  /** As numbers: how many follow, the winner and its weight, then the others alike. */
  save(): number[] {
    const pairs = [this.winner, this.#weight, ...[...(this.#others ?? [])].flat()];
    return [pairs.length, ...pairs];
  }

  /** What `save` gave, at `values[at]`. @returns where the next one begins @throws {RangeError} where it cannot be */
  restore(values: Float64Array, at: number): number {
    const end = at + 1 + values[at];
    if (!(Number.isInteger(end) && end >= at + 3 && end <= values.length))
      throw new RangeError("Cannot restore tracks: their classes do not fit");
    this.winner = values[at + 1];
    this.#weight = values[at + 2];
    this.#others = values[at] > 2 ? new Map() : undefined;
    for (let i = at + 3; i < end; i += 2) this.#others?.set(values[i], values[i + 1]);
    return end;
  }

  add(c: number, score: number): void {
    if (c === this.winner) {
      this.#weight += weight(score);
      return;
    }
    this.#others ??= new Map();
    const sum = (this.#others.get(c) ?? 0) + weight(score);
    if (sum > this.#weight) {
      this.#others.delete(c);
      this.#others.set(this.winner, this.#weight);
      this.winner = c;
      this.#weight = sum;
    } else this.#others.set(c, sum);
  }
}

function weight(score: number): number {
  return Math.min(Math.max(score, 0.01), 1);
}
