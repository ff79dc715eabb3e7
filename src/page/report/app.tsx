/** The report: what is seen on the left, what is known about it on the right. */

import { useEffect } from "preact/hooks";
import { followHealth } from "../health/find.js";
import { counted, duration, grouped } from "../show.js";
import { identities, notices, report, run, span } from "../state.js";
import { HelpButton } from "./app-help.js";
import { Splitter, sizes } from "./app-splitter.js";
import { Tabs } from "./app-tabs.js";
import { ThemeButton } from "./app-theme.js";
import { EditBar } from "./edit.js";
import { Player } from "./player.js";
import { Timeline } from "./timeline.js";
import "./app.css";

export function App() {
  useEffect(followHealth, []);
  return (
    <div class="report">
      <header>
        <h1>{report.value.title}</h1>
        <Facts />
        <div class="tools">
          <ThemeButton />
          <HelpButton />
        </div>
      </header>
      {notices.value.length > 0 && (
        <section class="notices" aria-label="Notices">
          <ul>
            {notices.value.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </section>
      )}
      <EditBar />
      <main style={{ "--known": `${sizes.known.value}px`, "--timeline": `${sizes.timeline.value}px` }}>
        <div class="seen">
          <Player />
          <Splitter of="timeline" label="Height of the timeline" />
          <Timeline />
        </div>
        <Splitter of="known" label="Width of the panels" />
        <Tabs />
      </main>
    </div>
  );
}

/** What the run is, in one line. */
function Facts() {
  const { width, height, frameRate, index } = run.value;
  const [from, to] = span.value;
  const facts = [
    counted(identities.value.size, "identity", "identities"),
    `${grouped(index.length)} frames`,
    duration(to - from),
    width > 0 ? `${width} × ${height}` : "",
    frameRate ? `${Number(frameRate.toFixed(2))} frames/s` : "",
  ];
  return (
    <ul class="facts">
      {facts.filter(Boolean).map((fact) => (
        <li key={fact}>{fact}</li>
      ))}
    </ul>
  );
}
