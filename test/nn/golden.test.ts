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
  sameNames,
  TOLERANCE,
} from "./_golden.js";

/** Larger networks take minutes: NETWORKS=all runs them too, NETWORKS=vgg16,resnet152 runs these alone. */
const usual = ({ name, params }: { name: string; params: number }) => params < 15e6 || name === "resnet50";
const wanted = process.env.NETWORKS;

/** Millions of parameters and of multiply-accumulates, as published (Zhou et al. 2019). */
const OSNETS: Readonly<Record<string, readonly [parameters: number, macs: number]>> = {
  osnet_x1_0: [2.2, 978.9],
  osnet_x0_75: [1.3, 571.8],
  osnet_x0_5: [0.6, 272.9],
  osnet_x0_25: [0.2, 82.3],
};

const names = Object.keys(backbones);
const goldens = goldenKeys()
  .map(loadGolden)
  .filter(({ name }) => names.includes(name));
const chosen = goldens.filter((golden) =>
  wanted ? wanted === "all" || wanted.split(",").includes(golden.name) : usual(golden),
);

if (!haveGoldens) console.log("skipped: reference results of networks are not at ../shared/networks");

describe.skipIf(!haveGoldens)("networks", () => {
  const { networks, receptive_fields: fields } = haveGoldens
    ? loadFacts()
    : { networks: {}, receptive_fields: {} };

  const known = (name: string) => {
    const golden = goldens.find((g) => g.name === name);
    const keys = [golden?.catalogueKey ?? "", ...["tv", "own", "timm"].map((from) => `${from}/${name}`)];
    return keys.map((key) => networks[key]).find(Boolean) ?? golden;
  };

  // The other networks have their figures in checklist.test.ts.
  it.each(names.filter(known))("%s has as many parameters and operations as known", (name) => {
    const { params, macs } = known(name)!;
    const net = buildBackbone(name);
    expect(net.parameterCount).toBe(params);
    if (macs !== undefined) expect(net.macs).toBe(macs);
  });

  it.each(Object.entries(OSNETS))("%s has the paper's size", (name, [parameters, macs]) => {
    const net = buildBackbone(name);
    expect(net.parameterCount / 1e6).toBeCloseTo(parameters, 1);
    expect(net.macs! / 1e6).toBeCloseTo(macs, 1);
  });

  it.each(goldens)("$name has the published parameters", (golden) => {
    const net = buildBackbone(golden.name);
    const table = net.parameters.map(describeParameter);
    // A fully connected layer on a pooled map may be a 1x1 convolution: the same numbers with two more sides of 1.
    const unnamed = ([, shape, role]: readonly [string, readonly number[], string]) =>
      `${role} ${shape}`.replace(/,1,1$/, "");
    if (golden.key.startsWith("own_") && !sameNames(golden, net))
      expect(table.map(unnamed)).toEqual(golden.state.map(unnamed));
    else expect(table.map(String).sort()).toEqual(golden.state.map(String).sort());
  });

  it.each(chosen)("$name computes the reference result", { timeout: 300_000 }, async (golden) => {
    const net = buildBackbone(golden.name);
    const { source, check } = goldenWeights(golden, net);
    expect(check.count).toBe(golden.fillCheck.count);
    expect(Math.abs(check.sum - golden.fillCheck.sum)).toBeLessThan(1e-6 * check.sumAbs);
    expect(Math.abs(check.sumAbs / golden.fillCheck.sumAbs - 1)).toBeLessThan(1e-7);

    const outputs = await forward(net.encode(source), golden);
    const results = net.outputs.map(({ name }) => outputs[name]!);
    expect(results.map((t) => t.dims)).toEqual(golden.outputs.map((o) => o.shape));
    const differences = results.map((t, k) => difference(golden.outputs[k]!, t.data as Float32Array));

    const inner = net.layers.map((l) => l.name);
    const values = await forward(net.encode(source, { fold: false, expose: inner }), golden);
    for (const { name, shape } of net.layers)
      expect(values[name]!.dims, name).toEqual(shape.map((d) => (d === "batch" ? 1 : d)));
    const stages = matchStages(
      golden.stages,
      inner.map((name) => values[name]!.data as Float32Array),
    );
    if (wanted) console.log(golden.name, "output", Math.max(...differences), "stages", stages.worst);
    expect(stages.missing).toEqual([]);
    expect(Math.max(...differences)).toBeLessThanOrEqual(TOLERANCE);
  });

  it("sees as far as the known receptive fields", () => {
    const seen = (name: string, layer: string) =>
      buildBackbone(name).layers.find((l) => l.name === layer)!.field!.size[0];
    expect(seen("vgg16", "features.28")).toBe(196);
    for (const [name, layer] of [
      ["resnet18", "layer4.1.conv2"],
      ["resnet50", "layer4.2.conv2"],
      ["resnet152", "layer4.2.conv2"],
    ] as const)
      expect(seen(name, layer)).toBe(Math.max(...fields[`${name}_torchvision`]!.map((row) => row.rf)));
  });
});
