/** What a section with a playing video needs: its source, its keys, the whole screen. */
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { addKeys, press } from "../keys.js";
import { playerKeys } from "./player-keys.js";
import { openSource } from "./source.js";

export interface PlayerParts {
  readonly section: RefObject<HTMLElement | null>;
  readonly video: RefObject<HTMLVideoElement | null>;
  /** Takes the whole screen, or gives it back. */
  readonly fullscreen: () => void;
}

export function usePlayer(): PlayerParts {
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
  useEffect(() => {
    const remove = addKeys(playerKeys(fullscreen));
    addEventListener("keydown", press);
    return () => {
      remove();
      removeEventListener("keydown", press);
    };
  }, []);
  return { section, video, fullscreen };
}
