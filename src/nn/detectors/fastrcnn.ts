/**
 * Fast R-CNN: classes and boxes of regions that come from elsewhere (selective search in the paper), as a second input
 * "proposals", float32 [n, 4] in pixels of the input. Girshick 2015, "Fast R-CNN".
 */
import type { Network, Tensor } from "../network.js";
import { imageLimits } from "./_boxes.js";
import type { Detector } from "./_detector.js";
import { choosePerClass, predict, twoFc } from "./_heads.js";
import { type Level, roiPool } from "./_roi.js";
import { type BuildTrunk, vggTrunk, zfTrunk } from "./_trunks.js";
import { VOC } from "./fasterrcnn.js";

const fastRcnn = (trunk: BuildTrunk, size: number): Detector => ({
  input: VOC.input,
  labels: VOC.labels,
  background: 0,
  build(g: Network, image: Tensor, { classes = VOC.classes, ...choice }) {
    const boxes = g.input("proposals", ["proposals", 4]);
    const { levels } = g.scope("backbone", () => trunk(g, image));
    return g.scope("roi_heads", () => {
      const x = g.scope("box_head", () => twoFc(g, roiPool(g, levels[0] as Level, boxes, size), 4096));
      const said = g.scope("box_predictor", () => predict(g, x, classes, classes));
      return choosePerClass(g, said, boxes, imageLimits(g, image), { ...VOC, ...choice });
    });
  },
});

export const fastRcnns = {
  fastrcnn_vgg16: fastRcnn(vggTrunk(true), 7),
  fastrcnn_zf: fastRcnn(zfTrunk, 6),
} as const satisfies Readonly<Record<string, Detector>>;
