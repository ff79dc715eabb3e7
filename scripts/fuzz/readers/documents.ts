/** Readers of documents that the program keeps or that people write for it. */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findInputs } from "../../../src/batch/inputs.js";
import { readManifest } from "../../../src/batch/manifest.js";
import { readCheckpoint, writeCheckpoint } from "../../../src/checkpoint/checkpoint.js";
import { completeSettings, readConfig } from "../../../src/cli/settings.js";
import { parseZones } from "../../../src/count/zones.js";
import { Correctable, historyOf, parseLog } from "../../../src/edit/index.js";
import { parseCameraMotion } from "../../../src/format/camera.js";
import { factsOf } from "../../../src/format/facts.js";
import { IdSet } from "../../../src/math/id-set.js";
import { loadCard, ownModelsDir } from "../../../src/models/load.js";
import { toRun } from "../../../src/report/run.js";
import { Sort } from "../../../src/track/sort.js";
import { damage, damageJson, type Random } from "../_mutate.js";
import type { Reader } from "../_reader.js";

const text = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const mostlyJson = (seed: Uint8Array, next: Random): Uint8Array => {
  if (next() < 0.25) return damage(seed, next);
  return Buffer.from(damageJson(Buffer.from(seed).toString(), next));
};

/** A tracker in the middle of its work, on disk. */
async function checkpoint(): Promise<Buffer> {
  const tracker = new Sort();
  for (let k = 0; k < 4; k++)
    tracker.update({
      ...{ count: 2, boxes: Float64Array.of(k, 0, k + 9, 20, 50, k, 70, k + 40) },
      ...{ scores: Float64Array.of(0.9, 0.8), classes: Int32Array.of(0, 1) },
    });
  const folder = mkdtempSync(join(tmpdir(), "throughline-fuzz-"));
  try {
    await writeCheckpoint(join(folder, "x"), {
      ...{ keys, index: 3, time: 0.12, frames: 4, seconds: 1.5, tracker: tracker.save() },
      ids: { identities: Float64Array.of(1, 2) },
      held: [],
      files: [{ bytes: 100, sha256: "0".repeat(64) }],
      complete: { complete: true, frames: 4, damage: [{ kind: "missing" as const, reason: "cut" }] },
    });
    return readFileSync(join(folder, "x"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const keys = { input: "street.mp4 1 2", options: "{}" };

/** The checksum put right: what is behind it is to be reached. */
function damagedCheckpoint(seed: Uint8Array, next: Random): Uint8Array {
  if (next() < 0.3) return damage(seed, next);
  const [head, body] = Buffer.from(seed).toString().trimEnd().split("\n") as [string, string];
  const changed = next() < 0.8 ? damageJson(body, next) : damage(Buffer.from(body), next).toString();
  const sha256 = createHash("sha256").update(changed).digest("hex");
  return Buffer.from(`${JSON.stringify({ ...JSON.parse(head), sha256 })}\n${changed}\n`);
}

const output = { path: "a/b.tracks.json", bytes: 17, sha256: "ab".repeat(32) };
const manifest = {
  ...{ format: "throughline-batch", version: 1, tool: "0.1.0", jobs: 2, threads: 1 },
  files: [
    {
      ...{ name: "b.mp4", input: "/videos/b.mp4", state: "done", key: "00", attempts: 1, frames: 5 },
      ...{ identities: 2, seconds: 0.5, started: "2026-01-01T00:00:00.000Z", outputs: [output] },
    },
    { name: "c.mp4", input: "/videos/c.mp4", state: "failed", error: "no", attempts: 2, outputs: [] },
  ],
};
const zones = {
  ...{ units: "fraction", point: "foot", margin: 0.1, gap: 5 },
  zones: [
    {
      name: "door",
      polygon: [
        [0, 0],
        [0.5, 0],
        [0.5, 0.5],
        [0, 0.4],
      ],
      classes: ["person"],
    },
  ],
  lines: [{ name: "gate", from: [0.1, 0.2], to: [0.9, 0.25] }],
};
const config = {
  ...{ out: ["a.json"], detector: "nanodet-g", tracker: "sort", trackerOption: { maxAge: 3 } },
  ...{ classes: "person", minScore: 0.3, start: "1:30", end: 100, every: 2, strict: true, log: "json" },
};

const edits = {
  ...{ format: "throughline-edits", version: 1 },
  tracks: { file: "a.tracks.json", bytes: 17, sha256: "ab".repeat(32) },
  entries: [
    { type: "merge", into: 1, ids: [2] },
    { type: "split", id: 1, frame: 3, new: 9 },
    { type: "delete", id: 9, from: 4, to: 5 },
    { type: "rename", id: 1, name: "Anna", at: "2026-01-01T00:00:00.000Z" },
    { type: "undo" },
    { type: "redo" },
  ],
};
const facts = { input: "a.mp4", width: 9, height: 9, labels: ["person"] };
/** 1 is followed by 2 in the fourth of six frames. */
const correctable = new Correctable(
  toRun(
    { ...facts, isTimed: true },
    Array.from({ length: 6 }, (_, index) => ({
      ...{ index, time: index },
      tracks: [{ id: index < 3 ? 1 : 2, box: [0, 0, 9, 9] as const, score: 1, class: 0, detection: 0 }],
    })),
  ),
);
const tracksText = `${JSON.stringify({ format: "throughline-tracks", version: 1, ...facts, run: {} }).slice(0, -1)},"frames":[
{"frame":0,"time":0,"tracks":[]},
{"frame":1,"time":0.1,"tracks":[]}
],"identities":0,"integrity":{"complete":true,"frames":2,"damage":[]}}
`;

export const documents: readonly Reader[] = [
  {
    name: "checkpoint",
    file: "tracks.json.checkpoint",
    seeds: [await checkpoint()],
    damage: damagedCheckpoint,
    async read(_, path) {
      const found = await readCheckpoint(path, keys);
      if (found === undefined) throw new Error("it was there");
      if ("problem" in found) {
        if (/[\r\n]/.test(found.problem) || found.problem.length > 300) throw new Error("more than a line");
        return 0;
      }
      const { tracker, ids } = found.checkpoint;
      try {
        IdSet.from(ids.identities ?? []);
        new Sort().restore(tracker);
      } catch (error) {
        // What a tracker refuses is told by whoever restores it.
        if (!(error instanceof RangeError)) throw error;
      }
      return Object.values(tracker.columns).reduce((sum, column) => sum + column.length, 0);
    },
  },
  {
    name: "batch.json",
    file: "batch.json",
    seeds: [text(manifest)],
    damage: mostlyJson,
    read: async (_, path) => (await readManifest(path))!.files.length,
  },
  {
    name: "list of a batch",
    file: "inputs.txt",
    seeds: [
      Buffer.from("# mine\na.mp4\n./b c.mp4\n-y\nconcat:a|b\nhttp://127.0.0.1:9/x.mp4\n../../etc/passwd\n"),
    ],
    async read(_, path) {
      const inputs = await findInputs([path]);
      const names = new Set(inputs.map(({ name }) => name));
      // Every one has a name of its own, and none leads out of the folder of the results.
      if (names.size !== inputs.length) throw new Error("two inputs of one name");
      for (const name of names)
        if (name.startsWith("/") || name.split("/").includes(".."))
          throw new Error(`a name that leads out: ${name}`);
      return inputs.length;
    },
  },
  {
    name: "model card",
    file: "model.json",
    seeds: ["nanodet-g", "mobilenet-hsv-stripes"].map((name) => {
      const card = JSON.parse(readFileSync(join(ownModelsDir, `${name}.json`), "utf8"));
      return text({ ...card, labels: card.labels?.slice?.(0, 3) ?? ["person"] });
    }),
    words: [
      '"labels":"../../../../etc/passwd"',
      '"labels":"/etc/passwd"',
      '"labels":"."',
      '"file":"../x.onnx"',
    ],
    damage: mostlyJson,
    read: async (_, path) => (await loadCard(path)).labels.length,
  },
  {
    name: "configuration",
    file: "track.json",
    seeds: [text(config)],
    damage: mostlyJson,
    // A wrong setting is named, or the file.
    names: /Setting "|Option --|track\.json/,
    async read(_, path) {
      const { out } = completeSettings({}, await readConfig(path));
      return out.length;
    },
  },
  {
    name: "zones.json",
    seeds: [text(zones)],
    damage: mostlyJson,
    read(input, path) {
      const { zones, lines } = parseZones(input.toString(), path);
      return zones.length + lines.length;
    },
  },
  {
    name: "camera motion",
    seeds: [Buffer.from("0\t1\t0\t0\t0\t1\t0\n1\t1.01\t-0.02\t3.5\t0.02\t1.01\t-8\n4 1 0 1e-3 0 1 2\n")],
    read(input, path) {
      const motion = parseCameraMotion(input.toString(), path);
      const between = motion.between(0, 1);
      if (between?.some((number) => !Number.isFinite(number))) throw new Error("a number that is not finite");
      return 1;
    },
  },
  {
    name: "edits.json",
    seeds: [text(edits)],
    damage: mostlyJson,
    read(input, path) {
      const { entries } = parseLog(input.toString(), path);
      try {
        const { ids } = correctable.correct(historyOf(entries).edits);
        if (ids.some((id) => !Number.isSafeInteger(id) || id < 0))
          throw new Error("an identity that is none");
      } catch (error) {
        // What cannot be done is told by whoever applies it.
        if (!(error instanceof RangeError)) throw error;
      }
      return entries.length;
    },
  },
  {
    name: "facts of tracks",
    seeds: [Buffer.from(tracksText)],
    read(input) {
      const found = factsOf(input.toString(), input.toString(), ".json");
      const numbers = [found?.first, found?.last].map((frame) => frame?.index ?? 0);
      if (numbers.some((number) => !Number.isFinite(number))) throw new Error("a number that is not finite");
      return 1;
    },
  },
];
