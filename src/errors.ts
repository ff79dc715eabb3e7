/**
 * The errors that callers catch. Misuse of an API is a `TypeError` or `RangeError`, a malformed text file
 * a `SyntaxError` whose message starts with `Cannot parse "file:line"`; everything a caller may want to tell
 * apart at run time is one of these. The `cause` is always kept.
 */

/** An input (video, picture, folder, detections) cannot be read, or not to its end. */
export class InputError extends Error {
  override readonly name = "InputError";
}

/** A model file cannot be used: not ONNX, truncated, reading outside its folder, wrong contract, not finite. */
export class ModelError extends Error {
  override readonly name = "ModelError";
}

/** A device, binary or library that was asked for does not work here; the message carries the fix. */
export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";
}

/** An output file cannot be written; what stood there before is untouched. */
export class OutputError extends Error {
  override readonly name = "OutputError";
}
