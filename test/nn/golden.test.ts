import { describe, expect, it } from "vitest";
import { backbones, buildBackbone } from "../../src/nn/index.js";
import {
  describeParameter,
  difference,
  forward,
  goldenKeys,
  goldenWeights,
  haveGoldens,
  loadFacts,
  loadGolden,
  matchStages,
} from "./_golden.js";

const TOLERANCE = 1e-5;
/** The larger ones take minutes: NETWORKS=all runs them, NETWORKS=vgg16,resnet50 runs these alone. */
const LARGE = 30e6;
const wanted = process.env.NETWORKS;

const goldens = goldenKeys()
  .map(loadGolden)
  .filter(({ name }) => Object.hasOwn(backbones, name));
const chosen = goldens.filter(({ name, params }) =>
  wanted ? wanted === "all" || wanted.split(",").includes(name) : params <= LARGE,
);

if (!haveGoldens) console.log("skipped: reference results of networks are not at ../shared/networks");

describe.skipIf(!haveGoldens)("networks", () => {
  const { networks, receptive_fields: fields } = haveGoldens
    ? loadFacts()
    : { networks: {}, receptive_fields: {} };

  it.each(Object.keys(backbones))(
    "%s has the known number of parameters and multiply-accumulates",
    (name) => {
      const facts = ["tv", "own", "timm", "caffe"].map((from) => networks[`${from}/${name}`]).find(Boolean);
      const golden = goldens.find((g) => g.name === name);
      const known = facts ?? networks[golden?.catalogueKey ?? ""];
      expect(known, `no facts about ${name}`).toBeDefined();
      const net = buildBackbone(name);
      expect(net.parameterCount).toBe(known!.params);
      expect(net.macs).toBe(known!.macs);
    },
  );

  it.each(goldens)("$name has the published parameters", (golden) => {
    const own = golden.key.startsWith("own_");
    const table = buildBackbone(golden.name).parameters.map(describeParameter);
    if (own) expect(table.map(([, ...rest]) => rest)).toEqual(golden.state.map(([, ...rest]) => rest));
    else expect(table.map(String).sort()).toEqual(golden.state.map(String).sort());
  });

  it.each(chosen)("$name computes the reference result", { timeout: 300_000 }, async (golden) => {
    const net = buildBackbone(golden.name);
    const { source, check } = goldenWeights(golden, net);
    expect(check.count).toBe(golden.fillCheck.count);
    expect(Math.abs(check.sum - golden.fillCheck.sum)).toBeLessThan(1e-6 * check.sumAbs);
    expect(Math.abs(check.sumAbs / golden.fillCheck.sumAbs - 1)).toBeLessThan(1e-7);

    const outputs = await forward(net.encode(source), golden);
    const results = Object.values(outputs);
    expect(results.length).toBe(golden.outputs.length);
    const differences = golden.outputs.map((summary, k) => {
      const result = outputs[summary.name] ?? results[k]!;
      expect(result.dims).toEqual(summary.shape);
      return difference(summary, result.data as Float32Array);
    });

    const inner = net.layers.map((l) => l.name);
    const values = await forward(net.encode(source, { fold: false, expose: inner }), golden);
    const stages = matchStages(
      golden.stages,
      inner.map((name) => values[name]!.data as Float32Array),
      TOLERANCE,
    );
    if (wanted) console.log(golden.name, "output", ...differences, "stages", stages.worst);
    expect(stages.missing).toEqual([]);
    expect(Math.max(...differences)).toBeLessThanOrEqual(TOLERANCE);
  });

  it("sees as far as the known receptive fields", () => {
    const last = (name: string, layer: string) =>
      buildBackbone(name).layers.find((l) => l.name === layer)!.field!.size[0];
    expect(last("vgg16", "features.28")).toBe(196);
    for (const [name, layer] of [
      ["resnet18", "layer4.1.conv2"],
      ["resnet50", "layer4.2.conv2"],
      ["resnet152", "layer4.2.conv2"],
    ] as const)
      expect(last(name, layer)).toBe(Math.max(...fields[`${name}_torchvision`]!.map((row) => row.rf)));
  });
});
