import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readTracks } from "../../src/cli/tracks-file.js";
import { events, mot17, parseMot, parseSequenceInfo } from "../../src/eval/index.js";
import { type Finding, healthOf } from "../../src/report/health.js";
import { framesOfRows, positionOf, type Run, toRun } from "../../src/report/run.js";
import { random } from "../_random.js";
import { scene, type Walker, walk } from "./_scene.js";

const found = (run: Run, kind?: Finding["kind"]) =>
  healthOf(run)
    .findings.filter((finding) => kind === undefined || finding.kind === kind)
    .map(({ kind, ids, from, to }) => ({ kind, ids, from, to }));

/** Walks through the whole picture and leaves it. */
const passer = (id: number, y: number, first: number, more: Partial<Walker> = {}): Walker => ({
  id,
  at: walk([15, y], [985, y], first, first + 120),
  ...more,
});

describe("health without ground truth", () => {
  it("finds nothing doubtful about people who cross the picture and leave it", () => {
    expect(found(scene([passer(1, 100, 5), passer(2, 300, 20), passer(3, 500, 40)], 200))).toEqual([]);
  });

  it("has nothing to say about a run without tracks", () => {
    expect(healthOf(scene([], 20))).toEqual({ findings: [], medianLife: 0, filled: 0 });
    expect(healthOf(scene([], 0)).findings).toEqual([]);
  });

  it("finds one who was given a new number, whether walking or standing", () => {
    const way = walk([15, 300], [985, 300], 10, 150);
    const run = scene(
      [
        { id: 1, at: (frame) => (frame <= 70 ? way(frame) : undefined) },
        { id: 2, at: (frame) => (frame >= 85 ? way(frame) : undefined) },
        { id: 3, at: walk([400, 120], [400, 120], 0, 60) },
        { id: 4, at: walk([405, 120], [405, 120], 80, 190) },
      ],
      200,
    );
    expect(found(run, "break")).toEqual([
      { kind: "break", ids: [3, 4], from: 60, to: 80 },
      { kind: "break", ids: [1, 2], from: 70, to: 85 },
    ]);
  });

  it("takes nobody for another who leaves by the edge, is far away, is much larger or of another class", () => {
    const start = (id: number, x: number, more: Partial<Walker> = {}): Walker => ({
      id,
      at: walk([x, 300], [x, 300], 70, 150),
      ...more,
    });
    const end: Walker = { id: 1, at: walk([500, 300], [500, 300], 5, 60) };
    for (const other of [
      start(2, 700),
      start(2, 505, { height: 180, width: 72 }),
      start(2, 505, { class: 1 }),
    ])
      expect(found(scene([end, other], 200), "break")).toEqual([]);
    const leaver: Walker = { id: 1, at: walk([600, 300], [990, 300], 5, 60) };
    expect(found(scene([leaver, start(2, 985)], 200), "break")).toEqual([]);
  });

  it("tells two who exchanged their numbers from two who only passed", () => {
    const [right, left] = [walk([100, 300], [900, 300], 0, 150), walk([900, 310], [100, 310], 0, 150)];
    const passed = [
      { id: 1, at: right },
      { id: 2, at: left },
    ];
    const exchanged = [
      { id: 1, at: (frame: number) => (frame < 75 ? right(frame) : left(frame)) },
      { id: 2, at: (frame: number) => (frame < 75 ? left(frame) : right(frame)) },
    ];
    expect(found(scene(passed, 160), "swap")).toEqual([]);
    const [swap, ...others] = found(scene(exchanged, 160), "swap");
    expect(others).toEqual([]);
    expect(swap?.ids).toEqual([1, 2]);
    expect(swap!.from).toBeLessThanOrEqual(75);
    expect(swap!.to).toBeGreaterThanOrEqual(74);
  });

  it("finds who was hidden behind another", () => {
    const [right, left] = [walk([100, 300], [900, 300], 0, 300), walk([900, 305], [100, 305], 0, 300)];
    const run = scene(
      [
        { id: 1, at: right },
        { id: 2, at: (frame) => (frame > 148 && frame < 158 ? undefined : left(frame)) },
      ],
      310,
    );
    expect(found(run, "hidden")).toEqual([{ kind: "hidden", ids: [1, 2], from: 148, to: 158 }]);
  });

  it("finds jumps, but none when the camera turns", () => {
    const stand = (id: number, x: number, moved: (frame: number) => number): Walker => ({
      id,
      at: (frame) => [x + moved(frame), 300],
    });
    const jumped = scene([stand(1, 300, (frame) => (frame < 50 ? 0 : 220)), stand(2, 700, () => 0)], 100);
    expect(found(jumped, "jump")).toEqual([{ kind: "jump", ids: [1], from: 49, to: 50 }]);
    const turned = scene(
      [200, 300, 400, 500, 600].map((x, i) => stand(i + 1, x, (frame) => (frame < 50 ? 0 : 150))),
      100,
    );
    expect(found(turned, "jump")).toEqual([]);
  });

  it("finds boxes that change their size at once", () => {
    const run = scene(
      [
        {
          id: 1,
          at: () => [500, 300],
          height: (frame) => (frame < 50 ? 100 : 220),
          width: (frame) => (frame < 50 ? 40 : 88),
        },
      ],
      100,
    );
    expect(found(run)).toEqual([{ kind: "size", ids: [1], from: 49, to: 50 }]);
  });

  it("finds two numbers on one object", () => {
    const way = walk([15, 300], [985, 300], 0, 120);
    const run = scene(
      [
        { id: 1, at: way },
        { id: 2, at: (frame) => way(frame)?.map((value) => value + 4) as [number, number] | undefined },
      ],
      130,
    );
    expect(found(run, "duplicate").map(({ ids }) => ids)).toEqual([[1, 2]]);
  });

  it("finds long gaps, long filling, weak detections and lives of a moment", () => {
    const run = scene(
      [
        passer(1, 80, 5, { at: (frame) => (frame > 60 && frame < 100 ? undefined : [500, 80]) }),
        passer(2, 220, 5, { at: () => [500, 220], isFilled: (frame) => frame >= 60 && frame < 100 }),
        passer(3, 360, 5, {
          at: () => [500, 360],
          score: (frame) => (frame >= 60 && frame < 100 ? 0.3 : 0.9),
        }),
        { id: 4, at: walk([500, 500], [500, 500], 60, 66) },
      ],
      200,
    );
    expect(found(run)).toEqual([
      { kind: "gap", ids: [1], from: 60, to: 100 },
      { kind: "filled", ids: [2], from: 60, to: 99 },
      { kind: "weak", ids: [3], from: 60, to: 99 },
      { kind: "short", ids: [4], from: 60, to: 66 },
    ]);
  });

  it("names damaged video by frames, by times, or as a whole", () => {
    const damage = [
      { kind: "corrupt", fromFrame: 10, toFrame: 14, reason: "bits" },
      { kind: "missing", fromTime: 1, toTime: 2, reason: "gone" },
    ] as const;
    const integrity = { complete: false, frames: 100, damage };
    expect(found(scene([], 100, { integrity }), "damage")).toEqual([
      { kind: "damage", ids: [], from: 10, to: 14 },
      { kind: "damage", ids: [], from: 25, to: 50 },
    ]);
  });

  it("finds planted faults among people who walk about, and little else", () => {
    const next = random(11);
    let [planted, hit, others] = [0, 0, 0];
    for (let round = 0; round < 20; round++) {
      const walkers: Walker[] = [];
      const faults: { readonly id: number; readonly frame: number }[] = [];
      for (let lane = 0; lane < 6; lane++) {
        const way = walk([15, 60 + lane * 95], [985, 60 + lane * 95 + (next() - 0.5) * 40], 0, 200);
        const noise = () => (next() - 0.5) * 3;
        const at = (frame: number) =>
          way(frame)?.map((value) => value + noise()) as [number, number] | undefined;
        const id = 10 * lane + 1;
        const frame = 60 + Math.floor(next() * 80);
        if (lane % 3 === 0) walkers.push({ id, at });
        else if (lane % 3 === 1) {
          walkers.push({ id, at: (f) => (f < frame ? at(f) : undefined) });
          walkers.push({ id: id + 1, at: (f) => (f > frame + 8 ? at(f) : undefined) });
          faults.push({ id: id + 1, frame });
        } else {
          // Goes over to something else, 150 pixels away.
          walkers.push({
            id,
            at: (f) =>
              at(f)?.map((v, i) => (i === 0 && f >= frame ? v - 150 : v)) as [number, number] | undefined,
          });
          faults.push({ id, frame });
        }
      }
      const findings = found(scene(walkers, 201));
      planted += faults.length;
      for (const { id, frame } of faults)
        if (findings.some(({ ids, from, to }) => ids.includes(id) && from <= frame + 10 && to >= frame - 10))
          hit++;
      others += findings.filter(({ ids }) => !faults.some(({ id }) => ids.includes(id))).length;
    }
    expect(hit).toBe(planted);
    expect(others).toBe(0);
  });
});

const DATA = new URL("../../../shared/data/", import.meta.url).pathname;
const hasData = existsSync(`${DATA}golden-tracks/MOT17-val-half`);
if (!hasData) console.log("skipped: no ../shared/data (whether doubts foretell real identity switches)");

/** Frames/s of the four sequences, and frames that a switch may be away from a finding: half a second. */
const MOT17_RATE = 30;
const NEAR = 0.5 * MOT17_RATE;

describe.skipIf(!hasData)("doubts about real tracks", () => {
  it.each(["sort-c06", "bytetrack"])(
    "of %s lie where ground truth says that identities switched, more than by chance",
    (tracker) => {
      const next = random(2);
      const sum = { switches: 0, foretold: 0, random: 0, foretoldRandom: 0, breaks: 0, right: 0 };
      for (const name of ["02", "04", "09", "11"].map((number) => `MOT17-${number}-YOLOX`)) {
        const { run, switches } = real(tracker, name);
        const { findings } = healthOf(run);
        const isNear = (ids: readonly number[], at: number) =>
          findings.some(
            (one) => one.ids.some((id) => ids.includes(id)) && at >= one.from - NEAR && at <= one.to + NEAR,
          );
        sum.switches += switches.length;
        sum.foretold += switches.filter(({ ids, at }) => isNear(ids, at)).length;
        const frames = framesOfRows(run);
        for (let i = 0; i < 200; i++) {
          const at = frames[Math.floor(next() * run.id.length)]!;
          const pick = () =>
            run.id[run.start[at]! + Math.floor(next() * (run.start[at + 1]! - run.start[at]!))]!;
          sum.random++;
          if (isNear([pick(), pick()], at)) sum.foretoldRandom++;
        }
        const breaks = findings.filter(({ kind }) => kind === "break");
        sum.breaks += breaks.length;
        sum.right += breaks.filter(({ ids, from, to }) =>
          switches.some(
            (one) => one.ids.some((id) => ids.includes(id)) && one.at >= from - NEAR && one.at <= to + NEAR,
          ),
        ).length;
      }
      const [recall, chance] = [sum.foretold / sum.switches, sum.foretoldRandom / sum.random];
      console.log(
        `${tracker}: ${sum.switches} switches, ${(recall * 100).toFixed(0)} % near a doubt (a random place: ` +
          `${(chance * 100).toFixed(0)} %); of ${sum.breaks} breaks ${((sum.right / sum.breaks) * 100).toFixed(0)} % right`,
      );
      expect(recall).toBeGreaterThan(0.75);
      expect(recall / chance).toBeGreaterThan(1.25);
      expect(sum.right / sum.breaks).toBeGreaterThan(0.6);
    },
  );
});

/** Published tracks of a sequence, and where the official rules see a switch. */
function real(tracker: string, name: string) {
  const folder = `${DATA}MOT17-val-half/${name}/`;
  const { length } = parseSequenceInfo(readFileSync(`${folder}seqinfo.ini`, "utf8"), "seqinfo.ini");
  const truth = parseMot(readFileSync(`${folder}gt/gt.txt`), "gt.txt", { kind: "truth", length });
  const path = `${DATA}golden-tracks/MOT17-val-half/${tracker}/${name}.txt`;
  const results = parseMot(readFileSync(path), path, { length });
  const frames = readTracks(path).frames.map((frame) => ({ ...frame, time: frame.index / MOT17_RATE }));
  const run = toRun({ input: name, width: 1920, height: 1080, labels: ["person"], isTimed: false }, frames);
  const switches = [...events(mot17.prepare(name, truth, results, "pedestrian"))]
    .filter(({ kind }) => kind === "switch")
    .map(({ frame, result, previous }) => ({ ids: [result!, previous!], at: positionOf(run, frame) }));
  return { run, switches };
}
