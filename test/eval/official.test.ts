import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { globSync } from "tinyglobby";
import { describe, expect, it } from "vitest";
import { scoreTracks } from "../../src/cli/eval-score.js";
import { findTruth } from "../../src/eval/_file.js";
import { type ClassScores, metricNames, type Scores } from "../../src/eval/evaluate.js";
import { kitti } from "../../src/eval/rules/kitti.js";
import { mot15 } from "../../src/eval/rules/mot15.js";
import { mot17 } from "../../src/eval/rules/mot17.js";
import type { Benchmark } from "../../src/eval/sequence.js";
import { scoreColumns } from "../../src/eval/table.js";

/**
 * Every number that the official evaluator (TrackEval 12c8791) printed for the tracks of published trackers, for
 * every sequence and for their combination. The data may not be redistributed, so it lies beside the repository.
 */
const data = join(import.meta.dirname, "../../../shared/data");
const absent = `no official scores: "${data}" is not there`;

type Official = Record<string, number | Record<string, number | number[]>>;

const perAlpha = { HOTA: "hota", DetA: "detA", AssA: "assA", LocA: "locA" } as const;

/** Shares agree to 1e-9 relative, counts exactly. */
function expectOfficial(actual: Scores, official: Official): void {
  let compared = 0;
  const compare = (label: string, value: number | undefined, expected: number, isCount: boolean): void => {
    const tolerance = isCount ? 0 : 1e-9 * Math.abs(expected);
    if (value === undefined || !(Math.abs(value - expected) <= tolerance)) {
      expect.fail(`${label}: expected ${expected}, got ${value}`);
    }
    compared++;
  };
  for (const [label, expected] of Object.entries(official)) {
    if (label === "alpha" || label === "counts") continue;
    const column = scoreColumns.find((c) => c.label === label);
    const value = column?.value(actual);
    const scale = column?.unit === "percent" ? 100 : 1;
    compare(label, value === undefined ? undefined : value * scale, expected as number, scale === 1);
  }
  for (const [label, expected] of Object.entries((official.counts ?? {}) as Record<string, number>)) {
    compare(label, scoreColumns.find((c) => c.label === label)?.value(actual), expected, true);
  }
  for (const [label, expected] of Object.entries((official.alpha ?? {}) as Record<string, number[]>)) {
    const curve = actual.hota?.perAlpha[perAlpha[label as keyof typeof perAlpha]] ?? [];
    expected.forEach((x, a) => {
      compare(`${label} at alpha ${a}`, 100 * curve[a], x, false);
    });
  }
  expect(compared).toBeGreaterThanOrEqual(10);
}

/** Scores of a tracker as `track eval` computes them; `files` has its result for each sequence. */
async function scoresOf(
  truthFolder: string,
  files: ReadonlyMap<string, string>,
  benchmark: Benchmark,
): Promise<readonly ClassScores[]> {
  const [{ classes }] = await scoreTracks({
    sequences: findTruth(truthFolder, benchmark, [...files.keys()]),
    trackers: [{ name: "tracker", files }],
    benchmark,
    metrics: metricNames,
    onNote: (note) => expect.fail(note),
    pause: async () => {},
  });
  return classes;
}

async function expectAll(
  truthFolder: string,
  results: string,
  benchmark: Benchmark,
  officialOf: (className: string) => Record<string, Official>,
): Promise<void> {
  const names = Object.keys(officialOf(benchmark.classes[0])).filter((n) => n !== "COMBINED_SEQ");
  const files = new Map(names.map((name) => [name, join(results, `${name}.txt`)]));
  for (const scores of await scoresOf(truthFolder, files, benchmark)) {
    const official = officialOf(scores.class);
    expect(scores.sequences.map((s) => s.name)).toEqual(names);
    for (const sequence of scores.sequences) expectOfficial(sequence.scores, official[sequence.name]);
    expectOfficial(scores.combined as Scores, official.COMBINED_SEQ);
  }
}

describe.skipIf(!existsSync(data))(`agreement with the official evaluator (skipped: ${absent})`, () => {
  const files = globSync(["golden-eval/*/trackeval.json", "golden-tracks/MOT*/*/trackeval*.json"], {
    cwd: data,
  }).sort();

  it.each(files)("%s", async (file) => {
    const { sequences } = JSON.parse(readFileSync(join(data, file), "utf8"));
    const folder = dirname(join(data, file));
    const [, set] = file.split("/");
    const truth =
      set === "MOT15" ? "MOT15/train" : set === "MOT17-val-half" ? "MOT17-val-half" : "MOT17/train";
    await expectAll(join(data, truth), folder, set === "MOT15" ? mot15 : mot17, () => sequences);
  });

  it("py-motmetrics/trackeval.json", async () => {
    const folder = join(data, "py-motmetrics");
    const { sequences } = JSON.parse(readFileSync(join(folder, "trackeval.json"), "utf8"));
    const files = new Map(
      ["TUD-Campus", "TUD-Stadtmitte"].map((name) => [name, join(folder, name, "test.txt")]),
    );
    const [scores] = await scoresOf(join(data, "MOT15/train"), files, mot15);
    for (const sequence of scores.sequences) expectOfficial(sequence.scores, sequences[sequence.name]);
    expectOfficial(scores.combined as Scores, sequences.COMBINED_SEQ);
  });

  it("golden-tracks/KITTI/sort/trackeval-kitti2dbox.json", async () => {
    const folder = join(data, "golden-tracks/KITTI/sort");
    const official = JSON.parse(readFileSync(join(folder, "trackeval-kitti2dbox.json"), "utf8"));
    await expectAll(join(data, "KITTI/label"), folder, kitti, (className) =>
      Object.fromEntries(
        Object.entries(official).map(([name, classes]) => [
          name,
          (classes as Record<string, Official>)[className],
        ]),
      ),
    );
  });
});
