import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { generateCounts, generateZones } from "../../schema/generate.js";
import { layOutZones, parseZones } from "../../src/count/index.js";
import { random } from "../_random.js";
import { meeting, type Point } from "./_paths.js";

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../schema/${name}`, import.meta.url), "utf8"));

const whole = {
  units: "pixels",
  point: "centre",
  margin: 0.2,
  gap: 3,
  zones: [
    {
      name: "yard",
      polygon: [
        [0, 0],
        [10, 0],
        [10, 10],
      ],
      classes: ["person"],
    },
  ],
  lines: [{ name: "door", from: [1, 2], to: [3, 4] }],
};
const parse = (value: unknown) => parseZones(JSON.stringify(value), "zones.json");
const zone = (polygon: unknown) => ({ units: "pixels", zones: [{ name: "z", polygon }] });

describe("a file of zones", () => {
  it("is read with what is usual for what it leaves out", () => {
    expect(parse(whole)).toEqual(whole);
    expect(
      parse({
        $schema: "zones.schema.json",
        units: "fraction",
        lines: [{ name: " a ", from: [0, 0], to: [1, 1] }],
      }),
    ).toEqual({
      ...{ units: "fraction", point: "foot", margin: 0.1, gap: 5, zones: [] },
      lines: [{ name: "a", from: [0, 0], to: [1, 1] }],
    });
    expect(parseZones(`\uFEFF${JSON.stringify(whole)}`, "zones.json").gap).toBe(3);
  });

  it.each([
    ["[1, 2", "not JSON: "],
    [JSON.stringify([]), "Invalid input: expected object"],
    [JSON.stringify({ zones: [] }), 'units: expected "pixels" or "fraction"'],
    [JSON.stringify({ units: "pixels" }), "expected at least one zone or line"],
    [JSON.stringify({ ...whole, zone: [] }), 'Unrecognized key: "zone"'],
    [JSON.stringify({ ...whole, margin: 2 }), "margin: expected a number from 0 to 1"],
    [JSON.stringify({ ...whole, gap: 0 }), "gap: expected seconds above 0"],
    [
      JSON.stringify(
        zone([
          [0, 0],
          [1, 1],
        ]),
      ),
      "zones[0].polygon: expected at least three points",
    ],
    [
      JSON.stringify(zone([[0, 0], [1, 1], [1]])),
      "zones[0].polygon[2]: expected a point [x, y], two finite numbers",
    ],
    [
      JSON.stringify(
        zone([
          [0, 0],
          [1, 1],
          [1, null],
        ]),
      ),
      "zones[0].polygon[2][1]: ",
    ],
    [
      JSON.stringify(
        zone([
          [0, 0],
          [1, 1],
          [2, 2],
        ]),
      ),
      'the zone "z": expected corners that enclose an area',
    ],
    [
      JSON.stringify(
        zone([
          [0, 0],
          [10, 10],
          [10, 0],
          [0, 10],
        ]),
      ),
      'the zone "z": expected edges that do not cross, but the one from point 1 and the one from point 3 do',
    ],
    [
      JSON.stringify(
        zone([
          [0, 0],
          [10, 0],
          [10, 0],
          [0, 10],
        ]),
      ),
      'the zone "z": expected edges that do not cross, but the one from point 2 and the one from point 3 do',
    ],
    [
      JSON.stringify({ ...whole, lines: [{ name: "yard", from: [0, 0], to: [1, 1] }] }),
      'expected different names, got "yard" twice',
    ],
    [
      JSON.stringify({ units: "pixels", lines: [{ name: "l", from: [1, 1], to: [1, 1] }] }),
      'the line "l": expected two different points',
    ],
    [
      JSON.stringify({ units: "fraction", lines: [{ name: "l", from: [0, 0], to: [640, 1] }] }),
      'the line "l": expected fractions from 0 to 1, got [640, 1]; for pixels say "units": "pixels"',
    ],
    [
      JSON.stringify({ units: "pixels", lines: [{ name: "", from: [0, 0], to: [640, 1] }] }),
      "lines[0].name: expected a name that is not empty",
    ],
    [
      JSON.stringify({ ...whole, zones: [{ ...whole.zones[0], classes: [] }] }),
      "zones[0].classes: expected at least one class; leave it out for all",
    ],
  ])("is refused in one line that says why: %s", (text, why) => {
    let message = "";
    try {
      parseZones(text, "zones.json");
    } catch (error) {
      expect(error).toBeInstanceOf(SyntaxError);
      message = (error as Error).message;
    }
    expect(message).toMatch(/^Cannot parse "zones\.json": [^\n]+$/);
    expect(message).toContain(why);
  });

  it("is laid over a picture and its classes", () => {
    const zones = parse({
      units: "fraction",
      zones: [
        {
          name: "z",
          polygon: [
            [0, 0],
            [1, 0],
            [0.5, 1],
          ],
          classes: ["Car", "person"],
        },
      ],
      lines: [{ name: "l", from: [0, 0.5], to: [1, 0.25] }],
    });
    const layout = layOutZones(zones, {
      size: { width: 200, height: 100 },
      labels: ["person", "dog", "car"],
    });
    expect([...layout.zones[0]!.polygon]).toEqual([0, 0, 200, 0, 100, 100]);
    expect([...layout.lines[0]!.ends]).toEqual([0, 50, 200, 25]);
    expect([...layout.zones[0]!.classes!]).toEqual([2, 0]);
    expect(layOutZones(zones, { size: { width: 2, height: 2 } }).zones[0]!.classes).toBeUndefined();
  });

  it("is refused where it does not fit the picture or its classes", () => {
    const size = { width: 8, height: 8 };
    expect(() => layOutZones(parse(whole), { size })).toThrow(
      new RangeError('Cannot lay out the zone "yard": the point [10, 0] is outside the picture of 8x8'),
    );
    expect(() => layOutZones(parse(whole), { labels: ["car", "dog"] })).toThrow(
      new RangeError('Cannot lay out the zone "yard": there is no class "person"; expected some of car, dog'),
    );
    const fractions = parse({ units: "fraction", lines: [{ name: "l", from: [0, 0], to: [1, 1] }] });
    expect(() => layOutZones(fractions, {})).toThrow(/the size of the picture is not known/);
  });

  it("follows the published schema, which is the one generated from the reader", () => {
    expect(read("zones.schema.json")).toEqual(JSON.parse(generateZones()));
    expect(read("counts.schema.json")).toEqual(JSON.parse(generateCounts()));
    const validate = new Ajv2020().compile(read("zones.schema.json"));
    expect(validate(whole)).toBe(true);
    expect(validate({ ...whole, zone: [] })).toBe(false);
    expect(validate({ units: "fraction", lines: [{ name: "a", from: [0, 0], to: [1, 1] }] })).toBe(true);
  });

  it("takes random polygons exactly where no two edges meet", () => {
    const next = random(5);
    let [taken, refused] = [0, 0];
    for (let round = 0; round < 600; round++) {
      const corners = Array.from(
        { length: 3 + Math.floor(next() * 5) },
        (): Point => [next() * 100, next() * 100],
      );
      const edge = (i: number): [Point, Point] => [corners[i]!, corners[(i + 1) % corners.length]!];
      const crosses = corners.some((_, i) =>
        corners.some((_, j) => {
          const apart = Math.abs(i - j);
          if (apart < 2 || apart === corners.length - 1) return false;
          const met = meeting(edge(i), edge(j));
          return met && met.onLeg >= 0 && met.onLeg <= 1 && met.onLine >= 0 && met.onLine <= 1;
        }),
      );
      if (crosses) {
        refused++;
        expect(() => parse(zone(corners))).toThrow("expected edges that do not cross");
      } else {
        taken++;
        expect(parse(zone(corners)).zones.length).toBe(1);
      }
    }
    expect(Math.min(taken, refused)).toBeGreaterThan(100);
  });

  it("refuses edges that touch, and that fold back", () => {
    for (const corners of [
      [
        [0, 0],
        [10, 0],
        [10, 10],
        [5, 0],
        [0, 10],
      ], // a corner on an edge
      [
        [0, 0],
        [10, 0],
        [5, 0],
        [5, 10],
      ], // back along the same edge
      [
        [0, 0],
        [10, 0],
        [10, 10],
        [0, 0],
        [5, 10],
      ], // a corner twice
      [
        [5, 0],
        [10, 0],
        [10, 10],
        [7, 0],
      ], // the last edge along the first, the other way
    ])
      expect(() => parse(zone(corners)), JSON.stringify(corners)).toThrow("expected edges that do not cross");
    // Corners on a straight edge are no fault.
    expect(
      parse(
        zone([
          [0, 0],
          [5, 0],
          [10, 0],
          [10, 10],
        ]),
      ).zones.length,
    ).toBe(1);
  });
});
