/**
 * The life of an identity in words.
 */
import type { DecisionsHeader } from "../format/decisions.js";
import type { Decision, Fit, Limits, Rival } from "../types.js";
import type { Life, Miss, Moment, Relative, Stretch } from "./life.js";
import { plural } from "./reporter.js";

/** What is known beside the life. */
export interface Background {
  readonly header: DecisionsHeader;
  readonly labels?: readonly string[];
  /** First and last frame of the log. */
  readonly first: number;
  readonly last: number;
}

/** How many stretches are shown on either side of the one in question. */
const AROUND = 3;

/** The account of an identity around a moment of its life, in lines. */
export function describeLife(life: Life, moment: Moment, background: Background): string {
  const { limits } = background.header;
  const label = life.class === undefined ? undefined : background.labels?.[life.class];
  const sections: [title: string, lines: readonly string[]][] = [
    [`Frame ${moment.frame}`, describeMoment(moment, limits)],
    ["Started", describeStart(life, background)],
    ["Ended", describeEnd(life, moment, background)],
    ["Life", [describeStretches(life.stretches, moment.frame)]],
    ["Before it", describeBefore(life, limits)],
    ["After it", describeAfter(life, limits)],
    ["Limits", [describeLimits(limits)]],
  ];
  const width = Math.max(...sections.map(([title]) => title.length)) + 2;
  return [
    `Identity ${life.id}${label === undefined ? "" : ` (${label})`} in frame ${when(moment)}`,
    "",
    ...sections.flatMap(([title, lines]) =>
      lines.map((line, i) => `${(i === 0 ? title : "").padEnd(width)}${line}`),
    ),
    "",
  ].join("\n");
}

function describeMoment({ frame, decision }: Moment, limits: Limits): string[] {
  if (decision.kind === "start") return [`started from detection ${decision.detection}, see below`];
  const { rivals } = decision;
  if (decision.kind === "match") {
    const { detection, by, missed } = decision;
    const after = missed > 0 ? `, after ${plural(missed, "frame")} without a match` : "";
    const confirms = decision.confirms ? "; confirmed by it" : "";
    return [
      `matched to detection ${detection} by ${by}${after}: ${describeFit(decision)}${confirms}`,
      ...(rivals.length === 0 ? ["no other pair came close"] : []),
      ...rivals.map((rival) =>
        rival.id === undefined
          ? `runner-up: ${describeDetection(rival, limits, frame)}`
          : `also in question for detection ${detection}: ${describeTrack(rival, limits)}`,
      ),
    ];
  }
  return [
    `missed, for ${decision.missed === 1 ? "the first time" : `the ${ordinal(decision.missed)} frame in a row`}${decision.ends ? "; its last frame" : ""}`,
    ...describeMiss(decision, limits, frame),
  ];
}

const describeMiss = ({ rivals }: Decision, limits: Limits, frame: number): string[] =>
  rivals.length === 0
    ? ["no detection came near"]
    : rivals.map((rival) => `near it: ${describeDetection(rival, limits, frame)}`);

function describeStart({ start, reported }: Life, { header, first }: Background): string[] {
  if (!start) return ["before the log does"];
  const { detection, score, rivals } = start.decision;
  const shown = reported
    ? reported.from === start.frame
      ? "reported at once"
      : `reported from frame ${reported.from} on`
    : "never reported";
  const why =
    rivals.length === 0
      ? [
          start.frame === first
            ? "nothing is older: the first frame"
            : "new, because no living identity came near",
        ]
      : [
          "new, because no living identity took the detection:",
          ...rivals.map((r) => `- ${describeTrack(r, header.limits)}`),
        ];
  return [`frame ${when(start)} from detection ${detection}, score ${digits(score)}; ${shown}`, ...why];
}

function describeEnd(life: Life, moment: Moment, { header, last }: Background): string[] {
  const { lost, end } = life;
  const { maxAge, confirm } = header.limits;
  if (!lost) return [`not before the input did, in frame ${last}`];
  const since = life.moments.findLast(({ decision }) => decision.kind !== "miss");
  const why =
    end?.decision.ends === "unconfirmed"
      ? `missed before it had ${plural(confirm, "match", "matches")}`
      : `${plural(end?.decision.missed ?? 0, "frame")} without a match, ${maxAge} are allowed`;
  return [
    end
      ? `frame ${when(end)}: ${why}`
      : `not before the input did, but missing since frame ${lost.frame} (until frame ${last})`,
    ...(since ? [`last matched in frame ${when(since)}`] : []),
    ...(lost.frame === moment.frame ? [] : describeMiss(lost.decision, header.limits, lost.frame)).map(
      (line) => `first missed in frame ${lost.frame}: ${line}`,
    ),
  ];
}

function describeStretches(stretches: readonly Stretch[], frame: number): string {
  const at = stretches.findIndex(({ from, to }) => frame >= from && frame <= to);
  const shown = stretches.slice(Math.max(0, at - AROUND), at + AROUND + 1);
  const words = shown.map(({ state, from, to }) => `${state} ${from === to ? from : `${from}-${to}`}`);
  if (at > AROUND) words.unshift("...");
  if (at + AROUND + 1 < stretches.length) words.push("...");
  return words.join(", ");
}

function describeBefore({ before, start }: Life, limits: Limits): string[] {
  if (!start) return [];
  if (!before) return ["no identity was lost near where it started"];
  return [
    `perhaps identity ${before.id}: last matched in frame ${before.from}, ${before.to - before.from} frames earlier, ${digits(before.heights)} heights away`,
    // The same is told of the start.
    ...(before.rival ? [] : [`not joined: ${whyApart(before, limits, `identity ${before.id}`)}`]),
  ];
}

function describeAfter({ after, lost, id }: Life, limits: Limits): string[] {
  if (!lost) return [];
  if (!after) return ["no identity started near where it was last seen"];
  return [
    `perhaps identity ${after.id}: started in frame ${after.to}, ${after.to - after.from} frames later, ${digits(after.heights)} heights away`,
    `not joined: ${whyApart(after, limits, `identity ${id}`)}`,
  ];
}

function whyApart({ rival, givenUp, to }: Relative, limits: Limits, earlier: string): string {
  if (rival) return describeRefusal(rival, limits, "other pairs fitted better");
  if (givenUp !== undefined)
    return `${earlier} had been given up in frame ${givenUp}, ${plural(to - givenUp, "frame")} too early`;
  return `${earlier} was expected elsewhere, out of reach, or others came closer`;
}

function describeTrack(rival: Rival, limits: Limits): string {
  const { id, missed = 0, detection } = rival;
  const where =
    detection !== undefined
      ? `which took detection ${detection}`
      : missed === 0
        ? "last matched one frame before"
        : `missing for ${plural(missed, "frame")}`;
  return `identity ${id}, ${where}: ${describeRefusal(rival, limits, "that one fitted better")}`;
}

function describeDetection(rival: Rival, limits: Limits, frame: number): string {
  const { detection, by } = rival;
  const whose = by === undefined ? "which nobody took" : `which went to identity ${by}`;
  return `detection ${detection} of frame ${frame}, ${whose}: ${describeRefusal(rival, limits, "that one came first")}`;
}

/** "cosine 0.27 above 0.2 (Mahalanobis 4.1, IoU 0.31)". */
function describeRefusal(rival: Rival, limits: Limits, otherwise: string): string {
  const { refused, iou, motion, cosine } = rival;
  if (refused.length === 0) {
    const isFar =
      (motion ?? 0) > (limits.gate ?? Number.POSITIVE_INFINITY) ||
      (cosine ?? 0) > (limits.cosine ?? Number.POSITIVE_INFINITY);
    return `within the limit${isFar ? " of overlap" : "s"} (${describeFit(rival)}), but ${otherwise}`;
  }
  const said: Record<Rival["refused"][number], string> = {
    class: "another class",
    age: "missing for too long",
    gate: `Mahalanobis ${digits(motion)} beyond the gate of ${digits(limits.gate)}`,
    cosine: `cosine ${digits(cosine)} above ${digits(limits.cosine)}`,
    iou: `IoU ${digits(iou)} below ${digits(limits.iou)}`,
  };
  const rest = describeFit({
    iou: refused.includes("iou") ? undefined : iou,
    motion: refused.includes("gate") ? undefined : motion,
    cosine: refused.includes("cosine") ? undefined : cosine,
  });
  return refused.map((name) => said[name]).join(", ") + (rest === "" ? "" : ` (${rest})`);
}

function describeFit({ iou, motion, cosine }: Partial<Fit>): string {
  return [
    cosine === undefined ? [] : [`cosine ${digits(cosine)}`],
    motion === undefined ? [] : [`Mahalanobis ${digits(motion)}`],
    iou === undefined ? [] : [`IoU ${digits(iou)}`],
  ]
    .flat()
    .join(", ");
}

function describeLimits({ iou, gate, cosine, maxAge, confirm }: Limits): string {
  return [
    ...(cosine === undefined ? [] : [`cosine distance at most ${digits(cosine)}`]),
    ...(gate === undefined ? [] : [`squared Mahalanobis distance at most ${digits(gate)} (the gate)`]),
    `IoU at least ${digits(iou)}`,
    `${plural(confirm, "match", "matches")} to be reported`,
    `at most ${plural(maxAge, "frame")} without a match`,
  ].join(", ");
}

const when = ({ frame, time }: Moment | Moment<Miss>): string => `${frame} (${digits(time)} s)`;

/** Three digits are enough to understand. */
const digits = (value = Number.NaN): string => String(Number(value.toPrecision(value >= 100 ? 4 : 3)));

const ordinal = (n: number): string => {
  const ending = n % 100 > 10 && n % 100 < 14 ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th");
  return `${n}${ending}`;
};
