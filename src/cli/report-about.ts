/** What is odd about a run, for the top of its page. */
import { plural } from "./reporter.js";
import type { NamedTracks } from "./tracks-file.js";

/** What somebody who looks at these tracks should know. */
export function aboutRun({ header, footer }: NamedTracks, tracks: string): string[] {
  const notices: string[] = [];
  if (header && !footer)
    notices.push(`${JSON.stringify(tracks)} has no end: the run is going on, or was killed.`);
  const { damage = [], interrupted, frames, expectedFrames } = footer?.integrity ?? {};
  if (interrupted)
    notices.push(
      `The run was interrupted after ${frames}${expectedFrames ? ` of ${expectedFrames}` : ""} frames.`,
    );
  if (damage.length > 0)
    notices.push(
      `${plural(damage.length, "part")} of the input ${damage.length > 1 ? "were" : "was"} damaged or missing when it was tracked.`,
    );
  return notices;
}
