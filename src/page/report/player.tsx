/** The moving picture with the boxes over it. */
import { useEffect } from "preact/hooks";
import { Copy } from "../player/copy.js";
import { Help } from "../player/help.js";
import { Overlay } from "../player/overlay.js";
import { tellsPictures } from "../player/playback.js";
import { Stage, TrackedVideo, WhyNoPicture } from "../player/stage.js";
import { Transport } from "../player/transport.js";
import { usePlayer } from "../player/use-player.js";
import { hasPicture, whyNoPicture } from "../player/view.js";
import { report } from "../state.js";
import { startCounting } from "../zones/counting.js";
import { Layer } from "../zones/layer.js";
import "./player.css";

export function Player() {
  const { section, video, fullscreen } = usePlayer();
  useEffect(startCounting, []);
  const note = report.value.video?.note;
  return (
    <section ref={section} class="player" aria-label="Video">
      <Stage>
        <TrackedVideo video={video} />
        <Overlay />
        <Layer />
      </Stage>
      <WhyNoPicture />
      {note && !whyNoPicture.value && <p class="note">{note}</p>}
      {hasPicture.value && !tellsPictures && (
        <p class="note">
          This browser does not tell which picture it shows: boxes may be a few frames late while it plays.
          Paused, they are exact.
        </p>
      )}
      <Copy />
      <Transport onFullscreen={fullscreen} />
      <Help />
    </section>
  );
}
