/**
 * The MOTChallenge result format: `frame,id,left,top,width,height,confidence,-1,-1,-1`, frames from 1
 * (https://motchallenge.net/instructions).
 */
import type { Format, FrameTracks, Track } from "../types.js";
import { isBlank, parseRow } from "./_mot.js";
import { cannotParse, hundredths, linesOf, score } from "./_text.js";

/**
 * Tracks as MOTChallenge text, boxes with two decimals. The format holds no header, no times, no classes, and
 * nothing for frames without tracks: read back, classes are 0, detections -1, and `time` is the frame's index, as if one
 * frame took one second.
 *
 * @example
 * const { frames } = mot.parse!(readFileSync("MOT17-02.txt", "utf8"), "MOT17-02.txt");
 */
export const mot: Format = {
  extension: ".txt",
  frame: ({ index, tracks }) => tracks.map((track) => formatLine(index, track)).join(""),
  parse(text, name) {
    const frames = new Map<number, Track[]>();
    for (const [line, number] of linesOf(text)) {
      if (isBlank(line)) continue;
      const { frame, id, x1, y1, x2, y2, score } = parseRow(line, name, number);
      if (!Number.isSafeInteger(id) || id < 1)
        throw cannotParse(name, number, `expected a whole id from 1, got ${id}`);
      const tracks = frames.get(frame) ?? [];
      tracks.push({ id, box: [x1, y1, x2, y2], score, class: 0, detection: -1 });
      frames.set(frame, tracks);
    }
    return {
      frames: [...frames]
        .sort(([a], [b]) => a - b)
        .map(([index, tracks]): FrameTracks => ({ index, time: index, tracks })),
    };
  },
};

function formatLine(index: number, { id, box, score: confidence }: Track): string {
  const [x1, y1, x2, y2] = box;
  const numbers = [x1, y1, x2 - x1, y2 - y1].map(hundredths);
  return `${index + 1},${id},${numbers.join(",")},${score(confidence)},-1,-1,-1\n`;
}
