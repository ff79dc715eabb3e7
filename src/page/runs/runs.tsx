/** The list: what is going on, batches, and all tracks files. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { RunEntry } from "../../report/listing.js";
import { ThemeButton } from "../report/app-theme.js";
import { clock, counted, grouped } from "../show.js";
import { type Column, type Sorting, sorted, Table } from "../table.js";
import { Batch } from "./batch.js";
import { Going } from "./going.js";
import { followListing, listing, pageOf, silence } from "./list.js";
import "./runs.css";

export function Runs({ base }: { readonly base: string }) {
  useEffect(() => followListing(base), []);
  const here = listing.value;
  return (
    <div class="runs">
      <header class="bar">
        <h1>{here ? here.folder : "Runs"}</h1>
        <span class="rest faint">
          {here &&
            `${counted(here.runs.length, "tracks file")}, ${counted(here.batches.length, "batch", "batches")}`}
        </span>
        <ThemeButton />
      </header>
      {silence.value && (
        <p class="silence" role="alert">
          {silence.value}
        </p>
      )}
      {here?.notices.map((text) => (
        <p key={text} class="silence" role="status">
          {text}
        </p>
      ))}
      <main>
        {!here && !silence.value && <p class="faint">Looking …</p>}
        {here && here.going.length > 0 && <Going runs={here.going} />}
        {here?.batches.map((batch) => (
          <Batch key={batch.path} batch={batch} />
        ))}
        {here && <Files runs={here.runs} />}
      </main>
    </div>
  );
}

function Files({ runs }: { readonly runs: readonly RunEntry[] }) {
  const sorting = useSignal<Sorting>({ column: 1, isDown: false });
  const search = useSignal("");
  const picked = useSignal<readonly string[]>([]);
  const toggle = (path: string) => {
    picked.value = picked.value.includes(path)
      ? picked.value.filter((other) => other !== path)
      : [...picked.value, path].slice(-2);
  };
  const columns = columnsOf(runs, picked.value, toggle);
  const words = search.value.toLowerCase().trim();
  const all = runs.map((_, row) => row);
  const found = words === "" ? all : all.filter((row) => isFound(runs[row]!, words));
  const [a, b] = picked.value.filter((path) => runs.some((run) => run.path === path));
  return (
    <section aria-label="Tracks files">
      <div class="bar">
        <h2>Tracks files</h2>
        <span class="rest" />
        <label>
          Search
          <input
            type="search"
            placeholder="Name, input, tracker"
            value={search.value}
            onInput={(event) => {
              search.value = event.currentTarget.value;
            }}
          />
        </label>
        {a !== undefined && b !== undefined ? (
          <a class="button" href={`/compare?a=${encodeURIComponent(a)}&b=${encodeURIComponent(b)}`}>
            Compare the two picked
          </a>
        ) : (
          <span class="faint">Pick two to compare them</span>
        )}
      </div>
      <div class="files" style={{ "--rows": found.length }}>
        <Table
          label="Tracks files"
          columns={columns}
          rows={sorted(found, columns, sorting.value)}
          sorting={sorting}
          isPicked={(row) => picked.value.includes(runs[row]!.path)}
          onOpen={(row, more) => {
            const { path, error } = runs[row]!;
            if (more) toggle(path);
            else if (error === undefined) location.href = pageOf(path);
          }}
          none={
            runs.length === 0
              ? "There are no tracks here yet: track a video into this folder and they appear."
              : "Nothing is called so."
          }
        />
      </div>
    </section>
  );
}

const isFound = ({ path, input = "", tracker = "", detector = "" }: RunEntry, words: string): boolean =>
  [path, input, tracker, detector].some((text) => text.toLowerCase().includes(words));

function columnsOf(
  runs: readonly RunEntry[],
  picked: readonly string[],
  toggle: (path: string) => void,
): readonly Column[] {
  const at = (row: number): RunEntry => runs[row]!;
  const number = (title: string, width: string, key: "frames" | "identities" | "corrections"): Column => ({
    ...{ title, width, isNumber: true },
    cell: (row) => (at(row)[key] === undefined ? "" : grouped(at(row)[key]!)),
    by: (row) => at(row)[key] ?? -1,
  });
  return [
    {
      ...{ title: "Pick", means: "Two that are picked can be compared", width: "3.2rem" },
      cell: (row) => (
        <input
          type="checkbox"
          aria-label={`Pick ${at(row).path}`}
          checked={picked.includes(at(row).path)}
          disabled={at(row).error !== undefined}
          onClick={(event) => event.stopPropagation()}
          onChange={() => toggle(at(row).path)}
        />
      ),
    },
    {
      title: "File",
      cell: (row) => {
        const { path, error, trouble } = at(row);
        if (error !== undefined)
          return (
            <span title={error}>
              {path} <span class="wrong">{error}</span>
            </span>
          );
        return (
          <>
            <a href={pageOf(path)} onClick={(event) => event.stopPropagation()}>
              {path}
            </a>
            {trouble && <span class="wrong"> {trouble}</span>}
          </>
        );
      },
      by: (row) => at(row).path.toLowerCase(),
    },
    {
      ...{ title: "Input", width: "14rem" },
      cell: (row) => <span title={at(row).input}>{at(row).input?.split(/[\\/]/).at(-1)}</span>,
      by: (row) => at(row).input?.split(/[\\/]/).at(-1)?.toLowerCase() ?? "",
    },
    {
      ...{ title: "Picture", width: "6.5rem", isNumber: true },
      cell: (row) => (at(row).width ? `${at(row).width} × ${at(row).height}` : ""),
      by: (row) => (at(row).width ?? 0) * (at(row).height ?? 0),
    },
    {
      ...{ title: "Length", width: "5rem", isNumber: true },
      cell: (row) => (at(row).seconds === undefined ? "" : clock(at(row).seconds!, 0)),
      by: (row) => at(row).seconds ?? -1,
    },
    number("Frames", "5.5rem", "frames"),
    number("Identities", "5.5rem", "identities"),
    {
      ...{ title: "Tracker", width: "7rem" },
      cell: (row) => at(row).tracker ?? "",
      by: (row) => at(row).tracker ?? "",
    },
    number("Corrections", "6.5rem", "corrections"),
    {
      ...{ title: "Changed", width: "10.5rem" },
      cell: (row) => dateOf(at(row).modified),
      by: (row) => at(row).modified,
    },
  ];
}

/** As every machine's files are listed: the latest sorts last. */
function dateOf(milliseconds: number): string {
  const date = new Date(milliseconds);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
