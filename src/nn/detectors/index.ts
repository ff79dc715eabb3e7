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
  checkOptions(name, options);
  const { size = detector.size ?? ["height", "width"], ...rest } = options;
  const g = new Network(name);
  const image = g.input("input", [1, 3, ...size]);
  const { boxes, labels, scores, masks, embeddings } = detector.build(g, image, given(rest));
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

function checkOptions(name: string, { classes, minScore, nms, most, proposals = {} }: DetectorOptions): void {
  const wrong = (what: string, expected: string, got: number): RangeError =>
    new RangeError(`Cannot build "${name}": expected ${what} to be ${expected}, got ${got}`);
  for (const [what, value] of Object.entries({
    minScore,
    nms,
    "proposals.minScore": proposals.minScore,
    "proposals.nms": proposals.nms,
  }))
    if (value !== undefined && !(value >= 0 && value <= 1)) throw wrong(what, "from 0 to 1", value);
  for (const [what, value] of Object.entries({
    most,
    "proposals.before": proposals.before,
    "proposals.after": proposals.after,
  }))
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0))
      throw wrong(what, "a whole number above 0", value);
  if (classes !== undefined && !(Number.isSafeInteger(classes) && classes >= 1))
    throw wrong("classes", "a whole number above 0", classes);
}
