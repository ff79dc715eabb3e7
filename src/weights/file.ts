/** Files of weights, whatever their format. */
import { ModelError } from "../errors.js";
import { type Bytes, fileBytes, Malformed, memoryBytes } from "./_bytes.js";
import type { StoredTensor } from "./_tensor.js";
import { isLegacy, isZip, readLegacyCheckpoint, readZipCheckpoint } from "./pytorch.js";
import { isSafetensors, readSafetensors } from "./safetensors.js";

/** An open file of weights: its table of tensors is in memory, their values are not. */
export interface WeightsFile {
  /** Path, or "weights" for bytes in memory. */
  readonly name: string;
  readonly format: "safetensors" | "pytorch" | "pytorch-legacy";
  /** The tensors by name, in the file's order. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Key of the dict that was chosen in a checkpoint that holds more than weights; "" where there was no choice. */
  readonly inside: string;
  /** What all names began with and was taken away, such as "module."; "" where there was nothing. */
  readonly prefix: string;
  /** Closes the file; tensors cannot be read any more. */
  close(): void;
}

/**
 * Opens a file of weights: safetensors, or a PyTorch checkpoint (.pth, .pt) of any version. No code in it runs.
 * Only its table is read now, each tensor when it is asked for.
 *
 * @param source Path of the file, or its bytes.
 * @throws {ModelError} one line that names the file, what was expected and what to do.
 *
 * @example
 * const file = openWeights("resnet50-0676ba61.pth");
 * file.tensors.get("conv1.weight")?.shape; // [64, 3, 7, 7]
 * file.close();
 */
export function openWeights(source: string | Uint8Array): WeightsFile {
  const name = typeof source === "string" ? source : "weights";
  const bytes = typeof source === "string" ? fileBytes(source) : memoryBytes(source);
  try {
    return guarded(name, () => {
      const { format, inside = "", prefix = "", tensors } = read(bytes);
      const table = tensors.map((t): [string, StoredTensor] => [
        t.name,
        { name: t.name, shape: t.shape, type: t.type, read: () => guarded(name, () => t.read()) },
      ]);
      return { name, format, inside, prefix, tensors: new Map(table), close: () => bytes.close() };
    });
  } catch (error) {
    bytes.close();
    throw error;
  }
}

interface Read {
  readonly format: WeightsFile["format"];
  readonly tensors: StoredTensor[];
  readonly inside?: string;
  readonly prefix?: string;
}

function read(bytes: Bytes): Read {
  const head = bytes.read(0, Math.min(bytes.size, 512));
  if (isZip(head)) return { format: "pytorch", ...readZipCheckpoint(bytes) };
  if (isLegacy(head)) return { format: "pytorch-legacy", ...readLegacyCheckpoint(bytes) };
  if (isSafetensors(head)) return { format: "safetensors", tensors: readSafetensors(bytes) };
  const formats = "expected safetensors or a PyTorch checkpoint";
  if (bytes.size === 0) throw new Malformed(`the file is empty, ${formats}`);
  if (head.length > 262 && Buffer.from(head.subarray(257, 262)).toString("latin1") === "ustar")
    throw new Malformed("it is a tar file of a PyTorch before 0.2; load it there and torch.save() it again");
  if (head[0] === 0x80 && head[1]! <= 5)
    throw new Malformed(`it is a plain Python pickle, ${formats}; torch.save() its state dict`);
  if (/^\s*(<|version https:\/\/git-lfs)/i.test(Buffer.from(head).toString("latin1")))
    throw new Malformed(`it is a web page or a pointer in place of the file, ${formats}; download it again`);
  throw new Malformed(`its format is not known, ${formats}`);
}

/** Adds the file's name to what the readers say. */
function guarded<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    // Names in it may hold anything; the message is one line.
    if (cause instanceof Malformed)
      throw new ModelError(`Cannot read the weights "${name}": ${cause.message.replace(/\p{C}/gu, "?")}`, {
        cause,
      });
    throw cause;
  }
}
