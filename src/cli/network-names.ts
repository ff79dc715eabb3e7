/**
 * The networks that can be built, by the names that people write: `faster-rcnn --backbone resnet50-fpn` is
 * fasterrcnn_resnet50_fpn.
 */
import {
  type Backbone,
  backbones,
  buildBackbone,
  buildDetector,
  type Detector,
  detectors,
  type Network,
} from "../nn/index.js";
import { UsageError } from "./errors.js";
import { suggest } from "./nearest.js";

/** How it is built. */
export interface BuildOptions {
  readonly classes?: number;
  readonly size?: readonly [height: number, width: number];
}

/** A network of the catalogue. */
export interface NamedNetwork {
  readonly name: string;
  /** Height and width of the image that it is usually for; undefined where it takes no image. */
  readonly size?: readonly [height: number, width: number];
  /** Undefined: a backbone. */
  readonly detector?: Detector;
  /** Undefined: a detector. */
  readonly backbone?: Backbone;
  /** @throws {RangeError} for classes or a size that it cannot have. */
  readonly build: (options?: BuildOptions) => Network;
}

/** Every name. */
export const networkNames = (): string[] => [...Object.keys(detectors), ...Object.keys(backbones)];

/** Letters and figures alone: how the words of a name are joined does not matter. */
const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");

/** The pyramid on ResNet-50 is what people mean who name no backbone. */
const USUAL_BACKBONE = "resnet50fpn";

/** The network of that name; undefined where there is none. */
export function findNetwork(asked: string, backbone = ""): NamedNetwork | undefined {
  const names = networkNames();
  const wanted = plain(asked + backbone);
  const exact = names.find((name) => plain(name) === wanted);
  const usual = names.find((name) => plain(name) === wanted + USUAL_BACKBONE);
  const family = familyOf(wanted);
  const found = exact ?? usual ?? (family.length === 1 ? family[0] : undefined);
  return found === undefined ? undefined : named(found);
}

/** @throws {UsageError} that says which names are near, or which backbones there are. */
export function requireNetwork(asked: string, backbone?: string): NamedNetwork {
  const found = findNetwork(asked, backbone);
  if (found) return found;
  const family = familyOf(plain(asked));
  if (family.length > 0) {
    const choices = backbonesOf(family, plain(asked));
    throw new UsageError(
      backbone === undefined
        ? `Cannot build ${JSON.stringify(asked)}: name its --backbone, one of ${choices.join(", ")}`
        : `Cannot build ${JSON.stringify(asked)} on ${JSON.stringify(backbone)}${suggest(backbone, choices)}` +
            ` (there are ${choices.join(", ")})`,
    );
  }
  const families = new Set(Object.keys(detectors).map((name) => name.split("_")[0]!));
  throw new UsageError(
    `Cannot build ${JSON.stringify(asked)}: no network is called that${suggest(asked, [...networkNames(), ...families])}` +
      ' ("track networks" has the names)',
  );
}

/** The detectors whose names begin so. */
const familyOf = (start: string): string[] =>
  start === "" ? [] : Object.keys(detectors).filter((name) => plain(name).startsWith(start));

/** "resnet50-fpn" of "fasterrcnn_resnet50_fpn": what comes after the letters that were asked for. */
function backbonesOf(family: readonly string[], start: string): string[] {
  return family.map((name) => {
    let at = 0;
    for (let letters = 0; letters < start.length; at++) if (plain(name[at]!) !== "") letters++;
    return name.slice(at).replace(/^_+/, "").replaceAll("_", "-");
  });
}

function named(name: string): NamedNetwork {
  if (Object.hasOwn(detectors, name)) {
    const detector: Detector = detectors[name as keyof typeof detectors];
    const build = (options?: BuildOptions) => buildDetector(name, options);
    return { name, size: usualSize(detector), detector, build };
  }
  const backbone: Backbone = backbones[name as keyof typeof backbones];
  const [, height, width] = backbone.input;
  const size = height === undefined || width === undefined ? undefined : ([height, width] as const);
  return { name, ...(size && { size }), backbone, build: (options) => buildBackbone(name, options) };
}

/** Of a landscape picture, rounded up as the detector wants it. */
function usualSize({ size, input }: Detector): readonly [height: number, width: number] {
  if (size) return size;
  if ("width" in input.size) return [input.size.height, input.size.width];
  const { shortSide, longSide, multiple } = input.size;
  const round = (side: number) => Math.ceil(side / multiple) * multiple;
  return [round(shortSide), round(longSide)];
}
