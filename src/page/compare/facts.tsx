/** What both runs are, beside each other; what differs stands out. */
import type { Boot } from "../../report/boot.js";
import type { identitiesOf, Run } from "../../report/run.js";
import { clock, grouped } from "../show.js";
import { identities, run } from "../state.js";
import { other, otherIdentities } from "./state.js";

export function Facts({ told }: { readonly told: Boot & { readonly page: "compare" } }) {
  const sides = [
    factsOf(run.value, identities.value, told.reports[0].settings),
    factsOf(other.value, otherIdentities.value, told.reports[1].settings),
  ] as const;
  const names = [...new Set([...sides[0].keys(), ...sides[1].keys()])];
  return (
    <section class="facts-table" aria-label="Facts">
      <table>
        <thead>
          <tr>
            <th scope="col">Fact</th>
            <th scope="col">A</th>
            <th scope="col">B</th>
          </tr>
        </thead>
        <tbody>
          {names.map((name) => {
            const [a = "", b = ""] = sides.map((side) => side.get(name));
            return (
              <tr key={name} class={a === b ? undefined : "differs"}>
                <th scope="row">{name}</th>
                <td>{a}</td>
                <td>{b}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

function factsOf(
  { input, width, height, frameRate, index, time, id }: Run,
  each: ReturnType<typeof identitiesOf>,
  settings: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, string> {
  const facts = new Map([
    ["Input", input],
    ["Picture", width > 0 ? `${width} × ${height}` : "not told"],
    ["Frames per second", frameRate ? String(Number(frameRate.toFixed(3))) : "not told"],
    ["Frames", grouped(index.length)],
    ["Length", index.length > 0 ? clock(time.at(-1)! - time[0]!) : "0"],
    ["Identities", grouped(each.size)],
    ["Boxes", grouped(id.length)],
    ["Boxes per identity", each.size > 0 ? grouped(id.length / each.size, 1) : "0"],
  ]);
  for (const [name, value] of Object.entries(settings)) facts.set(name, textOf(value));
  return facts;
}

/** Settings are whatever a run wrote down. */
const textOf = (value: unknown): string => {
  const { name } = (value ?? {}) as { readonly name?: unknown };
  if (typeof name === "string") return name;
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
};
