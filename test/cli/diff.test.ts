import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { json } from "../../src/format/json.js";
import { expectFailure, run, temporaryFolder } from "./_cli.js";

const folder = temporaryFolder();
const cwd = folder.path;
afterAll(() => folder.remove());
beforeEach(() => {
  for (const name of folder.files()) rmSync(join(cwd, name));
});

const diff = (...args: string[]) => run(["diff", ...args], { cwd });
const write = (name: string, text: string) => writeFileSync(join(cwd, name), text);

type Row = readonly [frame: number, id: number, x: number];

/** A tracks document with boxes of 20 by 40; frames from 0. */
function document(rows: readonly Row[], frames = 5): string {
  const header = { input: "street.mp4", width: 640, height: 480, labels: ["person"], run: {} };
  const lines = Array.from({ length: frames }, (_, index) => {
    const tracks = rows
      .filter(([frame]) => frame === index)
      .map(([, id, x]) => ({ id, box: [x, 0, x + 20, 40] as const, score: 0.9, class: 0, detection: 0 }));
    return json.frame({ index, time: index / 10, tracks }, header);
  });
  const identities = new Set(rows.map(([, id]) => id)).size;
  const footer = { identities, integrity: { complete: true, frames, damage: [] } };
  return json.begin!(header) + lines.join(json.separator) + json.end!(footer);
}

const track = (id: number, x: number, frames: readonly number[] = [0, 1, 2, 3, 4]): Row[] =>
  frames.map((frame) => [frame, id, x]);

describe("track diff", () => {
  it("ends with 0 where the tracks are the same, whatever their numbers", async () => {
    write("a.json", document([...track(1, 0), ...track(2, 100)]));
    write("b.json", document([...track(2, 0), ...track(5, 100)]));
    const same = await diff("a.json", "a.json");
    expect([same.code, same.stderr]).toEqual([0, ""]);
    expect(same.stdout).toBe(
      "a  a.json: 5 frames, 2 identities, 10 boxes\nb  a.json: 5 frames, 2 identities, 10 boxes\n\nSame: the tracks are equal\n",
    );
    const { code, stdout } = await diff("a.json", "b.json");
    expect(code).toBe(0);
    expect(stdout).toContain("Same: the tracks are equal; 2 identities have another number in b\n");
  });

  it("ends with 1 and says what differs", async () => {
    write("a.json", document([...track(1, 0), ...track(2, 100), ...track(3, 200), ...track(4, 300)]));
    write(
      "b.json",
      document([
        ...track(1, 0, [0, 1]),
        ...track(9, 0, [2, 3, 4]),
        ...track(2, 100, [0, 1, 4]),
        ...track(4, 303),
        ...track(7, 500, [1, 2]),
      ]),
    );
    const { code, stdout, stderr } = await diff("a.json", "b.json", "--json", "d.json");
    expect([code, stderr]).toEqual([1, ""]);
    expect(stdout).toBe(`a  a.json: 5 frames, 4 identities, 20 boxes
b  b.json: 5 frames, 5 identities, 15 boxes

births (1): only b has
  identity 7: frames 1-2 (2 boxes)

deaths (1): only a has
  identity 3: frames 0-4 (5 boxes)

swaps (1): b goes on with another identity
  frame 2: a's 1 was b's 1, is now b's 9

gaps (1): one run has no box
  frames 2-3: a's 2 is not in b

shifts (1): 5 boxes moved, by identity
  a's 4: 5 boxes in frames 0-4, up to 3.00 px (frame 0)

Different: 13 boxes are in both, 7 only in a, 2 only in b
`);
    expect(JSON.parse(readFileSync(join(cwd, "d.json"), "utf8"))).toMatchObject({
      a: "a.json",
      b: "b.json",
      isEqual: false,
      births: [{ id: 7, from: 1, to: 2, frames: 2 }],
      swaps: [{ frame: 2, a: 1, before: 1, after: 9 }],
    });
    const piped = await diff("a.json", "b.json", "--json", "-");
    expect(JSON.parse(piped.stdout).shifts.length).toBe(5);
  });

  it("lets boxes move within the tolerance, and compares formats", async () => {
    write("a.json", document(track(1, 0), 3));
    write("b.txt", [1, 2, 3].map((frame) => `${frame},8,2,0,20,40,0.9,-1,-1,-1\n`).join(""));
    expect((await diff("a.json", "b.txt")).code).toBe(1);
    expect((await diff("a.json", "b.txt", "--tolerance", "2")).code).toBe(0);
    expect((await diff("a.json", "b.txt", "--tolerance", "1.9")).code).toBe(1);
  });

  it("shows the first of many, and has all in --json", async () => {
    const many = Array.from({ length: 30 }, (_, id) => track(id + 1, 50 * id, [2])).flat();
    write("a.json", document([]));
    write("b.json", document(many));
    const { stdout } = await diff("a.json", "b.json");
    expect(stdout).toContain("births (30): only b has\n");
    expect(stdout).toContain("  identity 12: frame 2 (1 box)\n  ... and 18 more; --json has all\n");
  });

  it("ends with 2 for what it cannot do", async () => {
    write("a.json", document(track(1, 0)));
    write("bad.json", "{");
    write("empty.txt", "");
    expectFailure(await diff("a.json", "nowhere.json"), 2, /Cannot read "nowhere\.json": no such file/);
    expectFailure(await diff("a.json", "bad.json"), 2, /Cannot parse "bad\.json:1": not JSON/);
    expectFailure(await diff("a.json", "empty.txt"), 2, /Cannot use "empty\.txt": the file is empty/);
    expectFailure(await diff("a.json"), 2, /missing required argument 'b'/);
    expectFailure(await diff("a.json", "a.json", "--tolerance", "x"), 2, /--tolerance: expected a number/);
    expectFailure(await diff("a.json", "a.json", "--json", "a.json"), 2, /it is an input of this run/);
    expectFailure(await diff("a.json", "a.json", "--json", "no/d.json"), 2, /Cannot write "no\/d\.json"/);
    expect(folder.files()).toEqual(["a.json", "bad.json", "empty.txt"]);
  });

  it("shows examples and exit codes in its help", async () => {
    const { stdout } = await diff("--help");
    expect(stdout).toContain("$ track diff before.json after.json\n");
    expect(stdout).toContain("0 the same, 1 different, 2 wrong usage");
  });
});
