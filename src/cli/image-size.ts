/** The size of an image as people write it. */
import { UsageError } from "./errors.js";

/** Pixels; no network here takes more. */
const MOST = 16384;

/** "224" or "480x640", height first as in shapes. @throws {UsageError} */
export function parseSize(text: string, option: string): readonly [height: number, width: number] {
  const [, height, width = height] = /^(\d{1,5})(?:[x×](\d{1,5}))?$/i.exec(text.trim()) ?? [];
  const size = [Number(height), Number(width)] as const;
  if (!size.every((side) => side >= 1 && side <= MOST))
    throw new UsageError(
      `Option ${option}: expected a side in pixels or HEIGHTxWIDTH, such as 224 or 480x640, got ${JSON.stringify(text)}`,
    );
  return size;
}
