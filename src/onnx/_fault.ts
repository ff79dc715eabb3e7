/** Errors inside the worker: one clear line each. */
import type { Fault } from "./_protocol.js";

export class FaultError extends Error {
  constructor(readonly fault: Fault) {
    super(fault.message);
  }
}

/** What ONNX Runtime says of a model, as one line that names the file. */
export function modelFault(head: string, error: unknown): FaultError {
  const detail = error instanceof Error ? error.message : String(error);
  const unreadable = /Protobuf parsing failed|No graph was found|ModelProto|INVALID_PROTOBUF/i.test(detail);
  const why = unreadable ? "not an ONNX model, or cut short" : oneLine(detail);
  return new FaultError({ kind: "model", message: `${head}: ${why}`, detail });
}

export function faultOf(error: unknown): Fault {
  if (error instanceof FaultError) return error.fault;
  const detail = error instanceof Error ? error.message : String(error);
  return { kind: "internal", message: oneLine(detail), detail };
}

/** ONNX Runtime's messages without its source lines and codes. */
export function oneLine(message: string): string {
  const line = message
    .replace(/\s+/g, " ")
    .replace(/\/onnxruntime_src\/\S+:\d+ .* was false\. /g, "")
    .replace(/\/onnxruntime_src\/\S+:\d+ .*?\) (?=[A-Z[])/g, "")
    .replace(/\b\w+\.cc:\d+ \w+ /g, "")
    .replace(/\[ONNXRuntimeError\] : \d+ : \w+ : /g, "")
    .trim();
  return line.length > 300 ? `${line.slice(0, 297)}...` : line;
}
