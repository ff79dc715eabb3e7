/**
 * What is counted at: polygons and directed lines, from a file that people write. schema/zones.schema.json describes it.
 */
import { z } from "zod";
import { crossingEdges } from "./_polygon.js";

const MOST_POINTS = 1000;
const MOST_PLACES = 256;

const point = z
  .tuple([z.number(), z.number()], { error: "expected a point [x, y], two finite numbers" })
  .describe("x to the right and y down, from the upper left corner of the picture");
const name = z
  .string({ error: "expected a text" })
  .trim()
  .min(1, { error: "expected a name that is not empty" })
  .max(100, { error: "expected a name of at most 100 characters" });
const classes = z
  .array(z.string(), { error: "expected a list of class names" })
  .min(1, { error: "expected at least one class; leave it out for all" })
  .optional()
  .describe("Class names that count here; all where it is missing");

const zoneSchema = z
  .strictObject({
    name: name.describe("Different from all other names in the file"),
    polygon: z
      .array(point, { error: "expected a list of points [x, y]" })
      .min(3, { error: "expected at least three points" })
      .max(MOST_POINTS, { error: `expected at most ${MOST_POINTS} points` })
      .describe("Corners in order, either way round; the last is joined to the first. Edges must not cross"),
    classes,
  })
  .describe("An area; its edge belongs to it");

const lineSchema = z
  .strictObject({
    name: name.describe("Different from all other names in the file"),
    from: point,
    to: point,
    classes,
  })
  .describe(
    "A line from one point to another. Looking along it, a crossing to the left hand is in, to the right hand is out",
  );

/** What a file of zones holds; JSON Schema is made from it. */
export const zonesSchema = z
  .strictObject({
    $schema: z.string().optional(),
    units: z
      .enum(["pixels", "fraction"], { error: 'expected "pixels" or "fraction"' })
      .describe("pixels of the input, or fractions of its width and height, 0 to 1"),
    point: z
      .enum(["foot", "centre"], { error: 'expected "foot" or "centre"' })
      .default("foot")
      .describe("What of a box counts: the middle of its lower edge, or its centre"),
    margin: z
      .number({ error: "expected a number from 0 to 1" })
      .min(0, { error: "expected a number from 0 to 1" })
      .max(1, { error: "expected a number from 0 to 1" })
      .default(0.1)
      .describe("How far the point must go beyond a line or out of a zone to count, in heights of its box"),
    gap: z
      .number({ error: "expected seconds above 0" })
      .positive({ error: "expected seconds above 0" })
      .max(86_400, { error: "expected at most 86400 seconds" })
      .default(5)
      .describe("Seconds without being seen after which an identity has left; a shorter gap is bridged"),
    zones: z
      .array(zoneSchema, { error: "expected a list of zones" })
      .max(MOST_PLACES, { error: `expected at most ${MOST_PLACES} zones` })
      .default([]),
    lines: z
      .array(lineSchema, { error: "expected a list of lines" })
      .max(MOST_PLACES, { error: `expected at most ${MOST_PLACES} lines` })
      .default([]),
  })
  .describe("Zones and lines at which throughline counts");

/** A checked file of zones, in the units it was written in. */
export type Zones = Omit<z.output<typeof zonesSchema>, "$schema">;

/** What a `Counter` counts at: everything in pixels, classes as numbers. */
export interface Layout {
  readonly point: "foot" | "centre";
  /** In heights of a box. */
  readonly margin: number;
  /** Seconds. */
  readonly gap: number;
  readonly zones: readonly {
    readonly name: string;
    /** `[x, y, x, y, ...]` */
    readonly polygon: Float64Array;
    /** Those that count; undefined for all. */
    readonly classes: ReadonlySet<number> | undefined;
  }[];
  readonly lines: readonly {
    readonly name: string;
    /** `[x1, y1, x2, y2]` */
    readonly ends: Float64Array;
    readonly classes: ReadonlySet<number> | undefined;
  }[];
}

/**
 * Reads a file of zones.
 *
 * @param name of the file, for messages
 * @throws {SyntaxError} `Cannot parse "zones.json": ...` where it is not JSON, has something unknown or missing, a polygon
 * that crosses itself, two places of one name, or fractions outside 0 to 1.
 * @example
 * const zones = parseZones(readFileSync("zones.json", "utf8"), "zones.json");
 */
export function parseZones(text: string, name: string): Zones {
  const refuse = (what: string, cause?: unknown) =>
    new SyntaxError(`Cannot parse ${JSON.stringify(name)}: ${what}`, { cause });
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw refuse(`not JSON: ${(cause as Error).message.replaceAll(/\s+/g, " ")}`, cause);
  }
  const checked = zonesSchema.safeParse(value);
  if (!checked.success) {
    const { path, message } = checked.error.issues[0]!;
    const place = path.map((p) => (typeof p === "number" ? `[${p}]` : `.${String(p)}`)).join("");
    throw refuse(place === "" ? message : `${place.replace(/^\./, "")}: ${message}`, checked.error);
  }
  const { $schema, ...zones } = checked.data;
  const wrong = firstMistake(zones);
  if (wrong !== undefined) throw refuse(wrong);
  return zones;
}

/** What is wrong with the places, the first of it. */
function firstMistake({ units, zones, lines }: Zones): string | undefined {
  if (zones.length + lines.length === 0) return "expected at least one zone or line";
  const names = new Set<string>();
  for (const { name } of [...zones, ...lines]) {
    if (names.has(name)) return `expected different names, got ${JSON.stringify(name)} twice`;
    names.add(name);
  }
  if (units === "fraction")
    for (const [what, points] of placesOf({ zones, lines }))
      for (const [x, y] of points)
        if (!(x >= 0 && x <= 1 && y >= 0 && y <= 1))
          return `${what}: expected fractions from 0 to 1, got [${x}, ${y}]; for pixels say "units": "pixels"`;
  for (const { name, polygon } of zones) {
    const crossing = crossingEdges(Float64Array.from(polygon.flat()));
    const what = `the zone ${JSON.stringify(name)}`;
    if (crossing?.length === 2)
      return `${what}: expected edges that do not cross, but the one from point ${crossing[0] + 1} and the one from point ${crossing[1] + 1} do`;
    if (crossing) return `${what}: expected corners that enclose an area`;
  }
  for (const { name, from, to } of lines)
    if (from[0] === to[0] && from[1] === to[1])
      return `the line ${JSON.stringify(name)}: expected two different points`;
  return undefined;
}

function* placesOf({
  zones,
  lines,
}: Pick<Zones, "zones" | "lines">): Generator<readonly [what: string, points: [number, number][]]> {
  for (const { name, polygon } of zones) yield [`the zone ${JSON.stringify(name)}`, polygon];
  for (const { name, from, to } of lines) yield [`the line ${JSON.stringify(name)}`, [from, to]];
}

/** What zones are laid over. */
export interface Picture {
  /** Pixels; needed for fractions. */
  readonly size?: { readonly width: number; readonly height: number };
  /** Class names; undefined where the tracks have none, and classes are then not told apart. */
  readonly labels?: readonly string[];
}

/**
 * Zones in the pixels and classes of one input.
 *
 * @throws {RangeError} where a point is outside the picture, a class is unknown, or fractions have no size to refer to.
 * @example
 * const layout = layOutZones(zones, { size: { width: 1920, height: 1080 }, labels: detector.labels });
 */
export function layOutZones(zones: Zones, { size, labels }: Picture): Layout {
  const { units, point, margin, gap } = zones;
  if (units === "fraction" && !size)
    throw new RangeError("Cannot lay out zones in fractions: the size of the picture is not known");
  const [sx, sy] = units === "fraction" ? [size!.width, size!.height] : [1, 1];
  if (units === "pixels" && size)
    for (const [what, points] of placesOf(zones))
      for (const [x, y] of points)
        if (!(x >= 0 && x <= size.width && y >= 0 && y <= size.height))
          throw new RangeError(
            `Cannot lay out ${what}: the point [${x}, ${y}] is outside the picture of ${size.width}x${size.height}`,
          );
  const indices = (what: string, names: readonly string[] | undefined): Set<number> | undefined => {
    if (names === undefined || labels === undefined) return undefined;
    return new Set(
      names.flatMap((name) => {
        const found = labels.flatMap((label, i) => (label.toLowerCase() === name.toLowerCase() ? [i] : []));
        if (found.length > 0) return found;
        throw new RangeError(
          `Cannot lay out ${what}: there is no class ${JSON.stringify(name)}; expected some of ${[...new Set(labels.filter((label) => label))].join(", ")}`,
        );
      }),
    );
  };
  return {
    point,
    margin,
    gap,
    zones: zones.zones.map(({ name, polygon, classes }) => ({
      name,
      polygon: Float64Array.from(polygon.flatMap(([x, y]) => [x * sx, y * sy])),
      classes: indices(`the zone ${JSON.stringify(name)}`, classes),
    })),
    lines: zones.lines.map(({ name, from, to, classes }) => ({
      name,
      ends: Float64Array.of(from[0] * sx, from[1] * sy, to[0] * sx, to[1] * sy),
      classes: indices(`the line ${JSON.stringify(name)}`, classes),
    })),
  };
}
