import { expect } from "vitest";
import type { Reader } from "../../scripts/fuzz/_reader.js";
import { fuzz } from "../../scripts/fuzz/run.js";

/** Inputs for each reader; those that take longer get fewer. `npm run fuzz` tries as many as one likes. */
const COUNT = 5000;
const SEED = 20;

/** Has a reader read all its seeds and damaged ones; fails with the numbers of the inputs by which to make them again. */
export async function expectNoFaults(reader: Reader): Promise<void> {
  const to = reader.seeds.length + Math.ceil(COUNT / (reader.cost ?? 1));
  const { faults, tried } = await fuzz(reader, { seed: SEED, from: 0, to, most: 5 });
  expect(
    faults.map(({ number, what, error }) => `input ${number} ${what}: ${error}`),
    `npm run fuzz -- --only "${reader.name}" --seed ${SEED} --input NUMBER`,
  ).toEqual([]);
  expect(tried).toBe(to);
}
