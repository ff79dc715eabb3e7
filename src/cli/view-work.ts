/**
 * The heavy work of `track view`: an hour of tracks takes seconds to read and to compare. Each piece is one question and
 * one answer, of values that threads can hand on.
 */
import { planStrips } from "../render/strip-plan.js";
import { frameOf, type Run } from "../report/run.js";
import { type Compared, compareRuns } from "../view/index.js";
import { loadRun } from "./view-load.js";

/** What can be asked, and what the answers are. */
export const works = {
  load: loadRun,
  compare: (a: Compared, b: Compared) => compareRuns(a, b),
  strips: (run: Run) => planStrips(Array.from(run.index, (_, at) => frameOf(run, at))),
};

export type Works = typeof works;
