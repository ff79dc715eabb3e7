/** Any detection model by its card. */
import { ModelError } from "../errors.js";
import { type Fit, fitImage, type ImageInput, preprocessGraph } from "../image/index.js";
import type { Card } from "../models/card.js";
import { formatInfo, type Model, type Runtime } from "../onnx/index.js";
import type { Detections, Detector, Frame } from "../types.js";
import type { Contract, Reader } from "./_contract.js";
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

/** Graphs for so many picture sizes are kept; folders of pictures may hold a few. */
const KEPT_SIZES = 4;

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
    return new ModelDetector(runtime, model, contract(card, model), input, card.labels, minScore);
  } catch (error) {
    await model.release();
    throw error;
  }
}

interface Prepared {
  readonly fit: Fit;
  readonly model: Model;
}

class ModelDetector implements Detector {
  readonly #runtime: Runtime;
  readonly #model: Model;
  readonly #reader: Reader;
  readonly #input: ImageInput;
  readonly #minScore: number;
  /** By size of the picture, the latest used last. */
  readonly #prepared = new Map<string, Promise<Prepared>>();

  constructor(
    runtime: Runtime,
    model: Model,
    reader: Reader,
    input: ImageInput,
    readonly labels: readonly string[],
    minScore: number,
  ) {
    this.#runtime = runtime;
    this.#model = model;
    this.#reader = reader;
    this.#input = input;
    this.#minScore = minScore;
  }

  async detect(frame: Frame): Promise<Detections> {
    const { fit, model } = await this.#prepare(frame.width, frame.height);
    const { fetch } = this.#reader;
    const outputs = await this.#runtime.run([model, this.#model], { frame, fetch });
    return this.#reader.read(
      fetch.map((name) => outputs[name]!),
      fit,
      { minScore: this.#minScore },
    );
  }

  async close(): Promise<void> {
    for (const prepared of this.#prepared.values())
      await prepared.then(
        ({ model }) => model.release(),
        () => {},
      );
    this.#prepared.clear();
    await this.#model.release();
  }

  #prepare(width: number, height: number): Promise<Prepared> {
    const key = `${width}x${height}`;
    const found = this.#prepared.get(key) ?? this.#build(width, height);
    this.#prepared.delete(key);
    this.#prepared.set(key, found);
    if (this.#prepared.size > KEPT_SIZES) {
      const [oldest, prepared] = this.#prepared.entries().next().value!;
      this.#prepared.delete(oldest);
      // Served after the runs that were asked for before it.
      prepared.then(({ model }) => model.release()).catch(() => {});
    }
    return found;
  }

  async #build(width: number, height: number): Promise<Prepared> {
    const input = this.#model.inputs[0]!;
    const fit = fitImage(this.#input, width, height);
    const [h, w] = input.dims.slice(-2);
    if ((typeof h === "number" && h !== fit.height) || (typeof w === "number" && w !== fit.width))
      throw new ModelError(
        `Cannot use model "${this.#model.name}": expected an input of ${fit.width}x${fit.height} pixels, found "${input.name}" ${formatInfo(input)}`,
      );
    const graph = preprocessGraph(this.#input, fit, input.name);
    return { fit, model: await this.#runtime.load(graph, `pre-processing of ${this.#model.name}`) };
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
