/** DetNet-59, whose last stages keep the size of the map. Li et al. 2018 (figure 2). */
import { relu } from "../activations.js";
import { add } from "../joins.js";
import type { Network, Tensor } from "../network.js";
import { maxPool } from "../pools.js";
import { type Backbone, classify, convNorm, IMAGENET } from "./_backbone.js";
import { residualStages } from "./resnet.js";

function dilated(g: Network, x: Tensor, project: boolean): Tensor {
  let y = convNorm(g, ["conv1", "bn1"], x, { out: 256, kernel: 1 });
  y = convNorm(g, ["conv2", "bn2"], y, { out: 256, kernel: 3, pad: 2, dilation: 2 });
  y = convNorm(g, ["conv3", "bn3"], y, { out: 256, kernel: 1, activation: null });
  const options = { out: 256, kernel: 1, activation: null };
  return relu(g, add(g, y, project ? convNorm(g, ["downsample.0", "downsample.1"], x, options) : x));
}

const detnet59: Backbone = {
  input: IMAGENET,
  build(g, image, { classes } = {}) {
    let x = convNorm(g, ["conv1", "bn1"], image, { out: 64, kernel: 7, stride: 2, pad: 3 });
    x = maxPool(g, x, { kernel: 3, stride: 2, pad: 1 });
    x = residualStages(g, x, { block: "bottleneck", depths: [3, 4, 6] }, 64).at(-1)!;
    for (const stage of ["layer4", "layer5"])
      for (let k = 0; k < 3; k++) x = g.scope(`${stage}.${k}`, () => dilated(g, x, k === 0));
    return classify(g, "fc", x, classes);
  },
};

export const detnets = { detnet59 } as const satisfies Readonly<Record<string, Backbone>>;
