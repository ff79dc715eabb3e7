/**
 * HWNet, an embedder of pictures of written words. Krishnan & Jawahar 2016 and 2019 (v2): a ResNet-34 on grey pictures
 * of 48x128 pixels. The papers leave the head open; here it is the mean of the last map, as a unit vector [batch, 512].
 */
import { flatten } from "../joins.js";
import { globalAveragePool } from "../pools.js";
import { type Backbone, unit } from "./_backbone.js";
import { resnetDepths, resnetFeatures } from "./resnet.js";

const hwnet: Backbone = {
  input: [1, 48, 128],
  build(g, image) {
    const map = resnetFeatures(g, image, resnetDepths[34]).at(-1)!;
    return unit(g, flatten(g, globalAveragePool(g, map)));
  },
};

export const hwnets = { hwnet } as const satisfies Readonly<Record<string, Backbone>>;
