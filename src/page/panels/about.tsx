/** Where the tracks come from: the input, the tool and its settings. */
import { FactsList } from "../facts-list.js";
import { report, run } from "../state.js";
import "./about.css";

export function About() {
  const { tracks, made, version, settings, noVideo, video } = report.value;
  const day = new Date(made);
  const facts: readonly (readonly [string, string])[] = [
    ["Input", run.value.input],
    ["Tracks", tracks],
    ["Report made", Number.isNaN(day.getTime()) ? made : day.toLocaleString()],
    ["By", `throughline ${version}`],
    ["Times", run.value.isTimed ? "of the input itself" : "from an assumed frame rate"],
    ["Video", noVideo ?? video?.note ?? "as it was"],
  ];
  const lines = flat(settings);
  return (
    <div class="about">
      <FactsList facts={facts} />
      <h2>Settings of the run</h2>
      {lines.length === 0 ? (
        <p class="faint">The tracks file does not tell them.</p>
      ) : (
        <FactsList facts={lines} />
      )}
    </div>
  );
}

/** Values with the way to them: `tracker.maxAge`. */
function flat(value: unknown, path: readonly string[] = []): (readonly [string, string])[] {
  if (typeof value !== "object" || value === null)
    return value === undefined ? [] : [[path.join("."), String(value)]];
  if (Array.isArray(value) && value.every((one) => typeof one !== "object"))
    return [[path.join("."), value.join(", ")]];
  return Object.entries(value).flatMap(([key, one]) => flat(one, [...path, key]));
}
