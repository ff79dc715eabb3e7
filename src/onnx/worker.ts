/**
 * The thread that owns the sessions: ONNX Runtime's `run` blocks the event loop that calls it, so it gets one of its
 * own. Started by runtime.ts only. Requests are served in order, one at a time.
 *
 * A session that is alive when its thread is ended by force takes the whole process along, so the thread always ends
 * by itself: "close" releases every session and then closes the port.
 */
import { stat } from "node:fs/promises";
import { parentPort, type TransferListItem, workerData } from "node:worker_threads";
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { FaultError, faultOf, modelFault, oneLine } from "./_fault.js";
import type { Fault, Loaded, Outputs, Reply, Request, WorkerSettings } from "./_protocol.js";
import { formatInfo, type Tensor, type TensorInfo, type TensorType } from "./tensor.js";

interface Entry {
  readonly name: string;
  readonly session: InferenceSession;
  readonly inputs: readonly TensorInfo[];
}

const port = parentPort!;
const settings = workerData as WorkerSettings;
const entries = new Map<number, Entry>();
let handles = 0;

const ort = await import("onnxruntime-node").catch((cause: unknown) => {
  const detail = String(cause instanceof Error ? cause.message : cause);
  send({ id: 0, ok: false, fault: { kind: "environment", message: oneLine(detail), detail } });
  return undefined;
});

if (ort) {
  // Its own log goes to stderr, past every error message of ours.
  ort.env.logLevel = "fatal";
  try {
    await probe();
    send({ id: 0, ok: true, value: undefined });
    listen();
  } catch (error) {
    send({ id: 0, ok: false, fault: { ...faultOf(error), kind: "environment" } });
  }
}

function listen(): void {
  let queue: Promise<void> = Promise.resolve();
  port.on("message", (request: Request) => {
    queue = queue.then(() => serve(request));
  });
}

async function serve(request: Request): Promise<void> {
  const loan = request.kind === "run" && request.loan ? bufferOf(request.feeds[request.loan]!) : undefined;
  try {
    const value = await answer(request);
    send({ id: request.id, ok: true, value, loan });
  } catch (error) {
    send({ id: request.id, ok: false, fault: faultOf(error), loan });
  }
  if (request.kind === "close") port.close();
}

async function answer(request: Request): Promise<Loaded | Outputs | undefined> {
  switch (request.kind) {
    case "load":
      return load(request.model, request.name);
    case "run":
      return run(request);
    case "release":
      await entries.get(request.handle)?.session.release();
      entries.delete(request.handle);
      return undefined;
    case "close":
      for (const { session } of entries.values()) await session.release();
      entries.clear();
      return undefined;
  }
}

/** Runs one operator, so that a device that does not work is known before anything is read or written. */
async function probe(): Promise<void> {
  // Graph "throughline": y = Relu(x), float[1], opset 13.
  const bytes = Buffer.from(
    "CAgSC3Rocm91Z2hsaW5lOjcKDAoBeBIBeSIEUmVsdRIFcHJvYmVaDwoBeBIKCggIARIECgIIAWIPCgF5EgoKCAgBEgQKAggBQgQKABAN",
    "base64",
  );
  const session = await ort!.InferenceSession.create(bytes, sessionOptions());
  try {
    const { y } = await session.run({ x: new ort!.Tensor("float32", [2], [1]) });
    if ((y?.data as Float32Array | undefined)?.[0] !== 2) throw new Error("it computes wrong numbers");
  } finally {
    await session.release();
  }
}

function sessionOptions(): InferenceSession.SessionOptions {
  return {
    executionProviders: [settings.provider],
    intraOpNumThreads: settings.threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
    // Patterns are remembered per input shape, and crops come in any number: 100 MB for no measurable time.
    enableMemPattern: false,
    // Threads that wait do not burn a core that the video decoder could use: with one other busy process on two
    // cores a run takes 0.7 of the time it takes with spinning.
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  };
}

async function load(model: string | Uint8Array, name: string): Promise<Loaded> {
  if (typeof model === "string") {
    const found = await stat(model).catch(() => undefined);
    if (!found?.isFile()) {
      const what = found ? "it is not a file" : "no such file";
      throw new FaultError({ kind: "model", message: `Cannot use model "${name}": ${what}` });
    }
    if (found.size === 0)
      throw new FaultError({ kind: "model", message: `Cannot use model "${name}": the file is empty` });
  }
  let session: InferenceSession;
  try {
    session =
      typeof model === "string"
        ? await ort!.InferenceSession.create(model, sessionOptions())
        : await ort!.InferenceSession.create(model, sessionOptions());
  } catch (error) {
    throw modelFault(`Cannot use model "${name}"`, error);
  }
  const inputs = infosOf(session.inputMetadata);
  entries.set(++handles, { name, session, inputs });
  return { handle: handles, inputs, outputs: infosOf(session.outputMetadata) };
}

async function run(request: Extract<Request, { kind: "run" }>): Promise<Outputs> {
  const known: Record<string, OrtTensor> = {};
  const producer = new Map<string, string>();
  for (const [name, tensor] of Object.entries(request.feeds)) known[name] = toOrt(tensor);
  for (const [index, handle] of request.chain.entries()) {
    const entry = entries.get(handle);
    if (!entry) throw new Error("the model was released");
    const later = request.chain
      .slice(index + 1)
      .flatMap((h) => entries.get(h)?.inputs.map((i) => i.name) ?? []);
    const wanted = entry.session.outputNames.filter((o) => request.fetch.includes(o) || later.includes(o));
    if (wanted.length === 0) continue;
    const feeds: Record<string, OrtTensor> = {};
    for (const input of entry.inputs) {
      const given = known[input.name];
      if (!given) throw new FaultError(missing(entry, input, known));
      feeds[input.name] = given;
    }
    try {
      const outputs = await entry.session.run(feeds, wanted);
      for (const [name, tensor] of Object.entries(outputs)) {
        known[name] = tensor;
        producer.set(name, entry.name);
      }
    } catch (error) {
      throw modelFault(`Cannot run model "${entry.name}"`, error);
    }
  }
  return Object.fromEntries(
    request.fetch.map((name) => {
      const tensor = known[name];
      const by = producer.get(name);
      if (!tensor || by === undefined) throw new Error(`no model of the chain has the output "${name}"`);
      return [name, fromOrt(tensor, name, by)];
    }),
  );
}

function missing(entry: Entry, input: TensorInfo, known: Readonly<Record<string, OrtTensor>>): Fault {
  const message = `Cannot run model "${entry.name}": it needs the input "${input.name}" ${formatInfo(input)}, got ${Object.keys(known).join(", ") || "nothing"}`;
  return { kind: "model", message };
}

function toOrt(tensor: Tensor): OrtTensor {
  // The constructor's overloads want the type and the data tied together by a literal.
  return new ort!.Tensor(tensor.type as "float32", tensor.data as Float32Array, tensor.dims);
}

function fromOrt(tensor: OrtTensor, name: string, model: string): Tensor {
  const type = tensor.type as TensorType;
  if (!["float32", "float64", "uint8", "int32", "int64"].includes(type)) {
    const message = `Cannot use model "${model}": expected its output "${name}" to be float32, got ${tensor.type}`;
    throw new FaultError({ kind: "model", message });
  }
  const data = tensor.data as Tensor["data"];
  if ((type === "float32" || type === "float64") && !allFinite(data as Float32Array)) {
    const message = `Cannot use model "${model}": its output "${name}" is not finite (NaN or infinity)`;
    throw new FaultError({ kind: "model", message });
  }
  return { type, dims: [...tensor.dims], data };
}

/** One NaN or infinity makes the sum one; four sums keep the adder busy, finite float32 cannot overflow them. */
function allFinite(data: Float32Array | Float64Array): boolean {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const whole = data.length - (data.length % 4);
  for (let i = 0; i < whole; i += 4) {
    a += data[i]!;
    b += data[i + 1]!;
    c += data[i + 2]!;
    d += data[i + 3]!;
  }
  for (let i = whole; i < data.length; i++) a += data[i]!;
  return Number.isFinite(a + b + c + d);
}

function infosOf(metadata: readonly InferenceSession.ValueMetadata[]): TensorInfo[] {
  return metadata.map((m) =>
    m.isTensor
      ? { name: m.name, type: m.type, dims: [...m.shape] }
      : { name: m.name, type: "not a tensor", dims: [] },
  );
}

function bufferOf(tensor: Tensor): ArrayBuffer {
  return tensor.data.buffer as ArrayBuffer;
}

function send(reply: Reply): void {
  const transfer = new Set<TransferListItem>();
  if (reply.loan) transfer.add(reply.loan);
  if (reply.ok && reply.value && !("handle" in reply.value))
    for (const tensor of Object.values(reply.value as Outputs)) transfer.add(bufferOf(tensor));
  port.postMessage(reply, [...transfer]);
}
