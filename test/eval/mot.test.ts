import { describe, expect, it } from "vitest";
import { parseMot, parseSequenceInfo } from "../../src/eval/mot.js";

describe("parseMot", () => {
  it("sorts by frame and keeps the order within a frame", () => {
    const boxes = parseMot("2,7,1,1,4,4\n1,9,0,0,2,3\n2,5,2,2,4,4\n", "x.txt");
    expect(boxes.frames).toBe(2);
    expect([...boxes.starts]).toEqual([0, 1, 3]);
    expect([...boxes.ids].map((id) => boxes.labels[id])).toEqual([9, 7, 5]);
    expect([...boxes.boxes.subarray(0, 4)]).toEqual([0, 0, 2, 3]);
    expect([...boxes.lines]).toEqual([2, 1, 3]);
  });

  it("takes column 7 as a flag in truth and as the confidence in results", () => {
    const text = "1,1,0,0,2,2,0,7\n1,2,0,0,2,2,1,1\n";
    const truth = parseMot(text, "gt.txt", { kind: "truth" });
    expect([...truth.flags]).toEqual([0, 1]);
    expect([...truth.classes]).toEqual([7, 1]);
    const results = parseMot("1,1,0,0,2,2,0.25\n", "r.txt");
    expect([...results.scores]).toEqual([0.25]);
    expect([...results.flags]).toEqual([1]);
  });

  it("refuses a confidence where truth has its flag, which would silently drop the row", () => {
    expect(() => parseMot("1,1,0,0,2,2,0.9\n", "gt.txt", { kind: "truth" })).toThrow(
      'Cannot parse "gt.txt:1": expected a flag, 0 or 1, in column 7 of truth, got 0.9',
    );
  });

  it("keeps frames without boxes up to the sequence's length", () => {
    expect([...parseMot("2,1,0,0,2,2\n", "x.txt", { length: 4 }).starts]).toEqual([0, 0, 1, 1, 1]);
    expect(parseMot("", "x.txt", { length: 3 }).count).toBe(0);
  });

  it("refuses frames outside the sequence", () => {
    expect(() => parseMot("1,1,0,0,2,2\n6,1,0,0,2,2\n", "r.txt", { length: 5 })).toThrow(
      new SyntaxError(
        'Cannot parse "r.txt:2": expected a frame number from 1 to 5 (the sequence\'s length), got 6',
      ),
    );
    expect(() => parseMot("0,1,0,0,2,2\n", "r.txt", { length: 5 })).toThrow("got 0");
    expect(() => parseMot("1.5,1,0,0,2,2\n", "r.txt", { length: 5 })).toThrow("got 1.5");
  });

  it("refuses an identity twice in a frame, naming both lines", () => {
    expect(() => parseMot("1,4,0,0,2,2\n2,4,0,0,2,2\n1,4,9,9,2,2\n", "r.txt")).toThrow(
      'Cannot parse "r.txt:3": identity 4 is already in frame 1 (line 1); an identity may appear once per frame',
    );
  });

  it("refuses a fraction as identity", () => {
    expect(() => parseMot("1,4.5,0,0,2,2\n", "r.txt")).toThrow(
      'Cannot parse "r.txt:1": expected a whole number as identity, got 4.5',
    );
    expect([...parseMot("1,-1,0,0,2,2\n1,3.0,0,0,2,2\n", "r.txt").labels]).toEqual([-1, 3]);
  });

  it("gives every detection an identity of its own", () => {
    const boxes = parseMot("1,-1,0,0,2,2,0.5\n1,-1,0,0,2,2,0.4\n", "det.txt", { kind: "detections" });
    expect(boxes.count).toBe(2);
    expect(boxes.labels.length).toBe(2);
  });
});

describe("parseSequenceInfo", () => {
  it("reads what scoring needs", () => {
    const text = "[Sequence]\r\nname=A\r\nframeRate = 25\nseqLength=71\nimWidth=640\nimHeight=480\n";
    expect(parseSequenceInfo(text, "seqinfo.ini")).toEqual({
      name: "A",
      length: 71,
      frameRate: 25,
      width: 640,
      height: 480,
    });
  });

  it("refuses a missing or useless length", () => {
    expect(() => parseSequenceInfo("name=A\n", "s.ini")).toThrow(
      'Cannot parse "s.ini": expected seqLength=<number of frames>, got no such line',
    );
    expect(() => parseSequenceInfo("[S]\nseqLength=ten\n", "s.ini")).toThrow(
      'Cannot parse "s.ini:2": expected seqLength=<number of frames>, got "ten"',
    );
  });
});
