/**
 * Draws tracks on the pictures they belong to.
 */
import type { Box } from "../types.js";
import { drawBox } from "./_box.js";
import { findPlace, type Placed, placeAt, type Size } from "./_place.js";
import { Trails } from "./_trails.js";
import { type Canvas, type Code, Inks } from "./canvas.js";
import { Lettering } from "./lettering.js";
import { black, type Colour, inkOn, lookOf, white } from "./palette.js";
import { fillRect, pixelate } from "./pixels.js";
import { Stencil } from "./stencil.js";
import type { Shown } from "./timeline.js";

/** What a label can tell. */
export const labelParts = ["id", "class", "score"] as const;
export type LabelPart = (typeof labelParts)[number];

/** How pictures are drawn on; everything has a default. */
export interface PaintOptions {
  /** Frames of the past in which an identity's path is shown. @default 30 */
  readonly trails?: number;
  /** What stands on the labels. @default all of it */
  readonly labels?: readonly LabelPart[];
  /** Names of the classes. @default none */
  readonly names?: readonly string[];
  /** Names that people gave to identities, by id; who is hidden stays without. @default none */
  readonly given?: Readonly<Record<string, string>>;
  /** What of a box leaves the trail. @default "foot" */
  readonly point?: "foot" | "centre";
}

/** What is used where `PaintOptions` say nothing. */
export const paintDefaults = { trails: 30, labels: labelParts, point: "foot" } as const;

/** A line or an area with what was counted there. */
export interface Place {
  /** `[x, y, x, y, ...]`: two points of a line, or the corners of an area. */
  readonly points: Float64Array;
  readonly text: string;
}

/** What is drawn on one frame. */
export interface Scene {
  readonly index: number;
  /** Seconds. */
  readonly time: number;
  readonly shown: readonly Shown[];
  /** Boxes whose content is made unrecognisable. */
  readonly hidden?: readonly Shown[];
  readonly places?: readonly Place[];
}

type Spot = readonly [x: number, y: number];

interface Label {
  readonly text: string;
  readonly place: Placed;
}

/** How dark it is around a label. */
const RIM = 0.55;
/** Letters of a given name on a label. */
const LONGEST = 24;
/** Spots that are looked at down a side. */
const ROWS = 12;
/** A box that hides somebody is wider than the one that was found by this part of its sides. */
const MARGIN = 0.08;

/**
 * Draws on the pictures of one video, in order, right in their planes.
 *
 * @throws {RangeError} for an option out of range
 * @example
 * const painter = new Painter({ width: 1920, height: 1080 }, code, { trails: 50 });
 * painter.draw(frame, { index: frame.index, time: frame.time, shown: timeline.at(frame.index).shown });
 */
export class Painter {
  readonly #labels: readonly LabelPart[];
  readonly #names: readonly string[];
  readonly #given: ReadonlyMap<number, string>;
  readonly #trails: Trails;
  readonly #letters: Lettering;
  readonly #thick: number;
  readonly #stencil: Stencil;
  readonly #inks: Inks;

  constructor(
    size: { readonly width: number; readonly height: number },
    code: Code,
    options: PaintOptions = {},
  ) {
    const { height } = size;
    const {
      trails = paintDefaults.trails,
      labels = paintDefaults.labels,
      point = paintDefaults.point,
      names = [],
      given = {},
    } = options;
    if (!(Number.isSafeInteger(trails) && trails >= 0 && trails <= 10_000))
      throw new RangeError(`Option "trails" must be frames from 0 to 10000, got ${trails}`);
    this.#labels = labels;
    this.#names = names;
    this.#given = new Map(Object.entries(given).map(([id, name]) => [Number(id), cut(name)]));
    this.#thick = Math.max(2, Math.round(height / 360));
    this.#trails = new Trails(trails, point, this.#thick);
    this.#letters = new Lettering(Math.min(64, Math.max(11, Math.round(height / 50))));
    this.#stencil = new Stencil(size);
    this.#inks = new Inks(code);
  }

  /** Draws one frame. */
  draw(canvas: Canvas, { index, time, shown, hidden = [], places = [] }: Scene): void {
    for (const { box } of hidden) {
      const [x1, y1, x2, y2] = box;
      const [dx, dy] = [(x2 - x1) * MARGIN, (y2 - y1) * MARGIN];
      pixelate(canvas, x1 - dx, y1 - dy, x2 + dx, y2 + dy);
    }
    this.#trails.add(index, shown);
    const rim = this.#inks.of(black);
    this.#trails.draw(canvas, this.#stencil, (id) => this.#inks.of(lookOf(id).colour), rim);
    for (const { points } of places) this.#drawPlace(canvas, points);
    // Who is nearer stands lower: its box goes over the others, and its label gets the best place.
    const byDepth = [...shown].sort((a, b) => a.box[3] - b.box[3] || a.id - b.id);
    for (const { id, box, guessed } of byDepth) {
      const { colour, outline } = lookOf(id);
      drawBox(canvas, box, { ink: this.#inks.of(colour), rim, outline }, this.#thick, guessed);
    }
    const taken: Placed[] = [];
    const note = (text: string, spots: readonly Spot[]) => {
      const size = this.#sizeOf(text);
      const place = findPlace(size, spots, canvas, taken) ?? placeAt(size, spots[0]!, canvas);
      taken.push(place);
      this.#write(canvas, text, place, black, 0.7);
    };
    note(`frame ${index}   ${formatTime(time)}`, [[0, 0]]);
    for (const { points, text } of places) note(text, aroundPlace(points, this.#letters));
    const labels: (Label & { readonly colour: Colour })[] = [];
    const nameless = new Set(hidden.map(({ id }) => id));
    for (const one of byDepth.reverse()) {
      const name = nameless.has(one.id) ? undefined : this.#given.get(one.id);
      const label = this.#placeLabel(canvas, one, name, taken);
      if (!label) continue;
      taken.push(label.place);
      labels.push({ ...label, colour: lookOf(one.id).colour });
    }
    // Where two overlap the nearer one's is read.
    for (const { text, place, colour } of labels.reverse()) this.#write(canvas, text, place, colour, 1);
  }

  /** All of it where there is room, else its number alone, further down its sides; over others only where all is full. */
  #placeLabel(
    canvas: Canvas,
    { box, ...one }: Shown,
    name: string | undefined,
    taken: readonly Placed[],
  ): Label | undefined {
    const whole = this.#textOf(one, this.#labels, name);
    if (whole === "") return undefined;
    const size = this.#sizeOf(whole);
    const place = findPlace(size, aroundBox(box, size), canvas, taken);
    if (place) return { text: whole, place };
    const short = this.#labels.includes("id") ? this.#textOf(one, ["id"]) : whole;
    const small = this.#sizeOf(short);
    const spots = [...aroundBox(box, small), ...downBox(box, small)];
    return {
      text: short,
      place: findPlace(small, spots, canvas, taken) ?? placeAt(small, spots[0]!, canvas),
    };
  }

  #textOf({ id, class: c, score }: Omit<Shown, "box">, labels: readonly LabelPart[], name?: string): string {
    const parts = labels.map((part) => {
      if (part === "id") return name === undefined ? String(id) : `${name} ${id}`;
      if (part === "class") return this.#names[c] ?? "";
      return score === undefined ? "" : score.toFixed(2);
    });
    return parts.filter((part) => part !== "").join(" ");
  }

  #sizeOf(text: string): { width: number; height: number } {
    const { height } = this.#letters;
    return { width: Math.ceil(this.#letters.widthOf(text)) + Math.round(height / 2), height: height + 2 };
  }

  #write(canvas: Canvas, text: string, place: Placed, colour: Colour, alpha: number): void {
    const { x, y, width, height } = place;
    if (alpha === 1) fillRect(canvas, x - 1, y - 1, x + width + 1, y + height + 1, this.#inks.of(black), RIM);
    fillRect(canvas, x, y, x + width, y + height, this.#inks.of(colour), alpha);
    this.#letters.lay(text, x + this.#letters.height / 4, y + 1, (letter, left, top) =>
      this.#stencil.stamp(letter, left, top),
    );
    this.#stencil.paint(canvas, this.#inks.of(inkOn(colour)));
  }

  /** White on black, since identities have the colours; an arrow shows which way is in. */
  #drawPlace(canvas: Canvas, points: Float64Array): void {
    const edges: [number, number, number, number][] = [];
    for (let i = 0; i + 3 < points.length; i += 2)
      edges.push([points[i]!, points[i + 1]!, points[i + 2]!, points[i + 3]!]);
    if (points.length > 4) edges.push([points.at(-2)!, points.at(-1)!, points[0]!, points[1]!]);
    else {
      const [x1, y1, x2, y2] = edges[0]!;
      const length = Math.hypot(x2 - x1, y2 - y1);
      // To the left hand of somebody who looks along the line; y goes down.
      const [nx, ny] = [(y2 - y1) / length, -(x2 - x1) / length];
      const [mx, my, reach] = [(x1 + x2) / 2, (y1 + y2) / 2, this.#thick * 9];
      const [tipX, tipY] = [mx + nx * reach, my + ny * reach];
      edges.push([mx, my, tipX, tipY]);
      for (const side of [-1, 1])
        edges.push([
          ...([tipX, tipY] as const),
          tipX - nx * reach * 0.35 - side * ny * reach * 0.3,
          tipY - ny * reach * 0.35 + side * nx * reach * 0.3,
        ]);
    }
    for (const edge of edges) this.#stencil.stroke(edge, { thick: this.#thick, rim: 1.5, ink: 255 });
    this.#stencil.paint(canvas, this.#inks.of(white), { ink: this.#inks.of(black), part: 0.7 });
  }
}

/** A name that leaves room for others. */
function cut(name: string): string {
  const letters = [...name];
  return letters.length > LONGEST
    ? `${letters
        .slice(0, LONGEST - 1)
        .join("")
        .trimEnd()}…`
    : name;
}

/** Outside and inside the corners of a box, the best spots first. */
function aroundBox([x1, y1, x2, y2]: Box, { width, height }: Size): Spot[] {
  return [
    [x1, y1 - height],
    [x1, y1],
    [x2 - width, y1 - height],
    [x1, y2],
    [x2, y1],
    [x1, y2 - height],
  ];
}

/** Down both sides of a box, then a line further away. */
function downBox([x1, y1, x2, y2]: Box, { width, height }: Size): Spot[] {
  const rows = Math.max(1, Math.min(ROWS, Math.floor((y2 - y1) / height)));
  const sides = Array.from({ length: rows }, (_, row) => y1 + row * height).flatMap((y): Spot[] => [
    [x1 - width, y],
    [x2, y],
    [x1, y],
  ]);
  return [...sides, [x1, y1 - 2 * height], [x1, y2 + height]];
}

/** Beside the middle of a line on its way out, or at the top of an area. */
function aroundPlace(points: Float64Array, { height }: Lettering): Spot[] {
  if (points.length === 4) {
    const [x, y] = [(points[0]! + points[2]!) / 2, (points[1]! + points[3]!) / 2];
    return [
      [x + height / 2, y + height / 2],
      [points[0]!, points[1]! + height / 2],
      [points[2]!, points[3]! + height / 2],
    ];
  }
  let top = 0;
  for (let i = 2; i < points.length; i += 2) if (points[i + 1]! < points[top + 1]!) top = i;
  return [[points[top]! + height / 2, points[top + 1]! + height / 2]];
}

/** "0:07.48", "1:02:03.00". */
function formatTime(seconds: number): string {
  const hundredths = Math.round(Math.abs(seconds) * 100);
  const [h, m, s] = [Math.floor(hundredths / 360_000), Math.floor(hundredths / 6000) % 60, hundredths % 6000];
  const clock = `${String(Math.floor(s / 100)).padStart(2, "0")}.${String(s % 100).padStart(2, "0")}`;
  return `${seconds < 0 ? "-" : ""}${h > 0 ? `${h}:${String(m).padStart(2, "0")}` : m}:${clock}`;
}
