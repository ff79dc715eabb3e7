/**
 * Keeps the counts up with the zones and the tracks. Places are counted one by one in a thread of their own, and a place
 * that did not change is not counted again; while one is dragged, the thread always takes its newest position.
 */
import { effect, signal, untracked } from "@preact/signals";
import { type Layout, layOutZones, parseZones, type Zones } from "../../count/zones.js";
import { size } from "../player/view.js";
import { counted, notices, report, run, zones } from "../state.js";
import CountWorker from "./count-worker.js?worker&inline";
import { keyOf, mistakes } from "./editor.js";
import type { Answer, Question } from "./messages.js";
import { type Place, placeOf, placesOf } from "./places.js";
import { type Columns, type Recount, together } from "./recount.js";

/** Whether something has changed since it was counted. */
export const isCounting = signal(false);
/** Places that cannot be counted at, such as for a class that there is not, and why. */
export const refused = signal<ReadonlyMap<string, string>>(new Map());

/** A question that waits for its answer. */
interface Waiting {
  readonly settle: (answer: Answer) => void;
}

let worker: Worker | undefined;
let waiting: Waiting[] = [];
let sent: Columns | undefined;

function ask(question: Question, settle: (answer: Answer) => void): void {
  if (!worker) {
    worker = new CountWorker();
    worker.onmessage = ({ data }: MessageEvent<Answer>) => waiting.shift()?.settle(data);
    worker.onerror = (event) => {
      const failed = waiting;
      waiting = [];
      for (const { settle: each } of failed)
        each({
          type: "failure",
          message: event.message || "this browser lets the page have no thread for it",
        });
    };
  }
  const { index, time, start, id, box, class: classes, labels } = run.value;
  if (sent?.id !== id || sent.class !== classes) {
    sent = { index, time, start, id, box, class: classes, labels };
    worker.postMessage({ type: "run", columns: sent } satisfies Question);
  }
  waiting.push({ settle });
  worker.postMessage(question);
}

/** The layout of one place. @throws {RangeError} */
function layoutOf(all: Zones, place: Place): Layout {
  const { labels, width, height } = run.value;
  const one = placeOf(all, place)!;
  const alone = place.kind === "line" ? { lines: [one], zones: [] } : { lines: [], zones: [one] };
  return layOutZones(
    { ...all, ...alone } as Zones,
    // As the command line has it: where no size is known, pixels may be anywhere.
    { size: width > 0 ? { width, height } : size.value, labels: labels.length > 0 ? labels : undefined },
  );
}

/** What decides a place's counts besides the run; its name does not. */
function keyOfLayout({ point, margin, gap, lines, zones: areas }: Layout): string {
  const places = [...lines, ...areas].map((one) => [
    "ends" in one ? [...one.ends] : [...one.polygon],
    one.classes && [...one.classes].sort((a, b) => a - b),
  ]);
  return JSON.stringify([point, margin, gap, lines.length, places]);
}

/** What was counted, under the name that the place has now; the same object for the same name. */
function named(part: Recount, name: string): Recount {
  const { totals, events } = part;
  if ([...totals.lines, ...totals.zones][0]!.name === name) return part;
  const last = renamed.get(part);
  if (last?.name === name) return last.as;
  const as: Recount = {
    totals: {
      ...totals,
      lines: totals.lines.map((line) => ({ ...line, name })),
      zones: totals.zones.map((zone) => ({ ...zone, name })),
    },
    events: events.map((event) =>
      event.type === "crossed"
        ? { ...event, line: name }
        : "zone" in event
          ? { ...event, zone: name }
          : event,
    ),
  };
  renamed.set(part, { name, as });
  return as;
}

const renamed = new WeakMap<Recount, { readonly name: string; readonly as: Recount }>();

/** Begins to count whenever something changes. @returns what ends it */
export function startCounting(): () => void {
  readGiven();
  /** What was counted in this run, by what decides it. */
  let known = new Map<string, Recount>();
  /** The last counts of each place, to be shown until there are newer ones. */
  let latest = new Map<string, Recount>();
  let ofRun: unknown;
  /** What `counted` is made of. */
  let seen: readonly Recount[] = [];
  let isBusy = false;
  let isOver = false;

  const update = (): void => {
    if (isOver) return;
    if (ofRun !== run.value.id) {
      ofRun = run.value.id;
      known = new Map();
      latest = new Map();
    }
    const why = new Map<string, string>();
    const parts: Recount[] = [];
    let missing: { readonly layout: Layout; readonly key: string; readonly place: string } | undefined;
    const wanted = new Set<string>();
    const shown = new Map<string, Recount>();
    for (const place of placesOf(zones.value)) {
      if (mistakes.value.has(keyOf(place))) continue;
      let layout: Layout;
      try {
        layout = layoutOf(zones.value, place);
      } catch (error) {
        why.set(
          keyOf(place),
          (error as Error).message.replace(/^Cannot lay out the \w+ "(?:[^"\\]|\\.)*": /, ""),
        );
        continue;
      }
      const key = keyOfLayout(layout);
      wanted.add(key);
      const found = known.get(key);
      if (!found) missing ??= { layout, key, place: keyOf(place) };
      const part = found ?? latest.get(keyOf(place));
      if (!part) continue;
      shown.set(keyOf(place), part);
      parts.push(named(part, placeOf(zones.value, place)!.name.trim()));
    }
    // What is dragged along is forgotten; what stays is not counted again.
    if (known.size > wanted.size + 64)
      for (const key of known.keys()) if (!wanted.has(key)) known.delete(key);
    latest = shown;
    refused.value = why;
    // While something is dragged there is a change for every move, but new counts only now and then.
    if (parts.length !== seen.length || parts.some((part, i) => part !== seen[i]) || !counted.value)
      counted.value = together(parts);
    seen = parts;
    isCounting.value = missing !== undefined;
    if (!missing || isBusy) return;
    isBusy = true;
    const { key, layout, place } = missing;
    const asked = ofRun;
    ask({ type: "place", layout }, (answer) => {
      isBusy = false;
      if (answer.type === "failure") {
        notices.value = [...new Set([...notices.value, `Counting failed: ${answer.message}`])];
        isCounting.value = false;
        return;
      }
      if (answer.type === "place" && asked === run.value.id) {
        known.set(key, answer.recount);
        latest.set(place, answer.recount);
      }
      update();
    });
  };
  const stop = effect(() => {
    void zones.value;
    void run.value;
    untracked(update);
  });
  return () => {
    isOver = true;
    stop();
    worker?.terminate();
    worker = undefined;
    waiting = [];
    sent = undefined;
  };
}

/** The zones that the report came with. */
function readGiven(): void {
  const given = report.value.zones;
  if (given === undefined) return;
  try {
    zones.value = parseZones(JSON.stringify(given), "zones");
  } catch (error) {
    notices.value = [...notices.value, `The report's zones cannot be used: ${(error as Error).message}`];
  }
}

/** Text of a counts file, as `track count` writes it. @throws {Error} what is wrong with the zones, in one sentence */
export function writeCounts(extension: string): Promise<string> {
  const checked = parseZones(JSON.stringify(zones.value), "zones");
  const { input, labels, width, height } = run.value;
  const names = labels.length > 0 ? labels : undefined;
  const layout = layOutZones(checked, { size: width > 0 ? { width, height } : size.value, labels: names });
  return new Promise((resolve, reject) => {
    ask({ type: "file", layout, header: { input, zones: checked, labels: names }, extension }, (answer) => {
      if (answer.type === "file") resolve(answer.text);
      else reject(new Error(answer.type === "failure" ? answer.message : "Unexpected answer"));
    });
  });
}
