/** The moving picture with the boxes over it. */
import { useEffect, useRef } from "preact/hooks";
import { addKeys, press } from "../keys.js";
import { Help } from "../player/help.js";
import { Overlay } from "../player/overlay.js";
import { playerKeys } from "../player/player-keys.js";
import { openSource } from "../player/source.js";
import { Transport } from "../player/transport.js";
import { hasPicture, size, videoSize, whyNoPicture } from "../player/view.js";
import { report } from "../state.js";
import { startCounting } from "../zones/counting.js";
import { Layer } from "../zones/layer.js";
import "./player.css";

export function Player() {
  const section = useRef<HTMLElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const fullscreen = (): void => {
    // A browser that refuses leaves things as they are.
    const done = document.fullscreenElement
      ? document.exitFullscreen()
      : section.current?.requestFullscreen?.();
    done?.catch(() => undefined);
  };
  useEffect(() => openSource(video.current!), []);
  useEffect(startCounting, []);
  useEffect(() => {
    const remove = addKeys(playerKeys(fullscreen));
    addEventListener("keydown", press);
    return () => {
      remove();
      removeEventListener("keydown", press);
    };
  }, []);
  const { width, height } = videoSize.value ?? size.value;
  const note = report.value.video?.note;
  return (
    <section ref={section} class="player" aria-label="Video">
      <div class="screen">
        <div class={`stage${hasPicture.value ? "" : " plain"}`} style={{ "--shape": width / height }}>
          <video ref={video} muted playsInline preload="auto" aria-label="Tracked video" tabIndex={-1} />
          <Overlay />
          <Layer />
        </div>
      </div>
      {whyNoPicture.value && (
        <p class="why" role="status">
          {whyNoPicture.value}
        </p>
      )}
      {note && !whyNoPicture.value && <p class="note">{note}</p>}
      <Transport onFullscreen={fullscreen} />
      <Help />
    </section>
  );
}
