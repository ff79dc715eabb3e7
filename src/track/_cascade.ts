/**
 * The order of the matching cascade: tracks by how long they have been missing, the recently seen first, because
 * the longer a track is missing the more it claims (its uncertainty grows, and with it its gate).
 *
 * @param slots tracks in the order of their ids
 * @param misses by slot
 * @returns slots with equal misses together, in the order given
 */
export function cascade(slots: readonly number[], misses: Int32Array): number[][] {
  const levels: number[][] = [];
  const recent: number[] = [];
  const lost: number[] = [];
  for (const slot of slots) (misses[slot] === 1 ? recent : lost).push(slot);
  if (recent.length > 0) levels.push(recent);
  // Few are lost, and the sort is stable.
  lost.sort((a, b) => misses[a] - misses[b]);
  for (let k = 0; k < lost.length; k++) {
    if (k > 0 && misses[lost[k]] === misses[lost[k - 1]]) levels[levels.length - 1].push(lost[k]);
    else levels.push([lost[k]]);
  }
  return levels;
}
