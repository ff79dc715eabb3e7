/** How many there are at a time, and how many appear, over the time that the timeline shows. */
import { type ReadonlySignal, useComputed, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import "uplot/dist/uPlot.min.css";
import { drawChart } from "../activity/chart.js";
import { activityOf } from "../activity/series.js";
import { clock } from "../show.js";
import { lives, range, run, shownClasses, span } from "../state.js";
import "./activity.css";

export function Activity() {
  const series = useComputed(() =>
    activityOf(run.value, lives.value, range.value ?? span.value, shownClasses.value),
  );
  const there = useComputed(() => ({ labels: series.value.labels, data: series.value.there }));
  const appeared = useComputed(() => ({ labels: ["all"], data: series.value.appeared }));
  const [from, to] = range.value ?? span.value;
  return (
    <div class="panel">
      <p class="faint">
        {range.value ? `From ${clock(from)} to ${clock(to)}, as the timeline shows.` : "The whole run."} Click
        to go there, drag to show a part.
      </p>
      <Chart title="Identities at a time" of={there} decimals={1} isStepped={false} />
      <Chart title="Appearances per minute" of={appeared} decimals={0} isStepped={true} />
    </div>
  );
}

interface ChartProps {
  readonly title: string;
  readonly of: ReadonlySignal<{
    readonly labels: readonly string[];
    readonly data: readonly (readonly (number | null)[])[];
  }>;
  readonly decimals: number;
  readonly isStepped: boolean;
}

function Chart({ title, of, decimals, isStepped }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  useSignalEffect(() => drawChart(box.current!, { ...of.value, decimals, isStepped }));
  const values = of.value.data
    .slice(1)
    .flat()
    .filter((value) => value !== null);
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  return (
    <figure class="fills">
      <figcaption>{title}</figcaption>
      <div class="chart" role="img" aria-label={`${title}: at most ${most.toFixed(decimals)}`} ref={box} />
    </figure>
  );
}
