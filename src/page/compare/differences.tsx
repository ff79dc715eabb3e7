/** What differs, one line each; the picture goes there. */
import { computed, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Difference } from "../../report/listing.js";
import { positionOf } from "../../report/run.js";
import { addKeys } from "../keys.js";
import { clock, grouped } from "../show.js";
import { run } from "../state.js";
import { type Column, type Sorting, sorted, Table } from "../table.js";
import { comparison, failure, showDifference, wordsOf } from "./state.js";

type Kind = Difference["kind"];

const TITLES: Readonly<Record<Kind, string>> = {
  ...{ swap: "Swap", birth: "Only in B", death: "Only in A", gap: "Gap", shift: "Moved" },
};
const KINDS = Object.keys(TITLES) as Kind[];

/** Kinds that are listed; all where undefined. */
const kind = signal<Kind | undefined>(undefined);
const sorting = signal<Sorting>({ column: 1, isDown: false });
/** The one that was gone to last. */
const current = signal<number | undefined>(undefined);

const rows = computed(() => {
  const all = comparison.value?.differences ?? [];
  const found = all.map((_, row) => row).filter((row) => !kind.value || all[row]!.kind === kind.value);
  return sorted(found, columns, sorting.value);
});

const at = (row: number): Difference => comparison.value!.differences[row]!;
const timeOf = (number: number): number => run.value.time[positionOf(run.value, number)] ?? 0;

const columns: readonly Column[] = [
  {
    ...{ title: "Kind", width: "7.5rem" },
    cell: (row) => TITLES[at(row).kind],
    by: (row) => KINDS.indexOf(at(row).kind),
  },
  {
    ...{ title: "Frames", width: "8.5rem", isNumber: true },
    cell: (row) => (at(row).from === at(row).to ? at(row).from : `${at(row).from} – ${at(row).to}`),
    by: (row) => at(row).from,
  },
  {
    ...{ title: "Length", width: "5rem", isNumber: true },
    cell: (row) => at(row).to - at(row).from + 1,
    by: (row) => at(row).to - at(row).from,
  },
  {
    ...{ title: "Time", width: "5.5rem", isNumber: true },
    cell: (row) => clock(timeOf(at(row).from)),
    by: (row) => at(row).from,
  },
  { title: "What", cell: (row) => wordsOf(at(row)) },
];

function open(row: number): void {
  current.value = row;
  showDifference(at(row));
}

/** The next of those that are listed. */
function step(by: 1 | -1): boolean {
  const list = rows.value;
  if (list.length === 0) return false;
  const here = current.value === undefined ? -1 : list.indexOf(current.value);
  const to = here < 0 && by < 0 ? list.length - 1 : here + by;
  if (to >= 0 && to < list.length) open(list[to]!);
  return true;
}

export function Differences() {
  useEffect(
    () =>
      addKeys([
        { key: "n", shown: ["N"], group: "Differences", what: "The next difference", run: () => step(1) },
        { key: "p", shown: ["P"], group: "Differences", what: "The one before", run: () => step(-1) },
      ]),
    [],
  );
  const found = comparison.value;
  const count = (one: Kind): number => found?.differences.filter((each) => each.kind === one).length ?? 0;
  return (
    <section class="differences" aria-label="Differences" style={{ "--rows": rows.value.length }}>
      <div class="bar">
        <h2>Differences</h2>
        <label>
          Show
          <select
            value={kind.value ?? ""}
            onChange={(event) => {
              kind.value = (event.currentTarget.value || undefined) as Kind | undefined;
              current.value = undefined;
            }}
          >
            <option value="">all ({grouped(found?.differences.length ?? 0)})</option>
            {KINDS.map((one) => (
              <option key={one} value={one}>
                {TITLES[one]} ({grouped(count(one))})
              </option>
            ))}
          </select>
        </label>
        <span class="rest" />
        <button type="button" disabled={rows.value.length === 0} onClick={() => step(-1)}>
          Previous
        </button>
        <button type="button" disabled={rows.value.length === 0} onClick={() => step(1)}>
          Next
        </button>
      </div>
      {failure.value ? (
        <p role="alert" class="wrong">
          {failure.value}
        </p>
      ) : found ? (
        <Table
          label="Differences"
          columns={columns}
          rows={rows.value}
          sorting={sorting}
          isPicked={(row) => row === current.value}
          onOpen={open}
          none={found.isEqual ? "There are none: the tracks are equal." : "There are none of this kind."}
        />
      ) : (
        <p class="faint" role="status">
          Comparing …
        </p>
      )}
      {found && found.more > 0 && (
        <p class="faint">{grouped(found.more)} more stretches of moved boxes, the smallest, are left out.</p>
      )}
    </section>
  );
}
