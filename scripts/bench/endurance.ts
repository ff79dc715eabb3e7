/**
 * A day without a break: as many frames as 24 hours have at 25 per second, through the real loop, a real tracker and a
 * real JSON Lines file, with made-up detections of about ten people who come and go. Then real video, the sample clip
 * over and over, through all that `track` does unless told otherwise: camera, weak detections, appearance. Memory must not grow, and no identity may be used twice.
 *
 *   npm run bench -- endurance                          # 100,000 frames with each tracker, and a minute of video
 *   npm run bench -- endurance --frames 2160000 --tracker throughline --minutes 0
 *   npm run bench -- endurance --frames 0 --minutes 60
 */
import { parseArgs } from "node:util";
import { openNetworks } from "../../src/cli/networks.js";
import { completeSettings } from "../../src/cli/settings.js";
import { chooseTracker, openStages } from "../../src/cli/stages.js";
import { openTrackFiles } from "../../src/format/files.js";
import { type Stages, track } from "../../src/pipeline.js";
import { DeepSort, recommended } from "../../src/track/deepsort.js";
import { Sort } from "../../src/track/sort.js";
import { Throughline } from "../../src/track/throughline.js";
import type { Frame, Limits, Tracker } from "../../src/types.js";
import { openInput } from "../../src/video/input.js";
import { Identities } from "./_identities.js";
import { machine } from "./_machine.js";
import { Memory } from "./_memory.js";
import { street } from "./_street.js";

const CLIP = new URL("../../samples/pets.mp4", import.meta.url).pathname;
const FRAMES_PER_SECOND = 25;

const trackers: Readonly<Record<string, () => Tracker & { readonly limits: Limits }>> = {
  throughline: () => new Throughline(),
  // With more hits a track that was missed stays unreported for a while that has no limit.
  sort: () => new Sort({ minHits: 1 }),
  deepsort: () => new DeepSort(recommended),
};

const { values } = parseArgs({
  options: {
    frames: { type: "string", default: "100000" },
    minutes: { type: "string", default: "1" },
    tracker: { type: "string", multiple: true, default: Object.keys(trackers) },
    seed: { type: "string", default: "1" },
  },
});
const frameCount = wholeNumber("frames");
const minutes = wholeNumber("minutes");
for (const name of values.tracker)
  if (!Object.hasOwn(trackers, name))
    throw new RangeError(`No tracker "${name}": expected one of ${Object.keys(trackers).join(", ")}`);

function wholeNumber(name: "frames" | "minutes" | "seed"): number {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(`Option --${name}: expected a whole number from 0, got "${values[name]}"`);
}

/** Runs frames to their end through the loop and into a file, and says what became of memory and identities. */
async function endure(
  name: string,
  frames: AsyncIterable<Frame>,
  stages: Stages & { readonly tracker: Tracker & { readonly limits: Limits } },
  every: number,
): Promise<void> {
  const header = { input: name, width: 1920, height: 1080, labels: stages.detector.labels, run: {} };
  // JSON Lines, written and thrown away: a day of it has gigabytes.
  const files = await openTrackFiles(["/dev/null"], header);
  const { maxAge } = stages.tracker.limits;
  const identities = new Identities(maxAge + (stages.tracker.delay ?? 0));
  const memory = new Memory();
  const start = performance.now();
  let count = 0;
  let boxes = 0;
  for await (const frame of track(frames, stages)) {
    await files.write(frame);
    for (const { id } of frame.tracks) identities.see(id, frame.index);
    boxes += frame.tracks.length;
    if (++count % every === 0) {
      memory.sample(count);
      if (process.stderr.isTTY) process.stderr.write(`\r${name}: ${count} frames `);
    }
  }
  const seconds = (performance.now() - start) / 1e3;
  await files.finish({
    identities: identities.count,
    integrity: { complete: true, frames: count, damage: [] },
  });
  const hours = count / FRAMES_PER_SECOND / 3600;
  console.log(`\n${name}: ${count} frames (${hours.toFixed(1)} hours at ${FRAMES_PER_SECOND}/s)`);
  console.log(
    `  ${((seconds / count) * 1e3).toFixed(3)} ms per frame, ${(boxes / count).toFixed(1)} tracks in each`,
  );
  console.log(`  ${identities.count} identities, ${identities.reused} of them used again after their end`);
  for (const line of memory.report()) console.log(`  ${line}`);
  if (identities.reused > 0) process.exitCode = 1;
}

/** The clip over and over, as one video that goes on. */
async function* looped(seconds: number): AsyncGenerator<Frame> {
  let [index, time] = [0, 0];
  while (time < seconds) {
    const source = await openInput(CLIP);
    const from = time;
    let step = 1 / FRAMES_PER_SECOND;
    let last: number | undefined;
    for await (const frame of source) {
      if (last !== undefined) step = frame.time - last;
      last = frame.time;
      time = from + frame.time;
      yield {
        ...{ index: index++, time, width: frame.width, height: frame.height, data: frame.data },
        release: () => frame.release?.(),
      };
    }
    if (!source.integrity().complete) throw new Error("The sample clip is not complete");
    time += step;
  }
}

console.log(machine());
if (frameCount > 0)
  for (const name of values.tracker) {
    const people = street(wholeNumber("seed"), frameCount);
    const stages = { detector: people.detector, tracker: trackers[name]!() };
    await endure(
      `made-up detections, ${name}`,
      people.frames(),
      stages,
      Math.max(1, Math.floor(frameCount / 50)),
    );
  }
if (minutes > 0) {
  // What `track` does with a video unless told otherwise, up to the files.
  const settings = completeSettings({});
  const choice = await chooseTracker(settings);
  const networks = openNetworks(settings, process.env);
  const source = await openInput(CLIP);
  const parts = { source, given: undefined, motion: undefined, choice, settings, networks };
  const { detector, embedder, select, camera, tracker } = await openStages(parts);
  await source.close();
  const stages = { detector, embedder, select, camera, tracker };
  await endure(`sample clip, ${minutes} min, ${settings.tracker}`, looped(60 * minutes), stages, 100);
  await networks.close();
}
