/** The tracked objects that are seen in a frame: what may be behind them, and what may be a part of them. */
import { OverlapIndex } from "./_overlap.js";
import { Expected } from "./_stage.js";

/** Lower edges are so near each other, in heights of the one behind. */
const footing = 0.1;
/** Who is behind another is so to this share. */
const covered = 0.5;
/** This share of a part lies within the whole, and its lower edge not higher than this, in heights of the whole. */
const within = 0.85;
const raised = 0.07;

/** Storage is reused. */
export class Seen {
  readonly #objects = new Expected();
  readonly #index = new OverlapIndex();

  clear(): void {
    this.#objects.clear();
  }

  add(slot: number, box: Float64Array): void {
    this.#objects.add(slot, box, 0);
  }

  /** To be called when all are added. */
  build(): void {
    this.#index.build(this.#objects.boxes, this.#objects.count);
  }

  /** Whether one of them stands in front of this box. */
  covers(box: Float64Array): boolean {
    const { boxes } = this.#objects;
    const height = box[3] - box[1];
    let isCovered = false;
    this.#index.each(box, 0, (i) => {
      if (boxes[4 * i + 3] < box[3] - footing * height) return;
      if (shared(box, 0, boxes, i) > covered) isCovered = true;
    });
    return isCovered;
  }

  /**
   * Whether box `j` is only a part of one of them. Those are wider than high, as vehicles are, of which detectors give
   * the front or the rear besides; people do stand before each other. Who is farther away stands higher in the picture.
   */
  havePart(boxes: Float64Array, j: number, isAlike: (slot: number) => boolean): boolean {
    const { boxes: wholes, slots } = this.#objects;
    let isPart = false;
    this.#index.each(boxes, j, (i) => {
      const height = wholes[4 * i + 3] - wholes[4 * i + 1];
      const width = wholes[4 * i + 2] - wholes[4 * i];
      if (width < height || wholes[4 * i + 3] - boxes[4 * j + 3] > raised * height) return;
      const isSmaller = areaOf(boxes, j) < width * height;
      if (isSmaller && shared(boxes, j, wholes, i) > within && isAlike(slots[i])) isPart = true;
    });
    return isPart;
  }
}

const areaOf = (boxes: Float64Array, i: number): number =>
  (boxes[4 * i + 2] - boxes[4 * i]) * (boxes[4 * i + 3] - boxes[4 * i + 1]);

/** Share of box `i` of `a` that lies within box `j` of `b`, where they overlap. */
function shared(a: Float64Array, i: number, b: Float64Array, j: number): number {
  const w = Math.min(a[4 * i + 2], b[4 * j + 2]) - Math.max(a[4 * i], b[4 * j]);
  const h = Math.min(a[4 * i + 3], b[4 * j + 3]) - Math.max(a[4 * i + 1], b[4 * j + 1]);
  return (w * h) / areaOf(a, i);
}
