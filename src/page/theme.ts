/**
 * Light, dark or as the system has it. Canvases cannot use the tokens of style.css by name, so they ask here.
 */
import { computed, effect, signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

const KEY = "throughline-theme";

/** What was chosen; remembered where the browser lets a page remember. */
export const theme = signal<Theme>(remembered());

const systemIsDark = signal(false);

/** Whether the page is dark now. */
export const isDark = computed(() =>
  theme.value === "system" ? systemIsDark.value : theme.value === "dark",
);

/** The tokens of style.css as colours that a canvas understands; others after every change of the theme. */
export const tokens = computed(() => {
  // Asked for so that they are read again after a change.
  void isDark.value;
  const probe = document.createElement("span");
  document.body.append(probe);
  const token = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const colours = {
    paper: token("paper"),
    raised: token("raised"),
    hover: token("hover"),
    chosen: token("chosen"),
    ink: token("ink"),
    faint: token("faint"),
    line: token("line"),
    accent: token("accent"),
    wrong: token("wrong"),
  };
  probe.remove();
  return colours;
});

/** Follows the choice and the system from now on. */
export function startTheme(): void {
  const query = matchMedia("(prefers-color-scheme: dark)");
  systemIsDark.value = query.matches;
  query.addEventListener("change", () => {
    systemIsDark.value = query.matches;
  });
  effect(() => {
    if (theme.value === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme.value;
    remember(theme.value);
  });
}

function remembered(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === "light" || kept === "dark" ? kept : "system";
  } catch {
    // Pages opened from a file may be denied storage, which is no reason not to open.
    return "system";
  }
}

function remember(value: Theme): void {
  try {
    if (value === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, value);
  } catch {
    // It is then as the system has it the next time.
  }
}
