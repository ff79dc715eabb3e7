/** Weights for a network that has none yet. */
import type { WeightSource } from "./network.js";

/** How large the first weights are. */
export interface InitialOptions {
  /**
   * "he": a standard deviation of sqrt(2 / inputs), for ReLU (He et al. 2015); "xavier": uniform up to
   * sqrt(6 / (inputs + outputs)) (Glorot & Bengio 2010).
   * @default "he"
   */
  readonly scheme?: "he" | "xavier";
  /** The same seed gives the same weights. @default 1 */
  readonly seed?: number;
}

/**
 * Random weights as training begins with: enough to run a network, to measure how fast it is or to train it. Biases and
 * means are 0, scales and variances 1.
 *
 * @example
 * const bytes = buildBackbone("resnet50").encode(initialWeights({ seed: 7 }));
 */
export function initialWeights({ scheme = "he", seed = 1 }: InitialOptions = {}): WeightSource {
  return (name, shape, role) => {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    if (role === "scale" || role === "variance") return data.fill(1);
    if (role !== "weight") return data;
    const [out = 1, ...rest] = shape;
    const [, , ...window] = shape;
    const inputs = rest.reduce((a, b) => a * b, 1);
    const outputs = window.reduce((a, b) => a * b, out);
    // A uniform number up to sqrt(3) s has the standard deviation s.
    const bound = scheme === "he" ? Math.sqrt(6 / inputs) : Math.sqrt(6 / (inputs + outputs));
    const next = uniform(name, seed);
    for (let k = 0; k < data.length; k++) data[k] = bound * (2 * next() - 1);
    return data;
  };
}

/** Numbers in [0, 1) that depend on a name: each tensor has its own. FNV-1a, then xorshift (Marsaglia 2003). */
function uniform(name: string, seed: number): () => number {
  let h = 0x811c9dc5 ^ seed;
  for (const byte of new TextEncoder().encode(name)) h = Math.imul(h ^ byte, 0x01000193);
  h ||= 1;
  return () => {
    h ^= h << 13;
    h ^= h >>> 17;
    h ^= h << 5;
    return (h >>> 0) / 4294967296;
  };
}
