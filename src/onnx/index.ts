export type { Outputs } from "./_protocol.js";
export { type Device, devices } from "./device.js";
export { createRuntime, type Model, type RunRequest, type Runtime, type RuntimeOptions } from "./runtime.js";
export { formatInfo, type Tensor, type TensorData, type TensorInfo, type TensorType } from "./tensor.js";
