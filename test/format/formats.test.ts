import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { generate } from "../../schema/generate.js";
import { csv } from "../../src/format/csv.js";
import { json } from "../../src/format/json.js";
import { jsonl } from "../../src/format/jsonl.js";
import { mot } from "../../src/format/mot.js";
import type { FrameTracks } from "../../src/types.js";
import { footer, formatContract, header, randomFrames, write } from "../contract/format.js";

formatContract("json", json);
formatContract("jsonl", jsonl);
formatContract("mot", mot);
formatContract("csv", csv);

const SCHEMA = new URL("../../schema/tracks.schema.json", import.meta.url);
const track = { id: 3, box: [1.006, 2, 30.128, 50], score: 0.98765, class: 0, detection: 4 } as const;
const frame: FrameTracks = { index: 0, time: 1 / 3, tracks: [track] };

describe("json", () => {
  const schema = JSON.parse(readFileSync(SCHEMA, "utf8"));
  const validate = new Ajv2020().compile(schema);

  it("follows the published schema", () => {
    for (const frames of [[], randomFrames(3, 50)]) {
      expect(validate(JSON.parse(write(json, { header, frames, footer })))).toBe(true);
      const { frameRate: _, ...still } = header;
      expect(validate(JSON.parse(write(json, { header: still, frames, footer })))).toBe(true);
    }
    expect(validate({ format: "throughline-tracks", version: 1 })).toBe(false);
  });

  it("has a schema that is the one generated from the reader", () => {
    expect(JSON.parse(generate())).toEqual(schema);
  });

  it("keeps the header, the frames without tracks and the footer", () => {
    const frames = [frame, { index: 1, time: 0.5, tracks: [] }];
    const parsed = json.parse!(write(json, { header, frames, footer }), "x.json");
    expect(parsed.header).toEqual(header);
    expect(parsed.footer).toEqual(footer);
    expect(parsed.frames[1]).toEqual(frames[1]);
    expect(parsed.frames[0]).toEqual({
      index: 0,
      time: 0.333333,
      tracks: [{ ...track, box: [1.01, 2, 30.13, 50], score: 0.9877 }],
    });
  });

  it("writes one frame per line, with the label beside the class", () => {
    const line = write(json, { header, frames: [frame], footer }).split("\n")[1];
    expect(line).toBe(
      '{"frame":0,"time":0.333333,"tracks":[{"id":3,"box":[1.01,2,30.13,50],"score":0.9877,"class":0,"label":"person","detection":4}]}',
    );
  });

  it.each([
    ["", /^Cannot parse "t\.json:1": not JSON: /],
    ["{", /^Cannot parse "t\.json:1": not JSON: /],
    ["[]", /^Cannot parse "t\.json": /],
    ['{"format":"other"}', /^Cannot parse "t\.json": format: /],
  ])("refuses %j", (text, message) => {
    expect(() => json.parse!(text, "t.json")).toThrow(message);
  });

  it("names the line and the field of a wrong value", () => {
    const text = write(json, { header, frames: randomFrames(4, 9), footer });
    const lines = text.split("\n");
    const at = lines.findIndex((line) => line.includes('"id":'));
    lines[at] = lines[at]!.replace(/"score":[^,]+/, '"score":"high"');
    const place = `"t.json:${at + 1}": frames\\[\\d+\\]\\.tracks\\[0\\]\\.score: `;
    expect(() => json.parse!(lines.join("\n"), "t.json")).toThrow(new RegExp(`^Cannot parse ${place}`));
    lines[at] = "{nonsense},";
    expect(() => json.parse!(lines.join("\n"), "t.json")).toThrow(/^Cannot parse "t\.json/);
  });
});

describe("jsonl", () => {
  it("reads what is there of a text that was cut off", () => {
    const text = jsonl.begin!(header) + jsonl.frame(frame, header);
    const parsed = jsonl.parse!(text, "t.jsonl");
    expect(parsed.frames).toHaveLength(1);
    expect(parsed.footer).toBeUndefined();
  });

  it.each([
    ['{"type":"frame","frame":0,"time":0,"tracks":[]}\n', "expected the header first, got a frame"],
    [`${jsonl.begin!(header)}${jsonl.begin!(header)}`, "expected one header only"],
    [
      `${write(jsonl, { header, frames: [], footer })}${jsonl.frame(frame, header)}`,
      "nothing after the footer",
    ],
    ["not json", "not JSON"],
    ['{"type":"other"}', "type: "],
  ])("refuses %j", (text, message) => {
    expect(() => jsonl.parse!(text, "t.jsonl")).toThrow(SyntaxError);
    expect(() => jsonl.parse!(text, "t.jsonl")).toThrow(message);
  });
});

describe("mot", () => {
  it("counts frames from 1 and writes left, top, width, height with two decimals", () => {
    expect(mot.frame(frame, header)).toBe("1,3,1.01,2.00,29.12,48.00,0.9877,-1,-1,-1\n");
  });

  it("never writes a negative zero", () => {
    const near = { ...track, box: [-0.001, -0.001, 5, 5] as const };
    expect(mot.frame({ ...frame, tracks: [near] }, header)).toContain(",0.00,0.00,5.00,5.00,");
  });

  it("reads frames in any order, with holes, blank lines, spaces and a byte order mark", () => {
    const text =
      "\uFEFF5, 2, 10, 10, 5, 5, 1,-1,-1,-1\n\n  \r\n1,1,0,0,5,5,0.5,-1,-1,-1\r\n5,1,1,1,5,5,1,-1,-1,-1";
    const { frames } = mot.parse!(text, "t.txt");
    expect(frames.map(({ index, tracks }) => [index, ...tracks.map((t) => t.id)])).toEqual([
      [0, 1],
      [4, 2, 1],
    ]);
  });

  it.each([
    [
      "1,1,0,0,5,5,1\n1,2,0,0",
      'Cannot parse "t.txt:2": expected at least 7 columns (frame,id,left,top,width,height,confidence), got 4',
    ],
    ["1,x,0,0,5,5,1", 'Cannot parse "t.txt:1": expected a number for id, got "x"'],
    ["1,0,0,0,5,5,1", 'Cannot parse "t.txt:1": expected a whole id from 1, got 0'],
    ["0,1,0,0,5,5,1", 'Cannot parse "t.txt:1": expected a whole frame number from 1, got "0"'],
    ["1.5,1,0,0,5,5,1", 'Cannot parse "t.txt:1": expected a whole frame number from 1, got "1.5"'],
    ["1,1,0,0,5,,1", 'Cannot parse "t.txt:1": expected a number for height, got ""'],
    ["1,1,0,0,-5,5,1", 'Cannot parse "t.txt:1": expected a width above 0, got -5'],
    ["1,1,Infinity,0,5,5,1", 'Cannot parse "t.txt:1": expected a number for left, got "Infinity"'],
  ])("refuses %j", (text, message) => {
    expect(() => mot.parse!(text, "t.txt")).toThrow(new SyntaxError(message));
  });
});

describe("csv", () => {
  it("quotes labels as RFC 4180 says", () => {
    const named = { ...frame, tracks: [{ ...track, class: 2 }] };
    expect(csv.frame(named, header)).toBe('0,0.333333,3,1.01,2,30.13,50,0.9877,2,"a ""b"", c",4\n');
  });

  const HEAD = "frame,time,id,x1,y1,x2,y2,score,class,label,detection";
  it.each([
    ["", "t.csv:1"],
    ["a,b\n", "t.csv:1"],
    [`${HEAD}\n0,0,1,0,0,1,1,1,0,"open,-1\n`, "t.csv:2"],
    [`${HEAD}\n\n0,0,1,0,0,1,1,1,0,"two\nlines",-1\n0,0,1,0,0,1,1,1,0,\n`, "t.csv:5"],
    [`${HEAD}\n0,0,1,0,0,1,1,1,0,`, "t.csv:2"],
    [`${HEAD}\n0,0,1.5,0,0,1,1,1,0,,-1`, "t.csv:2"],
    [`${HEAD}\n0,0,1,0,0,1,1,high,0,,-1`, "t.csv:2"],
  ])("refuses %j at %s", (text, place) => {
    expect(() => csv.parse!(text, "t.csv")).toThrow(SyntaxError);
    expect(() => csv.parse!(text, "t.csv")).toThrow(`Cannot parse "${place}": `);
  });
});
