/**
 * Keeps what is on the screen and the shown frame together: a video leads while it plays and follows when somebody goes to
 * a frame. Where there is no picture, frames go by the clock.
 */
import { effect, untracked } from "@preact/signals";
import { frameAt } from "../../report/run.js";
import { frame, identities, playing, rowFrames, run, selected, speed } from "../state.js";
import { lastingOf, middleOf, pictureAt, ROUNDED } from "./pictures.js";
import { hasPicture, loops, shown, step } from "./view.js";

/** Seconds that the clock goes on at most from one drawing to the next, such as after the page was hidden. */
const LONGEST_STEP = 0.25;

/** Whether the browser tells which picture it shows: Firefox since 132, the others since 2022. */
export const tellsPictures = "requestVideoFrameCallback" in HTMLVideoElement.prototype;

/** The frames between which it plays: the picked identity's where that is repeated, else all. */
function playedRange(): readonly [from: number, to: number] {
  const last = Math.max(0, run.value.index.length - 1);
  const rows = loops.value ? identities.value.get(selected.value.at(-1) ?? Number.NaN) : undefined;
  if (!rows?.length) return [0, last];
  return [rowFrames.value[rows[0]!]!, rowFrames.value[rows.at(-1)!]!];
}

/**
 * Plays.
 *
 * @param video with its metadata loaded; undefined where there is none
 * @param offset seconds of the run at which the video's clock is 0
 * @returns what ends it
 */
export function startPlayback(video: HTMLVideoElement | undefined, offset: number): () => void {
  /** The frame that is shown because of playing; any other was asked for by somebody. */
  let own = -1;
  /** Where the video is to go once it has arrived where it is going. */
  let next: number | undefined;
  let request = 0;
  /** The video's time of the picture that it shows. */
  let latest: number | undefined;
  let isOver = false;

  const beginOf = (at: number): number => run.value.time[at]! - offset;
  /** As far as the browser knows: of some files it learns the length while it reads them. */
  const isInVideo = (at: number): boolean =>
    video !== undefined && middleOf(run.value, at) - offset >= 0 && beginOf(at) < video.duration;

  const show = (at: number): void => {
    own = at;
    frame.value = at;
  };

  /** Brings the picture of a frame on the screen, or the frame alone where it has none. */
  const seek = (at: number): void => {
    const to = run.value.time.length === 0 ? -1 : middleOf(run.value, at) - offset;
    if (video && to >= 0) {
      if (!hasPicture.value) {
        hasPicture.value = true;
        // The picture that it stopped at is there again, until the one that is asked for.
        if (latest !== undefined) look(latest, true);
      }
      // One at a time: a browser that is asked again while it seeks may show nothing for long.
      if (video.seeking) next = to;
      else video.currentTime = to;
      return;
    }
    leave(at);
  };

  /** Shows a frame that has no picture. */
  const leave = (at: number): void => {
    next = undefined;
    hasPicture.value = false;
    if (video && !video.paused) video.pause();
    shown.value = at;
  };

  /** At the end of what is played: begins anew, or stops. */
  const turn = (): void => {
    if (loops.value) show(playedRange()[0]);
    else playing.value = false;
    // A video may have gone further than the tracks before it was stopped.
    if (playing.value || shown.value !== own) seek(own);
  };

  /** A picture came on the screen. @param isBeginning whether `time` is that of its beginning */
  const look = (time: number, isBeginning: boolean): void => {
    if (!hasPicture.value) return;
    const at = frameAt(run.value, time + offset);
    const picture = isBeginning
      ? pictureAt(run.value, time + offset, step.value)
      : time + offset - run.value.time[at]! < lastingOf(run.value, at) * step.value
        ? at
        : undefined;
    shown.value = picture;
    if (!playing.value || video!.seeking || next !== undefined) return;
    const last = playedRange()[1];
    if ((picture ?? at) > last || (at === run.value.time.length - 1 && picture === undefined)) {
      show(Math.min(at, last));
      turn();
    } else show(picture ?? at);
  };

  /** Where a browser does not tell of pictures, its time tells, which is that of where it is going until it is there. */
  const lookByTime = (): void => {
    if (video && !tellsPictures && !video.seeking) look(video.currentTime, false);
  };

  let [before, clock] = [0, 0];
  /** Without a picture, the clock says which frame it is. */
  const tick = (now: number): void => {
    request = requestAnimationFrame(tick);
    if (hasPicture.value) {
      lookByTime();
      before = 0;
      return;
    }
    const elapsed = before === 0 ? 0 : Math.min((now - before) / 1000, LONGEST_STEP);
    if (before === 0) clock = run.value.time[own] ?? 0;
    before = now;
    clock += elapsed * speed.value;
    const last = playedRange()[1];
    if (clock >= (run.value.time[last] ?? 0) + lastingOf(run.value, last)) {
      show(last);
      shown.value = last;
      turn();
      before = 0;
      return;
    }
    const at = frameAt(run.value, clock);
    if (at === own) return;
    show(at);
    if (isInVideo(at)) {
      seek(at);
      play();
    } else shown.value = at;
  };

  const play = (): void => {
    video?.play().catch((error: unknown) => {
      // Playing was ended before it began, which is no failure.
      if ((error as DOMException).name !== "AbortError") playing.value = false;
    });
  };

  const ends = [
    effect(() => {
      const at = frame.value;
      if (at === own) return;
      own = at;
      before = 0;
      untracked(() => seek(at));
    }),
    effect(() => {
      const isPlaying = playing.value;
      untracked(() => {
        cancelAnimationFrame(request);
        before = 0;
        if (!isPlaying) {
          video?.pause();
          return;
        }
        const [from, last] = playedRange();
        if (frame.value >= last || frame.value < from) frame.value = from;
        if (hasPicture.value) play();
        request = requestAnimationFrame(tick);
      });
    }),
    effect(() => {
      if (video) video.playbackRate = speed.value;
    }),
  ];

  const listeners: Partial<Record<keyof HTMLMediaElementEventMap, () => void>> = {
    seeked() {
      // It is told of a moment later, and may have been sent elsewhere in between.
      if (video!.seeking) return;
      if (next !== undefined) {
        const to = next;
        next = undefined;
        video!.currentTime = to;
        return;
      }
      // A browser that is asked for what is beyond its end goes to its end.
      if (hasPicture.value && video!.currentTime < beginOf(own) - ROUNDED) {
        leave(own);
        return;
      }
      lookByTime();
      if (playing.value && hasPicture.value && video!.paused) play();
    },
    durationchange() {
      if (!hasPicture.value && beginOf(own) < video!.duration) seek(own);
    },
    pause() {
      // By a key of the keyboard, or by the browser.
      if (playing.value && hasPicture.value && !video!.ended && !video!.seeking) playing.value = false;
      // Firefox stops some pictures after the last one that it told of, and others tell of none.
      if (!playing.value && hasPicture.value && shown.value === own) seek(own);
    },
    ended() {
      if (!playing.value || !hasPicture.value) return;
      const last = playedRange()[1];
      let at = own;
      while (at < last && isInVideo(at + 1)) at++;
      // The tracks may go on where the video is over.
      show(Math.min(at + 1, last));
      if (at < last) seek(own);
      else turn();
    },
  };
  for (const [type, listener] of Object.entries(listeners)) video?.addEventListener(type, listener);

  let callback = 0;
  const onPicture: VideoFrameRequestCallback = (_now, { mediaTime }) => {
    if (isOver) return;
    latest = mediaTime;
    look(mediaTime, true);
    callback = video!.requestVideoFrameCallback(onPicture);
  };
  if (video && tellsPictures) callback = video.requestVideoFrameCallback(onPicture);
  seek(frame.peek());

  return () => {
    isOver = true;
    cancelAnimationFrame(request);
    if (callback) video!.cancelVideoFrameCallback(callback);
    for (const end of ends) end();
    for (const [type, listener] of Object.entries(listeners)) video?.removeEventListener(type, listener);
  };
}
