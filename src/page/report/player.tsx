/** The moving picture with the boxes over it. */
import { frame, run } from "../state.js";

export function Player() {
  return (
    <section class="player" aria-label="Video">
      Frame {run.value.index[frame.value]}
    </section>
  );
}
