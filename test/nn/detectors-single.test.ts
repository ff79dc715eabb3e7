import { describe, expect, it } from "vitest";
import { buildDetector } from "../../src/nn/detectors/index.js";
import {
  boxSetOf,
  compareSets,
  detectionWeights,
  floatsOf,
  imageOf,
  loadDetection,
  rowsOf,
  runModel,
} from "./_detection.js";
import { describeParameter, difference, haveGoldens, type Summary } from "./_golden.js";

/**
 * Detectors in one stage against the staged results of torchvision. NETWORKS=all runs the others too, and
 * NETWORKS=name,name these alone; then how far they differ is reported.
 */
const wanted = process.env.NETWORKS;
const USUAL = ["ssd300_vgg16", "ssdlite320_mobilenet_v3_large", "retinanet_resnet50_fpn"];
/** Of the largest absolute value. */
const HEAD_TOLERANCE = 2e-5;

/** Where the stages are: the maps, and which part of the head each stored tensor is. */
interface Places {
  readonly maps: RegExp;
  readonly head: Readonly<Record<string, RegExp>>;
}

const TWO_HEADS = { cls_logits: /classification_head/, bbox_regression: /regression_head/ };
const PYRAMID = /\.fpn\.(layer_blocks\.\d\.0|extra_blocks\.p\d)$/;
const STAGES: Readonly<Record<string, Places>> = {
  ssd300_vgg16: { maps: /^backbone\.(scaled|extra.*relu.*)$/, head: TWO_HEADS },
  ssdlite320_mobilenet_v3_large: { maps: /^backbone\..*(hardswish|relu6)(_\d+)?$/, head: TWO_HEADS },
  retinanet_resnet50_fpn: { maps: PYRAMID, head: TWO_HEADS },
  fcos_resnet50_fpn: {
    maps: PYRAMID,
    head: {
      cls_logits: /classification_head/,
      bbox_regression: /regression_head\.relu/,
      bbox_ctrness: /bbox_ctrness/,
    },
  },
};

const names = Object.keys(STAGES).filter((name) =>
  wanted ? wanted === "all" || wanted.split(",").includes(name) : USUAL.includes(name),
);

if (!haveGoldens) console.log("skipped: reference results of detectors are not at ../shared/networks");

describe.skipIf(!haveGoldens)("detectors in one stage", () => {
  it.each(names)("%s finds what torchvision finds, stage by stage", { timeout: 300_000 }, async (name) => {
    const golden = loadDetection(name);
    const { scoreThresh: minScore, nms, detectionsPerImg: most } = golden.settings;
    const norm = { eps: name.startsWith("ssd") ? 1e-3 : 1e-5, frozen: false };
    const net = buildDetector(name, { minScore, nms, most, norm });

    const published = golden.state.map(([path, shape, role]) =>
      String([path, shape, role === "wh" ? "w" : role === "l2" ? "o" : role]),
    );
    expect(net.parameters.map(describeParameter).map(String).sort()).toEqual(published.sort());
    expect(net.parameterCount).toBe(golden.params);
    const { source, check } = detectionWeights(golden, net);
    expect(check.count).toBe(golden.fillCheck.count);
    expect(Math.abs(check.sum - golden.fillCheck.sum)).toBeLessThan(1e-6 * check.sumAbs);

    const { maps, head } = STAGES[name]!;
    // What is said about each place: its first side is named after the map that it comes from.
    const parts = Object.entries(head).map(([key, where]) => {
      const columns = (golden.stages.head[key].summary as Summary).shape[2]!;
      const layers = net.layers.filter(
        ({ op, shape: [rows, ...rest] }) =>
          op === "Reshape" &&
          where.test(String(rows)) &&
          /\.anchors$/.test(String(rows)) &&
          rest[0] === columns,
      );
      return { key, layers: layers.map((l) => l.name) };
    });
    const features = net.layers.filter((l) => maps.test(l.name)).map((l) => l.name);
    const anchors = net.layers.filter((l) => /(^|\.)anchors(_\d+)?$/.test(l.name)).map((l) => l.name);
    const expose = [...features, ...anchors, ...parts.flatMap((p) => p.layers)];
    const values = await runModel(net.encode(source, { expose }), {
      input: [imageOf(golden), golden.input.shape],
    });

    const nearest = (golden.stages.features as Summary[]).map((summary) =>
      Math.min(...features.map((layer) => difference(summary, floatsOf(values[layer])))),
    );
    const heads = parts.map(({ key, layers }) => {
      const levels = layers.map((layer) => floatsOf(values[layer]));
      const all = new Float32Array(levels.reduce((n, level) => n + level.length, 0));
      let filled = 0;
      for (const level of levels) {
        all.set(level, filled);
        filled += level.length;
      }
      return difference(golden.stages.head[key].summary, all);
    });
    expect(Math.max(...nearest)).toBeLessThanOrEqual(HEAD_TOLERANCE);
    expect(Math.max(...heads)).toBeLessThanOrEqual(HEAD_TOLERANCE);

    const { count, rows } = golden.stages.anchors as { count: number; rows: { row: number; v: number[] }[] };
    const placed = anchors.length
      ? anchors.flatMap((layer) => rowsOf(floatsOf(values[layer]), 4))
      : rowsOf(net.constants.find((c) => String(c.shape) === `${count},4`)!.data as Float32Array, 4);
    expect(placed).toHaveLength(count);
    for (const { row, v } of rows) {
      // FCOS needs the middles alone.
      const [x1, y1, x2, y2] = v as [number, number, number, number];
      const expected = name.startsWith("fcos") ? [(x1 + x2) / 2, (y1 + y2) / 2] : v;
      for (const [k, value] of expected.entries())
        expect(Math.abs(placed[row]![k]! - value), `anchor ${row}`).toBeLessThan(1e-3);
    }

    const { alone, box, score } = compareSets(golden.final, boxSetOf(values));
    if (wanted)
      console.log(name, "features", Math.max(...nearest), "head", Math.max(...heads), { alone, box, score });
    expect(alone).toBe(0);
    expect(box).toBeLessThanOrEqual(0.02);
    expect(score).toBeLessThanOrEqual(2e-6);
  });
});
