/**
 * Where the camera's motion comes from: `--camera-motion auto`, `off` or a file.
 */
import type { Affine, Camera, Column } from "../types.js";
import type { TrackerChoice } from "./choices.js";
import type { Settings } from "./settings.js";

/** A camera that may have something to remember. */
export interface WatchedCamera extends Camera {
  save?(): Readonly<Record<string, Column>>;
  restore?(saved: Readonly<Record<string, Column>>): void;
}

type Setting = Partial<Pick<Settings, "cameraMotion">>;

/** The file that tells the motion, where one does. A file called "off" is ./off. */
export const motionFileOf = ({ cameraMotion }: Setting): string | undefined =>
  cameraMotion === "auto" || cameraMotion === "off" ? undefined : cameraMotion;

/** Whether a run looks for the motion in the pictures, and so needs them whatever its detections come from. */
export const watchesCamera = ({ usesCamera }: TrackerChoice, { cameraMotion }: Setting): boolean =>
  usesCamera && cameraMotion === "auto";

const none: Affine = [1, 0, 0, 0, 1, 0];

/** What tells a tracker of the motion, unless a file does; undefined where nothing can. */
export async function openCamera(
  choice: TrackerChoice,
  settings: Setting,
  { hasPictures }: { readonly hasPictures: boolean },
): Promise<WatchedCamera | undefined> {
  if (!choice.usesCamera) return undefined;
  // Said to stand still, so that the tracker does not look for motion in the boxes either.
  if (settings.cameraMotion === "off") return { look: () => () => none };
  if (!watchesCamera(choice, settings) || !hasPictures) return undefined;
  const { CameraFromPictures } = await import("../camera/index.js");
  return new CameraFromPictures();
}
