import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectFailure, run, temporaryFolder } from "./_cli.js";

const folder = temporaryFolder();
const cwd = folder.path;
const inFolder = (name: string) => join(cwd, name);
afterAll(() => folder.remove());

/**
 * Frames from 0: one person stands at 10, is gone in frames 5 to 8, and stands at 40 until frame 12: too far to
 * overlap by 0.3. From frame 2 on another one stands at 300, to the end in frame 19. In frame 15 something shows up once at 500.
 */
const people = Array.from({ length: 20 }, (_, t) => [
  ...(t < 5 ? [10] : t > 8 && t <= 12 ? [40] : []),
  ...(t >= 2 ? [300] : []),
  ...(t === 15 ? [500] : []),
]);
const rows = people.flatMap((xs, t) => xs.map((x) => `${t + 1},-1,${x},100,50,120,0.9,-1,-1,-1\n`));

const track = (...args: string[]) => run(["SEQ", "--tracker", "sort", "--quiet", ...args], { cwd });
const explain = (...args: string[]) => run(["explain", ...args], { cwd });
const EIGHT = ["--tracker-option", "maxAge=8", "--tracker-option", "minHits=1"];

beforeAll(async () => {
  mkdirSync(inFolder("SEQ/det"), { recursive: true });
  writeFileSync(
    inFolder("SEQ/seqinfo.ini"),
    "[Sequence]\nname=SEQ\nimDir=img1\nframeRate=10\nseqLength=20\nimWidth=640\nimHeight=480\nimExt=.jpg\n",
  );
  writeFileSync(inFolder("SEQ/det/det.txt"), rows.join(""));
  const { code, stderr } = await track(...EIGHT, "--out", "a.json", "--out", "a.txt", "--explain");
  expect([code, stderr]).toEqual([0, ""]);
});

describe("track --explain", () => {
  it("writes the decisions beside the first tracks file, and the same tracks as without", async () => {
    expect(folder.files()).toEqual(["SEQ", "a.json", "a.json.explain.jsonl", "a.txt"]);
    const lines = readFileSync(inFolder("a.json.explain.jsonl"), "utf8").trimEnd().split("\n");
    expect(lines).toHaveLength(22);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      format: "throughline-decisions",
      input: "SEQ",
      limits: { iou: 0.3, maxAge: 8, confirm: 1 },
    });
    expect((await track(...EIGHT, "--out", "plain.json")).code).toBe(0);
    expect(readFileSync(inFolder("plain.json"))).toEqual(readFileSync(inFolder("a.json")));
    expect(existsSync(inFolder("plain.json.explain.jsonl"))).toBe(false);
  });

  it("takes a name, with the input's in it", async () => {
    const { code } = await track(...EIGHT, "--out", "b.json", "--explain", "{name}.why.jsonl");
    expect(code).toBe(0);
    expect(readFileSync(inFolder("SEQ.why.jsonl"))).toEqual(readFileSync(inFolder("a.json.explain.jsonl")));
  });

  it("never takes an input for the log", async () => {
    writeFileSync(inFolder("street.mp4"), "precious");
    for (const more of [[], ["SEQ"]])
      expectFailure(
        await run(["--explain", "street.mp4", ...more], { cwd }),
        2,
        /Option --explain: expected a name that ends in \.jsonl, .*got "street\.mp4"/,
      );
    expect(readFileSync(inFolder("street.mp4"), "utf8")).toBe("precious");
  });

  it("refuses a name that is an output already, and to go without a name", async () => {
    expectFailure(await track("--out", "c.jsonl", "--explain", "c.jsonl"), 2, /"c\.jsonl" twice/);
    expectFailure(await track("--out", "-", "--explain"), 2, /--explain: .*standard output/);
  });
});

describe("track explain", () => {
  it("says why an identity ended, which came after it, and with which numbers they were not joined", async () => {
    const { code, stdout } = await explain("a.json", "1@9");
    expect(code).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "Identity 1 (object) in frame 9 (0.9 s)

      Frame 9    missed, for the 5th frame in a row
                 near it: detection 0 of frame 9, which went to identity 3: IoU 0.25 below 0.3
      Started    frame 0 (0 s) from detection 0, score 0.9; reported at once
                 nothing is older: the first frame
      Ended      frame 13 (1.3 s): 9 frames without a match, 8 are allowed
                 last matched in frame 4 (0.4 s)
                 first missed in frame 5: no detection came near
      Life       matched 0-4, missed 5-13
      Before it  no identity was lost near where it started
      After it   perhaps identity 3: started in frame 9, 5 frames later, 0.25 heights away
                 not joined: IoU 0.25 below 0.3
      Limits     IoU at least 0.3, 1 match to be reported, at most 8 frames without a match
      "
    `);
  });

  it("says why an identity started", async () => {
    const { stdout } = await explain("a.json", "3@9");
    expect(stdout).toMatchInlineSnapshot(`
      "Identity 3 (object) in frame 9 (0.9 s)

      Frame 9    started from detection 0, see below
      Started    frame 9 (0.9 s) from detection 0, score 0.9; reported from frame 10 on
                 new, because no living identity took the detection:
                 - identity 1, missing for 4 frames: IoU 0.25 below 0.3
      Ended      not before the input did, but missing since frame 13 (until frame 19)
                 last matched in frame 12 (1.2 s)
                 first missed in frame 13: no detection came near
      Life       matched 9-12, missed 13-19
      Before it  perhaps identity 1: last matched in frame 4, 5 frames earlier, 0.25 heights away
      After it   no identity started near where it was last seen
      Limits     IoU at least 0.3, 1 match to be reported, at most 8 frames without a match
      "
    `);
  });

  it("says how well a match fitted, and that the input ended first", async () => {
    const { stdout } = await explain("a.json", "2@10");
    expect(stdout).toMatchInlineSnapshot(`
      "Identity 2 (object) in frame 10 (1 s)

      Frame 10   matched to detection 1 by overlap: IoU 1
                 no other pair came close
      Started    frame 2 (0.2 s) from detection 1, score 0.9; reported from frame 3 on
                 new, because no living identity came near
      Ended      not before the input did, in frame 19
      Life       matched 2-19
      Before it  no identity was lost near where it started
      Limits     IoU at least 0.3, 1 match to be reported, at most 8 frames without a match
      "
    `);
  });

  it("says the same to machines", async () => {
    const { stdout } = await explain("a.json", "1@9", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      input: "SEQ",
      id: 1,
      frame: 9,
      decision: { kind: "miss", missed: 5, rivals: [{ by: 3, iou: 0.25, refused: ["iou"] }] },
      start: { frame: 0 },
      lost: { frame: 5 },
      end: { frame: 13, decision: { ends: "age" } },
      reported: { from: 0, to: 4 },
      stretches: [
        { state: "matched", from: 0, to: 4 },
        { state: "missed", from: 5, to: 13 },
      ],
      after: { id: 3, from: 4, to: 9, rival: { id: 1, iou: 0.25 } },
    });
  });

  it("works on every format, with the log by its name", async () => {
    const { code, stdout } = await explain("a.txt", "1@9", "--log", "a.json.explain.jsonl");
    expect(code).toBe(0);
    expect(stdout).toBe((await explain("a.json", "1@9")).stdout.replace(" (object)", ""));
  });

  it("knows when an identity had been given up before its successor came", async () => {
    await track(
      "--tracker-option",
      "maxAge=1",
      "--tracker-option",
      "minHits=1",
      "--out",
      "d.json",
      "--explain",
    );
    const { stdout } = await explain("d.json", "1@4");
    expect(stdout).toContain("perhaps identity 3: started in frame 9, 5 frames later, 0.25 heights away");
    expect(stdout).toContain("not joined: identity 1 had been given up in frame 6, 3 frames too early");
    expect(stdout).toMatch(/first missed in frame 5: no detection came near/);
  });

  it("knows what an identity was called before it was joined to another, and which boxes were filled in", async () => {
    mkdirSync(inFolder("WALK/det"), { recursive: true });
    writeFileSync(
      inFolder("WALK/seqinfo.ini"),
      "[Sequence]\nname=WALK\nimDir=img1\nframeRate=10\nseqLength=60\nimWidth=640\nimHeight=480\nimExt=.jpg\n",
    );
    const seen = Array.from({ length: 60 }, (_, t) => t).filter((t) => t < 20 || t >= 28);
    const walk = seen.map((t) => `${t + 1},-1,${100 + 3 * t},100,50,120,0.9,-1,-1,-1\n`);
    writeFileSync(inFolder("WALK/det/det.txt"), walk.join(""));
    const args = ["WALK", "--tracker", "sort", "--offline", "--out", "walk.json", "--explain", "--quiet"];
    expect((await run(args, { cwd })).stderr).toBe("");
    const joined = await explain("walk.json", "1@50");
    expect(joined.stdout).toMatch(
      /^Told as 2 while it was tracked; joined to 1 after the last frame\.\nIdentity 2 /,
    );
    expect(JSON.parse((await explain("walk.json", "1@50", "--json")).stdout)).toMatchObject({
      id: 2,
      joinedTo: 1,
    });
    expect((await explain("walk.json", "1@10")).stdout).toMatch(/^Identity 1 /);
    const filled = await explain("walk.json", "1@20");
    expect(filled.stdout).toMatch(/^Its box in frame 20 was put between two others after the last frame\.\n/);
  });

  it("answers in one line where there is nothing to explain", async () => {
    const fails = async (args: string[], code: number, pattern: RegExp) =>
      expectFailure(await explain(...args), code, pattern);
    await fails(["a.json", "99@9"], 1, /identity 99 of "a\.json".*there are 4 from 1 to 4, the closest is 4/);
    await fails(["a.json", "1@14"], 1, /frame 14 of identity 1: it lived from frame 0 to frame 13/);
    await fails(["a.json", "12"], 2, /"12": expected ID@FRAME, such as 12@340/);
    await fails(["a.json"], 2, /id@frame/);
    await fails(["no.json", "1@1"], 1, /Cannot read "no\.json": no such file/);
    await fails(["SEQ", "1@1"], 1, /Cannot read "SEQ": expected a name that ends in \.json/);
    await fails(["a.txt", "1@1"], 1, /no decision log "a\.txt\.explain\.jsonl"; track again with --explain/);
    await fails(["a.json", "1@1", "--log", "a.txt"], 1, /Cannot parse "a\.txt:1": /);
  });

  it("refuses a log of another run, and tells a frame that was left out", async () => {
    copyFileSync(inFolder("a.json.explain.jsonl"), inFolder("plain.explain.jsonl"));
    await track(...EIGHT, "--every", "2", "--out", "e.json", "--explain");
    expectFailure(
      await explain("e.json", "1@2", "--log", "plain.explain.jsonl"),
      1,
      /"plain\.explain\.jsonl" is of another run; track again with --explain/,
    );
    expectFailure(await explain("e.json", "1@3"), 1, /that frame was not tracked; the closest is 2/);
  });
});
