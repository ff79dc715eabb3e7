/** A copy of the video that is made when somebody asks: of one that no browser plays, or of one that is large. */
import { useSignal } from "@preact/signals";
import type { VideoSource } from "../../report/boot.js";
import { follow } from "../making.js";
import { report } from "../state.js";
import { pauseStrips } from "../strips.js";
import { whyNoPicture } from "./view.js";

export function Copy() {
  const state = useSignal<{ readonly said: string; readonly end?: () => void } | undefined>(undefined);
  const original = useSignal<VideoSource | undefined>(undefined);
  const { makeable } = report.value;
  const copy = makeable?.copy;
  if (!makeable || !copy) return null;
  const show = (video: VideoSource): void => {
    if (copy.why === "large") original.value = report.value.video;
    report.value = { ...report.value, video, noVideo: undefined };
  };
  const make = async (): Promise<void> => {
    const goOn = pauseStrips();
    const controller = new AbortController();
    const say = (said: string): void => {
      state.value = { said, end: () => controller.abort() };
    };
    say("Making a copy …");
    try {
      await follow(
        copy.url,
        makeable.token,
        (lines) => {
          for (const line of lines) {
            if (line.type === "busy") say("Waiting: something else is being made …");
            if (line.type === "progress")
              say(`Making a copy: ${Math.floor((100 * line.done) / Math.max(line.of, 1))} %`);
            if (line.type === "copy") show(line.video);
          }
        },
        controller.signal,
      );
      state.value = undefined;
    } catch (error) {
      state.value = controller.signal.aborted
        ? undefined
        : { said: `The copy was not made: ${(error as Error).message}` };
    } finally {
      goOn();
    }
  };
  const isMaking = state.value?.end !== undefined;
  if (copy.why === "unplayable" && !whyNoPicture.value && !state.value) return null;
  return (
    <p class="copy">
      {original.value ? (
        <button
          type="button"
          onClick={() => {
            report.value = { ...report.value, video: original.value! };
            original.value = undefined;
          }}
        >
          Play the original
        </button>
      ) : (
        <button type="button" disabled={isMaking} onClick={make}>
          {copy.why === "large" ? "Play a small copy" : "Make a copy that plays"}
        </button>
      )}
      {isMaking && (
        <button type="button" onClick={state.value!.end}>
          Cancel
        </button>
      )}
      <span class="faint" role="status">
        {state.value?.said ??
          (original.value
            ? ""
            : copy.why === "large"
              ? "This video is large: a copy is easier to play and to jump in."
              : "It takes a while for a long video; it is kept, so that it is made once.")}
      </span>
    </p>
  );
}
