/** Keeps `health` up with the run. */
import { effect } from "@preact/signals";
import { type Health, healthOf } from "../../report/health.js";
import type { Run } from "../../report/run.js";
import { health, run } from "../state.js";
import HealthWorker from "./worker.js?worker&inline";

/** Looks anew whenever the run changes. @returns what ends it */
export function followHealth(): () => void {
  return effect(() => {
    const now = run.value;
    health.value = undefined;
    return find(now, (found) => {
      health.value = found;
    });
  });
}

function find(run: Run, then: (found: Health) => void): () => void {
  let worker: Worker;
  try {
    worker = new HealthWorker();
  } catch {
    // A browser that gives pages from files no threads: later, so that the page is there first.
    const timer = setTimeout(() => then(healthOf(run)), 300);
    return () => clearTimeout(timer);
  }
  worker.addEventListener("message", ({ data }: MessageEvent<Health>) => {
    then(data);
    worker.terminate();
  });
  worker.postMessage(run);
  return () => worker.terminate();
}
