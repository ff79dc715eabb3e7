/**
 * Runs that are cut off at random moments, and go on: 210 moments in all, 35 of each kind; `MOMENTS=n` tries n of each.
 */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type * as Files from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { completeSettings } from "../../src/cli/settings.js";
import { runTrack } from "../../src/cli/track.js";
import { random } from "../_random.js";
import type { Faults } from "./_crash.js";

const MOMENTS = Number(process.env.MOMENTS ?? 35);
const FRAMES = 18;

const faults: Faults = vi.hoisted(() => ({ at: Infinity, kind: "kill", steps: 0, over: false }));
vi.mock("node:fs/promises", async (original) => {
  const { crashing } = await import("./_crash.js");
  return crashing(await original<typeof Files>(), faults);
});

let folder: string;
let sequence: string;
let out: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "throughline-moments-"));
  sequence = join(folder, "MOT-1");
  mkdirSync(join(sequence, "det"), { recursive: true });
  writeFileSync(
    join(sequence, "seqinfo.ini"),
    `[Sequence]\nname=S\nimDir=img1\nframeRate=30\nseqLength=${FRAMES}\nimWidth=640\nimHeight=480\nimExt=.jpg\n`,
  );
  const next = random(5);
  const walkers = Array.from({ length: 8 }, () => ({ x: 600 * next(), y: 400 * next() }));
  let rows = '# detections; column 8 is the class, an index into ["person","car"]\n';
  for (let t = 1; t <= FRAMES; t++)
    walkers.forEach((w, i) => {
      w.x += 6 * next() - 3;
      if (next() < 0.05) w.x = 600 * next();
      if (next() < 0.85)
        rows += `${t},-1,${w.x.toFixed(3)},${w.y.toFixed(3)},30,60,${next().toFixed(4)},${i % 2},-1,-1\n`;
    });
  writeFileSync(join(sequence, "det", "det.txt"), rows);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const names = ["a.csv", "a.json", "a.json.explain.jsonl", "a.jsonl", "a.txt", "d.txt"];
const trackers = {
  sort: { tracker: "sort", trackerOption: { minHits: 1 } },
  deepsort: { tracker: "deepsort", reid: false, trackerOption: { minConfidence: 0.1, nInit: 2 } },
} as const;

interface Outcome {
  readonly said: readonly string[];
  readonly error: string | undefined;
}

/** Tracks the sequence in this process; the file system fails at step `at`. */
async function run(tracker: keyof typeof trackers, { at = Infinity, kind = "kill" as Faults["kind"] } = {}) {
  Object.assign(faults, { at, kind, steps: 0, over: false });
  const said: string[] = [];
  const say = (text: string) => void said.push(text);
  const reporter = { status() {}, note: say, warn: say, summary() {}, close() {} };
  const files = ["a.json", "a.jsonl", "a.csv", "a.txt"].map((name) => join(out, name));
  const settings = completeSettings({
    ...trackers[tracker],
    ...{ out: files, explain: true, saveDetections: join(out, "d.txt"), checkpoint: 0 },
  });
  let error: string | undefined;
  try {
    await runTrack([sequence], settings, { env: {}, reporter, onError: () => {} });
  } catch (thrown) {
    error = (thrown as Error).message;
  }
  const { steps } = faults;
  // A process that is gone holds no lock; this one is still there.
  if (kind !== "full")
    for (const name of readdirSync(out)) if (name.endsWith(".lock")) rmSync(join(out, name));
  Object.assign(faults, { at: Infinity, over: false });
  return { said, error, steps };
}

const contents = () => Object.fromEntries(names.map((name) => [name, readFileSync(join(out, name), "utf8")]));
const visible = () => readdirSync(out).filter((name) => !name.startsWith("."));

beforeEach(() => {
  out = mkdtempSync(join(folder, "out-"));
});

describe.each(Object.keys(trackers) as (keyof typeof trackers)[])("a run with %s", (tracker) => {
  it.each(["kill", "power", "full"] as const)(
    "that ends at any moment (%s) is gone on with, to the same files byte for byte",
    async (kind) => {
      const whole = await run(tracker, { kind });
      expect(whole.error).toBeUndefined();
      const expected = contents();
      expect(readdirSync(out).sort()).toEqual(names);
      const next = random(tracker.length * 7 + kind.length);
      let resumed = 0;
      for (let moment = 0; moment < MOMENTS; moment++) {
        rmSync(out, { recursive: true });
        mkdirSync(out);
        // Now and then it is cut off a second and a third time.
        const cuts = 1 + Math.floor(3 * next() ** 2);
        for (let cut = 0; cut < cuts; cut++) {
          const ended: Outcome = await run(tracker, { at: Math.floor(whole.steps * next()), kind });
          if (kind === "full" && ended.error) expect(ended.error).toMatch(/^Cannot write .*no space left/);
          for (const name of visible())
            expect(readFileSync(join(out, name), "utf8"), `${name} at moment ${moment}`).toBe(expected[name]);
        }
        const { said, error } = await run(tracker);
        expect(error).toBeUndefined();
        expect(said.filter((text) => text.startsWith("Cannot go on"))).toEqual([]);
        if (said.some((text) => text.startsWith("Going on"))) resumed++;
        expect(contents()).toEqual(expected);
        expect(readdirSync(out).sort()).toEqual(names);
      }
      expect(resumed).toBeGreaterThan(MOMENTS / 5);
    },
  );

  it("keeps the permissions of the files that it replaces, also when it goes on", async () => {
    writeFileSync(join(out, "a.json"), "old");
    chmodSync(join(out, "a.json"), 0o640);
    await run(tracker, { at: 150 });
    expect(readFileSync(join(out, "a.json"), "utf8")).toBe("old");
    await run(tracker);
    expect(readFileSync(join(out, "a.json"), "utf8")).toContain('"complete":true');
  });
});
