import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ModelError } from "../../src/errors.js";
import { type Card, cardSchema } from "../../src/models/card.js";
import { loadCard, ownModelsDir } from "../../src/models/load.js";
import { Graph } from "../../src/nn/index.js";
import { createRuntime, type Runtime } from "../../src/onnx/index.js";
import { createEmbedder } from "../../src/reid/index.js";
import type { Frame } from "../../src/types.js";
import { embedderContract } from "../contract/embedder.js";
import { unary } from "../onnx/_models.js";

const OSNET = join(import.meta.dirname, "../../../shared/models/test-only/osnet_x0_25_msmt17.onnx");
const own = (name: string) => loadCard(join(ownModelsDir, `${name}.json`));

const folder = mkdtempSync(join(tmpdir(), "throughline-reid-"));
const save = (name: string, bytes: Uint8Array): string => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};

const cardOf = (changes: Record<string, unknown> = {}): Card =>
  cardSchema.parse({
    name: "some-reid",
    kind: "embedder",
    title: "made for a test",
    file: "model.onnx",
    licence: "MIT",
    source: "made for a test",
    contract: "reid",
    input: { colour: "bgr", fit: "stretch", size: { width: 4, height: 8 }, mean: [1, 2, 3], std: [2, 4, 5] },
    ...changes,
  });

/** The average of each channel and quarter of the input, `batch` crops at a time: 12 numbers each. */
function averages(batch: number | "n"): string {
  const g = new Graph("averages");
  const x = g.input("x", "float", [batch, 3, 8, 4]);
  const pooled = g.add("AveragePool", [x], { kernel_shape: [4, 2], strides: [4, 2] });
  g.add("Flatten", [pooled], { axis: 1 }, "vectors");
  g.output("vectors", "float", [batch, 12]);
  return save(`averages-${batch}.onnx`, g.encode(18));
}

embedderContract("mobilenet-hsv-stripes", async (runtime) => {
  const card = await own("mobilenet-hsv-stripes");
  return createEmbedder(card, join(ownModelsDir, card.file), runtime);
});

for (const batch of ["n", 1, 4] as const)
  embedderContract(`reid with a batch of ${batch}`, (runtime) =>
    createEmbedder(cardOf(), averages(batch), runtime),
  );

if (existsSync(OSNET))
  embedderContract("osnet-x0.25-msmt17", async (runtime) =>
    createEmbedder(await own("osnet-x0.25-msmt17"), OSNET, runtime),
  );
else it.skip("osnet-x0.25-msmt17 is an embedder: ../shared/models/test-only is not here", () => {});

describe("creating an embedder", () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await createRuntime({ threads: 1 });
  });
  afterAll(() => runtime.close());

  it("feeds the crops as the card says: colour order, mean and deviation", async () => {
    const embedder = await createEmbedder(cardOf(), averages("n"), runtime);
    const data = Uint8Array.from({ length: 8 * 4 * 3 }, (_, i) => [30, 20, 11][i % 3]!);
    const frame: Frame = { index: 0, time: 0, width: 4, height: 8, data };
    const found = await embedder.embed(frame, Float64Array.of(0, 0, 4, 8));
    // Blue, green, red: (11 - 1) / 2, (20 - 2) / 4, (30 - 3) / 5, four times each, to norm 1.
    const raw = [5, 4.5, 5.4].flatMap((v) => [v, v, v, v]);
    const norm = Math.hypot(...raw);
    raw.forEach((v, i) => {
      expect(found.data[i]).toBeCloseTo(v / norm, 4);
    });
  });

  it("gives the embedded model's part and the colours' equal weight", async () => {
    const card = await own("mobilenet-hsv-stripes");
    const embedder = await createEmbedder(card, join(ownModelsDir, card.file), runtime);
    expect(embedder.dim).toBe(256 + 4 * 96);
    const frame: Frame = { index: 0, time: 0, width: 30, height: 60, data: new Uint8Array(5400).fill(200) };
    const { data } = await embedder.embed(frame, Float64Array.of(0, 0, 30, 60));
    expect(Math.hypot(...data.subarray(0, 256))).toBeCloseTo(Math.SQRT1_2, 4);
    expect(Math.hypot(...data.subarray(256))).toBeCloseTo(Math.SQRT1_2, 4);
  });

  const refused = async (card: Card, path: string, why: string | RegExp) => {
    const created = createEmbedder(card, path, runtime);
    await expect(created).rejects.toThrow(ModelError);
    await expect(created).rejects.toThrow(why);
  };

  it("names what is wrong with a card", async () => {
    await refused(
      cardOf({ contract: "magic" }),
      averages("n"),
      'Cannot use model card "some-reid": expected an embedder contract (stripes, reid), got "magic"',
    );
    await refused(
      cardOf({ options: { stripes: 3 } }),
      averages("n"),
      'the contract "reid" has no options, got stripes',
    );
    const striped = { contract: "stripes", options: { stripes: 3 } };
    await refused(cardOf(striped), averages("n"), "must be a whole number that divides the height 8");
    const long = { ...cardOf().input, size: { longSide: 64, multiple: 32 } };
    await refused(cardOf({ input: long }), averages("n"), "an embedder's input has a width and a height");
  });

  it("names what is wrong with a model", async () => {
    const large = { ...cardOf().input, size: { width: 64, height: 128 } };
    await refused(
      cardOf({ input: large }),
      averages("n"),
      'averages-n.onnx" as "reid": expected one input float32[n,3,128,64], found x float32[n,3,8,4]',
    );
    await refused(
      cardOf(),
      save("relu.onnx", unary("Relu")),
      "expected one output float32[n,numbers], found outputs y float32[n]",
    );
    await refused(cardOf(), join(folder, "none.onnx"), "no such file");
    const g = new Graph("nan");
    const x = g.input("x", "float", ["n", 3, 8, 4]);
    g.add("Flatten", [g.add("Log", [g.add("Neg", [g.add("Abs", [x])])])], { axis: 1 }, "y");
    g.output("y", "float", ["n", 96]);
    await refused(cardOf(), save("nan.onnx", g.encode(18)), 'nan.onnx": its output "y" is not finite');
  });
});
