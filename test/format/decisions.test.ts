import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { generateExplain } from "../../schema/generate.js";
import { InputError, OutputError } from "../../src/errors.js";
import {
  type DecisionsHeader,
  type FrameDecisions,
  openDecisionsFile,
  readDecisions,
} from "../../src/format/decisions.js";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "throughline-decisions-"));
  path = join(folder, "a.explain.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const header: DecisionsHeader = {
  input: "a.mp4",
  run: { tracker: "deepsort", trackerOptions: { maxAge: 3 } },
  limits: { iou: 0.3, gate: 9.488, cosine: 0.2, maxAge: 3, confirm: 3 },
};
const frames: FrameDecisions[] = [
  {
    index: 0,
    time: 0,
    decisions: [
      { id: 1, kind: "start", detection: 0, score: 0.8, box: [1.25, 2, 30, 40.5], rivals: [] },
      {
        id: 2,
        kind: "match",
        detection: 3,
        by: "appearance",
        missed: 4,
        iou: 0.1234,
        motion: 12.35,
        cosine: 0.01,
        confirms: true,
        rivals: [{ id: 1, missed: 0, detection: 2, iou: 0, refused: [] }],
      },
    ],
  },
  { index: 2, time: 0.08, decisions: [] },
  {
    index: 4,
    time: 0.16,
    decisions: [
      {
        id: 1,
        kind: "miss",
        missed: 4,
        ends: "age",
        rivals: [{ detection: 1, by: 7, iou: 0.2, cosine: 0.5, refused: ["cosine", "iou"] }],
      },
    ],
  },
];

async function write(all: readonly FrameDecisions[] = frames): Promise<void> {
  const file = await openDecisionsFile(path, header);
  for (const frame of all) await file.write(frame);
  await file.finish();
}

async function read(): Promise<{ head?: DecisionsHeader; found: FrameDecisions[] }> {
  let head: DecisionsHeader | undefined;
  const found: FrameDecisions[] = [];
  for await (const frame of readDecisions(path, (h) => {
    head = h;
  }))
    found.push(frame);
  return { head, found };
}

describe("decision logs", () => {
  it("give back what was written", async () => {
    await write();
    expect(await read()).toEqual({ head: header, found: frames });
  });

  it("hold four digits of a number, pixels to a hundredth, and nothing that is empty", async () => {
    await write([
      {
        index: 0,
        time: 1 / 3,
        decisions: [
          { id: 123456, kind: "start", detection: 0, score: 1 / 3, box: [1234.5678, 2, 3, 4], rivals: [] },
        ],
      },
    ]);
    expect(readFileSync(path, "utf8").split("\n")[1]).toBe(
      '{"type":"frame","frame":0,"time":0.333333,"decisions":[{"id":123456,"kind":"start","detection":0,"score":0.3333,"box":[1234.57,2,3,4]}]}',
    );
  });

  it("get their name only when they are complete, and leave what was there alone until then", async () => {
    writeFileSync(path, "before");
    const file = await openDecisionsFile(path, header);
    await file.write(frames[0]!);
    expect(readFileSync(path, "utf8")).toBe("before");
    await file.discard();
    expect([readdirSync(folder), readFileSync(path, "utf8")]).toEqual([["a.explain.jsonl"], "before"]);
    await write();
    expect(readdirSync(folder)).toEqual(["a.explain.jsonl"]);
  });

  it("are not written over an input, or into a folder that is not there", async () => {
    writeFileSync(path, "");
    await expect(openDecisionsFile(path, header, { inputs: [path] })).rejects.toThrow(OutputError);
    await expect(openDecisionsFile(join(folder, "no/a.jsonl"), header)).rejects.toThrow(OutputError);
  });

  it("are read as far as they go where they were cut off between lines", async () => {
    await write();
    const lines = readFileSync(path, "utf8").split("\n");
    writeFileSync(path, lines.slice(0, 3).join("\n"));
    expect((await read()).found).toEqual(frames.slice(0, 2));
  });

  it.each<[string, (lines: string[]) => string[], RegExp]>([
    ["cut off within a line", (l) => [l[0]!, l[1]!.slice(0, 30)], /^Cannot parse ".*:2": not JSON: /],
    ["without a header", (l) => l.slice(1), /^Cannot parse ".*:1": expected the header first$/],
    ["with two headers", (l) => [l[0]!, ...l], /^Cannot parse ".*:2": expected one header only$/],
    ["that go on after the footer", (l) => [...l, l[1]!], /^Cannot parse ".*:6": expected nothing after/],
    ["that are empty", () => [], /^Cannot parse "[^:]*": expected a decision log, got an empty file$/],
    [
      "with an unknown decision",
      (l) => [l[0]!, l[1]!.replace('"kind":"start"', '"kind":"stop"')],
      /^Cannot parse ".*:2": decisions\[0\]\.kind: /,
    ],
    [
      "of tracks",
      () => ['{"type":"header","format":"throughline-tracks"}'],
      /^Cannot parse ".*:1": format: /,
    ],
  ])("are refused in one line %s", async (_, change, message) => {
    await write();
    writeFileSync(path, change(readFileSync(path, "utf8").trimEnd().split("\n")).join("\n"));
    const error = await read().catch((e: Error) => e);
    expect(error).toBeInstanceOf(SyntaxError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain("\n");
  });

  it("that are not there are an InputError", async () => {
    await expect(read()).rejects.toThrow(InputError);
  });
});

describe("the published schema of decision logs", () => {
  const schema = JSON.parse(
    readFileSync(new URL("../../schema/explain.schema.json", import.meta.url), "utf8"),
  );
  const validate = new Ajv2020().compile(schema);

  it("is the one generated from the reader", () => {
    expect(JSON.parse(generateExplain())).toEqual(schema);
  });

  it("holds for every line that is written, and for nothing else", async () => {
    const file = await openDecisionsFile(path, header);
    for (const frame of frames) await file.write(frame);
    await file.finish();
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    expect(lines).toHaveLength(frames.length + 2);
    for (const line of lines) expect(validate(JSON.parse(line)), line).toBe(true);
    expect(validate({ type: "frame", frame: 0, time: 0, decisions: [{ id: 1, kind: "swap" }] })).toBe(false);
  });
});
