/** What a file of this folder says about one way of writing boxes into output tensors. */
import { z } from "zod";
import { ModelError } from "../errors.js";
import type { Fit } from "../image/index.js";
import type { Card } from "../models/card.js";
import { formatInfo, type Model, type Tensor, type TensorInfo } from "../onnx/index.js";
import type { Detections } from "../types.js";

export interface DecodeOptions {
  /** Detections below are dropped, 0..1. */
  readonly minScore: number;
}

/** A contract that fits a model: which outputs to fetch, and how to read them. */
export interface Reader {
  readonly fetch: readonly string[];
  /** The tensors in the order of `fetch`. */
  read(outputs: readonly Tensor[], fit: Fit, options: DecodeOptions): Detections;
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

/** The outputs whose last dimension is `size`, in the order of the file. */
export const outputsOfWidth = (model: Model, size: number): TensorInfo[] =>
  model.outputs.filter((o) => o.type === "float32" && o.dims.at(-1) === size);

export const classCount = z.int().nonnegative().optional();
