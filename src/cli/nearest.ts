/** The known name that a misspelt one most likely means. */

/** Undefined where none is near: more than a third of the letters would have to change. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  // Long texts are no names, and comparing takes the product of the lengths.
  if (name.length > 64) return undefined;
  const plain = (text: string) => text.toLowerCase().replaceAll(/[-_. ]/g, "");
  const wanted = plain(name);
  let [best, least] = [undefined as string | undefined, Math.floor(wanted.length / 3) + 0.5];
  for (const other of known) {
    const changes = distance(wanted, plain(other));
    if (changes < least) [best, least] = [other, changes];
  }
  return best;
}

/** `; did you mean "..."?`, or nothing. */
export function suggest(name: string, known: readonly string[]): string {
  const found = nearest(name, known);
  return found === undefined ? "" : `; did you mean ${JSON.stringify(found)}?`;
}

/** Letters to insert, drop or change. Levenshtein 1966. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, k) => k);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
