/** What a file of this folder says about one way of writing boxes into output tensors. */
import { z } from "zod";
import { ModelError } from "../errors.js";
import type { Fit } from "../image/index.js";
import type { Card } from "../models/card.js";
import type { Graph, Value } from "../nn/index.js";
import { formatInfo, type Model, type TensorInfo } from "../onnx/index.js";
import type { NmsOptions } from "./_nms.js";

/** What the graph behind a model knows besides the model's outputs. */
export interface Scene {
  /** Scores below are no candidates: double, a scalar. */
  readonly minScore: Value;
  /** Of the model's input in pixels, int64 [1] each. */
  readonly height: Value;
  readonly width: Value;
  /** Version of ONNX's operators to write. */
  readonly opset: number;
}

/** What reaches the minimum score, in the order of the model's rows. */
export interface Candidates {
  /** double [k, 4], x1, y1, x2, y2 in pixels of the model's input. */
  readonly boxes: Value;
  /** double [k]. */
  readonly scores: Value;
  /** int64 [k]. */
  readonly classes: Value;
}

/** A contract that fits a model: which outputs it reads, and how. */
export interface Reader {
  readonly outputs: readonly TensorInfo[];
  /** Appends the reading of `outputs`. Where these are not what `check` wants it must not fail: say no candidates. */
  append(g: Graph, outputs: readonly Value[], scene: Scene): Candidates;
  /**
   * @param sizes how many numbers each output really had
   * @throws {ModelError} when the contract says otherwise.
   */
  check(sizes: readonly number[], fit: Fit): void;
  /** Undefined for models that put out each object once. */
  readonly suppression?: NmsOptions;
}

/** @throws {ModelError} when the card's options or the model's outputs are not the contract's. */
export type Contract = (card: Card, model: Model) => Reader;

/** The card's options by the contract's schema. */
export function readOptions<T extends z.ZodType>(card: Card, schema: T): z.output<T> {
  const parsed = schema.safeParse(card.options);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const where = ["options", ...issue.path].join(".");
  throw new ModelError(
    `Cannot use model card "${card.name}": "${where}" does not fit the contract "${card.contract}": ${issue.message}`,
    { cause: parsed.error },
  );
}

/** "Cannot use model ... as contract: expected ..., found ...". */
export function mismatch(card: Card, model: Model, expected: string): ModelError {
  const found = model.outputs.map((o) => `${o.name} ${formatInfo(o)}`).join(", ");
  return new ModelError(
    `Cannot use model "${model.name}" as "${card.contract}": expected ${expected}, found outputs ${found}`,
  );
}

/** The outputs [1, rows, `size`], in the order of the file. */
export const outputsOfWidth = (model: Model, size: number): TensorInfo[] =>
  model.outputs.filter((o) => o.type === "float32" && o.dims.length === 3 && o.dims[2] === size);

export const classCount = z.int().nonnegative().optional();
