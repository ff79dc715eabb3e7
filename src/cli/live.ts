/**
 * `track <camera> --online`: one live input, from the settings to files, events and numbers, until Ctrl-C.
 */
import { Counter, layOutZones } from "../count/index.js";
import { GapTracker } from "../live/gap-tracker.js";
import { Parts } from "../live/parts.js";
import { serveMetrics } from "../live/server.js";
import { IdSet } from "../math/id-set.js";
import { track } from "../pipeline.js";
import type { Frame, Tracker } from "../types.js";
import { type LiveFrame, type LiveSource, openStream, streamDefaults } from "../video/stream.js";
import { nameOfAddress } from "../video/stream-address.js";
import { asUsage, exitCodes } from "./errors.js";
import { isInterruption } from "./follow.js";
import { watchInterrupt } from "./interrupt.js";
import { type LiveEvents, openEvents } from "./live-events.js";
import { healthOf, metricsOf } from "./live-metrics.js";
import { makePage, planPage } from "./live-page.js";
import { checkLive } from "./live-plan.js";
import { type LiveReporter, liveLines, liveTerminal } from "./live-reporter.js";
import { LiveStatus } from "./live-status.js";
import { openNetworks } from "./networks.js";
import { plural } from "./reporter.js";
import type { Settings } from "./settings.js";
import { chooseTracker, type OpenStages, openStages } from "./stages.js";
import { zonesOf } from "./zones-file.js";

/** What a live run needs from its process. */
export interface LiveSurroundings {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Tracks one live input until it is told to end, which is no failure: 0. Where the input was given up on: 3, or 1 where
 * it never came.
 *
 * @throws {UsageError} {InputError} {ModelError} {EnvironmentError} {OutputError}
 */
export async function runLive(
  inputs: readonly string[],
  settings: Settings,
  { stdout, stderr, env }: LiveSurroundings,
): Promise<number> {
  const { input, outputs, report, queue } = checkLive(inputs, settings);
  const { events: file, webhook, metricsPort, metricsHost, timeout = streamDefaults.timeout } = settings;
  const choice = await chooseTracker(settings);
  const zones = zonesOf(settings);
  const name = nameOfAddress(input);
  const page = await planPage(name, outputs, { ...settings, report });
  // A list of processes shows what was typed; from here on without user and password.
  process.title = `track ${name}`;
  const reporter = openLiveReporter(settings, stderr, env);
  const interrupt = watchInterrupt({
    onFirst: () => reporter.note("Ending; once more to end at once"),
    onSecond: () => reporter.close(),
  });
  const { signal } = interrupt;
  const networks = openNetworks(settings, env);
  const status = new LiveStatus(name);
  const closing: (() => Promise<void>)[] = [
    async () => reporter.close(),
    async () => interrupt.close(),
    () => networks.close(),
  ];
  try {
    const prepared = await asUsage(() => Parts.prepare(outputs));
    closing.push(prepared.release);
    for (const path of prepared.recovered)
      reporter.note(`An earlier run was killed; what it had tracked is now in ${JSON.stringify(path)}`);
    const events = await openEvents({ file, webhook, queue }, name, { stdout, reporter });
    closing.push(events.close);
    if (metricsPort !== undefined) {
      const server = await serveMetrics({
        ...{ port: metricsPort, host: metricsHost },
        metrics: () => metricsOf(status, events.delivery),
        health: () => healthOf(status, timeout),
      });
      closing.push(server.close);
      reporter.note(`Serving ${server.url}/metrics and ${server.url}/healthz`);
    }
    // What is wrong with a model is told before anybody waits for a camera.
    await networks.detector();
    reporter.start(status);
    const source = await openCamera(input, settings, { env, signal, status, reporter });
    closing.push(() => source.close());
    status.source = source;
    const stages = await openStages({
      source,
      given: undefined,
      motion: undefined,
      choice,
      settings,
      networks,
    });
    const { labels } = stages.detector;
    const { width, height, frameRate, startedAt } = source;
    const size = { width, height };
    const counter = new Counter(
      zones ? await asUsage(() => layOutZones(zones, { size, labels })) : NOWHERE,
      labels,
    );
    const tracker = new GapTracker(stages.create);
    const files: string[] = [];
    const parts = prepared.open({
      header: {
        ...{ input: name, width, height, frameRate, labels },
        run: { ...stages.description, ...(zones ? { zones } : {}), live: rulesOf(timeout) },
      },
      ...{ startedAt, rotation: settings.rotate },
      onComplete: (paths) => {
        files.push(...paths.filter((path) => path !== "-"));
        files.splice(0, files.length - LISTED);
        if (settings.rotate) reporter.note(`Complete: ${paths.join(", ")}`);
      },
    });
    closing.push(() => parts.close());
    await follow({ source, stages, tracker, counter, parts, events, status, signal });
    reporter.close();
    await parts.finish();
    await events.emit(counter.end().events, { startedAt, labels });
    reporter.summary(status, { seconds: (Date.now() - status.startedAt) / 1e3, files });
    if (page && status.frames > 0) await makePage(page, settings, { stdout, env, reporter, interrupt });
    if (source.gaveUp) reporter.warn(`gave up on ${name}: ${source.stats().reason}`);
    return source.gaveUp ? exitCodes.damaged : exitCodes.done;
  } catch (error) {
    // Told to end while still waiting for the first picture.
    if (isInterruption(error, signal)) return exitCodes.done;
    throw error;
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** Files that the summary names, the latest. */
const LISTED = 5;

/** Without zones only who appears and who leaves is of interest. */
const NOWHERE = { point: "foot", margin: 0, gap: 5, zones: [], lines: [] } as const;

/** The rules of a live run, for whoever reads its files. */
const rulesOf = (timeout: number) => ({
  frames: "the newest; those in between are dropped and counted",
  time: "seconds since startedAt: of the stream within a connection, of the clock from one to the next",
  gaps: "identities are kept over maxAge + 1 usual frames and at least a second, else they begin anew with higher ids",
  timeout,
});

interface Follow {
  readonly source: LiveSource;
  readonly stages: OpenStages;
  readonly tracker: GapTracker;
  readonly counter: Counter;
  readonly parts: Parts;
  readonly events: LiveEvents;
  readonly status: LiveStatus;
  readonly signal: AbortSignal;
}

async function follow(run: Follow): Promise<void> {
  const { source, stages, tracker, counter, parts, events, status, signal } = run;
  const { labels } = stages.detector;
  const { startedAt } = source;
  const identities = new IdSet();
  /** What is told of frames and not of their tracks. */
  const under = new Map<number, Pick<LiveFrame, "arrival" | "behind" | "gap">>();
  const frames: AsyncIterable<Frame> = {
    // No generator: it could not be left while it waits for a frame.
    [Symbol.asyncIterator]: () => {
      const iterator = source[Symbol.asyncIterator]();
      return {
        async next() {
          const next = await iterator.next();
          if (!next.done) under.set(next.value.index, next.value);
          return next;
        },
        return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
      };
    },
  };
  let last = 0;
  try {
    const { detector, embedder, select, camera } = stages;
    const one: Tracker = tracker;
    for await (const result of track(frames, { detector, embedder, select, camera, tracker: one })) {
      const { index, time, tracks } = result;
      const { arrival, behind, gap } = under.get(index)!;
      under.delete(index);
      const outcome = tracker.last;
      if (gap || outcome?.kept === false) {
        const why = gap ? `${gap.reason}; ` : "";
        const what = outcome?.kept === false ? "identities begin anew" : "identities kept";
        const reason = `${why}nothing for ${(time - last).toFixed(1)} s: ${what}`;
        parts.gap({ kind: "missing", fromTime: last, toTime: time, reason });
      }
      const { received, dropped } = source.stats();
      await parts.write(result, { received, dropped });
      const { events: happened } = counter.update(result);
      for (const { type } of happened) status.event(type);
      await events.emit(happened, { startedAt, labels });
      for (const { id } of tracks) identities.add(id);
      status.restarts = tracker.restarts;
      status.frame(tracks.length, identities.size, performance.now() / 1e3 - arrival + behind);
      last = time;
      if (signal.aborted) break;
    }
  } catch (error) {
    if (!isInterruption(error, signal)) throw error;
  }
}

interface Watching {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly status: LiveStatus;
  readonly reporter: LiveReporter;
}

function openCamera(
  input: string,
  { end, every, maxPixels, threads, frameRate, ffmpeg, timeout, giveUp }: Settings,
  { env, signal, status, reporter }: Watching,
): Promise<LiveSource> {
  let told: string | undefined;
  return asUsage(() =>
    openStream(input, {
      ...{ end, every, maxPixels, threads, frameRate, ffmpeg, env, signal, timeout, giveUp },
      onEvent(event) {
        if (event.type === "resized")
          reporter.warn(
            `${status.input}: the pictures are now ${event.width}x${event.height}; they are scaled to the first size`,
          );
        else if (event.type === "connected") {
          status.waiting = undefined;
          if (told !== undefined) reporter.note(`${status.input}: pictures come again`);
          told = undefined;
        } else {
          const { reason, seconds } = event;
          status.waiting = { reason, until: Date.now() + seconds * 1e3 };
          // Every try is not news.
          if (told !== reason)
            reporter.warn(
              `${status.input}: ${reason}; trying again ${giveUp === undefined ? "until it comes (--give-up sets a limit)" : `for ${plural(giveUp, "second")}`}`,
            );
          told = reason;
        }
      },
    }),
  );
}

function openLiveReporter(
  { quiet, log }: Settings,
  stderr: NodeJS.WriteStream,
  env: NodeJS.ProcessEnv,
): LiveReporter {
  const nothing = () => {};
  if (quiet) return { start: nothing, note: nothing, warn: nothing, summary: nothing, close: nothing };
  if (log === "json" || !stderr.isTTY) return liveLines(stderr, log === "json");
  return liveTerminal(stderr, !env.NO_COLOR && env.TERM !== "dumb");
}
