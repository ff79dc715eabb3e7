/** All identities, to sort, search and take along. */
import { signal } from "@preact/signals";
import { Chip } from "../chip.js";
import { csvValue, download } from "../download.js";
import { clock, counted, duration, grouped } from "../show.js";
import { goTo, health, hovered, lives, names, pick, report, run, selected, shownClasses } from "../state.js";
import { type Column, type Sorting, sorted, Table } from "../table.js";

const sorting = signal<Sorting>({ column: 0, isDown: false });
const search = signal("");

export function Identities() {
  const columns = columnsOf();
  const found = foundRows();
  const rows = sorted(found, columns, sorting.value);
  const taken = () => {
    const picked = rows.filter((at) => selected.value.includes(lives.value.id[at]!));
    return picked.length > 0 ? picked : rows;
  };
  return (
    <div class="panel">
      <div class="bar">
        <input
          type="search"
          aria-label="Search identities"
          placeholder="Number, name, class or time (1:30)"
          style={{ flex: "1 1 12rem" }}
          value={search.value}
          onInput={(event) => {
            search.value = event.currentTarget.value;
          }}
        />
        <button type="button" disabled={rows.length === 0} onClick={() => exportCsv(taken())}>
          Export CSV
        </button>
        <button type="button" disabled={rows.length === 0} onClick={() => exportJson(taken())}>
          Export JSON
        </button>
      </div>
      <Table
        label="Identities"
        columns={columns}
        rows={rows}
        sorting={sorting}
        isPicked={(at) => selected.value.includes(lives.value.id[at]!)}
        onOpen={(at, more) => {
          const id = lives.value.id[at]!;
          pick(id, more);
          if (selected.value.includes(id)) goTo(lives.value.first[at]!);
        }}
        onHover={(at) => {
          hovered.value = at === undefined ? undefined : lives.value.id[at];
        }}
        none="No identity is found by that."
      />
      <p class="faint bar">
        <span>
          {rows.length === lives.value.id.length
            ? counted(rows.length, "identity", "identities")
            : `${grouped(rows.length)} of ${counted(lives.value.id.length, "identity", "identities")}`}
          {selected.value.length > 0 && `, ${selected.value.length} picked (exports take only these)`}
        </span>
        <span class="rest" />
        {selected.value.length > 0 && (
          <button
            type="button"
            onClick={() => {
              selected.value = [];
            }}
          >
            Pick none
          </button>
        )}
      </p>
    </div>
  );
}

const labelOf = (at: number): string => {
  const number = lives.value.class[at]!;
  return run.value.labels[number] ?? `class ${number}`;
};
const begins = (at: number): number => run.value.time[lives.value.first[at]!]!;
const ends = (at: number): number => run.value.time[lives.value.last[at]!]!;

function doubtsOf(): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { ids } of health.value?.findings ?? [])
    for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

function columnsOf(): Column[] {
  const { id, seen, meanScore, gaps, path } = lives.value;
  const doubts = doubtsOf();
  const doubtsAt = (at: number): number => doubts.get(id[at]!) ?? 0;
  return [
    {
      title: "Identity",
      cell: (at) => <Chip id={id[at]!} />,
      by: (at) => id[at]!,
    },
    { title: "Class", width: "5.5rem", cell: labelOf, by: labelOf },
    { title: "First", width: "5rem", isNumber: true, cell: (at) => clock(begins(at)), by: begins },
    { title: "Last", width: "5rem", isNumber: true, cell: (at) => clock(ends(at)), by: ends },
    {
      title: "For",
      means: "Time from the first to the last frame",
      width: "5.5rem",
      isNumber: true,
      cell: (at) => duration(ends(at) - begins(at)),
      by: (at) => ends(at) - begins(at),
    },
    {
      title: "Seen",
      means: "Frames with a detection",
      width: "4.5rem",
      isNumber: true,
      cell: (at) => grouped(seen[at]!),
      by: (at) => seen[at]!,
    },
    {
      title: "Score",
      means: "Mean score of its detections",
      width: "4rem",
      isNumber: true,
      cell: (at) => meanScore[at]!.toFixed(2),
      by: (at) => meanScore[at]!,
    },
    {
      title: "Gaps",
      means: "How often it is missing in between",
      width: "4rem",
      isNumber: true,
      cell: (at) => gaps[at]!,
      by: (at) => gaps[at]!,
    },
    {
      title: "Way",
      means: "Pixels that its foot point went, without jitter",
      width: "5rem",
      isNumber: true,
      cell: (at) => grouped(path[at]!),
      by: (at) => path[at]!,
    },
    {
      title: "Doubts",
      means: "Places worth a look; see Health",
      width: "4.5rem",
      isNumber: true,
      cell: (at) => (health.value ? doubtsAt(at) || "" : "…"),
      by: doubtsAt,
    },
  ];
}

/** Those that are searched for: by words of name, number and class, or by a time at which they are there. */
function foundRows(): number[] {
  const { id, first, last, class: classes } = lives.value;
  const text = search.value.trim().toLowerCase();
  const time = /^(?:(\d+):)?(\d+):(\d\d(?:\.\d+)?)$/.exec(text);
  const seconds = time ? Number(time[1] ?? 0) * 3600 + Number(time[2]) * 60 + Number(time[3]) : undefined;
  const rows: number[] = [];
  for (let at = 0; at < id.length; at++) {
    if (!(shownClasses.value?.has(classes[at]!) ?? true)) continue;
    if (seconds !== undefined) {
      // A time without decimals means that whole second.
      const isThere = run.value.time[first[at]!]! < seconds + 1 && run.value.time[last[at]!]! >= seconds;
      if (isThere) rows.push(at);
      continue;
    }
    const name = names.value.get(id[at]!) ?? "";
    if (/^\d+$/.test(text) ? String(id[at]).startsWith(text) || name.includes(text) : isIn(text, name, at))
      rows.push(at);
  }
  return rows;
}

const isIn = (text: string, name: string, at: number): boolean =>
  text === "" || name.toLowerCase().includes(text) || labelOf(at).toLowerCase().includes(text);

/** What is exported of one identity. */
function factsOf(at: number, doubts: ReadonlyMap<number, number>) {
  const { id, first, last, seen, filled, meanScore, gaps, path } = lives.value;
  const round = (value: number, unit: number): number => Math.round(value * unit) / unit;
  return {
    id: id[at]!,
    name: names.value.get(id[at]!) ?? "",
    class: labelOf(at),
    firstFrame: run.value.index[first[at]!]!,
    lastFrame: run.value.index[last[at]!]!,
    firstTime: round(begins(at), 1e3),
    lastTime: round(ends(at), 1e3),
    seconds: round(ends(at) - begins(at), 1e3),
    framesSeen: seen[at]!,
    framesFilled: filled[at]!,
    meanScore: round(meanScore[at]!, 1e4),
    gaps: gaps[at]!,
    pathPixels: round(path[at]!, 10),
    doubts: doubts.get(id[at]!) ?? 0,
  };
}

const fileName = (ending: string): string =>
  `${report.value.title.replace(/\.\w{1,5}$/, "").replaceAll(/[^\p{L}\p{N}._-]+/gu, "-")}-identities${ending}`;

function exportCsv(rows: readonly number[]): void {
  const doubts = doubtsOf();
  const facts = rows.map((at) => factsOf(at, doubts));
  const lines = [Object.keys(facts[0]!), ...facts.map((one) => Object.values(one))];
  const text = lines.map((values) => `${values.map(csvValue).join(",")}\r\n`).join("");
  download(fileName(".csv"), "text/csv", text);
}

function exportJson(rows: readonly number[]): void {
  const doubts = doubtsOf();
  const content = { input: run.value.input, identities: rows.map((at) => factsOf(at, doubts)) };
  download(fileName(".json"), "application/json", `${JSON.stringify(content, null, 2)}\n`);
}
