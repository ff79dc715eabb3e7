/** How well people are told apart on real footage; scripts/bench/appearance.ts measures more of it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadCard, ownModelsDir } from "../../src/models/load.js";
import { createRuntime, type Runtime } from "../../src/onnx/index.js";
import { createEmbedder } from "../../src/reid/index.js";
import type { Embeddings } from "../../src/types.js";
import { openInput } from "../../src/video/input.js";
import { PETS_VIDEO, type Person, petsIsHere, petsTruth } from "../detect/_pets.js";

const OSNET = join(import.meta.dirname, "../../../shared/models/test-only/osnet_x0_25_msmt17.onnx");

describe.skipIf(!petsIsHere)("on PETS09-S2L1 (skipped where ../shared/data is not here)", () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await createRuntime();
  });
  afterAll(() => runtime.close());

  /** The share of people whose nearest neighbour, `gap` frames later, is themselves. */
  async function associated(name: string, path: string, every: number, gap: number): Promise<number> {
    const embedder = await createEmbedder(await loadCard(join(ownModelsDir, `${name}.json`)), path, runtime);
    const truth = petsTruth();
    const seen = new Map<number, { people: readonly Person[]; vectors: Embeddings }>();
    for await (const frame of await openInput(PETS_VIDEO, { every, end: 40 })) {
      const people = truth.get(frame.index) ?? [];
      const boxes = Float64Array.from(people.flatMap(({ box }) => box));
      seen.set(frame.index, { people, vectors: await embedder.embed(frame, boxes) });
      frame.release?.();
    }
    let right = 0;
    let all = 0;
    for (const [index, { people, vectors }] of seen) {
      const later = seen.get(index + gap);
      if (!later) continue;
      people.forEach(({ id }, i) => {
        if (!later.people.some((person) => person.id === id)) return;
        const similarity = later.people.map((_, j) => {
          let sum = 0;
          for (let k = 0; k < vectors.dim; k++)
            sum += vectors.data[i * vectors.dim + k]! * later.vectors.data[j * vectors.dim + k]!;
          return sum;
        });
        all++;
        if (later.people[similarity.indexOf(Math.max(...similarity))]!.id === id) right++;
      });
    }
    expect(all).toBeGreaterThan(100);
    return right / all;
  }

  it("the embedded embedder finds people again a second later, and mostly three", async () => {
    const file = join(ownModelsDir, "mobilenet-v2-stripes.onnx");
    expect(await associated("mobilenet-hsv-stripes", file, 10, 10)).toBeGreaterThan(0.9);
    expect(await associated("mobilenet-hsv-stripes", file, 10, 30)).toBeGreaterThan(0.75);
  });

  it.skipIf(!existsSync(OSNET))("so does OSNet (skipped where ../shared/models is not here)", async () => {
    expect(await associated("osnet-x0.25-msmt17", OSNET, 20, 20)).toBeGreaterThan(0.85);
  });
});
