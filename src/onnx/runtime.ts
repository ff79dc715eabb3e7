/** ONNX Runtime in a thread of its own: models go in by path or as bytes, tensors go in and come out. */
import { availableParallelism } from "node:os";
import { EnvironmentError } from "../errors.js";
import type { Frame } from "../types.js";
import type { Loaded, Outputs } from "./_protocol.js";
import { Thread } from "./_thread.js";
import { fixFor, providerOf } from "./device.js";
import type { Tensor, TensorInfo } from "./tensor.js";

/** Options of `createRuntime`. */
export interface RuntimeOptions {
  /**
   * "auto", "cpu", "cuda", "webgpu", "dml" or "coreml". "auto" is the CPU: a GPU is used only when it is asked for,
   * and then it is that GPU or an error.
   * @default "auto"
   */
  readonly device?: string;
  /**
   * Threads that one model computes with.
   * @default the number of cores, at most 8
   */
  readonly threads?: number;
}

/** A model that is loaded in a runtime. */
export interface Model {
  /** Its file name, as messages name it. */
  readonly name: string;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** Frees its memory. */
  release(): Promise<void>;
}

/** What goes into a run and what comes back. */
export interface RunRequest {
  /** Inputs by name. Their memory is copied. */
  readonly feeds?: Readonly<Record<string, Tensor>>;
  /**
   * A frame, fed as "frame" uint8 [height, width, 3]. Its memory is lent, not copied: `frame.data` is empty until the
   * promise settles.
   */
  readonly frame?: Frame;
  /** Outputs to send back, of any model of the chain. */
  readonly fetch: readonly string[];
}

/** ONNX Runtime in a thread of its own. */
export interface Runtime {
  /** Where models really run: never "auto". */
  readonly device: string;
  readonly threads: number;
  /**
   * Loads an ONNX model. `name` is for messages; the path by default.
   * @throws {ModelError} when the file is missing, not ONNX, cut short, or reads outside its folder.
   */
  load(model: string | Uint8Array, name?: string): Promise<Model>;
  /**
   * Runs models one after the other; each takes what it needs from the feeds and from the outputs of those before
   * it, by name. Calls are served in order.
   * @throws {ModelError} when a model fails or an output is not finite.
   */
  run(chain: readonly Model[], request: RunRequest): Promise<Outputs>;
  /** Finishes what was asked, frees every model and ends the thread. May be called twice. */
  close(): Promise<void>;
}

/**
 * Starts a thread with ONNX Runtime and tries the device. An idle runtime does not keep the process alive; a process
 * that is ended while a model computes may abort, so `close()` first.
 *
 * @throws {RangeError} for a device or number of threads that does not exist.
 * @throws {EnvironmentError} when the device does not work here; the message carries the fix.
 * @example
 * const runtime = await createRuntime();
 * const model = await runtime.load("relu.onnx");
 * const { y } = await runtime.run([model], {
 *   feeds: { x: { type: "float32", dims: [1], data: new Float32Array([-1]) } },
 *   fetch: ["y"],
 * });
 * await runtime.close();
 */
export async function createRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const { device, name: provider } = providerOf(options.device ?? "auto");
  const threads = options.threads ?? Math.min(8, availableParallelism());
  if (!Number.isInteger(threads) || threads < 1 || threads > 256)
    throw new RangeError(`Cannot use threads ${threads}: expected a whole number from 1 to 256`);
  const thread = new Thread(workerFile(), { provider, threads });
  try {
    await thread.ready;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new EnvironmentError(`Cannot use device "${device}": ${why}; ${fixFor(device)}`, { cause });
  }
  return new WorkerRuntime(device, threads, thread);
}

class WorkerRuntime implements Runtime {
  readonly #thread: Thread;

  constructor(
    readonly device: string,
    readonly threads: number,
    thread: Thread,
  ) {
    this.#thread = thread;
  }

  async load(
    model: string | Uint8Array,
    name = typeof model === "string" ? model : "unnamed",
  ): Promise<Model> {
    const { handle, inputs, outputs } = (await this.#thread.ask({ kind: "load", model, name })) as Loaded;
    return new LoadedModel(this.#thread, handle, name, inputs, outputs);
  }

  async run(chain: readonly Model[], { feeds = {}, frame, fetch }: RunRequest): Promise<Outputs> {
    const handles = chain.map((model) => {
      if (model instanceof LoadedModel && model.thread === this.#thread) return model.handle;
      throw new TypeError(`Cannot run model "${model.name}": it was loaded by another runtime`);
    });
    const request = { kind: "run", chain: handles, fetch } as const;
    if (!frame) return (await this.#thread.ask({ ...request, feeds })) as Outputs;

    const pixels = frame.data;
    const size = frame.width * frame.height * 3;
    if (pixels.length !== size) {
      const why = pixels.length === 0 ? "it has no pixels, or they are on loan to another call" : "";
      throw new RangeError(
        `Cannot use frame ${frame.index}: ${why || `expected ${size} bytes, got ${pixels.length}`}`,
      );
    }
    // A view of a larger buffer would take the rest of the buffer along.
    const whole = pixels.byteLength === pixels.buffer.byteLength;
    const data = whole ? pixels : pixels.slice();
    const tensor: Tensor<"uint8"> = { type: "uint8", dims: [frame.height, frame.width, 3], data };
    frame.data = new Uint8Array(0);
    const back = (buffer: ArrayBuffer | undefined): void => {
      frame.data = whole ? new Uint8Array(buffer ?? new ArrayBuffer(size)) : pixels;
    };
    const all = { ...feeds, frame: tensor };
    return (await this.#thread.ask({ ...request, feeds: all, loan: "frame" }, data.buffer, back)) as Outputs;
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}

class LoadedModel implements Model {
  constructor(
    readonly thread: Thread,
    readonly handle: number,
    readonly name: string,
    readonly inputs: readonly TensorInfo[],
    readonly outputs: readonly TensorInfo[],
  ) {}

  async release(): Promise<void> {
    if (this.thread.alive) await this.thread.ask({ kind: "release", handle: this.handle });
  }
}

/** Beside this file when built; run from the sources (tests, tsx) the built one is used, a worker takes no TypeScript. */
function workerFile(): URL {
  return new URL(
    import.meta.url.endsWith(".ts") ? "../../dist/onnx/worker.js" : "./worker.js",
    import.meta.url,
  );
}
