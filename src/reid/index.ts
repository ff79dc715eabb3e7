export { contracts as embedderContracts, createEmbedder } from "./embedder.js";
