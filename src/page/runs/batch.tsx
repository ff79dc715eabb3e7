/** One batch: how far it is, and what became of each of its files. */
import { useSignal } from "@preact/signals";
import type { BatchEntry, BatchFile } from "../../report/listing.js";
import { counted, duration, grouped } from "../show.js";
import { type Column, type Sorting, sorted, Table } from "../table.js";
import { Progress } from "./going.js";
import { pageOf } from "./list.js";

type State = BatchFile["state"];

/** In the order of the bar, and of the sorting. */
const STATES: readonly State[] = ["failed", "damaged", "running", "waiting", "done"];
const SAID: Readonly<Record<State, string>> = {
  ...{ failed: "failed", damaged: "damaged", running: "running", waiting: "waiting" },
  done: "done",
};

export function Batch({ batch }: { readonly batch: BatchEntry }) {
  const { path, files, isGoing, error } = batch;
  const sorting = useSignal<Sorting>({ column: 1, isDown: false });
  const title = `Batch ${path === "" ? "in this folder" : path}`;
  const count = (state: State): number => files.filter((file) => file.state === state).length;
  const over = count("done") + count("damaged") + count("failed");
  const columns = columnsOf(files);
  const rows = files.map((_, row) => row);
  return (
    <section class="batch" aria-label={title}>
      <div class="bar">
        <h2>{title}</h2>
        <span class="faint">{isGoing ? "going on" : over < files.length ? "not going on" : "over"}</span>
        <span class="rest" />
        <span class="counts">
          {STATES.toReversed()
            .filter((state) => count(state) > 0)
            .map((state) => `${grouped(count(state))} ${SAID[state]}`)
            .join(", ")}
        </span>
      </div>
      {error !== undefined ? (
        <p class="silence" role="alert">
          {error}
        </p>
      ) : (
        <>
          <progress
            max={Math.max(files.length, 1)}
            value={over}
            aria-label={`${over} of ${counted(files.length, "file")} are over`}
          />
          <div class="files" style={{ "--rows": files.length }}>
            <Table
              label={`Files of ${title}`}
              columns={columns}
              rows={sorted(rows, columns, sorting.value)}
              sorting={sorting}
              onOpen={(row) => {
                const { run } = files[row]!;
                if (run !== undefined) location.href = pageOf(run);
              }}
              none="The batch has no files."
            />
          </div>
        </>
      )}
    </section>
  );
}

function columnsOf(files: readonly BatchFile[]): readonly Column[] {
  const at = (row: number): BatchFile => files[row]!;
  return [
    {
      title: "Input",
      cell: (row) => {
        const { name, run } = at(row);
        return run === undefined ? (
          name
        ) : (
          <a href={pageOf(run)} onClick={(event) => event.stopPropagation()}>
            {name}
          </a>
        );
      },
      by: (row) => at(row).name.toLowerCase(),
    },
    {
      ...{ title: "State", width: "45%" },
      cell: (row) => {
        const { state, error, going, attempts } = at(row);
        return (
          <span title={error}>
            <span class={`state ${state}`}>{SAID[state]}</span>
            {going && (
              <>
                {" "}
                <Progress run={going} />
              </>
            )}
            {error && <span class="wrong"> {error}</span>}
            {attempts > 1 && <span class="faint"> (attempt {attempts})</span>}
          </span>
        );
      },
      by: (row) => STATES.indexOf(at(row).state),
    },
    {
      ...{ title: "Frames", width: "6rem", isNumber: true },
      cell: (row) => (at(row).frames === undefined ? "" : grouped(at(row).frames!)),
      by: (row) => at(row).frames ?? -1,
    },
    {
      ...{ title: "Identities", width: "6rem", isNumber: true },
      cell: (row) => (at(row).identities === undefined ? "" : grouped(at(row).identities!)),
      by: (row) => at(row).identities ?? -1,
    },
    {
      ...{ title: "Took", width: "7rem", isNumber: true },
      cell: (row) => (at(row).seconds === undefined ? "" : duration(at(row).seconds!)),
      by: (row) => at(row).seconds ?? -1,
    },
  ];
}
