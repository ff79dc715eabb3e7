/** What a picture stands on, in the video's shape; and the video that plays there. */
import type { ComponentChildren, RefObject } from "preact";
import { isHeard } from "./sound.js";
import { hasPicture, size, videoSize, whyNoPicture } from "./view.js";

export function Stage({ children }: { readonly children: ComponentChildren }) {
  const { width, height } = videoSize.value ?? size.value;
  return (
    <div class="screen">
      <div class={`stage${hasPicture.value ? "" : " plain"}`} style={{ "--shape": width / height }}>
        {children}
      </div>
    </div>
  );
}

export const TrackedVideo = ({ video }: { readonly video: RefObject<HTMLVideoElement | null> }) => (
  <video
    ref={video}
    muted={!isHeard.value}
    playsInline
    preload="auto"
    aria-label="Tracked video"
    tabIndex={-1}
  />
);

export const WhyNoPicture = () =>
  whyNoPicture.value ? (
    <p class="why" role="status">
      {whyNoPicture.value}
    </p>
  ) : null;
