export { contracts as detectorContracts, createDetector, type DetectorOptions } from "./detector.js";
