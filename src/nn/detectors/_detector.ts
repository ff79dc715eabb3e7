/** What a detector of the catalogue is. */
import type { Dim } from "../graph.js";
import type { NormOptions } from "../layers.js";
import type { Network, Tensor } from "../network.js";

/** How an image becomes the input, in the words of a model card. Values are (pixel - mean) / std, pixels 0..255. */
export interface DetectorInput {
  readonly colour: "rgb" | "bgr";
  readonly fit: "stretch" | "letterbox" | "pad";
  readonly size:
    | { readonly width: number; readonly height: number }
    | { readonly longSide: number; readonly shortSide: number; readonly multiple: number };
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** Which of the best anchors become regions. */
export interface ProposalOptions {
  /** Anchors of each level that go on to suppression. */
  readonly before?: number;
  /** Regions after it. */
  readonly after?: number;
  /** IoU at which a better one suppresses. @default 0.7 */
  readonly nms?: number;
  /** Only objectness above this, 0..1, takes part. @default that of the published model */
  readonly minScore?: number;
}

/** How a detector is built. */
export interface DetectorOptions {
  /** Classes with the background, which is class 0. @default those of the published weights */
  readonly classes?: number;
  /** Height and width of the input, numbers or names. @default the published size, or names where any size will do */
  readonly size?: readonly [height: Dim, width: Dim];
  /** Only detections that score above this are given, 0..1. @default that of the published model */
  readonly minScore?: number;
  /** IoU at which a better box of the same class suppresses. @default that of the published model */
  readonly nms?: number;
  /** At most so many detections. @default that of the published model */
  readonly most?: number;
  /** Of detectors in two stages. */
  readonly proposals?: ProposalOptions;
  /** Batch norms of the backbone: how published weights have them by default. */
  readonly norm?: NormOptions;
}

/** The outputs of a detector, in this order. */
export interface Detections {
  /** float32 [n, 4]: x1, y1, x2, y2 in pixels of the input. */
  readonly boxes: Tensor;
  /** int64 [n]. */
  readonly labels: Tensor;
  /** float32 [n], the best first. */
  readonly scores: Tensor;
  /** float32 [n, height, width]: how likely each place of the box belongs to the object, 0..1. */
  readonly masks?: Tensor;
  /** float32 [n, numbers], rows of length 1: alike for one object in several images. */
  readonly embeddings?: Tensor;
}

/** A detector of the catalogue. */
export interface Detector {
  /** The image that it is published for. */
  readonly input: DetectorInput;
  /** The classes of its published weights; the first is the background where `background` is 0. */
  readonly labels: "coco91" | "coco80" | "voc20" | "person";
  /** Label of the background; undefined where the network has none. */
  readonly background: number | undefined;
  /** Height and width of the input where only one size will do. */
  readonly size?: readonly [height: number, width: number];
  /** Appends it to `g`. `image` float32 [1, 3, height, width]. */
  readonly build: (g: Network, image: Tensor, options: DetectorOptions) => Detections;
}

const scaled = (values: readonly [number, number, number]): [number, number, number] => [
  values[0] * 255,
  values[1] * 255,
  values[2] * 255,
];

/** How torchvision's networks want their pixels. */
export const TORCHVISION = {
  colour: "rgb",
  mean: scaled([0.485, 0.456, 0.406]),
  std: scaled([0.229, 0.224, 0.225]),
} as const;

/** How the Caffe networks want their pixels. */
export const CAFFE = { colour: "bgr", mean: [102.9801, 115.9465, 122.7717], std: [1, 1, 1] } as const;
