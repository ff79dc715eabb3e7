/**
 * SSD. Liu et al. 2016, "SSD: Single Shot MultiBox Detector" (section 2, figure 2): default boxes on six maps of a VGG-16
 * whose last layers became convolutions. Names, anchors and thresholds as in torchvision.
 */
import { relu } from "../activations.js";
import { vggFeatures, vggLayers } from "../backbones/vgg.js";
import { conv } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import { maxPool } from "../pools.js";
import type { Detector } from "./_detector.js";
import { boxSizes, type DefaultBoxes, ssdDetections } from "./_ssd.js";

/** The extra maps: a 1x1 convolution, then a 3x3 one that makes the map smaller. */
const EXTRA = [
  { squeeze: 256, out: 512, stride: 2, pad: 1 },
  { squeeze: 128, out: 256, stride: 2, pad: 1 },
  { squeeze: 128, out: 256, stride: 1, pad: 0 },
  { squeeze: 128, out: 256, stride: 1, pad: 0 },
] as const;

const TABLES: readonly DefaultBoxes[] = [
  { step: 8, scales: [0.07, 0.15], ratios: [2] },
  { step: 16, scales: [0.15, 0.33], ratios: [2, 3] },
  { step: 32, scales: [0.33, 0.51], ratios: [2, 3] },
  { step: 64, scales: [0.51, 0.69], ratios: [2, 3] },
  { step: 100, scales: [0.69, 0.87], ratios: [2] },
  { step: 300, scales: [0.87, 1.05], ratios: [2] },
];

/** The six maps: conv4_3 scaled to a learnt length per channel, fc7 and four extra ones. */
function features(g: Network, image: Tensor): Tensor[] {
  const third = vggFeatures(g, image, vggLayers.D.slice(0, 9));
  let x = maxPool(g, third, { kernel: 2, ceil: true });
  for (const place of [17, 19, 21])
    x = relu(g, conv(g, `features.${place}`, x, { out: 512, kernel: 3, pad: 1 }));
  const maps = [unitLength(g, x)];

  x = g.scope("extra.0", () => {
    let y = maxPool(g, x, { kernel: 2 });
    for (const place of [1, 3, 5]) y = relu(g, conv(g, String(place), y, { out: 512, kernel: 3, pad: 1 }));
    y = maxPool(g, y, { kernel: 3, stride: 1, pad: 1 });
    y = relu(g, conv(g, "7.1", y, { out: 1024, kernel: 3, pad: 6, dilation: 6 }));
    return relu(g, conv(g, "7.3", y, { out: 1024, kernel: 1 }));
  });
  maps.push(x);
  for (const [k, { squeeze, out, ...window }] of EXTRA.entries())
    x = g.scope(`extra.${k + 1}`, () => {
      const y = relu(g, conv(g, "0", x, { out: squeeze, kernel: 1 }));
      maps.push(relu(g, conv(g, "2", y, { out, kernel: 3, ...window })));
      return maps.at(-1)!;
    });
  return maps;
}

/** Each pixel's channels scaled to length 1, then by a learnt number per channel. Liu et al. 2015, "ParseNet". */
function unitLength(g: Network, x: Tensor): Tensor {
  const one = [x.shape[0]!, 1, x.shape[2]!, x.shape[3]!];
  const length = g.op("ReduceL2", [x], one, { attributes: { axes: [1], keepdims: 1 } });
  const unit = g.op("Div", [x, g.op("Max", [length, g.floats(1e-12)], one)], x.shape);
  const scale = g.parameter("scale_weight", [x.shape[1] as number], "other");
  const upright = g.op("Unsqueeze", [scale, g.ints([1, 2])], [x.shape[1]!, 1, 1]);
  return g.op("Mul", [unit, upright], x.shape, { name: "scaled" });
}

const ssd300: Detector = {
  input: {
    colour: "rgb",
    fit: "stretch",
    size: { width: 300, height: 300 },
    mean: [0.48235 * 255, 0.45882 * 255, 0.40784 * 255],
    std: [1, 1, 1],
  },
  labels: "coco91",
  background: 0,
  size: [300, 300],
  build(g, image, { classes = 91, ...choice }) {
    const maps = g.scope("backbone", () => features(g, image));
    const head = (name: string, width: number): Tensor[] =>
      g.scope(`head.${name}.module_list`, () =>
        maps.map((map, k) => {
          const out = boxSizes(TABLES[k]!).length * width;
          return conv(g, String(k), map, { out, kernel: 3, pad: 1 });
        }),
      );
    const usual = { minScore: 0.01, nms: 0.45, most: 200, candidates: 400 };
    return ssdDetections(
      g,
      image,
      head("classification_head", classes),
      head("regression_head", 4),
      TABLES,
      classes,
      { ...usual, ...choice },
    );
  },
};

export const ssds = { ssd300_vgg16: ssd300 } as const satisfies Readonly<Record<string, Detector>>;
