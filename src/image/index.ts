export { crop } from "./crop.js";
export { type Fit, fitImage, type ImageInput } from "./fit.js";
export { fitNumbers, isScaled, LEAST_OPSET, preprocessGraph } from "./preprocess.js";
