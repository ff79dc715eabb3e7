/** Cameras on this machine: what one is called, and what is wrong with it, in words. */

/** What Linux calls cameras, whether one is plugged in at the moment or not. */
export const isCameraName = (path: string): boolean => /^\/dev\/(?:video\d+|v4l\/.+)$/.test(path);

/** By what the system says, the last words of ffmpeg's message. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/No such file or directory$/, "there is no such device: is the camera plugged in?"],
  [/No such device$/, "the camera is gone"],
  [/Permission denied$/, "permission denied: whoever runs this has to be in the device's group, often video"],
  [/Device or resource busy$/, "another program is using the camera"],
];

/** Of what is no camera ffmpeg says in the end that there is no such device. */
const OTHER = /Inappropriate ioctl for device|Not a video capture device/;

/** What ffmpeg says of a device, in order, as people would; undefined where it says nothing. */
export function reasonOfDevice(said: readonly string[]): string | undefined {
  if (said.some((text) => OTHER.test(text))) return "it is no camera";
  const last = said.at(-1);
  return REASONS.find(([pattern]) => pattern.test(last ?? ""))?.[1] ?? last;
}
