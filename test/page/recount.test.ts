/** Counting one place at a time, of those who can touch it, gives exactly what counting everything gives. */
import { describe, expect, it } from "vitest";
import { Counter, layOutZones, type Zones } from "../../src/count/index.js";
import { countsFile, Paths, type Recount, recount, together } from "../../src/page/zones/recount.js";
import { frameOf, type Run, toRun } from "../../src/report/run.js";
import type { CountEvent } from "../../src/types.js";
import { random } from "../_random.js";
import { crowd, HEIGHT, WIDTH } from "./_crowd.js";

/** Lines and zones anywhere, also level and upright ones through whole pixels. */
function someZones(seed: number): Zones {
  const next = random(seed);
  const point = (): [number, number] => [Math.round(next() * WIDTH), Math.round(next() * HEIGHT)];
  const around = (): [number, number][] => {
    const [x, y] = [100 + next() * 400, 100 + next() * 250];
    return Array.from({ length: 5 }, (_, i): [number, number] => {
      const reach = 20 + next() * 80;
      const angle = (i / 5) * 2 * Math.PI;
      return [Math.round(x + reach * Math.cos(angle)), Math.round(y + reach * Math.sin(angle))];
    });
  };
  const [level, upright] = [Math.round(next() * HEIGHT), Math.round(next() * WIDTH)];
  return {
    ...{
      units: "pixels",
      point: seed % 2 ? "foot" : "centre",
      margin: seed % 3 ? 0.1 : 0,
      gap: 1 + (seed % 5),
    },
    lines: [
      { name: "a", from: point(), to: point() },
      { name: "b", from: point(), to: point(), classes: ["person", "dog"] },
      { name: "level", from: [0, level], to: [WIDTH, level] },
      { name: "upright", from: [upright, HEIGHT], to: [upright, 0] },
    ],
    zones: [
      { name: "c", polygon: around() },
      { name: "d", polygon: around(), classes: ["car"] },
      {
        name: "half",
        polygon: [
          [0, 0],
          [WIDTH / 2, 0],
          [WIDTH / 2, HEIGHT],
          [0, HEIGHT],
        ],
      },
    ],
  };
}

const layout = (zones: Zones, run: Run) =>
  layOutZones(zones, { size: { width: WIDTH, height: HEIGHT }, labels: run.labels });

/** One place at a time. */
function oneByOne(zones: Zones, run: Run): Recount {
  const paths = new Paths(run);
  const parts = [
    ...zones.lines.map((line) => ({ ...zones, lines: [line], zones: [] })),
    ...zones.zones.map((zone) => ({ ...zones, lines: [], zones: [zone] })),
  ].map((alone) => recount(paths, layout(alone, run)));
  return together(parts)!;
}

/** All at once, as the command line counts. */
function atOnce(zones: Zones, run: Run): Recount {
  const counter = new Counter(layout(zones, run), run.labels);
  const events: CountEvent[] = [];
  for (let at = 0; at < run.index.length; at++) events.push(...counter.update(frameOf(run, at)).events);
  events.push(...counter.end().events);
  return {
    totals: counter.totals,
    events: events.filter(({ type }) => type !== "appeared" && type !== "left"),
  };
}

const sorted = (events: readonly CountEvent[]): string[] =>
  events.map((event) => JSON.stringify(event)).sort();

describe("counting one place at a time", () => {
  it.each([1, 2, 3, 4, 5, 6])("gives what counting all at once gives (%i)", (seed) => {
    const [run, zones] = [crowd(seed), someZones(seed)];
    const [one, all] = [oneByOne(zones, run), atOnce(zones, run)];
    expect(one.totals).toEqual(all.totals);
    expect(sorted(one.events)).toEqual(sorted(all.events));
    expect(all.totals.lines.some((line) => line.in + line.out > 0)).toBe(true);
    expect(all.totals.zones.some(({ visits }) => visits > 0)).toBe(true);
  });

  it("does so for a clock that is set back", () => {
    const run = crowd(7);
    for (let at = 500; at < run.time.length; at++) run.time[at] = run.time[at]! - 75;
    const zones = someZones(7);
    const [one, all] = [oneByOne(zones, run), atOnce(zones, run)];
    expect(one.totals).toEqual(all.totals);
    expect(sorted(one.events)).toEqual(sorted(all.events));
  });

  it("does so for nobody at all, and for no frames", () => {
    const facts = { input: "", width: WIDTH, height: HEIGHT, labels: ["person"], isTimed: true };
    const zones = { ...someZones(1), lines: [someZones(1).lines[0]!], zones: [] };
    const empty = toRun(
      facts,
      [0, 1, 2].map((index) => ({ index, time: index, tracks: [] })),
    );
    expect(oneByOne(zones, empty)).toEqual(atOnce(zones, empty));
    const none = toRun(facts, []);
    expect(oneByOne(zones, none).totals.lines[0]).toEqual({ name: "a", in: 0, out: 0, classes: [] });
  });

  it("leaves out those who never come near", () => {
    const run = crowd(8);
    const paths = new Paths(run);
    const short = {
      ...someZones(8),
      lines: [{ name: "a", from: [10, 10], to: [14, 12] }],
      zones: [],
    } as Zones;
    const mayCount = paths.candidates(layout(short, run));
    const kept = new Set([...run.id].filter((_, row) => mayCount(row)));
    expect(kept.size).toBeLessThan(30);
  });

  it("writes files with every event", () => {
    const run = crowd(9);
    const zones = someZones(9);
    const text = countsFile(run, layout(zones, run), { input: "x", zones, labels: run.labels }, ".jsonl");
    const lines = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines[0].type).toBe("header");
    expect(lines.at(-1)).toEqual({ type: "totals", ...atOnce(zones, run).totals });
    expect(lines.filter(({ type }) => type === "appeared")).toHaveLength(
      lines.filter(({ type }) => type === "left").length,
    );
  });
});
