/** What was found to be doubtful, in plain words. */
import type { Finding, FindingKind } from "../report/health.js";
import { duration } from "./show.js";
import { names } from "./state.js";

/** Kinds in the order in which they are worth looking at, with what they mean. */
export const kinds: readonly {
  readonly kind: FindingKind;
  readonly title: string;
  readonly means: string;
}[] = [
  {
    kind: "break",
    title: "Ends where another begins",
    means:
      "One identity ends in the middle of the picture and another begins close by soon after: often one object that was given a new number.",
  },
  {
    kind: "swap",
    title: "Perhaps exchanged",
    means:
      "Two met, and both go on more smoothly when their numbers are exchanged: look whether each kept its own.",
  },
  {
    kind: "hidden",
    title: "Hidden by another",
    means: "Two met and one was not seen for a while: the number that came back may belong to somebody else.",
  },
  {
    kind: "jump",
    title: "Jumps",
    means:
      "A step that is too large for the time and for the size of the box: the number may have gone over to another object.",
  },
  {
    kind: "size",
    title: "Changes size at once",
    means:
      "A box that becomes much larger or smaller from one frame to the next: it may hold something else, or only a part.",
  },
  {
    kind: "duplicate",
    title: "Two on one object",
    means:
      "Two boxes lie on each other for long: one object may have two numbers, and is then counted twice.",
  },
  {
    kind: "gap",
    title: "Missing for long",
    means: "Not there for a second or more, and then again under the same number: it may be somebody else.",
  },
  {
    kind: "filled",
    title: "Filled in for long",
    means:
      "No detection for a second or more: the boxes are predicted or put between two others, and may be beside the object.",
  },
  {
    kind: "weak",
    title: "Hardly detected",
    means: "Detections with scores far below what is usual in this run: it may be nothing at all.",
  },
  {
    kind: "short",
    title: "There for a moment",
    means:
      "Seen for less than half a second in the middle of the picture: often a false alarm, or a piece of a longer life.",
  },
  {
    kind: "damage",
    title: "Damaged video",
    means: "The video itself is missing or damaged here: nothing about these frames can be trusted.",
  },
];

export const nameOf = (id: number): string => names.value.get(id) ?? String(id);

/** One finding in a sentence. */
export function sentenceOf({ kind, ids, value, reason }: Finding): string {
  const [a, b] = ids.map(nameOf);
  switch (kind) {
    case "break":
      return value > 0 ? `${a} ends; ${b} begins ${duration(value)} later` : `${a} ends as ${b} begins`;
    case "swap":
      return `${a} and ${b} met, and may have exchanged numbers`;
    case "hidden":
      return `${a} and ${b} met, one was unseen for ${duration(value)}`;
    case "jump":
      return `${a} moves ${value.toFixed(1)} times its size at once`;
    case "size":
      return value >= 1
        ? `${a} becomes ${value.toFixed(1)} times larger at once`
        : `${a} becomes ${(1 / value).toFixed(1)} times smaller at once`;
    case "duplicate":
      return `${a} and ${b} overlap by ${Math.round(value * 100)} %`;
    case "gap":
      return `${a} is missing for ${duration(value)}`;
    case "filled":
      return `${a} is filled in for ${duration(value)}`;
    case "weak":
      return `${a} is detected with a score of ${value.toFixed(2)} on average`;
    case "short":
      return `${a} is there for ${duration(value)}`;
    case "damage":
      return reason ?? "The video is damaged";
  }
}
