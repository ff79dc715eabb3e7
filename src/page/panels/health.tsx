/** What looks doubtful, without ground truth: places to look at, by kind. */
import { signal } from "@preact/signals";
import type { Finding, FindingKind } from "../../report/health.js";
import { Chip } from "../chip.js";
import { kinds, sentenceOf } from "../findings.js";
import { clock, counted, duration, grouped } from "../show.js";
import { goTo, health, lives, run, selected } from "../state.js";
import { Table } from "../table.js";
import "./health.css";

const shownKind = signal<FindingKind | undefined>(undefined);
const isWorstFirst = signal(true);

export function HealthPanel() {
  const found = health.value;
  if (!found)
    return (
      <p class="faint" role="status">
        Looking for doubtful places …
      </p>
    );
  const counts = new Map<FindingKind, number>();
  for (const { kind } of found.findings) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const chosen = kinds.find(({ kind }) => kind === shownKind.value && counts.has(kind));
  const list = chosen ? found.findings.filter(({ kind }) => kind === chosen.kind) : found.findings;
  const rows = list.map((_, at) => at);
  if (chosen && isWorstFirst.value) rows.sort((a, b) => list[b]!.weight - list[a]!.weight || a - b);
  return (
    <div class="panel">
      <Summary />
      <fieldset class="kinds">
        <legend class="unseen">Kinds of doubt</legend>
        {kinds.map(({ kind, title }) => (
          <button
            key={kind}
            type="button"
            aria-pressed={chosen?.kind === kind}
            disabled={!counts.has(kind)}
            onClick={() => {
              shownKind.value = chosen?.kind === kind ? undefined : kind;
            }}
          >
            <span>{title}</span> <span class="faint">{grouped(counts.get(kind) ?? 0)}</span>
          </button>
        ))}
      </fieldset>
      <div class="bar">
        <p class="means">
          {chosen?.means ?? "All kinds, in the order of time. Choose a kind to learn what it means."}
        </p>
        {chosen && (
          <label>
            <input
              type="checkbox"
              checked={isWorstFirst.value}
              onChange={(event) => {
                isWorstFirst.value = event.currentTarget.checked;
              }}
            />
            clearest first
          </label>
        )}
      </div>
      <Table
        label="Doubtful places"
        columns={[
          {
            title: "Time",
            width: "5.5rem",
            isNumber: true,
            cell: (at) => clock(run.value.time[list[at]!.from]!),
          },
          { title: "Who", width: "6.5rem", cell: (at) => <Who finding={list[at]!} /> },
          { title: "What", width: "20rem", cell: (at) => sentenceOf(list[at]!) },
        ]}
        rows={rows}
        onOpen={(at) => open(list[at]!)}
        none="Nothing doubtful was found. That does not prove that all is right."
      />
    </div>
  );
}

function Who({ finding: { ids } }: { readonly finding: Finding }) {
  return (
    <>
      {ids.map((id) => (
        <span key={id} class="who">
          <Chip id={id} />
        </span>
      ))}
    </>
  );
}

function open({ ids, from }: Finding): void {
  if (ids.length > 0) selected.value = ids;
  goTo(from);
}

/** Facts that the reader can weigh; no mark out of a hundred, since nobody knows the truth here. */
function Summary() {
  const { findings, medianLife, filled } = health.value!;
  const doubted = new Set(findings.flatMap(({ ids }) => ids));
  const all = lives.value.id.length;
  const share = all > 0 ? Math.round((doubted.size / all) * 100) : 0;
  const damaged = findings.filter(({ kind }) => kind === "damage").reduce((sum, { value }) => sum + value, 0);
  const isComplete = run.value.integrity?.complete;
  return (
    <dl class="summary">
      <div>
        <dt>Places to look at</dt>
        <dd>{grouped(findings.length)}</dd>
      </div>
      <div>
        <dt>Identities with any</dt>
        <dd>
          {grouped(doubted.size)} of {grouped(all)} ({share} %)
        </dd>
      </div>
      <div>
        <dt>Half of all are there for</dt>
        <dd>{duration(medianLife)} or longer</dd>
      </div>
      <div>
        <dt>Boxes filled in</dt>
        <dd>{(filled * 100).toFixed(1)} %</dd>
      </div>
      <div>
        <dt>Video</dt>
        <dd>
          {damaged > 0
            ? `${duration(damaged)} damaged`
            : isComplete === undefined
              ? "not told"
              : isComplete
                ? `whole, ${counted(run.value.integrity!.frames, "frame")}`
                : "not read to its end"}
        </dd>
      </div>
    </dl>
  );
}
