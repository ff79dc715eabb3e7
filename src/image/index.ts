export { crop } from "./crop.js";
export { type Fit, fitImage, type ImageInput } from "./fit.js";
export { preprocessGraph } from "./preprocess.js";
