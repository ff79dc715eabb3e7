/** What was counted at lines and in zones: totals, over time, and every event. */
import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import "uplot/dist/uPlot.min.css";
import { frameAt } from "../../report/run.js";
import type { CountEvent, LineCounts, Stays, ZoneCounts } from "../../types.js";
import { drawChart } from "../activity/chart.js";
import { download } from "../download.js";
import { clock } from "../show.js";
import { counted, goTo, names, notices, pick, range, report, run, selected, span, zones } from "../state.js";
import { type Column, Table } from "../table.js";
import { isCounting, writeCounts } from "../zones/counting.js";
import { crossingsOf, occupancyOf, type Series } from "../zones/series.js";
import "./counts.css";

export function CountsPanel() {
  const result = counted.value;
  if (!result)
    return (
      <p class="faint">
        {isCounting.value
          ? "Counting …"
          : "There are no lines or zones yet: draw them under Zones, and what crosses or stays is counted at once."}
      </p>
    );
  const { lines, zones: areas } = result.totals;
  return (
    <div class="panel counts-panel">
      <div class="bar">
        <span class="faint" role="status">
          {isCounting.value
            ? "Counting …"
            : run.value.isTimed
              ? ""
              : "The tracks have no times: seconds are those of an assumed frame rate."}
        </span>
        <span class="rest" />
        {[".csv", ".json", ".jsonl"].map((extension) => (
          <ExportButton key={extension} extension={extension} />
        ))}
      </div>
      <div class="totals">
        {lines.length > 0 && <Lines lines={lines} />}
        {areas.length > 0 && <Areas areas={areas} />}
      </div>
      {lines.length > 0 && <Chart kind="lines" />}
      {areas.length > 0 && <Chart kind="zones" />}
      <Events events={result.events} />
    </div>
  );
}

function Lines({ lines }: { readonly lines: readonly LineCounts[] }) {
  return (
    <table>
      <caption class="unseen">Crossings of lines</caption>
      <thead>
        <tr>
          <th scope="col">Line</th>
          <th scope="col">In</th>
          <th scope="col">Out</th>
        </tr>
      </thead>
      <tbody>
        {lines.map(({ name, in: inward, out, classes }) => [
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{inward}</td>
            <td>{out}</td>
          </tr>,
          ...(classes.length > 1 ? classes : []).map((each) => (
            <tr key={`${name} ${each.class}`} class="class">
              <th scope="row">{each.label}</th>
              <td>{each.in}</td>
              <td>{each.out}</td>
            </tr>
          )),
        ])}
      </tbody>
    </table>
  );
}

const STAYS: readonly {
  readonly title: string;
  readonly means: string;
  readonly of: (stays: Stays) => string;
}[] = [
  { title: "Visits", means: "How often something came to be inside", of: ({ visits }) => String(visits) },
  {
    title: "Different",
    means: "Different identities among them",
    of: ({ identities }) => String(identities),
  },
  { title: "Stay", means: "Seconds of a visit on average", of: ({ dwell }) => dwell.mean.toFixed(1) },
  { title: "Longest", means: "Seconds of the longest visit", of: ({ dwell }) => dwell.max.toFixed(1) },
  { title: "Inside", means: "At a time, on average", of: ({ occupancy }) => occupancy.mean.toFixed(2) },
  { title: "Most", means: "At a time, at most", of: ({ occupancy }) => String(occupancy.max) },
];

function Areas({ areas }: { readonly areas: readonly ZoneCounts[] }) {
  const cells = (stays: Stays) => STAYS.map(({ title, of }) => <td key={title}>{of(stays)}</td>);
  return (
    <table>
      <caption class="unseen">Stays in zones</caption>
      <thead>
        <tr>
          <th scope="col">Zone</th>
          {STAYS.map(({ title, means }) => (
            <th key={title} scope="col" title={means}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {areas.map((area) => [
          <tr key={area.name}>
            <th scope="row">{area.name}</th>
            {cells(area)}
          </tr>,
          ...(area.classes.length > 1 ? area.classes : []).map((each) => (
            <tr key={`${area.name} ${each.class}`} class="class">
              <th scope="row">{each.label}</th>
              {cells(each)}
            </tr>
          )),
        ])}
      </tbody>
    </table>
  );
}

function Chart({ kind }: { readonly kind: "lines" | "zones" }) {
  const box = useRef<HTMLDivElement>(null);
  const series = useComputed((): Series | undefined => {
    const result = counted.value;
    if (!result) return undefined;
    const shown = range.value ?? span.value;
    const all = result.totals[kind].map(({ name }) => name);
    return kind === "lines" ? crossingsOf(result.events, all, shown) : occupancyOf(result.events, all, shown);
  });
  useSignalEffect(() =>
    series.value ? drawChart(box.current!, { ...series.value, decimals: 0, isStepped: false }) : undefined,
  );
  const title = kind === "lines" ? "Crossings so far" : "Inside at a time";
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <div class="chart" role="img" aria-label={`${title}, over time`} ref={box} />
    </figure>
  );
}

const nameOf = (id: number): string => names.value.get(id) ?? String(id);

function wordsOf(event: CountEvent): string {
  switch (event.type) {
    case "crossed":
      return `${event.direction} over ${event.line}`;
    case "entered":
      return `${event.how === "moved" ? "into" : "appears in"} ${event.zone}`;
    case "exited":
      return `${event.how === "moved" ? "out of" : "last seen in"} ${event.zone} after ${event.dwell.toFixed(1)} s`;
    default:
      return event.type;
  }
}

function Events({ events }: { readonly events: readonly CountEvent[] }) {
  const place = useSignal("");
  const shown = useComputed(() => {
    const all = counted.value?.events ?? [];
    const rows: number[] = [];
    for (let at = 0; at < all.length; at++) {
      const event = all[at]!;
      if (place.value === "" || placeOfEvent(event) === place.value) rows.push(at);
    }
    return rows;
  });
  const columns: readonly Column[] = [
    { title: "Time", width: "5.5rem", isNumber: true, cell: (row) => clock(events[row]!.time) },
    { title: "Identity", width: "5rem", isNumber: true, cell: (row) => nameOf(events[row]!.id) },
    { title: "Class", width: "6rem", cell: (row) => run.value.labels[events[row]!.class] ?? "object" },
    { title: "What", cell: (row) => wordsOf(events[row]!) },
  ];
  const { lines, zones: areas } = zones.value;
  return (
    <>
      <div class="bar">
        <label>
          Events at
          <select
            value={place.value}
            onChange={(event) => {
              place.value = event.currentTarget.value;
            }}
          >
            <option value="">all places</option>
            {[...lines, ...areas].map(({ name }) => (
              <option key={name} value={name.trim()}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <span class="faint">{shown.value.length}</span>
      </div>
      <Table
        label="Events"
        columns={columns}
        rows={shown.value}
        isPicked={(row) => selected.value.includes(events[row]!.id)}
        onOpen={(row, more) => {
          const { id, time } = events[row]!;
          if (more || !selected.value.includes(id)) pick(id, more);
          goTo(frameAt(run.value, time));
        }}
        none="Nothing crossed or stayed."
      />
    </>
  );
}

const placeOfEvent = (event: CountEvent): string =>
  event.type === "crossed" ? event.line : "zone" in event ? event.zone : "";

const TYPES: Readonly<Record<string, string>> = { ".csv": "text/csv", ".json": "application/json" };

/** A counts file, the same that `track count` writes. */
function ExportButton({ extension }: { readonly extension: string }) {
  return (
    <button
      type="button"
      onClick={async () => {
        const name = `${report.value.title.replace(/\.\w+$/, "")}.counts${extension}`;
        try {
          download(name, TYPES[extension] ?? "application/x-ndjson", await writeCounts(extension));
        } catch (error) {
          notices.value = [
            ...new Set([...notices.value, `The counts cannot be exported: ${(error as Error).message}`]),
          ];
        }
      }}
    >
      {extension === ".jsonl" ? "Export events" : `Export ${extension.slice(1).toUpperCase()}`}
    </button>
  );
}
