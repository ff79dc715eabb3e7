/** Pairs of a track and a detection that are near each other, in columns: there are several for every track. */
export class NearPairs {
  /** First pair of each track. */
  readonly starts: number[] = [];
  /** Position of each pair's track among the tracks before the frame, and of its detection among the candidates. */
  readonly tracks: number[] = [];
  readonly candidates: number[] = [];
  /** How well they fit; motion and cosine are not finite where they are not known. */
  readonly overlaps: number[] = [];
  readonly motions: number[] = [];
  readonly cosines: number[] = [];
  /** How far apart they are: 1 where the pair just reaches the limits of a stage that is open to it. */
  readonly excess: number[] = [];
  /** A pair of each candidate, and the next one of the same candidate; -1 at the end. */
  readonly firstOf: number[];
  readonly next: number[] = [];

  constructor(candidates: number) {
    this.firstOf = new Array(candidates).fill(-1);
  }

  /** The pairs of the next track follow. */
  begin(): void {
    this.starts.push(this.tracks.length);
  }

  add(k: number, j: number, overlap: number, motion: number, cosine: number, excess: number): void {
    this.next.push(this.firstOf[j]);
    this.firstOf[j] = this.tracks.length;
    this.tracks.push(k);
    this.candidates.push(j);
    this.overlaps.push(overlap);
    this.motions.push(motion);
    this.cosines.push(cosine);
    this.excess.push(excess);
  }

  /** Where the pairs of a track end. */
  endOf(track: number): number {
    return this.starts[track + 1] ?? this.tracks.length;
  }

  /** Whether pair `p` is closer than `q`, among equals the one of the first track and detection; -1 is no pair. */
  isCloser(p: number, q: number): boolean {
    if (q < 0) return true;
    if (this.excess[p] !== this.excess[q]) return this.excess[p] < this.excess[q];
    if (this.tracks[p] !== this.tracks[q]) return this.tracks[p] < this.tracks[q];
    return this.candidates[p] < this.candidates[q];
  }
}
