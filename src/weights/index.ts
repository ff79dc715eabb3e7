export { type ElementType, openWeights, type StoredTensor, type WeightsFile } from "./file.js";
export { type LoadOptions, loadWeights } from "./load.js";
