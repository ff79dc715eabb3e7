/** The panels, one at a time (WAI-ARIA tabs: arrow keys go from one to the next). */
import { useRef } from "preact/hooks";
import { panels } from "../panels/index.js";
import { panel } from "../state.js";

export function Tabs() {
  const list = useRef<HTMLDivElement>(null);
  const there = panels.filter(({ isThere }) => isThere?.() ?? true);
  const at = Math.max(
    0,
    there.findIndex(({ name }) => name === panel.value),
  );
  const { name: shown, Content } = there[at]!;
  const show = (to: number) => {
    panel.value = there[(to + there.length) % there.length]!.name;
    // The buttons are there already; only which one is chosen changes.
    const button = list.current?.children[(to + there.length) % there.length];
    if (button instanceof HTMLElement) button.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: there.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    show(to);
  };
  return (
    <div class="known">
      <div role="tablist" aria-label="Panels" ref={list} onKeyDown={onKeyDown}>
        {there.map(({ name }) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            aria-selected={name === shown}
            aria-controls="panel"
            tabIndex={name === shown ? 0 : -1}
            onClick={() => {
              panel.value = name;
            }}
          >
            {name}
          </button>
        ))}
      </div>
      <section id="panel" role="tabpanel" aria-labelledby={`tab-${shown}`}>
        <Content key={shown} />
      </section>
    </div>
  );
}
