/** Two runs side by side, over one video, and what differs between them. */
import type { Boot } from "../../report/boot.js";
import { ThemeButton } from "../report/app-theme.js";
import { counted, grouped } from "../show.js";
import { notices } from "../state.js";
import { Differences } from "./differences.js";
import { Facts } from "./facts.js";
import { Pair } from "./pair.js";
import { comparison } from "./state.js";
import "./compare.css";

export function Compare({ told }: { readonly told: Boot & { readonly page: "compare" } }) {
  const [a, b] = told.names;
  return (
    <div class="compare">
      <header class="bar">
        <a href="/">All runs</a>
        <h1>
          {a} <span class="faint">and</span> {b}
        </h1>
        <Summary />
        <span class="rest" />
        <ThemeButton />
      </header>
      {notices.value.length > 0 && (
        <ul class="notices" role="status">
          {notices.value.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      )}
      <main>
        <Pair names={told.names} />
        <div class="below">
          <Differences />
          <Facts told={told} />
        </div>
      </main>
    </div>
  );
}

function Summary() {
  const found = comparison.value;
  if (!found) return null;
  const { a, b, both } = found.boxes;
  return (
    <span class="faint">
      {found.isEqual ? "The tracks are equal: " : ""}
      {grouped(both)} boxes in both, {grouped(a - both)} only in A, {grouped(b - both)} only in B
      {found.renumbered > 0 &&
        `; ${counted(found.renumbered, "identity has", "identities have")} another number in B`}
    </span>
  );
}
