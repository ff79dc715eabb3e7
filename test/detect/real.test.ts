/** What the models find on real footage. The limits are a little below what was measured on 40 frames. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDetector } from "../../src/detect/index.js";
import { loadCard, ownModelsDir } from "../../src/models/load.js";
import { createRuntime, type Runtime } from "../../src/onnx/index.js";
import type { Frame } from "../../src/types.js";
import { openInput } from "../../src/video/input.js";
import { averagePrecision } from "./_average-precision.js";
import { PETS_VIDEO, petsIsHere, petsTruth } from "./_pets.js";

const YOLOX = join(import.meta.dirname, "../../../shared/models/test-only/yolox_nano.onnx");

const own = (name: string) => loadCard(join(ownModelsDir, `${name}.json`));

describe.skipIf(!petsIsHere)("on PETS09-S2L1 (skipped where ../shared/data is not here)", () => {
  let runtime: Runtime;
  const frames: Frame[] = [];
  const truth = petsIsHere ? petsTruth() : new Map();
  beforeAll(async () => {
    runtime = await createRuntime();
    const source = await openInput(PETS_VIDEO, { every: 40 });
    for await (const frame of source) frames.push({ ...frame, data: frame.data.slice(), release: undefined });
  });
  afterAll(() => runtime.close());

  interface Case {
    readonly name: string;
    readonly path?: string;
    readonly ap: number;
    readonly recall: number;
  }
  const cases: readonly Case[] = [
    { name: "nanodet-g", ap: 0.9, recall: 0.95 },
    { name: "ssd-mobilenet-v2-oid", ap: 0.7, recall: 0.85 },
    { name: "ssdlite-mobilenet-v2-coco", ap: 0.63, recall: 0.8 },
    { name: "yolox-nano", path: YOLOX, ap: 0.88, recall: 0.93 },
  ];
  it.each(cases)("$name finds the people", async ({ name, path, ap, recall }) => {
    const card = await own(name);
    const file = path ?? join(ownModelsDir, card.file);
    if (!existsSync(file)) {
      console.log(`skipped: ${file} is not here`);
      return;
    }
    const detector = await createDetector(card, file, runtime, { minScore: 0.05 });
    const samples = [];
    for (const frame of frames) {
      const people = truth.get(frame.index) ?? [];
      samples.push({
        found: await detector.detect(frame),
        truth: Float64Array.from(people.flatMap(({ box }: { box: readonly number[] }) => box)),
      });
    }
    await detector.close?.();
    const measured = averagePrecision(samples, card.labels.indexOf("person"));
    expect(frames.length).toBe(20);
    expect(measured.ap).toBeGreaterThan(ap);
    expect(measured.recall).toBeGreaterThan(recall);
  });
});
