/** The picture twice, with the boxes of the one run and of the other. One video plays, so that both are in step. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Canvas } from "../canvas.js";
import { Copy } from "../player/copy.js";
import { drawBoxes } from "../player/draw.js";
import { Help } from "../player/help.js";
import { Overlay } from "../player/overlay.js";
import { Stage, TrackedVideo, WhyNoPicture } from "../player/stage.js";
import { Transport } from "../player/transport.js";
import { usePlayer } from "../player/use-player.js";
import { hasPicture, shown, showsLabels, showsSelectedOnly, size, trail } from "../player/view.js";
import { other, otherAt, otherIdentities, otherNames, otherRowFrames, otherSelected } from "./state.js";
import "../report/player.css";

/** Rises when another picture is on the screen. */
const painted = signal(0);

export function Pair({ names: [a, b] }: { readonly names: readonly [string, string] }) {
  const { section, video, fullscreen } = usePlayer();
  useEffect(() => followPictures(video.current!), []);
  return (
    <section ref={section} class="player" aria-label="Both runs">
      <div class="pair">
        <figure>
          <figcaption>A: {a}</figcaption>
          <Stage>
            <TrackedVideo video={video} />
            <Overlay />
          </Stage>
        </figure>
        <figure>
          <figcaption>B: {b}</figcaption>
          <Stage>
            <Canvas
              class="second"
              role="img"
              aria-label="The same picture with the boxes of B"
              draw={(context, wide, high) => {
                void painted.value;
                drawSecond(context, video.current!, { width: wide, height: high });
              }}
            />
          </Stage>
        </figure>
      </div>
      <WhyNoPicture />
      <Copy />
      <Transport onFullscreen={fullscreen} />
      <Help />
    </section>
  );
}

function drawSecond(
  context: CanvasRenderingContext2D,
  video: HTMLVideoElement,
  to: { readonly width: number; readonly height: number },
): void {
  if (hasPicture.value && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA)
    context.drawImage(video, 0, 0, to.width, to.height);
  const at = shown.value === undefined ? undefined : otherAt(shown.value);
  context.canvas.dataset.frame = at === undefined ? "" : String(other.value.index[at]);
  if (at === undefined) return;
  drawBoxes(context, other.value, at, {
    ...{ from: size.value, to, names: otherNames.value, labels: showsLabels.value },
    ...{ selected: otherSelected.value, onlySelected: showsSelectedOnly.value },
    ...{ identities: otherIdentities.value, rowFrames: otherRowFrames.value, trail: trail.value },
  });
}

/** Told of every picture, also where a browser tells nobody exactly. */
function followPictures(video: HTMLVideoElement): () => void {
  let isOver = false;
  const paint = (): void => {
    painted.value++;
  };
  const next = (): void => {
    if (isOver) return;
    paint();
    video.requestVideoFrameCallback(next);
  };
  if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(next);
  for (const type of ["loadeddata", "seeked", "timeupdate"]) video.addEventListener(type, paint);
  return () => {
    isOver = true;
    for (const type of ["loadeddata", "seeked", "timeupdate"]) video.removeEventListener(type, paint);
  };
}
