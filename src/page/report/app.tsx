/** The report: what is seen on the left, what is known about it on the right. */
import { useSignal } from "@preact/signals";
import { panels } from "../panels/index.js";
import { identities, notices, report, run } from "../state.js";
import { Player } from "./player.js";
import { Timeline } from "./timeline.js";

export function App() {
  const shown = useSignal(panels[0]!.name);
  const there = panels.filter((panel) => panel.isThere?.() ?? true);
  const Panel = (there.find(({ name }) => name === shown.value) ?? there[0]!).Content;
  return (
    <div class="report">
      <header>
        <h1>{report.value.title}</h1>
        <p class="facts">
          {identities.value.size} identities, {run.value.index.length} frames
        </p>
      </header>
      {notices.value.length > 0 && (
        <ul class="notices" role="status">
          {notices.value.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      )}
      <main>
        <div class="seen">
          <Player />
          <Timeline />
        </div>
        <div class="known">
          <div role="tablist" aria-label="What is known">
            {there.map(({ name }) => (
              <button
                key={name}
                type="button"
                role="tab"
                id={`tab-${name}`}
                aria-selected={name === shown.value}
                aria-controls="panel"
                onClick={() => {
                  shown.value = name;
                }}
              >
                {name}
              </button>
            ))}
          </div>
          <section id="panel" role="tabpanel" aria-labelledby={`tab-${shown.value}`}>
            <Panel />
          </section>
        </div>
      </main>
    </div>
  );
}
