/** Runs that are going on. */
import type { GoingRun } from "../../report/listing.js";
import { clock, grouped } from "../show.js";

export function Going({ runs }: { readonly runs: readonly GoingRun[] }) {
  return (
    <section aria-label="Going on now">
      <div class="bar">
        <h2>Going on now</h2>
      </div>
      <ul class="going">
        {runs.map((run) => (
          <li key={`${run.folder}/${run.input}/${run.began}`}>
            <strong>{run.input}</strong>
            <span>{run.folder === "" ? "" : `into ${run.folder}`}</span>
            <Progress run={run} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** How far it is; how much there is in all, only the run itself knows. */
export function Progress({ run }: { readonly run: GoingRun }) {
  if (run.frames === 0) return <span class="faint">begins …</span>;
  return (
    <span>
      {grouped(run.frames)} frames, {clock(run.seconds, 0)} of the video
    </span>
  );
}
