import { describe, expect, it } from "vitest";
import { LookMeans } from "../src/looks.js";
import { Throughline } from "../src/track/throughline.js";
import type { Look } from "../src/types.js";
import { random } from "./_random.js";

const vector = (...v: number[]) => Float32Array.from(v);

describe("Looks on their way", () => {
  it("are means of a few frames first, of more later", () => {
    const looks = new LookMeans();
    const ended: [frame: number, look: Look][] = [];
    for (let t = 1; t <= 60; t++) {
      looks.onLook(7, vector(t, 1));
      ended.push(...looks.next().map((look) => [t, look] as [number, Look]));
    }
    expect(ended.map(([t, { id, count }]) => [t, id, count])).toEqual([
      [4, 7, 4],
      [8, 7, 4],
      [24, 7, 16],
      [40, 7, 16],
      [56, 7, 16],
    ]);
    expect([...ended[1][1].mean]).toEqual([6.5, 1]);
  });

  it("end where a track is not seen clearly for two frames, and nothing of it is left", () => {
    const looks = new LookMeans();
    for (const id of [3, 4]) looks.onLook(id, vector(id));
    expect(looks.next()).toEqual([]);
    looks.onLook(4, vector(6));
    expect(looks.next()).toEqual([]);
    expect(looks.next()).toEqual([{ id: 3, count: 1, mean: vector(3) }]);
    expect(looks.next()).toEqual([{ id: 4, count: 2, mean: vector(5) }]);
    expect(looks.save().about).toHaveLength(0);
  });

  it("go on from where they were saved, to the last bit", () => {
    const next = random(8);
    let looks = new LookMeans();
    let other = new LookMeans();
    for (let t = 0; t < 120; t++) {
      for (let id = 1; id < 5; id++) {
        if (next() < 0.3) continue;
        const v = vector(next(), next(), next());
        looks.onLook(id, v);
        other.onLook(id, v);
      }
      const saved = other.save();
      other = new LookMeans();
      other.restore(saved);
      expect(other.save()).toEqual(looks.save());
      expect(other.next()).toEqual(looks.next());
    }
    looks = new LookMeans();
    expect(() => looks.restore({ about: Float64Array.of(1, 2, 3), vectors: vector(1) })).toThrow(
      "Cannot restore looks: their columns do not fit together",
    );
    expect(() => looks.restore({})).toThrow(RangeError);
  });

  it("are told by the tracker of those that it reports and sees clearly, and change nothing", () => {
    const told: [frame: number, id: number, first: number][] = [];
    const [watched, alone] = [new Throughline(), new Throughline()];
    for (let t = 0; t < 12; t++) {
      // The second one walks behind the first; only the first can be seen clearly then.
      const behind = t >= 8;
      const x = behind ? 110 : 300;
      const detections = {
        count: 2,
        boxes: Float64Array.of(100, 100, 150, 220, x, 90, x + 50, 205),
        scores: Float64Array.of(0.9, 0.9),
        classes: new Int32Array(2),
      };
      const embeddings = { count: 2, dim: 2, data: Float32Array.of(1, 0, 0, 1) };
      const onLook = (id: number, v: Float32Array) => told.push([t, id, v[0]]);
      expect(watched.update(detections, { embeddings, onLook })).toEqual(
        alone.update(detections, { embeddings }),
      );
    }
    expect(told.filter(([, id]) => id === 1).map(([t]) => t)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(told.filter(([, id]) => id !== 1).every(([t, , first]) => t < 8 && first === 0)).toBe(true);
    expect(watched.save()).toEqual(alone.save());
  });
});
