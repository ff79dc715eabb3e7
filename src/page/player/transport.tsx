/** The buttons below the picture. */
import type { ComponentChildren } from "preact";
import { positionOf } from "../../report/run.js";
import { clock } from "../show.js";
import { frame, goTo, playing, report, run, selected, speed, time } from "../state.js";
import { hear, isHeard } from "./sound.js";
import { loops, showsLabels, showsSelectedOnly, trail } from "./view.js";

const SPEEDS = [0.25, 0.5, 1, 1.5, 2, 4, 8] as const;
const TRAILS = [0, 10, 25, 50, 100, 250] as const;

export function Transport({ onFullscreen }: { readonly onFullscreen: () => void }) {
  return (
    <div class="transport">
      <Scrubber />
      <div class="transport-row" role="toolbar" aria-label="Playing">
        <div class="together">
          <Icon
            label="First frame"
            keys="Home"
            isFar
            path="M6 5h2v14H6zM20 5v14L9 12z"
            onClick={() => goTo(0)}
          />
          <Icon label="Previous frame" keys="ArrowLeft" path="M16 5v14L6 12z" onClick={() => stepBy(-1)} />
          <Icon
            label={playing.value ? "Pause" : "Play"}
            keys="Space"
            path={playing.value ? "M6 5h4v14H6zM14 5h4v14h-4z" : "M7 4v16l13-8z"}
            onClick={() => {
              playing.value = !playing.value;
            }}
            isMain
          />
          <Icon label="Next frame" keys="ArrowRight" path="M8 5v14l10-7z" onClick={() => stepBy(1)} />
          <Icon
            label="Last frame"
            keys="End"
            isFar
            path="M16 5h2v14h-2zM4 5v14l11-7z"
            onClick={() => goTo(run.value.index.length - 1)}
          />
        </div>
        <Where />
        <label class="select">
          <span class="unseen">Speed</span>
          <select
            title="Speed"
            value={speed.value}
            onChange={(event) => {
              speed.value = Number(event.currentTarget.value);
            }}
          >
            {SPEEDS.map((value) => (
              <option key={value} value={value}>
                {value}×
              </option>
            ))}
          </select>
        </label>
        <Switch
          isOn={loops.value}
          title={
            selected.value.length > 0 ? "Repeats what the picked identity is in" : "Repeats the whole video"
          }
          onChange={(isOn) => {
            loops.value = isOn;
          }}
        >
          Repeat
        </Switch>
        <span class="space" />
        <Switch
          isOn={showsLabels.value}
          onChange={(isOn) => {
            showsLabels.value = isOn;
          }}
        >
          Labels
        </Switch>
        <label class="select">
          <span title="Frames that a trail goes back">Trails</span>
          <select
            value={trail.value}
            onChange={(event) => {
              trail.value = Number(event.currentTarget.value);
            }}
          >
            {TRAILS.map((value) => (
              <option key={value} value={value}>
                {value === 0 ? "off" : value}
              </option>
            ))}
          </select>
        </label>
        <Switch
          isOn={showsSelectedOnly.value}
          onChange={(isOn) => {
            showsSelectedOnly.value = isOn;
          }}
        >
          Only picked
        </Switch>
        <div class="together">
          {report.value.video?.hasSound && (
            <Icon
              label={isHeard.value ? "Sound off" : "Sound on"}
              keys="a"
              path={
                isHeard.value
                  ? "M4 9h4l5-5v16l-5-5H4zM15 8q4 4 0 8zM17 4q9 8 0 16v-3q5-5 0-10z"
                  : "M4 9h4l5-5v16l-5-5H4zM15 10l1-1 2 2 2-2 1 1-2 2 2 2-1 1-2-2-2 2-1-1 2-2z"
              }
              onClick={() => hear(!isHeard.value)}
            />
          )}
          <Icon
            label="Full screen"
            keys="f"
            path="M4 9V4h5v2H6v3zM15 4h5v5h-2V6h-3zM18 15h2v5h-5v-2h3zM4 15h2v3h3v2H4z"
            onClick={onFullscreen}
          />
        </div>
      </div>
    </div>
  );
}

/** Goes some frames on, or back, and stops playing. */
export function stepBy(frames: number): void {
  playing.value = false;
  goTo(frame.value + frames);
}

function Scrubber() {
  const last = Math.max(0, run.value.index.length - 1);
  return (
    <input
      class="scrubber"
      type="range"
      aria-label="Place in the video"
      aria-valuetext={`${clock(time.value)}, frame ${run.value.index[frame.value] ?? 0}`}
      min={0}
      max={last}
      step={1}
      value={frame.value}
      style={{ "--part": `${last > 0 ? (frame.value / last) * 100 : 0}%` }}
      onInput={(event) => goTo(event.currentTarget.valueAsNumber)}
    />
  );
}

/** Time and frame; a frame can be typed. */
function Where() {
  const { index, time: times } = run.value;
  const last = index[index.length - 1] ?? 0;
  return (
    <div class="where">
      <span class="time">
        {clock(time.value, 2)}
        <span class="of"> / {clock(times[times.length - 1] ?? 0, 2)}</span>
      </span>
      <label>
        <span>Frame</span>
        <input
          type="number"
          aria-label="Frame"
          min={index[0] ?? 0}
          max={last}
          value={index[frame.value] ?? 0}
          style={{ width: `${String(last).length + 2.5}ch` }}
          onChange={(event) => {
            const wanted = event.currentTarget.valueAsNumber;
            if (Number.isFinite(wanted)) goTo(positionOf(run.value, wanted));
            event.currentTarget.value = String(index[frame.value] ?? 0);
          }}
          onKeyDown={(event) => {
            // The keys are the player's again.
            if (event.key === "Enter") event.currentTarget.blur();
          }}
        />
      </label>
    </div>
  );
}

function Icon({
  label,
  keys,
  path,
  onClick,
  isMain = false,
  isFar = false,
}: {
  readonly label: string;
  readonly keys: string;
  readonly path: string;
  readonly onClick: () => void;
  readonly isMain?: boolean;
  /** Left out where there is little room: the scrubber's ends do the same. */
  readonly isFar?: boolean;
}) {
  return (
    <button
      type="button"
      class={`icon${isMain ? " main" : ""}${isFar ? " far" : ""}`}
      aria-label={label}
      aria-keyshortcuts={keys}
      title={label}
      onClick={onClick}
    >
      <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
        <path d={path} fill="currentColor" fill-rule="evenodd" />
      </svg>
    </button>
  );
}

function Switch({
  isOn,
  title,
  onChange,
  children,
}: {
  readonly isOn: boolean;
  readonly title?: string;
  readonly onChange: (isOn: boolean) => void;
  readonly children: ComponentChildren;
}) {
  return (
    <button type="button" aria-pressed={isOn} title={title} onClick={() => onChange(!isOn)}>
      {children}
    </button>
  );
}
