/**
 * The networks of a run, opened when they are first needed and shared by all of its inputs.
 */
import type { Card } from "../models/card.js";
import { identityOf } from "../models/identity.js";
import { defaultCacheDir, resolveModel } from "../models/store.js";
import { createRuntime, type Runtime } from "../onnx/index.js";
import type { Detector, Embedder } from "../types.js";
import { trackers, usualScores, weakest } from "./choices.js";
import { asUsage } from "./errors.js";
import type { Settings } from "./settings.js";

/** What is told of a model in the output's header. */
export interface ModelInfo {
  readonly name: string;
  readonly sha256?: string;
}

export interface OpenDetector {
  readonly detector: Detector;
  readonly info: ModelInfo;
  readonly minScore?: number;
  /** Whether the least score is the detector's usual one, not the user's. */
  readonly usualScore: boolean;
  /** SHA-256 of the model and its card. */
  readonly identity: string;
}

export interface OpenEmbedder {
  readonly embedder: Embedder;
  readonly info: ModelInfo;
  readonly identity: string;
}

export interface Networks {
  /** @throws {ModelError} @throws {EnvironmentError} @throws {UsageError} */
  detector(): Promise<OpenDetector>;
  embedder(): Promise<OpenEmbedder>;
  /** Where they run, and with how many threads; undefined while none is open. */
  readonly device: string | undefined;
  readonly threads: number | undefined;
  close(): Promise<void>;
}

export function openNetworks(settings: Settings, env: NodeJS.ProcessEnv): Networks {
  const cacheDir = defaultCacheDir(env);
  const { device, threads } = settings;
  let runtime: Runtime | undefined;
  let detector: Awaited<ReturnType<Networks["detector"]>> | undefined;
  let embedder: Awaited<ReturnType<Networks["embedder"]>> | undefined;
  const start = async (): Promise<Runtime> => {
    runtime ??= await asUsage(() => createRuntime({ device, threads }));
    return runtime;
  };

  return {
    async detector() {
      if (detector) return detector;
      const options = { contract: settings.contract, cacheDir };
      // The model is looked up before anything is started: a wrong name is the likelier mistake.
      const model = await resolveModel(settings.detector, "detector", options);
      const { card, path } = model;
      const { createDetector } = await import("../detect/index.js");
      const opened = await start();
      const usual = trackers[settings.tracker]?.usesWeak ? weakest : usualScores[card.name];
      const minScore = settings.minScore ?? usual;
      detector = {
        detector: await asUsage(() => createDetector(card, path, opened, { minScore })),
        info: infoOf(card),
        minScore,
        usualScore: settings.minScore === undefined && minScore !== undefined,
        identity: await identityOf(model),
      };
      return detector;
    },
    async embedder() {
      if (embedder) return embedder;
      const options = { contract: settings.reidContract, cacheDir };
      const model = await resolveModel(String(settings.reid), "embedder", options);
      const { card, path } = model;
      const { createEmbedder } = await import("../reid/index.js");
      embedder = {
        embedder: await createEmbedder(card, path, await start()),
        info: infoOf(card),
        identity: await identityOf(model),
      };
      return embedder;
    },
    get device() {
      return runtime?.device;
    },
    get threads() {
      return runtime?.threads;
    },
    async close() {
      await detector?.detector.close?.();
      await embedder?.embedder.close?.();
      await runtime?.close();
    },
  };
}

const infoOf = ({ name, sha256 }: Card): ModelInfo => ({ name, ...(sha256 ? { sha256 } : {}) });
