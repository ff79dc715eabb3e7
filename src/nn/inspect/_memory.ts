/** How much of what a network computes must be kept at one time. */
import type { PlainNode } from "./_graph.js";
import { bytesOf, type Scope, type Step } from "./_infer.js";

/**
 * Most bytes of values that are alive together, in running order: a value lives from the node that makes it to the
 * last one that takes it, an output of the model to the end. Nothing is written over what it came from, so a runtime
 * that does so needs less.
 */
export function peak(
  steps: readonly Step[],
  scope: Scope,
  ports: { readonly inputs: readonly string[]; readonly outputs: readonly string[] },
): { readonly bytes: number; readonly at?: PlainNode } {
  const last = new Map<string, number>();
  for (const [k, { takes }] of steps.entries()) for (const name of takes) last.set(name, k);
  for (const name of ports.outputs) last.set(name, steps.length);
  const alive = new Map<string, number>();
  let now = 0;
  const keep = (name: string, bytes: number | undefined): void => {
    if (name === "" || bytes === undefined || alive.has(name)) return;
    alive.set(name, bytes);
    now += bytes;
  };
  const drop = (name: string, k: number): void => {
    if ((last.get(name) ?? -1) > k) return;
    now -= alive.get(name) ?? 0;
    alive.delete(name);
  };
  for (const name of ports.inputs) {
    const value = scope.values.get(name);
    keep(name, value && bytesOf(value));
  }
  let most = { bytes: now, at: undefined as PlainNode | undefined };
  for (const [k, { node, results, takes }] of steps.entries()) {
    for (const [i, name] of node.outputs.entries()) keep(name, bytesOf(results[i]!));
    if (now > most.bytes) most = { bytes: now, at: node };
    for (const name of [...takes, ...node.outputs]) drop(name, k);
  }
  return most;
}
