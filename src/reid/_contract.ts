/** What a file of this folder says about one way of turning crops into vectors. */
import type { Card } from "../models/card.js";
import type { Model, Tensor } from "../onnx/index.js";

export interface Description {
  /** Graph from "frame" uint8 [H, W, 3] and "boxes" float32 [n, 4] to the model's input. */
  readonly graph: Uint8Array;
  /** Outputs of graph and model that make up a vector, each [n, ...] and of fixed size per row, in this order. */
  readonly fetch: readonly string[];
  /** The part of a box's width that is looked at, around its middle. */
  readonly innerWidth: number;
}

/** @throws {ModelError} when the card or the model is not the contract's. */
export type Contract = (card: Card, model: Model) => Description;

/** Numbers per crop in an output of `n` crops. */
export const rowLength = (tensor: Tensor, n: number): number => tensor.data.length / n;
