/**
 * Real cameras, where ../shared is beside the clone: neighbouring frames of MOT17 against the published motion of the
 * same frames, footage whose camera stands still, and what a shaking camera does to identities.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { CameraFromPictures } from "../../src/camera/index.js";
import { readCameraMotion } from "../../src/format/camera.js";
import { readDetections } from "../../src/format/detections.js";
import { track } from "../../src/pipeline.js";
import { Throughline } from "../../src/track/throughline.js";
import type { Affine, Box, Camera, Detections, Frame } from "../../src/types.js";
import { openInput } from "../../src/video/input.js";
import { random } from "../_random.js";
import { nothing } from "./_scene.js";

const data = fileURLToPath(new URL("../../../shared/data/", import.meta.url));
const unmoved: Affine = [1, 0, 0, 0, 1, 0];
const at = ([a, b, x, c, d, y]: Affine, px: number, py: number) => [a * px + b * py + x, c * px + d * py + y];

async function* first(path: string, count: number): AsyncGenerator<Frame> {
  for await (const frame of await openInput(path, {})) {
    yield frame;
    if (frame.index === count - 1) return;
  }
}

describe.skipIf(!existsSync(data))(
  "camera motion of real footage (skipped where ../shared is absent)",
  () => {
    it.each(["02", "04", "09", "11"])("agrees with the published motion of MOT17-%s", async (name) => {
      const published = await readCameraMotion(`${data}camera/gmc-full/GMC-MOT17-${name}.txt`);
      const camera = new CameraFromPictures();
      for await (const frame of first(`${data}MOT17-mini/MOT17-${name}-FRCNN`, 8)) {
        const told = await camera.look(frame)(nothing);
        if (frame.index === 0) continue;
        const expected = published.between(frame.index - 1, frame.index)!;
        // The middle half of the picture: further out the two differ in what they make of a street's depth.
        for (const x of [480, 960, 1440])
          for (const y of [270, 540, 810]) {
            const [ox, oy] = at(told!, x, y);
            const [ex, ey] = at(expected, x, y);
            expect(Math.hypot(ox! - ex!, oy! - ey!)).toBeLessThan(1.5);
          }
      }
    });

    it.each(["vtest.avi", "bottle-detection.mp4"])("is exactly none in %s, boxes or not", async (name) => {
      const camera = new CameraFromPictures();
      for await (const frame of first(`${data}video/${name}`, 80)) {
        const told = await camera.look(frame)(nothing);
        if (frame.index > 0) expect(told).toEqual(unmoved);
        frame.release?.();
      }
    });

    it("keeps everybody's identity through a camera that shakes", async () => {
      const size = [576, 432] as const;
      const next = random(3);
      const windows = Array.from({ length: 60 }, () => [70 + 40 * next(), 50 + 30 * next()].map(Math.round));
      const stored = await readDetections(`${data}MOT15/train/PETS09-S2L1/det/det.txt`);
      const found = ({ index }: Frame): Detections => {
        const { boxes, scores, classes } = stored.at(index);
        const [x, y] = windows[index] as [number, number];
        const inside = [...scores.keys()].filter((i) => {
          const [x1, y1, x2, y2] = boxes.subarray(4 * i, 4 * i + 4) as unknown as Box;
          return x1 > x && y1 > y && x2 < x + size[0] && y2 < y + size[1];
        });
        return {
          count: inside.length,
          boxes: Float64Array.from(
            inside.flatMap((i) => [...boxes.subarray(4 * i, 4 * i + 4)].map((v, k) => v - (k % 2 ? y : x))),
          ),
          scores: Float64Array.from(inside, (i) => scores[i]!),
          classes: Int32Array.from(inside, (i) => classes[i]!),
        };
      };
      const shaken = async function* (): AsyncGenerator<Frame> {
        for await (const frame of first(`${data}video/vtest.avi`, windows.length)) {
          const [x, y] = windows[frame.index] as [number, number];
          const data = new Uint8Array(size[0] * size[1] * 3);
          for (let row = 0; row < size[1]; row++) {
            const from = 3 * ((y + row) * frame.width + x);
            data.set(frame.data.subarray(from, from + 3 * size[0]), 3 * size[0] * row);
          }
          const { index, time } = frame;
          yield { index, time, width: size[0], height: size[1], data };
          frame.release?.();
        }
      };
      const identities = async (camera: Camera): Promise<number> => {
        const ids = new Set<number>();
        const detector = { labels: ["person"], detect: async (frame: Frame) => found(frame) };
        for await (const { tracks } of track(shaken(), { detector, tracker: new Throughline(), camera }))
          for (const { id } of tracks) ids.add(id);
        return ids.size;
      };
      const seen = await identities(new CameraFromPictures());
      const truth: Camera = {
        look:
          ({ index }) =>
          () => {
            const [x, y] = windows[index] as [number, number];
            const [lastX, lastY] = (windows[index - 1] ?? windows[index]) as [number, number];
            return [1, 0, lastX - x, 0, 1, lastY - y];
          },
      };
      expect(seen).toBe(await identities(truth));
      expect(seen).toBeLessThan(await identities({ look: () => () => unmoved }));
    });
  },
);
