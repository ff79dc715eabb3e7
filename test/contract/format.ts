/**
 * What every tracks format must do. A new format passes by one call: `formatContract(name, format)`.
 */
import { describe, expect, it } from "vitest";
import type { Format, FrameTracks, ParsedTracks, TracksFooter, TracksHeader } from "../../src/types.js";
import { random } from "../_random.js";

export const header: TracksHeader = {
  input: 'a "quoted", name\nof two lines.mp4',
  width: 1920,
  height: 1080,
  frameRate: 29.97,
  labels: ["person", "traffic light", 'a "b", c', "über\nzwei"],
  names: { 3: "Anna", 1002: 'the "second"' },
  run: { tracker: "sort", options: { maxAge: 3 } },
};

export const footer: TracksFooter = {
  identities: 7,
  integrity: {
    complete: false,
    frames: 9,
    expectedFrames: 12,
    damage: [{ kind: "missing", fromFrame: 9, toFrame: 11, reason: "the file ends early" }],
    interrupted: true,
  },
};

/** Tracks with everything that is awkward to write: negative and huge boxes, empty frames, holes, scores of any sign. */
export function randomFrames(seed: number, count: number): FrameTracks[] {
  const next = random(seed);
  const frames: FrameTracks[] = [];
  for (let index = 0; index < count; index += next() < 0.2 ? 3 : 1) {
    const tracks = [];
    for (let id = 1; id < 8; id++) {
      if (next() < 0.4) continue;
      const x1 = (next() - 0.2) * 10 ** Math.floor(next() * 5);
      const y1 = (next() - 0.2) * 10 ** Math.floor(next() * 5);
      tracks.push({
        id: id + 1000 * Math.floor(next() * 2),
        box: [x1, y1, x1 + 0.1 + next() * 900, y1 + 0.1 + next() * 900] as const,
        score: next() < 0.1 ? -3 * next() : next(),
        class: Math.floor(next() * header.labels.length),
        detection: next() < 0.2 ? -1 : Math.floor(next() * 30),
      });
    }
    frames.push({ index, time: index / 29.97 + next() * 1e-3, tracks: tracks.sort((a, b) => a.id - b.id) });
  }
  return frames;
}

/** A whole text, put together as format/files.ts does. */
export function write(format: Format, { header, frames, footer }: Required<ParsedTracks>): string {
  return (
    (format.begin?.(header) ?? "") +
    frames.map((frame) => format.frame(frame, header)).join(format.separator ?? "") +
    (format.end?.(footer) ?? "")
  );
}

export function formatContract(name: string, format: Format): void {
  describe(`${name} as a format`, () => {
    const parse = format.parse!;

    it("has an ending with a dot", () => {
      expect(format.extension).toMatch(/^\.[a-z0-9]+$/);
    });

    it.each([1, 2, 3, 4, 5])("writes what it read, to the letter (seed %i)", (seed) => {
      const frames = randomFrames(seed, 40);
      const text = write(format, { header, frames, footer });
      const parsed = parse(text, "tracks");
      const again = write(format, { header, footer, ...defined(parsed) });
      expect(again).toBe(text);
      expect(parse(again, "tracks")).toEqual(parsed);
    });

    it("reads back ids and boxes to a hundredth of a pixel", () => {
      const frames = randomFrames(9, 30);
      const parsed = parse(write(format, { header, frames, footer }), "tracks");
      const byIndex = new Map(parsed.frames.map((frame) => [frame.index, frame]));
      for (const { index, tracks } of frames) {
        const back = byIndex.get(index)?.tracks ?? [];
        expect(back.map((track) => track.id)).toEqual(tracks.map((track) => track.id));
        back.forEach((track, i) => {
          track.box.forEach((value, k) => {
            expect(Math.abs(value - tracks[i]!.box[k]!)).toBeLessThanOrEqual(0.0101);
          });
          expect(Math.abs(track.score - tracks[i]!.score)).toBeLessThanOrEqual(0.00005001);
        });
      }
    });

    it("writes and reads a run without a single frame", () => {
      const parsed = parse(write(format, { header, frames: [], footer }), "tracks");
      expect(parsed.frames).toEqual([]);
    });

    it("reads lines that end in CRLF", () => {
      const plain = { ...header, input: "a.mp4", labels: ["person", "b", "c", "d"] };
      const text = write(format, { header: plain, frames: randomFrames(5, 10), footer });
      expect(parse(text.replaceAll("\n", "\r\n"), "tracks")).toEqual(parse(text, "tracks"));
    });

    it("refuses numbers that are not finite, naming them", () => {
      const box = [0, 0, Number.NaN, 1] as const;
      const frame = { index: 0, time: 0, tracks: [{ id: 1, box, score: 1, class: 0, detection: 0 }] };
      expect(() => format.frame(frame, header)).toThrow(RangeError);
      expect(() => format.frame(frame, header)).toThrow("NaN");
    });

    it("says where a malformed text breaks", () => {
      const text = `${write(format, { header: { ...header, labels: [] }, frames: randomFrames(1, 3), footer })}words`;
      expect(() => parse(text, "bad.x")).toThrow(SyntaxError);
      expect(() => parse(text, "bad.x")).toThrow(/^Cannot parse "bad\.x:\d+": [^\n]+$/);
    });
  });
}

function defined(parsed: ParsedTracks): ParsedTracks {
  return Object.fromEntries(Object.entries(parsed).filter(([, value]) => value !== undefined)) as never;
}
