/** Charts by uPlot in the colours of the page. */
import { effect } from "@preact/signals";
import uPlot from "uplot";
import { frameAt } from "../../report/run.js";
import { clock } from "../show.js";
import { goTo, range, run, time } from "../state.js";
import { isDark, tokens } from "../theme.js";

/** Of lines, told apart on the paper of either theme; the dashes are the second thing to tell them by. */
const COLOURS = {
  light: ["#0b5cad", "#b35900", "#00795a", "#8b3d88", "#a40e26", "#5f6b00", "#44525f"],
  dark: ["#6cb2f5", "#f0a04b", "#4fcfa3", "#dd9be0", "#ff8a8a", "#d6cf5c", "#aab6c2"],
};
const DASHES = [[], [8, 3], [2, 3], [12, 3, 2, 3], [5, 5], [1, 5], [15, 4]];

/** Pixels; a shorter drag is a click. */
const SLOP = 5;

export interface ChartOptions {
  readonly labels: readonly string[];
  /** Times, then one list of values for each label. */
  readonly data: readonly (readonly (number | null)[])[];
  readonly decimals: number;
  readonly isStepped: boolean;
}

/** Draws a chart that fills the element. @returns what takes it away */
export function drawChart(
  element: HTMLElement,
  { labels, data, decimals, isStepped }: ChartOptions,
): () => void {
  const colours = tokens.value;
  const lines = COLOURS[isDark.value ? "dark" : "light"];
  const decimalsOfTime = (data[0]!.at(-1) ?? 0)! - (data[0]![0] ?? 0)! < 20 ? 1 : 0;
  const axis: uPlot.Axis = {
    stroke: colours.faint,
    grid: { stroke: colours.line, width: 1 },
    ticks: { stroke: colours.line, width: 1, size: 4 },
    font: "11px system-ui, sans-serif",
  };
  const plot = new uPlot(
    {
      width: Math.max(element.clientWidth, 120),
      height: Math.max(element.clientHeight, 80),
      series: [
        { label: "Time", value: (_, value: number | null) => (value === null ? "" : clock(value)) },
        ...labels.map(
          (label, at): uPlot.Series => ({
            label,
            stroke: lines[at % lines.length]!,
            fill: labels.length === 1 ? `${lines[0]}22` : undefined,
            width: 1.5,
            dash: DASHES[at % DASHES.length]!,
            points: { show: false },
            value: (_, value: number | null) => (value === null ? "" : value.toFixed(decimals)),
            ...(isStepped
              ? { paths: uPlot.paths.bars!({ size: [0.9, 40] }), fill: `${lines[at % lines.length]}66` }
              : {}),
          }),
        ),
      ],
      axes: [
        { ...axis, values: (_, ticks) => ticks.map((tick) => clock(tick, decimalsOfTime)) },
        { ...axis, size: 44 },
      ],
      scales: { x: { time: false }, y: { range: (_, __, most) => [0, most > 0 ? most * 1.08 : 1] } },
      cursor: { drag: { x: true, y: false, setScale: false } },
      hooks: { setSelect: [choose] },
    },
    data as uPlot.AlignedData,
    element,
  );
  // The legend is below the picture, and has as many lines as it needs.
  const fill = () => {
    const legend = element.querySelector<HTMLElement>(".u-legend")?.offsetHeight ?? 0;
    plot.setSize({ width: element.clientWidth, height: Math.max(element.clientHeight - legend, 60) });
  };
  fill();
  const observer = new ResizeObserver(fill);
  observer.observe(element);
  const stop = mark(plot);
  return () => {
    stop();
    observer.disconnect();
    plot.destroy();
  };
}

/** A drag shows that time on the timeline; a click goes there. */
function choose(plot: uPlot): void {
  const { left, width } = plot.select;
  if (width > SLOP) range.value = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
}

/** The playhead, and clicks. */
function mark(plot: uPlot): () => void {
  const line = document.createElement("div");
  line.className = "playhead";
  plot.over.append(line);
  let down = 0;
  plot.over.addEventListener("pointerdown", ({ clientX }) => {
    down = clientX;
  });
  plot.over.addEventListener("click", (event) => {
    if (Math.abs(event.clientX - down) > SLOP) return;
    goTo(frameAt(run.peek(), plot.posToVal(event.clientX - plot.over.getBoundingClientRect().left, "x")));
  });
  return effect(() => {
    const x = plot.valToPos(time.value, "x");
    line.hidden = !(x >= 0 && x <= plot.over.clientWidth);
    line.style.transform = `translateX(${x.toFixed(1)}px)`;
  });
}
