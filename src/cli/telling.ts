/** A tracker that tells more than its tracks while it is updated. */
import type { Decision, Tracker } from "../types.js";

/** A tracker whose decisions are put into `decided`, a list for every frame. */
export const tellingDecisions = (tracker: Tracker, decided: Decision[][]): Tracker => ({
  get looksFrom() {
    return tracker.looksFrom;
  },
  delay: tracker.delay,
  update(detections, cues) {
    const decisions: Decision[] = [];
    decided.push(decisions);
    const onDecision = (decision: Decision) => decisions.push(decision);
    return tracker.update(detections, { ...cues, onDecision });
  },
});
