/** Changes to a file of zones, each of which gives a new one. Points are pixels of the picture here. */
import { config } from "zod";
import { parseZones, type Zones } from "../../count/zones.js";

// The page may not make code out of text, which zod would otherwise try for speed.
config({ jitless: true });

export type Point = readonly [x: number, y: number];
export interface Size {
  readonly width: number;
  readonly height: number;
}
export type Kind = "line" | "zone";

/** A line or zone by where it stands in the file. */
export interface Place {
  readonly kind: Kind;
  readonly at: number;
}

export type Line = Zones["lines"][number];
export type Zone = Zones["zones"][number];

export const isSame = (a: Place | undefined, b: Place | undefined): boolean =>
  a !== undefined && b !== undefined && a.kind === b.kind && a.at === b.at;

/** Every place, lines first, as counts have them. */
export const placesOf = ({ lines, zones }: Zones): readonly Place[] => [
  ...lines.map((_, at): Place => ({ kind: "line", at })),
  ...zones.map((_, at): Place => ({ kind: "zone", at })),
];

export function placeOf(zones: Zones, { kind, at }: Place): Line | Zone | undefined {
  return kind === "line" ? zones.lines[at] : zones.zones[at];
}

/** Ends or corners in pixels. */
export function pointsOf(zones: Zones, { kind, at }: Place, size: Size): readonly Point[] {
  const [sx, sy] = zones.units === "fraction" ? [size.width, size.height] : [1, 1];
  const points = kind === "line" ? [zones.lines[at]!.from, zones.lines[at]!.to] : zones.zones[at]!.polygon;
  return points.map(([x, y]): Point => [x * sx, y * sy]);
}

/** As it stands in the file: a tenth of a pixel, or what is less than that in fractions. */
function toFile([x, y]: Point, { units }: Zones, { width, height }: Size): [number, number] {
  const cut = (value: number, most: number): number => Math.min(Math.max(value, 0), most);
  const round = (value: number, steps: number): number => Math.round(value * steps) / steps;
  return units === "fraction"
    ? [round(cut(x / width, 1), 1e5), round(cut(y / height, 1), 1e5)]
    : [round(cut(x, width), 10), round(cut(y, height), 10)];
}

/** With one place replaced, or taken away. */
function replaced(zones: Zones, { kind, at }: Place, by: Line | Zone | undefined): Zones {
  const swap = <T>(all: readonly T[]): T[] =>
    all.flatMap((one, i) => (i !== at ? [one] : by === undefined ? [] : [by as T]));
  return kind === "line" ? { ...zones, lines: swap(zones.lines) } : { ...zones, zones: swap(zones.zones) };
}

/** With other points. */
export function withPoints(zones: Zones, place: Place, points: readonly Point[], size: Size): Zones {
  const all = points.map((point) => toFile(point, zones, size));
  const old = placeOf(zones, place)!;
  return replaced(
    zones,
    place,
    place.kind === "line"
      ? { ...(old as Line), from: all[0]!, to: all[1]! }
      : { ...(old as Zone), polygon: all },
  );
}

/** With one more place, and which that is. */
export function withNew(
  zones: Zones,
  kind: Kind,
  points: readonly Point[],
  size: Size,
): { readonly zones: Zones; readonly place: Place } {
  const all = points.map((point) => toFile(point, zones, size));
  const name = freeName(zones, kind);
  if (kind === "line") {
    const line: Line = { name, from: all[0]!, to: all[1]! };
    return { zones: { ...zones, lines: [...zones.lines, line] }, place: { kind, at: zones.lines.length } };
  }
  const zone: Zone = { name, polygon: all };
  return { zones: { ...zones, zones: [...zones.zones, zone] }, place: { kind, at: zones.zones.length } };
}

function freeName({ lines, zones }: Zones, kind: Kind): string {
  const taken = new Set([...lines, ...zones].map(({ name }) => name));
  for (let number = 1; ; number++) {
    const name = `${kind === "line" ? "Line" : "Zone"} ${number}`;
    if (!taken.has(name)) return name;
  }
}

export const without = (zones: Zones, place: Place): Zones => replaced(zones, place, undefined);

export const withName = (zones: Zones, place: Place, name: string): Zones =>
  replaced(zones, place, { ...placeOf(zones, place)!, name });

/** With the classes that count there; all where there are none. */
export function withClasses(zones: Zones, place: Place, classes: readonly string[]): Zones {
  const { classes: _, ...rest } = placeOf(zones, place)! as Line;
  return replaced(zones, place, classes.length > 0 ? { ...rest, classes: [...classes] } : rest);
}

/** With a line's ends exchanged, and so in and out. */
export function turned(zones: Zones, place: Place): Zones {
  const line = zones.lines[place.at]!;
  return replaced(zones, place, { ...line, from: line.to, to: line.from });
}

/** Points moved by as much, as far as the picture goes. */
export function moved(points: readonly Point[], dx: number, dy: number, { width, height }: Size): Point[] {
  const cut = (by: number, values: readonly number[], most: number): number =>
    Math.min(Math.max(by, -Math.min(...values)), most - Math.max(...values));
  const [x, y] = [
    cut(
      dx,
      points.map(([px]) => px),
      width,
    ),
    cut(
      dy,
      points.map(([, py]) => py),
      height,
    ),
  ];
  return points.map(([px, py]): Point => [px + x, py + y]);
}

/** What is wrong with a place, as `track count` would say it; undefined where nothing is. */
export function mistakeOf(zones: Zones, place: Place): string | undefined {
  const { lines, zones: areas } = zones;
  const one = placeOf(zones, place)!;
  if ([...lines, ...areas].filter(({ name }) => name.trim() === one.name.trim()).length > 1)
    return "Another place has this name";
  // A place that stays as it is stays right or wrong while others are dragged.
  const known = checked.get(one);
  if (known?.units === zones.units) return known.mistake;
  const mistake = parsed(zones, place);
  checked.set(one, { units: zones.units, mistake });
  return mistake;
}

const checked = new WeakMap<object, { readonly units: string; readonly mistake: string | undefined }>();

function parsed(zones: Zones, place: Place): string | undefined {
  const one = placeOf(zones, place)!;
  try {
    const alone = place.kind === "line" ? { lines: [one], zones: [] } : { lines: [], zones: [one] };
    parseZones(JSON.stringify({ ...zones, ...alone }), "");
    return undefined;
  } catch (error) {
    const text = (error as Error).message.replace(/^Cannot parse "": /, "");
    const [, what = text] =
      /^(?:the (?:zone|line) "(?:[^"\\]|\\.)*": |(?:zones|lines)\[0\]\.\w+: )(.*)$/s.exec(text) ?? [];
    return what[0]!.toUpperCase() + what.slice(1);
  }
}
