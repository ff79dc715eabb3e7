/** Everything about the identity that was picked last. */
import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { PARTS_OF_A_PIXEL, positionOf } from "../../report/run.js";
import { Canvas } from "../canvas.js";
import { Chip } from "../chip.js";
import { FactsList } from "../facts-list.js";
import { nameOf, sentenceOf } from "../findings.js";
import { colourOf } from "../looks.js";
import { clock, counted, duration, grouped } from "../show.js";
import { goTo, health, identities, lives, run, selected } from "../state.js";
import { making, startStrips, stripOf } from "../strips.js";
import { tokens } from "../theme.js";
import "./details.css";

export function Details() {
  const id = selected.value[selected.value.length - 1];
  const at = id === undefined ? undefined : lives.value.at.get(id);
  if (id === undefined || at === undefined)
    return <p class="faint">Pick an identity in the picture, on the timeline or in the table.</p>;
  return (
    <article class="details">
      <h2>
        <Chip id={id} /> <span class="faint">{run.value.labels[lives.value.class[at]!] ?? ""}</span>
      </h2>
      <Pictures id={id} />
      <Facts at={at} />
      <Path id={id} />
      <Places id={id} />
      {selected.value.length > 1 && (
        <p class="faint">
          Also picked: {selected.value.slice(0, -1).map(nameOf).join(", ")}. The one picked last is shown.
        </p>
      )}
    </article>
  );
}

/** Pictures of it from its first to its last frame. */
function Pictures({ id }: { readonly id: number }) {
  const shown = useSignal(id);
  shown.value = id;
  const url = useSignal<string | undefined>(undefined);
  const strip = useComputed(() => stripOf(shown.value));
  useEffect(startStrips, []);
  useSignalEffect(() => {
    url.value = undefined;
    let close: (() => void) | undefined;
    let isOver = false;
    strip.value?.open().then(
      (opened) => {
        close = opened.close;
        if (isOver) close?.();
        else url.value = opened.url;
      },
      () => undefined,
    );
    return () => {
      isOver = true;
      close?.();
    };
  });
  if (!strip.value) return <Awaited />;
  const { width, height, frames } = strip.value;
  return (
    <ul class="strip" aria-label="Pictures">
      {frames.map((number, i) => {
        const at = positionOf(run.value, number);
        return (
          <li key={number}>
            <button
              type="button"
              aria-label={`Go to ${clock(run.value.time[at]!)}`}
              style={{
                width: `${width}px`,
                height: `${height}px`,
                backgroundImage: url.value ? `url("${url.value}")` : undefined,
                backgroundPosition: `${-i * width}px 0`,
              }}
              onClick={() => goTo(at)}
            />
            <span class="faint">{clock(run.value.time[at]!)}</span>
          </li>
        );
      })}
    </ul>
  );
}

/** How far the pictures are that are not there yet. */
function Awaited() {
  if (!making.value) return null;
  const { share, isWaiting, failure } = making.value;
  return (
    <p class="faint" role="status">
      {failure !== undefined
        ? `There are no pictures: ${failure}`
        : isWaiting
          ? "Pictures wait until something else is made …"
          : `Pictures are being cut out of the video${share === undefined ? " …" : `: ${Math.floor(100 * share)} %`}`}
    </p>
  );
}

function Facts({ at }: { readonly at: number }) {
  const { first, last, seen, filled, meanScore, gaps, path } = lives.value;
  const { time: times, index } = run.value;
  const [from, to] = [times[first[at]!]!, times[last[at]!]!];
  const seconds = to - from;
  const Jump = ({ frame }: { readonly frame: number }) => (
    <button type="button" class="jump" onClick={() => goTo(frame)}>
      {clock(times[frame]!)}
    </button>
  );
  const facts: readonly (readonly [string, ComponentChildren])[] = [
    [
      "First seen",
      <>
        <Jump frame={first[at]!} /> <span class="faint">frame {grouped(index[first[at]!]!)}</span>
      </>,
    ],
    [
      "Last seen",
      <>
        <Jump frame={last[at]!} /> <span class="faint">frame {grouped(index[last[at]!]!)}</span>
      </>,
    ],
    ["There for", duration(seconds)],
    ["Frames", `${grouped(seen[at]!)} seen, ${grouped(filled[at]!)} filled in, ${counted(gaps[at]!, "gap")}`],
    ["Mean score", meanScore[at]!.toFixed(3)],
    ["Way", `${grouped(path[at]!)} pixels`],
    ["Mean speed", seconds > 0 ? `${grouped(path[at]! / seconds)} pixels/s` : "not known"],
  ];
  return <FactsList facts={facts} />;
}

/** Where its foot point went, in the whole picture. */
function Path({ id }: { readonly id: number }) {
  const { width, height } = run.value;
  if (width === 0 || height === 0) return null;
  return (
    <div class="path" style={{ aspectRatio: `${width} / ${height}` }}>
      <Canvas
        role="img"
        aria-label={`Way of ${nameOf(id)} through the picture`}
        draw={(context, wide) => drawPath(context, id, wide / width)}
      />
    </div>
  );
}

function drawPath(context: CanvasRenderingContext2D, id: number, scale: number): void {
  const rows = identities.value.get(id);
  if (!rows) return;
  const { box } = run.value;
  const x = (row: number): number => ((box[row * 4]! + box[row * 4 + 2]!) / 2 / PARTS_OF_A_PIXEL) * scale;
  const y = (row: number): number => (box[row * 4 + 3]! / PARTS_OF_A_PIXEL) * scale;
  context.beginPath();
  for (const row of rows) context.lineTo(x(row), y(row));
  context.lineJoin = "round";
  // Under every colour something darker or lighter than the paper.
  context.strokeStyle = tokens.value.faint;
  context.lineWidth = 4;
  context.stroke();
  context.strokeStyle = colourOf(id);
  context.lineWidth = 2.5;
  context.stroke();
  const [first, last] = [rows[0]!, rows[rows.length - 1]!];
  context.fillStyle = tokens.value.ink;
  context.beginPath();
  context.arc(x(first), y(first), 3.5, 0, 2 * Math.PI);
  context.fill();
  context.fillRect(x(last) - 3.5, y(last) - 3.5, 7, 7);
}

/** Its joins and doubts, in the order of time. */
function Places({ id }: { readonly id: number }) {
  const joins = lives.value.joins
    .filter((join) => join.id === id)
    .map(({ frame, before }) => ({ frame, text: `Joined here: until then this part was ${before}` }));
  const doubts = (health.value?.findings ?? [])
    .filter(({ ids }) => ids.includes(id))
    .map((finding) => ({ frame: finding.from, text: sentenceOf(finding) }));
  const all = [...joins, ...doubts].sort((a, b) => a.frame - b.frame);
  return (
    <section>
      <h3>Joins and doubts</h3>
      {all.length === 0 ? (
        <p class="faint">{health.value ? "None." : "Looking …"}</p>
      ) : (
        <ol class="places">
          {all.slice(0, 200).map(({ frame, text }) => (
            <li key={`${frame} ${text}`}>
              <button type="button" class="jump" onClick={() => goTo(frame)}>
                {clock(run.value.time[frame]!)}
              </button>
              <span>{text}</span>
            </li>
          ))}
        </ol>
      )}
      {all.length > 200 && <p class="faint">And {all.length - 200} more; see Health.</p>}
    </section>
  );
}
