/**
 * MOTChallenge files cannot tell classes apart, and are about people. Where nobody chose the classes, they hold the
 * people only; the other formats hold everything that is followed.
 */
import { indicesOf, people as peopleClasses } from "../classes.js";
import { formats } from "../format/files.js";
import { mot } from "../format/mot.js";
import { IdSet } from "../math/id-set.js";
import type { Column, Format } from "../types.js";

export interface PeopleFormats {
  readonly formats: readonly Format[];
  /** How many identities were left out of the MOTChallenge files so far. */
  leftOut(): number;
  /** What was counted, for a later run to go on with. */
  save(): Readonly<Record<string, Column>>;
}

/**
 * Every format, the MOTChallenge one narrowed to people where `labels` has a name for them. `saved` is what `save`
 * gave in the run that is gone on with.
 */
export function peopleFormats(
  labels: readonly string[],
  saved: Readonly<Record<string, Column>> = {},
): PeopleFormats {
  const people = new Set(peopleClasses.flatMap((name) => indicesOf(labels, name)));
  if (people.size === 0) return { formats, leftOut: () => 0, save: () => ({}) };
  // An identity may be taken for something else in some frames.
  const written = IdSet.from(saved.people ?? []);
  const left = IdSet.from(saved.others ?? []);
  const narrowed: Format = {
    ...mot,
    frame(frame, header) {
      for (const track of frame.tracks) (people.has(track.class) ? written : left).add(track.id);
      return mot.frame({ ...frame, tracks: frame.tracks.filter((track) => people.has(track.class)) }, header);
    },
  };
  return {
    formats: formats.map((format) => (format === mot ? narrowed : format)),
    leftOut: () => [...left].filter((id) => !written.has(id)).length,
    save: () => ({ people: written.save(), others: left.save() }),
  };
}
