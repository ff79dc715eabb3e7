/** The catalogue of detectors: every one by name, as torchvision writes it where it has it. */
import { Network } from "../network.js";
import type { Detector, DetectorOptions } from "./_detector.js";
import { cascadeRcnns } from "./cascadercnn.js";
import { centernets } from "./centernet.js";
import { cornernets } from "./cornernet.js";
import { fairmots } from "./fairmot.js";
import { fasterRcnns } from "./fasterrcnn.js";
import { fastRcnns } from "./fastrcnn.js";
import { fcoses } from "./fcos.js";
import { maskRcnns } from "./maskrcnn.js";
import { retinanets } from "./retinanet.js";
import { rfcns } from "./rfcn.js";
import { ssds } from "./ssd.js";
import { ssdlites } from "./ssdlite.js";
import { yolos } from "./yolo.js";
import { yoloV1s } from "./yolov1.js";

/** Every detector by name. */
export const detectors = {
  ...fastRcnns,
  ...fasterRcnns,
  ...cascadeRcnns,
  ...maskRcnns,
  ...rfcns,
  ...ssds,
  ...ssdlites,
  ...retinanets,
  ...fcoses,
  ...cornernets,
  ...centernets,
  ...fairmots,
  ...yoloV1s,
  ...yolos,
} as const satisfies Readonly<Record<string, Detector>>;

/** The name of a detector of the catalogue. */
export type DetectorName = keyof typeof detectors;

/**
 * A detector of the catalogue as one graph: anchors, regions, decoding and suppression are inside. Input "input",
 * float32 [1, 3, height, width], normalised as `detectors[name].input` says; outputs "boxes" float32 [n, 4] (x1, y1, x2,
 * y2 in pixels of the input), "labels" int64 [n] and "scores" float32 [n], the best first, and "masks" or "embeddings"
 * where the network has them.
 *
 * @throws {RangeError} for a name that is not in the catalogue, or an option out of its range.
 * @example
 * const net = buildDetector("fasterrcnn_resnet50_fpn");
 * net.parameterCount; // 41755286
 * const bytes = net.encode((name) => weights[name]); // "backbone.body.conv1.weight", ...
 */
export function buildDetector(name: string, options: DetectorOptions = {}): Network {
  const detector: Detector | undefined = Object.hasOwn(detectors, name)
    ? detectors[name as DetectorName]
    : undefined;
  if (!detector)
    throw new RangeError(
      `Cannot build "${name}": no such detector; known are ${Object.keys(detectors).join(", ")}`,
    );
  checkOptions(name, detector.background, options);
  const { size = detector.size ?? ["height", "width"], proposals = {}, ...rest } = options;
  const g = new Network(name);
  const image = g.input("input", [1, 3, ...size]);
  const { boxes, labels, scores, masks, embeddings } = detector.build(g, image, {
    ...given(rest),
    proposals: given(proposals),
  });
  g.output("boxes", boxes);
  g.output("labels", labels, "int64");
  g.output("scores", scores);
  if (masks) g.output("masks", masks);
  if (embeddings) g.output("embeddings", embeddings);
  return g;
}

/** Without what is undefined, so that defaults stand. */
const given = <T extends object>(options: T): T =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;

/** More than any set of labels or any image has, and little enough to build. */
const [MAX_CLASSES, MAX_SIDE] = [65_536, 65_536];

function checkOptions(
  name: string,
  background: number | undefined,
  { classes, size, minScore, nms, most, proposals = {} }: DetectorOptions,
): void {
  const inside = (values: Readonly<Record<string, unknown>>, low: number, high: number, whole: boolean) => {
    for (const [what, value] of Object.entries(values)) {
      if (value === undefined) continue;
      if (typeof value === "number" && value >= low && value <= high && !(whole && value % 1 !== 0)) continue;
      const kind = `${whole ? "a whole number " : ""}from ${low} to ${high}`;
      throw new RangeError(`Cannot build "${name}": expected ${what} to be ${kind}, got ${value}`);
    }
  };
  const { before, after } = proposals;
  const scores = { minScore, nms, "proposals.minScore": proposals.minScore, "proposals.nms": proposals.nms };
  inside(scores, 0, 1, false);
  inside({ most, "proposals.before": before, "proposals.after": after }, 1, 2 ** 31 - 1, true);
  // The background and at least one class beside it.
  inside({ classes }, background === undefined ? 1 : 2, MAX_CLASSES, true);
  for (const side of size ?? []) if (typeof side !== "string") inside({ size: side }, 1, MAX_SIDE, true);
}
