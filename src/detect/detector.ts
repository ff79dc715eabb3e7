/** Any detection model by its card. */
import { ModelError } from "../errors.js";
import {
  type Fit,
  fitImage,
  fitNumbers,
  type ImageInput,
  isScaled,
  LEAST_OPSET,
  preprocessGraph,
} from "../image/index.js";
import type { Card } from "../models/card.js";
import { readWholeModel } from "../models/whole.js";
import { opsetOf, wrapModel } from "../nn/index.js";
import { formatInfo, type Model, type Runtime, type Tensor } from "../onnx/index.js";
import type { Detections, Detector, Frame } from "../types.js";
import { afterGraph, FETCH } from "./_after.js";
import type { Contract, Reader } from "./_contract.js";
import { finish } from "./_finish.js";
import { detr } from "./detr.js";
import { fasterRcnn } from "./faster-rcnn.js";
import { nanodet } from "./nanodet.js";
import { ssd } from "./ssd.js";
import { yolox } from "./yolox.js";

/** The output contracts by the name that cards use. */
export const contracts: Readonly<Record<string, Contract>> = {
  nanodet,
  ssd,
  yolox,
  "faster-rcnn": fasterRcnn,
  detr,
};

/** Options of `createDetector`. */
export interface DetectorOptions {
  /**
   * Detections below are dropped, 0..1.
   * @default 0.3
   */
  readonly minScore?: number;
  /**
   * Long side of the model's input in pixels, for models that take any size.
   * @default the card's
   */
  readonly longSide?: number;
}

/** Of `DetectorOptions`; the long side is the card's. */
export const defaults = { minScore: 0.3 } as const;

/** Larger models are not copied: what that saves is little beside what they compute. */
const MAX_WRAPPED = 64 * 2 ** 20;

/** Of the graphs around a model that is not copied. */
const OPSET = 18;

/**
 * Loads a detector.
 *
 * @throws {RangeError} when an option is out of range.
 * @throws {ModelError} when the file, the card or the two together cannot be used.
 * @example
 * const runtime = await createRuntime();
 * const { card, path } = await resolveModel("nanodet-g", "detector");
 * const detector = await createDetector(card, path, runtime, { minScore: 0.4 });
 * const { count, boxes } = await detector.detect(frame);
 * await runtime.close();
 */
export async function createDetector(
  card: Card,
  modelPath: string,
  runtime: Runtime,
  options: DetectorOptions = {},
): Promise<Detector> {
  const minScore = options.minScore ?? defaults.minScore;
  if (!(minScore >= 0 && minScore <= 1))
    throw new RangeError(`Cannot use minimum score ${minScore}: expected a number from 0 to 1`);
  const input = withLongSide(card.input, options.longSide);
  const contract = Object.hasOwn(contracts, card.contract) ? contracts[card.contract] : undefined;
  if (!contract)
    throw new ModelError(
      `Cannot use model card "${card.name}": expected a detector contract (${Object.keys(contracts).join(", ")}), got "${card.contract}"`,
    );
  if (card.labels.length === 0)
    throw new ModelError(`Cannot use model card "${card.name}": a detector needs labels, it has none`);
  const model = await runtime.load(modelPath);
  try {
    checkInput(model, input);
    const reader = contract(card, model);
    return new ModelDetector(runtime, model, modelPath, reader, input, card.labels, minScore);
  } catch (error) {
    await model.release();
    throw error;
  }
}

class ModelDetector implements Detector {
  readonly #runtime: Runtime;
  readonly #model: Model;
  readonly #path: string;
  readonly #reader: Reader;
  readonly #input: ImageInput;
  readonly #minScore: Tensor<"float64">;
  /** Models to run one after the other, for pictures that are scaled and for those that need not be. */
  readonly #chains = new Map<boolean, Promise<readonly Model[]>>();

  constructor(
    runtime: Runtime,
    model: Model,
    path: string,
    reader: Reader,
    input: ImageInput,
    readonly labels: readonly string[],
    minScore: number,
  ) {
    this.#runtime = runtime;
    this.#model = model;
    this.#path = path;
    this.#reader = reader;
    this.#input = input;
    this.#minScore = { type: "float64", dims: [], data: Float64Array.of(minScore) };
  }

  async detect(frame: Frame): Promise<Detections> {
    const fit = this.#fit(frame);
    const scaled = isScaled(fit);
    const chain = this.#chains.get(scaled) ?? this.#build(scaled);
    this.#chains.set(scaled, chain);
    const feeds = {
      fit: { type: "int64", dims: [4], data: fitNumbers(fit) },
      min_score: this.#minScore,
    } as const;
    const outputs = await this.#runtime.run(await chain, { frame, feeds, fetch: FETCH });
    return finish(outputs, this.#reader, fit, this.#model.name, this.labels.length);
  }

  async close(): Promise<void> {
    const chains = await Promise.allSettled(this.#chains.values());
    this.#chains.clear();
    const models = chains.flatMap((chain) => (chain.status === "fulfilled" ? chain.value : []));
    for (const model of new Set([...models, this.#model])) await model.release();
  }

  #fit(frame: Frame): Fit {
    const fit = fitImage(this.#input, frame.width, frame.height);
    const input = this.#model.inputs[0]!;
    const [h, w] = input.dims.slice(-2);
    if ((typeof h === "number" && h !== fit.height) || (typeof w === "number" && w !== fit.width))
      throw new ModelError(
        `Cannot use model "${this.#model.name}": expected an input of ${fit.width}x${fit.height} pixels, found "${input.name}" ${formatInfo(input)}`,
      );
    return fit;
  }

  /** One model where that can be, which saves the copies between them; else three. */
  async #build(scaled: boolean): Promise<readonly Model[]> {
    const { name, inputs } = this.#model;
    const before = (opset: number) => preprocessGraph(this.#input, inputs[0]!.name, { scaled, opset });
    const after = (opset: number) => afterGraph(this.#model, this.#reader, opset);
    const bytes = await readWholeModel(this.#path, MAX_WRAPPED);
    if (bytes && opsetOf(bytes) >= LEAST_OPSET) {
      const wrapped = await this.#runtime.load(wrapModel(bytes, { before, after }), name);
      await this.#model.release();
      return [wrapped];
    }
    const around = [before, after].map((make) =>
      this.#runtime.load(make(OPSET).encode(OPSET), `graph around ${name}`),
    );
    const [first, last] = (await Promise.all(around)) as [Model, Model];
    return [first, this.#model, last];
  }
}

function withLongSide(input: ImageInput, longSide: number | undefined): ImageInput {
  if (longSide === undefined) return input;
  if (!Number.isInteger(longSide) || longSide < 32 || longSide > 8192)
    throw new RangeError(`Cannot use long side ${longSide}: expected a whole number from 32 to 8192`);
  const multiple = "longSide" in input.size ? input.size.multiple : 32;
  return { ...input, size: { longSide, multiple } };
}

function checkInput(model: Model, { layout }: ImageInput): void {
  const [input] = model.inputs;
  const rank = layout === "chw" ? 3 : 4;
  const channels = input?.dims.at(-3);
  const fits =
    model.inputs.length === 1 &&
    input!.type === "float32" &&
    input!.dims.length === rank &&
    (channels === 3 || typeof channels === "string");
  if (fits) return;
  const expected = rank === 3 ? "float32[3,height,width]" : "float32[1,3,height,width]";
  const found = model.inputs.map((i) => `${i.name} ${formatInfo(i)}`).join(", ");
  throw new ModelError(`Cannot use model "${model.name}": expected one input ${expected}, found ${found}`);
}
