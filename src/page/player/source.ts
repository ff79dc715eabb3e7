/** Opens the video of the report and plays it; where that cannot be, plays boxes and says why. */
import type { VideoSource } from "../../report/boot.js";
import { partOf } from "../parts.js";
import { duration } from "../show.js";
import { notices, report, run } from "../state.js";
import { startPlayback } from "./playback.js";
import { hasPicture, videoSize, whyNoPicture } from "./view.js";

/** Shares of a shape's width that may be lost by rounding and by pixels that are not square. */
const SAME_SHAPE = 0.02;
/** Seconds by which a video and its tracks may differ in length. */
const SAME_LENGTH = 1;

const CODECS: Readonly<Record<string, string>> = {
  ...{ avc1: "H.264", avc3: "H.264", hev1: "H.265", hvc1: "H.265", av01: "AV1", vp09: "VP9", vp8: "VP8" },
  ...{ vp9: "VP9", mp4v: "MPEG-4", theora: "Theora" },
};

/** `video/mp4; codecs="hvc1.1.6.L93"` as people say it. */
export function codecOf(type: string): string {
  const [, name = ""] = /codecs="?([a-z0-9]+)/i.exec(type) ?? [];
  return CODECS[name.toLowerCase()] ?? (name || type.split(";")[0]!);
}

/** What does not fit between a video and the tracks, in sentences. */
function misfits(
  source: VideoSource,
  video: { readonly width: number; readonly height: number; readonly duration: number },
  tracks: { readonly width: number; readonly height: number; readonly to: number },
): string[] {
  const found: string[] = [];
  const shapeOf = ({ width, height }: { readonly width: number; readonly height: number }) => width / height;
  const isLike = (shape: number): boolean => Math.abs(shapeOf(video) / shape - 1) <= SAME_SHAPE;
  // Where pixels are not square, the video is shown in another shape than it is stored in.
  const isAsTold = video.width === source.width && video.height === source.height;
  if (tracks.width > 0 && tracks.height > 0 && !isLike(shapeOf(tracks)) && isAsTold)
    found.push(
      `The video is ${video.width} × ${video.height} but the tracks are of ${tracks.width} × ${tracks.height}: boxes are stretched to fit. Is it the video that was tracked?`,
    );
  if (!isAsTold && !isLike(shapeOf(source)) && !(tracks.width > 0 && isLike(shapeOf(tracks))))
    found.push(
      `The video is ${video.width} × ${video.height}, the report was made with one of ${source.width} × ${source.height}. Make the report again with this video.`,
    );
  const end = video.duration + source.offset;
  if (tracks.to > end + SAME_LENGTH)
    found.push(
      `The tracks go on for ${duration(tracks.to - end)} after the end of the video; boxes are shown without a picture there. Is it the video that was tracked?`,
    );
  if (end > tracks.to + SAME_LENGTH)
    found.push(
      `The video goes on for ${duration(end - tracks.to)} after the last tracked frame; that part is not shown.`,
    );
  return found;
}

/** Opens the report's video in an element. @returns what ends it */
export function openSource(video: HTMLVideoElement): () => void {
  let stop = startPlayback(undefined, 0);
  let isOver = false;
  let address: string | undefined;
  const { video: source, noVideo } = report.value;
  whyNoPicture.value = undefined;

  const fail = (why: string): void => {
    if (isOver) return;
    stop();
    hasPicture.value = false;
    videoSize.value = undefined;
    whyNoPicture.value = why;
    stop = startPlayback(undefined, 0);
  };
  const onError = (): void => {
    // The address is taken away in the end, which browsers call an error.
    if (!video.error || isOver) return;
    const where = source && "url" in source.from ? `“${decoded(source.from.url)}”` : "The video in this page";
    if (video.error.code === MediaError.MEDIA_ERR_DECODE)
      fail(
        `${where} is damaged and cannot be shown any further: boxes are shown without the picture. Make the report again from a whole copy.`,
      );
    else if (source && "url" in source.from)
      fail(
        `${where} is not where this page looks for it, or not a video that this browser can play: boxes are shown without the picture. Put it beside the page, or make the report again.`,
      );
    else
      fail(
        `${where} cannot be played by this browser: boxes are shown without the picture. Open the page in another browser, or make the report again.`,
      );
  };
  const onMetadata = (): void => {
    if (!source || isOver) return;
    stop();
    videoSize.value = { width: video.videoWidth, height: video.videoHeight };
    stop = startPlayback(video, source.offset);
  };
  let told: readonly string[] = [];
  // Of some files the length is known only after a while.
  const onDuration = (): void => {
    const { videoWidth: width, videoHeight: height, duration } = video;
    if (!source || isOver || !Number.isFinite(duration) || width === 0) return;
    const { time } = run.value;
    const before = told;
    told = misfits(
      source,
      { width, height, duration },
      { width: run.value.width, height: run.value.height, to: time[time.length - 1] ?? 0 },
    );
    notices.value = [...new Set([...notices.value.filter((text) => !before.includes(text)), ...told])];
  };
  video.addEventListener("error", onError);
  video.addEventListener("loadedmetadata", onMetadata);
  for (const type of ["loadeddata", "durationchange"]) video.addEventListener(type, onDuration);

  const open = async (): Promise<void> => {
    if (!source) {
      whyNoPicture.value =
        noVideo ??
        "This report was made without its video: boxes only. To see the picture, make it again with --video.";
      return;
    }
    if (video.canPlayType(source.type) === "") {
      fail(
        `This browser cannot play ${codecOf(source.type)}: boxes are shown without the picture. Open the page in another browser, or make the report again from a copy in H.264.`,
      );
      return;
    }
    if ("url" in source.from) {
      video.src = source.from.url;
      return;
    }
    const blob = await partOf(source.from.part);
    if (isOver) return;
    address = URL.createObjectURL(blob.slice(0, blob.size, source.type));
    video.src = address;
  };
  open().catch((error: unknown) => {
    fail(`The video cannot be opened: ${(error as Error).message}`);
  });

  return () => {
    isOver = true;
    stop();
    video.removeEventListener("error", onError);
    video.removeEventListener("loadedmetadata", onMetadata);
    for (const type of ["loadeddata", "durationchange"]) video.removeEventListener(type, onDuration);
    video.removeAttribute("src");
    video.load();
    if (address) URL.revokeObjectURL(address);
    if (told.length > 0) notices.value = notices.value.filter((text) => !told.includes(text));
  };
}

function decoded(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}
