/**
 * SSDlite on MobileNet v3: SSD with depthwise separable heads. Sandler et al. 2018, section 6.2; Howard et al. 2019,
 * section 6.3, with half the channels in the last blocks. Names, anchors and thresholds as in torchvision.
 */
import { hardSwish, relu6 } from "../activations.js";
import { convNorm } from "../backbones/_backbone.js";
import { mobilenetV3Block, mobilenetV3Large, type V3Block } from "../backbones/mobilenet.js";
import { conv, type NormOptions } from "../layers.js";
import type { Network, Tensor } from "../network.js";
import type { Detector } from "./_detector.js";
import { type DefaultBoxes, ssdDetections } from "./_ssd.js";

/** Where stride 32 begins: SSD takes the wide inside of this block as its first map. */
const SPLIT = 12;

const BLOCKS: readonly V3Block[] = mobilenetV3Large.map(([kernel, inner, out, ...rest], k) =>
  // From the first block with 160 channels on, 80 and inside 480 instead of 960.
  [kernel, k > SPLIT ? inner / 2 : inner, k >= SPLIT ? out / 2 : out, ...rest],
);

/** Channels of the extra maps. */
const EXTRA = [512, 256, 256, 128] as const;

/** Part of the image's side that the boxes of each map have, and a last one. */
const SCALES = [0.2, 0.35, 0.5, 0.65, 0.8, 0.95, 1] as const;
const TABLES: readonly DefaultBoxes[] = SCALES.slice(0, -1).map((own, k) => ({
  scales: [own, SCALES[k + 1]!],
  ratios: [2, 3],
}));
const BOXES = 6;

/** A 3x3 convolution of each channel on its own. */
const depthwise = (
  g: Network,
  name: string,
  x: Tensor,
  options: NormOptions & { readonly stride?: number },
): Tensor => {
  const out = x.shape[1] as number;
  return convNorm(g, [`${name}.0`, `${name}.1`], x, {
    out,
    groups: out,
    kernel: 3,
    pad: 1,
    activation: relu6,
    ...options,
  });
};

/** The wide inside of a block at 1/16, the last map at 1/32, and four extra ones, each half as large. */
function features(g: Network, image: Tensor, norm: NormOptions): Tensor[] {
  const swish = { activation: hardSwish, ...norm };
  const [first, wide] = g.scope("features.0", () => {
    let y = convNorm(g, ["0.0", "0.1"], image, { out: 16, kernel: 3, stride: 2, pad: 1, ...swish });
    for (const [k, block] of BLOCKS.slice(0, SPLIT).entries())
      y = g.scope(`${k + 1}.block`, () => mobilenetV3Block(g, y, block, norm));
    const name = String(SPLIT + 1);
    return [y, convNorm(g, [`${name}.0`, `${name}.1`], y, { out: BLOCKS[SPLIT]![1], kernel: 1, ...swish })];
  });
  const last = g.scope("features.1", () => {
    let y = g.scope("0", () => mobilenetV3Block(g, first!, BLOCKS[SPLIT]!, norm, wide));
    for (const [k, block] of BLOCKS.slice(SPLIT + 1).entries())
      y = g.scope(`${k + 1}.block`, () => mobilenetV3Block(g, y, block, norm));
    return convNorm(g, ["3.0", "3.1"], y, { out: 480, kernel: 1, ...swish });
  });
  const maps = [wide!, last];
  for (const [k, out] of EXTRA.entries())
    g.scope(`extra.${k}`, () => {
      const each = { kernel: 1, activation: relu6, ...norm };
      const y = convNorm(g, ["0.0", "0.1"], maps.at(-1)!, { out: out / 2, ...each });
      maps.push(convNorm(g, ["2.0", "2.1"], depthwise(g, "1", y, { stride: 2, ...norm }), { out, ...each }));
    });
  return maps;
}

const ssdlite320: Detector = {
  input: {
    colour: "rgb",
    fit: "stretch",
    size: { width: 320, height: 320 },
    mean: [127.5, 127.5, 127.5],
    std: [127.5, 127.5, 127.5],
  },
  labels: "coco91",
  background: 0,
  size: [320, 320],
  build(g, image, { classes = 91, norm = { eps: 1e-3 }, ...choice }) {
    const maps = g.scope("backbone", () => features(g, image, norm));
    const head = (name: string, width: number): Tensor[] =>
      g.scope(`head.${name}.module_list`, () =>
        maps.map((map, k) =>
          conv(g, `${k}.1`, depthwise(g, `${k}.0`, map, norm), { out: BOXES * width, kernel: 1 }),
        ),
      );
    const usual = { minScore: 0.001, nms: 0.55, most: 300, candidates: 300 };
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

export const ssdlites = { ssdlite320_mobilenet_v3_large: ssdlite320 } as const satisfies Readonly<
  Record<string, Detector>
>;
