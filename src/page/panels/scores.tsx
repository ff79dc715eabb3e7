/** How the tracks compare with ground truth: the scores, and every mistake by its place. */
import { signal } from "@preact/signals";
import type { Mistake } from "../../report/boot.js";
import { positionOf } from "../../report/run.js";
import { nameOf } from "../findings.js";
import { clock, grouped } from "../show.js";
import { goTo, report, run, selected } from "../state.js";
import { Table } from "../table.js";
import "./scores.css";

const KINDS = ["switch", "miss", "false positive"] as const;
const PLURAL = { switch: "Switches", miss: "Misses", "false positive": "False positives" } as const;

const shownKind = signal<Mistake["kind"]>("switch");

export function ScoresPanel() {
  const { metrics, mistakes, truth, benchmark } = report.value.scores!;
  const list = mistakes.filter(({ kind }) => kind === shownKind.value);
  const positions = list.map(({ frame }) => positionOf(run.value, frame));
  return (
    <div class="panel">
      <p class="faint">
        Against {truth}, by the rules of {benchmark}.
      </p>
      <dl class="scores">
        {metrics.map(({ name, value, isShare }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{isShare ? value.toFixed(1) : grouped(value)}</dd>
          </div>
        ))}
      </dl>
      <fieldset class="kinds">
        <legend class="unseen">Kinds of mistake</legend>
        {KINDS.map((kind) => (
          <button
            key={kind}
            type="button"
            aria-pressed={shownKind.value === kind}
            onClick={() => {
              shownKind.value = kind;
            }}
          >
            {PLURAL[kind]}{" "}
            <span class="faint">{grouped(mistakes.filter((one) => one.kind === kind).length)}</span>
          </button>
        ))}
      </fieldset>
      <Table
        key={shownKind.value}
        label={PLURAL[shownKind.value]}
        columns={[
          {
            title: "Time",
            width: "5.5rem",
            isNumber: true,
            cell: (at) => clock(run.value.time[positions[at]!]!),
          },
          { title: "Frame", width: "5rem", isNumber: true, cell: (at) => grouped(list[at]!.frame) },
          { title: "What", width: "18rem", cell: (at) => sentence(list[at]!) },
        ]}
        rows={list.map((_, at) => at)}
        onOpen={(at) => {
          const ids = [list[at]!.before, list[at]!.id].filter((id) => id !== undefined);
          if (ids.length > 0) selected.value = ids;
          goTo(positions[at]!);
        }}
        none="None."
      />
    </div>
  );
}

function sentence({ kind, id, before, truth }: Mistake): string {
  if (kind === "switch")
    return `Object ${truth} goes from ${before === undefined ? "?" : nameOf(before)} to ${nameOf(id!)}`;
  if (kind === "miss") return `Object ${truth} is not found`;
  return `${nameOf(id!)} is on nothing`;
}
