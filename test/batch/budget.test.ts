import { describe, expect, it } from "vitest";
import { planBudget } from "../../src/batch/budget.js";

const GB = 2 ** 30;

describe("planBudget", () => {
  it.each([
    ["a core for each job", { cores: 2, memory: 8 * GB }, 9, {}, { jobs: 2, threads: 1 }],
    ["all cores for a single file", { cores: 8, memory: 64 * GB }, 1, {}, { jobs: 1, threads: 8 }],
    ["no more jobs than memory", { cores: 16, memory: 4.5 * GB }, 99, {}, { jobs: 4, threads: 4 }],
    ["one job where there is hardly any", { cores: 4, memory: 0.2 * GB }, 9, {}, { jobs: 1, threads: 4 }],
    ["what was asked for", { cores: 2, memory: GB }, 9, { jobs: 3 }, { jobs: 3, threads: 1 }],
    ["the user's threads", { cores: 4, memory: 8 * GB }, 9, { jobs: 2, threads: 1 }, { jobs: 2, threads: 1 }],
    ["something for nothing", { cores: 4, memory: 8 * GB }, 0, {}, { jobs: 1, threads: 4 }],
  ])("plans %s", (_, machine, files, wanted, expected) => {
    expect(planBudget(machine, files, wanted)).toEqual(expected);
  });
});
