/** Where they are: how long each place is stood on, and the ways through the picture. */
import { signal, useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { Canvas } from "../canvas.js";
import { drawHeat, HEAT_STEPS } from "../map/draw.js";
import { heatOf } from "../map/heat.js";
import { drawPaths } from "../map/paths.js";
import { clock, duration } from "../show.js";
import { frame, identities, lives, playing, range, run, selected, shownClasses, span } from "../state.js";
import { isDark, tokens } from "../theme.js";
import "./map.css";

const shows = signal<"heat" | "paths" | "both">("heat");
const opacity = signal(0.85);
const hasStill = signal(true);

export function MapPanel() {
  const { width, height } = run.value;
  const [from, to] = range.value ?? span.value;
  const part = useComputed(() => {
    const [first, last] = range.value ?? span.value;
    return { from: first, to: last };
  });
  const heat = useComputed(() => heatOf(run.value, part.value, shownClasses.value));
  const still = useStill();
  if (width === 0 || height === 0)
    return <p class="faint">The tracks file does not tell the size of the picture, so there is no map.</p>;
  const isHeat = shows.value !== "paths";
  return (
    <div class="map">
      <div class="bar">
        <label>
          Show
          <select
            value={shows.value}
            onChange={(event) => {
              shows.value = event.currentTarget.value as "heat";
            }}
          >
            <option value="heat">where they stood</option>
            <option value="paths">ways</option>
            <option value="both">both</option>
          </select>
        </label>
        <label>
          Strength
          <input
            type="range"
            min={0.1}
            max={1}
            step={0.05}
            value={opacity.value}
            onInput={(event) => {
              opacity.value = event.currentTarget.valueAsNumber;
            }}
          />
        </label>
        <label>
          <input
            type="checkbox"
            checked={hasStill.value}
            onChange={(event) => {
              hasStill.value = event.currentTarget.checked;
            }}
          />
          picture behind
        </label>
      </div>
      <div class="picture" style={{ aspectRatio: `${width} / ${height}` }}>
        <Canvas
          role="img"
          aria-label={`Where the ${selected.value.length > 0 ? "picked" : "shown"} identities were from ${clock(from)} to ${clock(to)}`}
          draw={(context, wide, high) => {
            context.fillStyle = tokens.value.raised;
            context.fillRect(0, 0, wide, high);
            if (hasStill.value && still.value) {
              context.drawImage(still.value, 0, 0, wide, high);
              // The colours of the heat must be told from those of the picture.
              context.fillStyle = tokens.value.paper;
              context.globalAlpha = 0.55;
              context.fillRect(0, 0, wide, high);
            }
            context.globalAlpha = opacity.value;
            if (shows.value !== "paths") drawHeat(context, heat.value, wide, high, isDark.value);
            if (shows.value !== "heat")
              drawPaths(context, wide / width, {
                run: run.value,
                identities: identities.value,
                lives: lives.value,
                ids: selected.value,
                classes: shownClasses.value,
                from: part.value.from,
                to: part.value.to,
              });
            context.globalAlpha = 1;
          }}
        />
      </div>
      {isHeat && (
        <div class="legend">
          <span>0</span>
          <span class="ramp" aria-hidden="true">
            {HEAT_STEPS[isDark.value ? "dark" : "light"].map((colour) => (
              <i key={colour} style={{ background: colour }} />
            ))}
          </span>
          <span>{duration(heat.value.most)}</span>
          <span class="faint">in one place, all identities together</span>
        </div>
      )}
      <p class="faint">
        {range.value ? `From ${clock(from)} to ${clock(to)}, as the timeline shows` : "The whole run"}
        {shows.value === "heat"
          ? "; the middle of each box's lower edge."
          : selected.value.length > 0
            ? "; ways of the picked identities."
            : "; ways of all identities."}
      </p>
    </div>
  );
}

/** The picture that the player shows; the last one while it plays, since nobody compares a map with a film. */
function useStill() {
  const still = useSignal<HTMLCanvasElement | undefined>(undefined);
  useSignalEffect(() => {
    void frame.value;
    if (playing.value && still.peek()) return undefined;
    const video = document.querySelector<HTMLVideoElement>(".player video");
    if (!video) return undefined;
    const take = () => {
      if (video.readyState < 2 || video.videoWidth === 0) return;
      const copy = document.createElement("canvas");
      copy.width = Math.min(video.videoWidth, 1280);
      copy.height = Math.round((copy.width * video.videoHeight) / video.videoWidth);
      copy.getContext("2d")!.drawImage(video, 0, 0, copy.width, copy.height);
      still.value = copy;
    };
    take();
    video.addEventListener("seeked", take);
    video.addEventListener("loadeddata", take);
    return () => {
      video.removeEventListener("seeked", take);
      video.removeEventListener("loadeddata", take);
    };
  });
  return still;
}
