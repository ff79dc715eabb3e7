/** When each identity was seen. */
import { frame, goTo, run } from "../state.js";

export function Timeline() {
  return (
    <section class="timeline" aria-label="Timeline">
      <input
        type="range"
        aria-label="Frame"
        min={0}
        max={run.value.index.length - 1}
        value={frame.value}
        onInput={(event) => goTo(event.currentTarget.valueAsNumber)}
      />
    </section>
  );
}
