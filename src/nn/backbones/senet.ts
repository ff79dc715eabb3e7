/** ResNets with squeeze and excitation. Hu et al. 2017 (table 1). Names as in timm's "legacy" models. */
import type { Activation } from "../activations.js";
import { maxPool } from "../pools.js";
import { type Backbone, classify, convNorm, IMAGENET, squeezeExcite } from "./_backbone.js";
import { type ResNetOptions, residualStages, resnetDepths } from "./resnet.js";

const excite: Activation = (g, x) =>
  g.scope("se_module", () => squeezeExcite(g, ["fc1", "fc2"], x, { out: (x.shape[1] as number) / 16 }));

/** `pad`: the paper's ResNet pads its first pool, the published weights' does not and rounds up instead. */
function senet(options: ResNetOptions, pad: 0 | 1 = 0): Backbone {
  return {
    input: IMAGENET,
    build(g, image, { classes } = {}) {
      const stem = g.scope("layer0", () => {
        const x = convNorm(g, ["conv1", "bn1"], image, { out: 64, kernel: 7, stride: 2, pad: 3 });
        return maxPool(g, x, { kernel: 3, stride: 2, pad, ceil: pad === 0 });
      });
      const maps = residualStages(g, stem, { refine: excite, ...options }, 64);
      return classify(g, "last_linear", maps.at(-1)!, classes);
    },
  };
}

export const senets = {
  legacy_seresnet50: senet({ ...resnetDepths[50], stride: "1x1" }),
  legacy_seresnet101: senet({ ...resnetDepths[101], stride: "1x1" }),
  legacy_seresnet152: senet({ ...resnetDepths[152], stride: "1x1" }),
  legacy_seresnext50_32x4d: senet({ ...resnetDepths[50], groups: 32, width: 4 }),
  se_resnet50_paper: senet({ ...resnetDepths[50], stride: "1x1" }, 1),
  se_resnet101_paper: senet({ ...resnetDepths[101], stride: "1x1" }, 1),
  se_resnet152_paper: senet({ ...resnetDepths[152], stride: "1x1" }, 1),
} as const satisfies Readonly<Record<string, Backbone>>;
