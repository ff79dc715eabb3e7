/** When each identity was seen: the whole run in a strip, and one row per identity below it. */
import { useEffect } from "preact/hooks";
import { addKeys } from "../keys.js";
import { grouped } from "../show.js";
import { lives, range, run, shownClasses, time } from "../state.js";
import { Lanes } from "../timeline/lanes.js";
import { Overview } from "../timeline/overview.js";
import { isInWindowOnly, leastLength, type Order, order, rows } from "../timeline/rows.js";
import { timelineKeys } from "../timeline/timeline-keys.js";
import { showAll, zoom } from "../timeline/window.js";
import "./timeline.css";

export function Timeline() {
  useEffect(() => addKeys(timelineKeys), []);
  return (
    <section class="timeline" aria-label="Timeline">
      <div class="bar">
        <label>
          Order
          <select
            value={order.value}
            onChange={(event) => {
              order.value = event.currentTarget.value as Order;
            }}
          >
            <option value="first">first seen</option>
            <option value="length">longest</option>
            <option value="id">number</option>
          </select>
        </label>
        <Classes />
        <label>
          At least
          <select
            value={leastLength.value}
            onChange={(event) => {
              leastLength.value = Number(event.currentTarget.value);
            }}
          >
            {[0, 0.5, 1, 2, 5, 10, 30, 60].map((seconds) => (
              <option key={seconds} value={seconds}>
                {seconds === 0 ? "any length" : seconds < 60 ? `${seconds} s` : "1 min"}
              </option>
            ))}
          </select>
        </label>
        <label>
          <input
            type="checkbox"
            checked={isInWindowOnly.value}
            onChange={(event) => {
              isInWindowOnly.value = event.currentTarget.checked;
            }}
          />
          only those in view
        </label>
        <span class="faint">
          {rows.value.length === lives.value.id.length
            ? grouped(rows.value.length)
            : `${grouped(rows.value.length)} of ${grouped(lives.value.id.length)}`}
        </span>
        <span class="rest" />
        <div class="zooming">
          <button
            type="button"
            aria-label="Zoom out"
            title="Zoom out"
            onClick={() => zoom(1 / 1.6, time.value)}
          >
            −
          </button>
          <button type="button" aria-label="Zoom in" title="Zoom in" onClick={() => zoom(1.6, time.value)}>
            +
          </button>
          <button type="button" disabled={range.value === undefined} onClick={showAll}>
            Whole run
          </button>
        </div>
      </div>
      <Overview />
      <Lanes />
    </section>
  );
}

/** Which classes are shown, here and on the picture. */
function Classes() {
  const there = [...new Set(lives.value.class)].sort((a, b) => a - b);
  if (there.length < 2) return null;
  const chosen = shownClasses.value;
  const value = chosen === undefined ? "" : chosen.size === 1 ? String([...chosen][0]) : "several";
  return (
    <label>
      Class
      <select
        value={value}
        onChange={(event) => {
          const { value: now } = event.currentTarget;
          shownClasses.value = now === "" ? undefined : new Set([Number(now)]);
        }}
      >
        <option value="">all</option>
        {value === "several" && <option value="several">several</option>}
        {there.map((one) => (
          <option key={one} value={one}>
            {run.value.labels[one] ?? `class ${one}`}
          </option>
        ))}
      </select>
    </label>
  );
}
