/** What a section with a playing video needs: its source, its keys, the whole screen. */
import { computed, effect, untracked } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { addKeys, press } from "../keys.js";
import { report } from "../state.js";
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
  useEffect(() => {
    let close = () => {};
    const source = computed(() => report.value.video);
    // A copy may take the place of a video that is not played.
    const stop = effect(() => {
      void source.value;
      close();
      close = untracked(() => openSource(video.current!));
    });
    return () => {
      stop();
      close();
    };
  }, []);
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
