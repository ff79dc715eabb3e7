import { describe, expect, it } from "vitest";
import { Counter, layOutZones, parseZones } from "../../src/count/index.js";
import type { CountEvent, Counts, FrameTracks } from "../../src/types.js";
import { random } from "../_random.js";
import { depth, framesOf, HEIGHT, meeting, type Point, trackAt, walk } from "./_paths.js";

const WIDTH = 640;
const TALL = 480;

interface Places {
  readonly lines?: readonly {
    readonly name: string;
    readonly from: Point;
    readonly to: Point;
    readonly classes?: readonly string[];
  }[];
  readonly zones?: readonly {
    readonly name: string;
    readonly polygon: readonly Point[];
    readonly classes?: readonly string[];
  }[];
  readonly margin?: number;
  readonly gap?: number;
  readonly point?: "foot" | "centre";
}

const LABELS = ["person", "car"];

function counterOf(places: Places): Counter {
  const zones = parseZones(JSON.stringify({ units: "pixels", ...places }), "zones.json");
  return new Counter(layOutZones(zones, { size: { width: WIDTH, height: TALL }, labels: LABELS }), LABELS);
}

function count(
  places: Places,
  frames: readonly FrameTracks[],
): { events: CountEvent[]; totals: Counts; minutes: Counts[] } {
  const counter = counterOf(places);
  const all = [...frames.map((frame) => counter.update(frame)), counter.end()];
  return {
    events: all.flatMap(({ events }) => events),
    totals: counter.totals,
    minutes: all.flatMap(({ minute }) => minute ?? []),
  };
}

const types = (events: readonly CountEvent[]) => events.map(({ type }) => type);
const gate = { name: "gate", from: [100, 240] as Point, to: [540, 240] as Point };
const square = {
  name: "square",
  polygon: [
    [200, 140],
    [440, 140],
    [440, 340],
    [200, 340],
  ] as Point[],
};
const down: Point[] = [
  [300, 100],
  [300, 400],
];
const up = [...down].reverse();

describe("crossing a line", () => {
  it("is in to the left hand and out to the right hand of somebody who looks along it", () => {
    const lines = [gate];
    expect(count({ lines }, framesOf([walk(up, 5)])).totals.lines[0]).toMatchObject({ in: 1, out: 0 });
    expect(count({ lines }, framesOf([walk(down, 5)])).totals.lines[0]).toMatchObject({ in: 0, out: 1 });
    const turned = [{ name: "gate", from: gate.to, to: gate.from }];
    expect(count({ lines: turned }, framesOf([walk(up, 5)])).totals.lines[0]).toMatchObject({
      in: 0,
      out: 1,
    });
  });

  it("is told in the frame in which the point is a tenth of its box's height beyond", () => {
    const { events } = count({ lines: [gate] }, framesOf([walk(down, 1)]));
    expect(events).toEqual([
      { type: "appeared", frame: 0, time: 0, id: 1, class: 0 },
      { type: "crossed", frame: 144, time: 14.4, id: 1, class: 0, line: "gate", direction: "out" },
      { type: "left", frame: 300, time: 30, id: 1, class: 0, dwell: 30 },
    ]);
  });

  it("counts back as often as it happens", () => {
    const path = walk([...down, ...up, ...down, ...up, ...down], 5);
    expect(count({ lines: [gate] }, framesOf([path])).totals.lines[0]).toMatchObject({ in: 2, out: 3 });
  });

  it("counts nothing where the path goes round the line, or only near it", () => {
    const round: Point[] = [
      [300, 200],
      [50, 200],
      [50, 300],
      [300, 300],
    ];
    const near: Point[] = [
      [200, 200],
      [300, 243.5],
      [400, 200],
    ];
    expect(count({ lines: [gate] }, framesOf([walk(round, 5), walk(near, 2)])).totals.lines[0]).toMatchObject(
      {
        in: 0,
        out: 0,
      },
    );
    // Through it and round it back is once.
    expect(
      count({ lines: [gate] }, framesOf([walk([...round, round[0]!], 5)])).totals.lines[0],
    ).toMatchObject({ in: 1, out: 0 });
  });

  it("happens within a gap, on a straight path, unless the gap is so long that the identity has left", () => {
    const path: (Point | undefined)[] = walk(down, 5);
    for (let i = 10; i < 50; i++) path[i] = undefined;
    const seen = count({ lines: [gate] }, framesOf([path]));
    expect(seen.totals.lines[0]).toMatchObject({ in: 0, out: 1 });
    const gone = count({ lines: [gate], gap: 3 }, framesOf([path]));
    expect(gone.totals.lines[0]).toMatchObject({ in: 0, out: 0 });
    expect(types(gone.events)).toEqual(["appeared", "left", "appeared", "left"]);
    expect(gone.events[1]).toMatchObject({ frame: 40, dwell: 0.9 });
  });

  it("counts tracks that begin close to it, once", () => {
    const begins: Point[] = [
      [300, 238],
      [300, 300],
    ];
    expect(count({ lines: [gate] }, framesOf([walk(begins, 3)])).totals.lines[0]).toMatchObject({ out: 1 });
    const ends: Point[] = [
      [300, 200],
      [300, 242],
    ];
    expect(count({ lines: [gate] }, framesOf([walk(ends, 3)])).totals.lines[0]).toMatchObject({ out: 0 });
  });

  it("counts the classes that are asked for, by the class in that frame", () => {
    const frames = walk(down, 5).map((point, index) => ({
      index,
      time: index / 10,
      tracks: [trackAt(1, point, index < 5 ? 0 : 1), trackAt(2, point, 0)],
    }));
    const lines = [gate, { ...gate, name: "cars", classes: ["CAR"] }];
    expect(count({ lines }, frames).totals.lines).toEqual([
      {
        ...{ name: "gate", in: 0, out: 2 },
        classes: [
          { class: 0, label: "person", in: 0, out: 1 },
          { class: 1, label: "car", in: 0, out: 1 },
        ],
      },
      { name: "cars", in: 0, out: 1, classes: [{ class: 1, label: "car", in: 0, out: 1 }] },
    ]);
  });

  it("goes by the centre of the box where that is asked for", () => {
    // The foot ends beyond the line, the centre before it.
    const short: Point[] = [
      [300, 200],
      [300, 255],
    ];
    const frames = framesOf([walk(short, 5)]);
    expect(count({ lines: [gate] }, frames).totals.lines[0]).toMatchObject({ out: 1 });
    expect(count({ lines: [gate], point: "centre" }, frames).totals.lines[0]).toMatchObject({ out: 0 });
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "is every meeting of two pieces of line where there is no margin (seed %i)",
    (seed) => {
      const next = random(seed);
      const point = (): Point => [Math.round(next() * WIDTH), Math.round(next() * TALL)];
      // Off the grid of the points, so that none is on a line.
      const end = (): Point => [point()[0] * 0.99 + 0.003, point()[1] * 0.99 + 0.003];
      const lines = Array.from({ length: 6 }, (_, i) => ({ name: `${i}`, from: end(), to: end() }));
      const paths = Array.from({ length: 4 }, () => Array.from({ length: 200 }, point));
      const truth = lines.map(({ name, from, to }) => {
        const counts = { name, in: 0, out: 0 };
        for (const path of paths)
          for (let i = 1; i < path.length; i++) {
            const met = meeting([path[i - 1]!, path[i]!], [from, to]);
            if (met && met.onLeg > 0 && met.onLeg <= 1 && met.onLine >= 0 && met.onLine <= 1)
              counts[met.toRight ? "out" : "in"]++;
          }
        return counts;
      });
      const { totals } = count({ lines, margin: 0 }, framesOf(paths));
      expect(totals.lines.map(({ name, in: inward, out }) => ({ name, in: inward, out }))).toEqual(truth);
    },
  );
});

/** Legs between random corners, all of whose meetings with the places are clear. */
function clearCorners(next: () => number, line: readonly [Point, Point], zone: readonly Point[]): Point[] {
  const margin = HEIGHT / 10;
  const far = (point: Point): boolean => {
    const [[ax, ay], [bx, by]] = line;
    const side = ((bx - ax) * (point[1] - ay) - (by - ay) * (point[0] - ax)) / Math.hypot(bx - ax, by - ay);
    return Math.abs(side) > 3 * margin && Math.abs(depth(zone, point)) > 3 * margin;
  };
  const isClear = (a: Point, b: Point): boolean => {
    const met = meeting([a, b], line);
    const length = Math.hypot(line[1][0] - line[0][0], line[1][1] - line[0][1]);
    const end = met ? Math.min(Math.abs(met.onLine), Math.abs(met.onLine - 1)) * length : 0;
    if (!met || (met.onLeg > 0 && met.onLeg < 1 && end < 4 * margin)) return false;
    // Along a straight leg a convex zone is left or entered at most once each; how deep is it at the deepest?
    const deepest = Math.max(...Array.from({ length: 60 }, (_, k) => depth(zone, mix(a, b, k / 59))));
    return Math.abs(deepest) > 3 * margin;
  };
  const corners: Point[] = [];
  while (corners.length < 7) {
    const point: Point = [20 + next() * (WIDTH - 40), 20 + next() * (TALL - 40)];
    if (far(point) && (corners.length === 0 || isClear(corners.at(-1)!, point))) corners.push(point);
  }
  return corners;
}

const mix = (a: Point, b: Point, part: number): Point => [
  a[0] + part * (b[0] - a[0]),
  a[1] + part * (b[1] - a[1]),
];

const tilted = { name: "gate", from: [150, 120] as Point, to: [520, 330] as Point };
const kite = {
  name: "kite",
  polygon: [
    [330, 90],
    [470, 200],
    [350, 400],
    [180, 260],
  ] as Point[],
};
const places: Places = { lines: [tilted], zones: [kite] };

/** What the legs do by construction. */
function truthOf(all: readonly (readonly Point[])[]) {
  const truth = { in: 0, out: 0, visits: 0, entered: 0, exited: 0 };
  for (const corners of all) {
    let inside = depth(kite.polygon, corners[0]!) > 0;
    if (inside) truth.visits++;
    for (let i = 1; i < corners.length; i++) {
      const [a, b] = [corners[i - 1]!, corners[i]!];
      const met = meeting([a, b], [tilted.from, tilted.to])!;
      if (met.onLeg > 0 && met.onLeg < 1 && met.onLine > 0 && met.onLine < 1)
        truth[met.toRight ? "out" : "in"]++;
      for (let k = 0; k < 60; k++) {
        const now = depth(kite.polygon, mix(a, b, k / 59)) > 0;
        if (now && !inside) {
          truth.visits++;
          truth.entered++;
        }
        if (!now && inside) truth.exited++;
        inside = now;
      }
    }
  }
  return truth;
}

const summary = ({ lines, zones }: Counts) => ({
  ...{ in: lines[0]!.in, out: lines[0]!.out },
  ...{ visits: zones[0]!.visits, entered: zones[0]!.entered, exited: zones[0]!.exited },
});

describe.each([11, 12, 13, 14, 15, 16])("walks with crossings known by construction (seed %i)", (seed) => {
  const next = random(seed);
  const corners = Array.from({ length: 6 }, () => clearCorners(next, [tilted.from, tilted.to], kite.polygon));
  const paths = corners.map((path) => walk(path, 4));
  const truth = truthOf(corners);

  it("are counted as they are", () => {
    expect(summary(count(places, framesOf(paths)).totals)).toEqual(truth);
  });

  it("are counted the same where boxes tremble within the margin", () => {
    const tremble = () => (next() - 0.5) * 2 * 0.7 * (HEIGHT / 10);
    const trembling = paths.map((path) =>
      path.map(([x, y]): Point => [x + tremble() / 2, y + tremble() / 2]),
    );
    expect(summary(count(places, framesOf(trembling)).totals)).toEqual(truth);
  });

  it("are counted the same with gaps on their legs", () => {
    const holes = paths.map((path) => {
      const kept: (Point | undefined)[] = [...path];
      for (let i = 1; i + 1 < path.length; i++) {
        const [a, b, c] = [path[i - 1]!, path[i]!, path[i + 1]!];
        const isStraight = Math.abs((b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])) < 1e-6;
        if (isStraight && next() < 0.6) kept[i] = undefined;
      }
      return kept;
    });
    expect(summary(count(places, framesOf(holes)).totals)).toEqual(truth);
  });

  it("swap in and out in the mirror", () => {
    const flip = ([x, y]: Point): Point => [WIDTH - x, y];
    const mirrored: Places = {
      lines: [{ ...tilted, from: flip(tilted.from), to: flip(tilted.to) }],
      zones: [{ ...kite, polygon: kite.polygon.map(flip) }],
    };
    const { totals } = count(mirrored, framesOf(paths.map((path) => path.map(flip))));
    expect(summary(totals)).toEqual({ ...truth, in: truth.out, out: truth.in });
  });

  it("swap in and out, coming and going, when time runs backwards", () => {
    const back = count(places, framesOf(paths.map((path) => [...path].reverse())));
    expect(summary(back.totals)).toEqual({
      ...{ in: truth.out, out: truth.in },
      ...{ visits: truth.visits, entered: truth.exited, exited: truth.entered },
    });
  });

  it("go on from a saved state as if nothing had happened", () => {
    const frames = framesOf(paths);
    const whole = counterOf(places);
    const told = frames.map((frame) => JSON.stringify(whole.update(frame)));
    const last = JSON.stringify(whole.end());
    for (let k = 0; k < 10; k++) {
      const at = Math.floor(next() * frames.length);
      const first = counterOf(places);
      for (const frame of frames.slice(0, at)) first.update(frame);
      const second = counterOf(places);
      second.restore(structuredClone(first.save()));
      expect(second.save()).toEqual(first.save());
      expect(frames.slice(at).map((frame) => JSON.stringify(second.update(frame)))).toEqual(told.slice(at));
      expect(JSON.stringify(second.end())).toBe(last);
      expect(second.totals).toEqual(whole.totals);
    }
  });

  it("have as many events as they have counts, in every minute and in all", () => {
    const { events, totals, minutes } = count(places, framesOf(paths));
    const number = (test: (event: CountEvent) => boolean) => events.filter(test).length;
    expect(summary(totals)).toEqual({
      in: number((e) => e.type === "crossed" && e.direction === "in"),
      out: number((e) => e.type === "crossed" && e.direction === "out"),
      visits: number((e) => e.type === "entered"),
      entered: number((e) => e.type === "entered" && e.how === "moved"),
      exited: number((e) => e.type === "exited" && e.how === "moved"),
    });
    expect(number((e) => e.type === "exited")).toBe(totals.zones[0]!.visits);
    const sums = minutes.map(summary).reduce((a, b) => ({
      in: a.in + b.in,
      out: a.out + b.out,
      visits: a.visits + b.visits,
      entered: a.entered + b.entered,
      exited: a.exited + b.exited,
    }));
    expect(sums).toEqual(summary(totals));
  });
});

describe("being in a zone", () => {
  const stay = (from: number, to: number): (Point | undefined)[] =>
    Array.from({ length: to }, (_, i): Point | undefined => (i < from ? undefined : [300, 240]));

  it("takes as long as from the first to the last frame inside, and tells how many there are", () => {
    const { totals, events } = count(
      { zones: [square] },
      framesOf([stay(0, 101), stay(50, 101), stay(90, 96)]),
    );
    expect(totals.zones[0]).toMatchObject({
      ...{ visits: 3, identities: 3, entered: 0, exited: 0 },
      dwell: { mean: 5.167, max: 10 },
      occupancy: { mean: 1.55, max: 3 },
    });
    expect(events.filter(({ type }) => type === "exited")).toMatchObject([
      { id: 1, how: "left", dwell: 10 },
      { id: 2, how: "left", dwell: 5 },
      { id: 3, how: "left", dwell: 0.5 },
    ]);
  });

  it("begins inside and ends clearly outside, however often the edge is touched between", () => {
    const path = [180, 199, 200, 199, 201, 197, 202, 196.5, 230, 195, 190].map((x): Point => [x, 240]);
    const { events, totals } = count({ zones: [square] }, framesOf([path]));
    expect(events.filter(({ type }) => type === "entered" || type === "exited")).toEqual([
      { type: "entered", frame: 2, time: 0.2, id: 1, class: 0, zone: "square", how: "moved" },
      { type: "exited", frame: 9, time: 0.9, id: 1, class: 0, zone: "square", how: "moved", dwell: 0.7 },
    ]);
    expect(totals.zones[0]).toMatchObject({ visits: 1, identities: 1 });
  });

  it("counts a second visit of the same identity as a visit, not as an identity", () => {
    const path = walk(
      [
        [100, 240],
        [300, 240],
        [100, 240],
        [300, 240],
      ],
      10,
    );
    expect(count({ zones: [square] }, framesOf([path])).totals.zones[0]).toMatchObject({
      ...{ visits: 2, identities: 1, entered: 2, exited: 1 },
    });
  });

  it("is seen by those who pass through within a gap", () => {
    const path: (Point | undefined)[] = [[100, 240], ...Array(20).fill(undefined), [540, 240]];
    const { totals, events } = count({ zones: [square] }, framesOf([path]));
    expect(totals.zones[0]).toMatchObject({ visits: 1, entered: 1, exited: 1 });
    const [exited] = events.filter(({ type }) => type === "exited");
    // 240 of 440 pixels in 2.1 seconds, and the margin.
    expect(exited).toMatchObject({ frame: 21, how: "moved" });
    expect(exited).toHaveProperty("dwell", expect.closeTo((2.1 * 244) / 440, 0));
  });

  it("stays with the class that the identity came in as", () => {
    const frames = stay(0, 10).map((point, index) => ({
      index,
      time: index / 10,
      tracks: [trackAt(1, point!, index < 5 ? 0 : 1)],
    }));
    const zones = [square, { ...square, name: "cars", classes: ["car"] }];
    const { totals } = count({ zones }, frames);
    expect(
      totals.zones.map(({ classes }) =>
        classes.map(({ label, visits, dwell }) => [label, visits, dwell.max]),
      ),
    ).toEqual([[["person", 1, 0.9]], [["car", 1, 0.4]]]);
  });

  it("is possible at the lower edge of the picture, where feet are cut off", () => {
    const floor = {
      name: "floor",
      polygon: [
        [0, 400],
        [WIDTH, 400],
        [WIDTH, TALL],
        [0, TALL],
      ] as Point[],
    };
    const { totals } = count(
      { zones: [floor] },
      framesOf([Array.from({ length: 20 }, (): Point => [300, TALL])]),
    );
    expect(totals.zones[0]).toMatchObject({ visits: 1, dwell: { max: 1.9 } });
  });
});

describe("a counter", () => {
  it("tells a minute when it is over, those without frames not at all", () => {
    const at = (time: number, index: number): FrameTracks => ({ index, time, tracks: [] });
    const { minutes, totals } = count({ lines: [gate] }, [
      at(30, 0),
      at(59, 1),
      at(61, 2),
      at(400, 3),
      at(410, 4),
    ]);
    expect(minutes.map(({ from, to }) => [from, to])).toEqual([
      [30, 60],
      [60, 120],
      [360, 410],
    ]);
    expect([totals.from, totals.to]).toEqual([30, 410]);
  });

  it("remembers the living only", () => {
    const counter = counterOf({ lines: [gate], zones: [square], gap: 1 });
    let most = 0;
    for (let index = 0; index < 20_000; index++) {
      const tracks = [0, 1, 2].map((k) =>
        trackAt(3 * Math.floor(index / 20) + k + 1, [100 + 10 * k, 20 * (index % 20)]),
      );
      counter.update({ index, time: index / 10, tracks });
      most = Math.max(most, counter.size);
    }
    expect(most).toBeLessThanOrEqual(6);
    expect(counter.save().living!.length).toBeLessThanOrEqual(6 * 8);
  });

  it("lets nobody live for ever where a clock is set back, or a file is absurd", () => {
    const counter = counterOf({ lines: [gate] });
    counter.update({ index: 0, time: 1e9, tracks: [trackAt(1, [300, 100])] });
    counter.update({ index: 1, time: 0, tracks: [] });
    expect(counter.size).toBe(0);
    counter.update({ index: 2, time: 0.1, tracks: [trackAt(2, [300, 100])] });
    const { events } = counter.update({ index: 2 ** 52, time: 0.2, tracks: [trackAt(2, [300, 400])] });
    expect(types(events)).toEqual(["crossed"]);
    expect(() => counter.update({ index: 3, time: Number.NaN, tracks: [] })).toThrow(RangeError);
    const broken = { ...trackAt(3, [0, 0]), box: [0, 0, Number.NaN, 1] as const };
    expect(() => counter.update({ index: 3, time: 1, tracks: [broken] })).toThrow("identity 3");
  });

  it("refuses a state that is not one of its own", () => {
    const state = counterOf({ lines: [gate] }).save();
    expect(() => counterOf({ zones: [square] }).restore({})).toThrow(RangeError);
    const other = counterOf({ lines: [gate], zones: [square] });
    other.update({ index: 0, time: 0, tracks: [trackAt(1, [300, 240])] });
    expect(() => counterOf({ lines: [gate] }).restore(other.save())).toThrow(RangeError);
    expect(() => counterOf({ lines: [gate] }).restore({ ...state, total: Float64Array.of(1) })).toThrow(
      RangeError,
    );
  });
});
