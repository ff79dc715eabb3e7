/** What the runtime and its worker say to each other. Plain data: everything here crosses a thread border. */
import type { Tensor, TensorInfo } from "./tensor.js";

export interface WorkerSettings {
  /** An execution provider of ONNX Runtime. */
  readonly provider: string;
  readonly threads: number;
}

export type Request =
  | { readonly id: number; readonly kind: "load"; readonly model: string | Uint8Array; readonly name: string }
  | {
      readonly id: number;
      readonly kind: "run";
      /** Handles of loaded models; each is fed with what is given and with what those before it put out. */
      readonly chain: readonly number[];
      readonly feeds: Readonly<Record<string, Tensor>>;
      /** Names of the outputs to send back, of any model of the chain. */
      readonly fetch: readonly string[];
      /** The feed whose memory goes back to the sender. */
      readonly loan?: string;
    }
  | { readonly id: number; readonly kind: "release"; readonly handle: number }
  | { readonly id: number; readonly kind: "close" };

export type Reply = (
  | { readonly id: number; readonly ok: true; readonly value: Loaded | Outputs | undefined }
  | { readonly id: number; readonly ok: false; readonly fault: Fault }
) & {
  /** The memory that was lent. */
  readonly loan?: ArrayBuffer;
};

export interface Loaded {
  readonly handle: number;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
}

export type Outputs = Readonly<Record<string, Tensor>>;

/** An error on its way out of the worker. */
export interface Fault {
  readonly kind: "model" | "environment" | "internal";
  readonly message: string;
  /** What ONNX Runtime said, whole. */
  readonly detail?: string;
}
