/** Any appearance model by its card. */
import { ModelError } from "../errors.js";
import type { Card } from "../models/card.js";
import type { Model, Runtime, Tensor } from "../onnx/index.js";
import type { Embedder, Embeddings, Frame } from "../types.js";
import { type Contract, type Description, rowLength } from "./_contract.js";
import { visible } from "./_visible.js";
import { reid } from "./reid.js";
import { stripes } from "./stripes.js";

/** The contracts by the name that cards use. */
export const contracts: Readonly<Record<string, Contract>> = { stripes, reid };

/** Crops per run of a model that takes any number; bounds the memory in crowds. */
const MAX_BATCH = 16;

/**
 * Loads an embedder. It keeps nothing between frames: a crop has one vector, whatever came before.
 *
 * @throws {ModelError} when the file, the card or the two together cannot be used.
 * @example
 * const runtime = await createRuntime();
 * const { card, path } = await resolveModel("mobilenet-hsv-stripes", "embedder");
 * const embedder = await createEmbedder(card, path, runtime);
 * const { dim, data } = await embedder.embed(frame, Float64Array.of(10, 20, 60, 170));
 * await runtime.close();
 */
export async function createEmbedder(card: Card, modelPath: string, runtime: Runtime): Promise<Embedder> {
  const contract = Object.hasOwn(contracts, card.contract) ? contracts[card.contract] : undefined;
  if (!contract)
    throw new ModelError(
      `Cannot use model card "${card.name}": expected an embedder contract (${Object.keys(contracts).join(", ")}), got "${card.contract}"`,
    );
  const loaded: Model[] = [];
  try {
    const model = await runtime.load(modelPath);
    loaded.push(model);
    const description = contract(card, model);
    const crops = await runtime.load(description.graph, `crops for ${model.name}`);
    loaded.push(crops);
    const embedder = new ModelEmbedder(runtime, crops, model, description);
    await embedder.measure();
    return embedder;
  } catch (error) {
    for (const model of loaded) await model.release();
    throw error;
  }
}

class ModelEmbedder implements Embedder {
  readonly #runtime: Runtime;
  readonly #crops: Model;
  readonly #model: Model;
  readonly #description: Description;
  /** Crops per run, or undefined for any number. */
  readonly #batch: number | undefined;
  #dim = 0;

  constructor(runtime: Runtime, crops: Model, model: Model, description: Description) {
    this.#runtime = runtime;
    this.#crops = crops;
    this.#model = model;
    this.#description = description;
    const batch = model.inputs[0]!.dims[0];
    this.#batch = typeof batch === "number" ? batch : undefined;
  }

  get dim(): number {
    return this.#dim;
  }

  /** Tries the model on a grey picture, which tells the vectors' length and that it works at all. */
  async measure(): Promise<void> {
    const data = new Uint8Array(16 * 16 * 3).fill(127);
    const parts = await this.#run(
      { index: 0, time: 0, width: 16, height: 16, data },
      Float32Array.of(0, 0, 16, 16),
    );
    const dim = parts.reduce((sum, part) => sum + rowLength(part, this.#batch ?? 1), 0);
    if (!Number.isInteger(dim) || dim === 0)
      throw new ModelError(`Cannot use model "${this.#model.name}": its output has no row per crop`);
    this.#dim = dim;
  }

  async embed(frame: Frame, boxes: Float64Array): Promise<Embeddings> {
    const count = boxes.length / 4;
    if (!Number.isInteger(count))
      throw new RangeError(`Cannot embed boxes: expected 4 numbers for each, got ${boxes.length} numbers`);
    const data = new Float32Array(count * this.#dim);
    const seen = visible(boxes, frame.width, frame.height, this.#description.innerWidth);
    const step = this.#batch ?? MAX_BATCH;
    for (let from = 0; from < seen.rows.length; from += step) {
      const rows = seen.rows.slice(from, from + step);
      const parts = await this.#run(frame, seen.boxes.subarray(4 * from, 4 * (from + rows.length)));
      const n = this.#batch ?? rows.length;
      for (const [i, row] of rows.entries()) join(parts, i, n, data, row * this.#dim);
    }
    return { count, dim: this.#dim, data };
  }

  async close(): Promise<void> {
    await this.#crops.release();
    await this.#model.release();
  }

  async #run(frame: Frame, boxes: Float32Array): Promise<readonly Tensor[]> {
    // A fixed batch is filled up with the first box.
    const n = this.#batch ?? boxes.length / 4;
    const all = Float32Array.from({ length: 4 * n }, (_, k) => boxes[k] ?? boxes[k % 4]!);
    const { fetch } = this.#description;
    const outputs = await this.#runtime.run([this.#crops, this.#model], {
      frame,
      feeds: { boxes: { type: "float32", dims: [n, 4], data: all } },
      fetch,
    });
    return fetch.map((name) => outputs[name]!);
  }
}

/** Row `i` of every part, each scaled to norm 1, one after the other at `to`; the whole has norm 1 again. */
function join(parts: readonly Tensor[], i: number, n: number, out: Float32Array, to: number): void {
  let at = to;
  for (const part of parts) {
    const data = part.data as Float32Array;
    const length = rowLength(part, n);
    let square = 0;
    for (let k = i * length; k < (i + 1) * length; k++) square += data[k]! * data[k]!;
    const scale = square > 0 ? 1 / Math.sqrt(square * parts.length) : 0;
    for (let k = 0; k < length; k++) out[at++] = data[i * length + k]! * scale;
  }
}
