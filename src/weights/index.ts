export type { ElementType } from "./_elements.js";
export type { StoredTensor } from "./_tensor.js";
export { openWeights, type WeightsFile } from "./file.js";
export { type LoadOptions, loadWeights } from "./load.js";
