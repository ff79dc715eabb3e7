/** Trackers that tell more than their tracks while they are updated. */
import type { LookMeans } from "../looks.js";
import type { Decision, Look, Tracker } from "../types.js";

/** A tracker whose decisions are put into `decided`, a list for every frame. */
export const tellingDecisions = (tracker: Tracker, decided: Decision[][]): Tracker =>
  updating(tracker, (detections, cues) => {
    const decisions: Decision[] = [];
    decided.push(decisions);
    const onDecision = (decision: Decision) => decisions.push(decision);
    return tracker.update(detections, { ...cues, onDecision });
  });

/** A tracker whose looks are put into `looked` as they are complete, a list for every frame. */
export const tellingLooks = (tracker: Tracker, looks: LookMeans, looked: (readonly Look[])[]): Tracker =>
  updating(tracker, (detections, cues) => {
    const tracks = tracker.update(detections, { ...cues, onLook: looks.onLook });
    looked.push(looks.next());
    return tracks;
  });

/** The tracker with another way to update. */
const updating = (tracker: Tracker, update: Tracker["update"]): Tracker => ({
  get looksFrom() {
    return tracker.looksFrom;
  },
  delay: tracker.delay,
  update,
});
