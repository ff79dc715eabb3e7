/** How it is counted: what holds for all lines and zones. */
import type { Zones } from "../../count/zones.js";
import { zones } from "../state.js";
import { change } from "./editor.js";

export function Settings() {
  const { point, margin, gap } = zones.value;
  const number = (
    label: string,
    value: number,
    [least, most, step]: readonly [number, number, number],
    key: "margin" | "gap",
  ) => (
    <label>
      <span>{label}</span>
      <input
        type="number"
        min={least}
        max={most}
        step={step}
        value={value}
        onChange={(event) => {
          const next = event.currentTarget.valueAsNumber;
          if (next >= least && next <= most) change({ ...zones.value, [key]: next });
          else event.currentTarget.value = String(value);
        }}
      />
    </label>
  );
  return (
    <details class="settings">
      <summary>How it is counted</summary>
      <div>
        <label>
          <span>What of a box counts</span>
          <select
            value={point}
            onChange={(event) =>
              change({ ...zones.value, point: event.currentTarget.value as Zones["point"] })
            }
          >
            <option value="foot">its foot</option>
            <option value="centre">its centre</option>
          </select>
        </label>
        {number("How far beyond an edge, in heights of the box", margin, [0, 1, 0.05], "margin")}
        {number("Seconds unseen after which it has left", gap, [0.1, 86_400, 0.1], "gap")}
      </div>
    </details>
  );
}
