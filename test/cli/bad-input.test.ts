/**
 * Bad input is normal input: each case ends with one clear line, an exit code, and nothing lost, written or left
 * running.
 */
import { execFile } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { json } from "../../src/format/json.js";
import { decodeModel, encodeModel } from "../../src/nn/index.js";
import {
  expectFailure,
  MAIN,
  makeVideo,
  run,
  runFfmpeg,
  temporaryFolder,
  walkingBox,
  writeDetector,
} from "./_cli.js";
import { toldIn } from "./_told.js";

const sources = temporaryFolder();
const source = (name: string) => join(sources.path, name);
let folder: ReturnType<typeof temporaryFolder>;
const inFolder = (name: string) => join(folder.path, name);

const SORT = ["--tracker", "sort", "--tracker-option", "minHits=1"];
const OUT = ["--out", "out.json"];

/** Puts a file into the folder of the test. */
const put = (name: string, content: string | Buffer) => writeFileSync(inFolder(name), content);
const putClip = (name: string, clip = "clip.mp4") => put(name, readFileSync(source(clip)));

/** Runs in the test's folder, inside this process: most cases here would only wait for another one to start. */
const inside = (args: readonly string[]) => toldIn(folder.path, args);

/** Runs in the test's folder; checks that the old output and nothing else is there. */
async function runAndKeep(args: readonly string[]) {
  const before = folder.files();
  const result = await inside([...args, ...SORT, ...OUT]);
  expect(folder.files()).toEqual(before);
  expect(readFileSync(inFolder("out.json"), "utf8")).toBe("old");
  return result;
}
const DETECTOR = () => ["--detector", source("tiny.onnx"), "--threads", "1"];
const runVideo = (name: string, ...more: string[]) => runAndKeep([name, ...DETECTOR(), ...more]);

beforeAll(async () => {
  await makeVideo(source("clip.mp4"), {
    frames: 30,
    args: ["-c:v", "mpeg4", "-g", "6", "-movflags", "+faststart"],
  });
  writeDetector(source("tiny.onnx"));
  writeDetector(source("nan.onnx"), { broken: true });
});
afterAll(() => sources.remove());
beforeEach(() => {
  folder = temporaryFolder();
  put("out.json", "old");
  return () => folder.remove();
});

describe("a video", () => {
  it("that is empty", async () => {
    put("empty.mp4", "");
    expectFailure(await runVideo("empty.mp4"), 1, /"empty\.mp4"/, /empty/);
  });

  it("that is not there, a folder without pictures, or an address", async () => {
    mkdirSync(inFolder("bare"));
    expectFailure(await runVideo("nowhere.mp4"), 1, /"nowhere\.mp4"/, /no such file/);
    expectFailure(await runVideo("bare"), 1, /"bare"/);
    expectFailure(await runVideo("http://localhost:1/a.mp4"), 1, /http:\/\/localhost:1\/a\.mp4/);
  });

  it("that is something else under a video's name", async () => {
    put("notes.mp4", "These are notes, not a video.\n".repeat(50));
    put("noise.avi", Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251)));
    expectFailure(await runVideo("notes.mp4"), 1, /"notes\.mp4"/);
    expectFailure(await runVideo("noise.avi"), 1, /"noise\.avi"/);
  });

  it("that has sound only", async () => {
    const audio = ["-f", "lavfi", "-i", "sine=duration=0.5", "-c:a", "aac"];
    await runFfmpeg([...audio, `file:${inFolder("sound.mp4")}`]);
    expectFailure(await runVideo("sound.mp4"), 1, /"sound\.mp4"/, /video/);
  });

  it("that claims a picture of 16384x8192", async () => {
    const args = ["-c:v", "mjpeg", "-pix_fmt", "yuvj420p"];
    await makeVideo(inFolder("huge.avi"), { frames: 1, size: "16384x8192", picture: "color", args });
    expect(statSync(inFolder("huge.avi")).size).toBeLessThan(20e6);
    expectFailure(await runVideo("huge.avi"), 1, /"huge\.avi"/, /pixels|16384x8192|large/);
  });

  it("that is a playlist of other local files", async () => {
    await runFfmpeg([
      "-i",
      `file:${source("clip.mp4")}`,
      "-c",
      "copy",
      "-f",
      "mpegts",
      `file:${inFolder("secret.ts")}`,
    ]);
    put("list.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:3,\nsecret.ts\n#EXT-X-ENDLIST\n");
    expectFailure(await runVideo("list.mp4"), 1, /"list\.mp4"/);
    put("list2.mp4", "ffconcat version 1.0\nfile secret.ts\n");
    expectFailure(await runVideo("list2.mp4"), 1, /"list2\.mp4"/);
  });

  it("whose name looks like a protocol that is not a file", async () => {
    putClip("a.mp4");
    for (const name of ["concat:a.mp4|a.mp4", "file:a.mp4", "subfile,,start,0,end,0,,:a.mp4"])
      expectFailure(await runVideo(name), 1, "no such file");
    expectFailure(await run(["-i", ...OUT], { cwd: folder.path }), 2, "-i");
  });
});

it("videos with strange names are tracked", async () => {
  const names = [
    "concat:a|b",
    "-i",
    "http:x",
    " two  spaces ",
    "line\nend.mp4",
    "%d.mp4",
    "'\"$(x).mp4",
    "[a]*?.mp4",
    "ä 😀.mp4",
  ];
  for (const name of names) putClip(name);
  mkdirSync(inFolder("results"));
  const args = [...DETECTOR(), ...SORT, "--end", "0.5", "--quiet", "--out", "results", "--", ...names];
  const result = await run(args, { cwd: folder.path });
  expect(result).toEqual({ code: 0, stdout: "", stderr: "" });
  const outputs = readdirSync(inFolder("results"));
  expect(outputs).toHaveLength(names.length);
  for (const output of outputs) {
    const { header, frames } = json.parse!(readFileSync(inFolder(join("results", output)), "utf8"), output);
    expect(names).toContain(header!.input);
    expect(frames).toHaveLength(5);
  }
});

describe("a damaged video", () => {
  const damagedRun = async (name: string, ...more: string[]) => {
    const result = await run([name, ...DETECTOR(), ...SORT, ...OUT, ...more], { cwd: folder.path });
    const parsed = json.parse!(readFileSync(inFolder("out.json"), "utf8"), "out.json");
    expect(folder.files().filter((file) => file.endsWith(".tmp"))).toEqual([]);
    return { ...result, ...parsed };
  };

  it("that is cut off is tracked as far as it goes, and ends with 3, or 1 with --strict", async () => {
    putClip("cut.mp4");
    truncateSync(inFolder("cut.mp4"), Math.floor(statSync(inFolder("cut.mp4")).size * 0.6));
    const { code, stderr, frames, footer } = await damagedRun("cut.mp4");
    expect(code).toBe(3);
    expect(stderr).not.toContain("    at ");
    expect(frames.length).toBeGreaterThan(5);
    expect(frames.length).toBeLessThan(30);
    expect(footer?.integrity).toMatchObject({ complete: false, expectedFrames: 30 });
    expect(footer?.integrity.damage.map(({ kind }) => kind)).toContain("missing");
    expect((await damagedRun("cut.mp4", "--strict")).code).toBe(1);
  });

  it("with packets overwritten is tracked, and says where", async () => {
    const bytes = readFileSync(source("clip.mp4"));
    const media = bytes.indexOf("mdat");
    for (let i = 0; i < 600; i++)
      bytes[Math.floor(media + (bytes.length - media) * 0.5) + i] = (i * 31) % 256;
    put("corrupt.mp4", bytes);
    const { code, footer } = await damagedRun("corrupt.mp4");
    expect(code).toBe(3);
    expect(footer?.integrity.complete).toBe(false);
    expect(footer?.integrity.damage.length).toBeGreaterThan(0);
  });

  it("that has lost its index gives an error, and the old output stays", async () => {
    await makeVideo(inFolder("tail.mp4"), { frames: 30 }); // its index is at the end
    truncateSync(inFolder("tail.mp4"), 20_000);
    expectFailure(await runVideo("tail.mp4"), 1, /"tail\.mp4"/);
  });
});

it("a video of one frame is tracked", async () => {
  await makeVideo(inFolder("one.mp4"), { frames: 1 });
  const result = await run(["one.mp4", ...DETECTOR(), ...SORT, ...OUT], { cwd: folder.path });
  expect(result.code).toBe(0);
  expect(json.parse!(readFileSync(inFolder("out.json"), "utf8"), "out").frames).toHaveLength(1);
});

describe("a model", () => {
  const runModel = (name: string, ...more: string[]) => {
    putClip("clip.mp4");
    return runAndKeep(["clip.mp4", "--detector", name, "--threads", "1", ...more]);
  };

  it("that is not there, by name or by file", async () => {
    expectFailure(await runModel("yolo-infinity"), 1, /"yolo-infinity"/, /nanodet-g/);
    expectFailure(await runModel("./nowhere.onnx", "--contract", "yolox"), 1, /nowhere\.onnx/);
  });

  it("that is not ONNX", async () => {
    put("text.onnx", "hello ".repeat(1000));
    put("empty.onnx", "");
    expectFailure(await runModel("text.onnx", "--contract", "yolox"), 1, /"text\.onnx"/, /ONNX/);
    expectFailure(await runModel("empty.onnx", "--contract", "yolox"), 1, /"empty\.onnx"/, /empty/);
  });

  it("that is truncated", async () => {
    const whole = readFileSync(source("tiny.onnx"));
    put("half.onnx", whole.subarray(0, whole.length / 2));
    expectFailure(await runModel("half.onnx", "--contract", "yolox"), 1, /"half\.onnx"/);
  });

  it("that keeps its weights outside its folder", async () => {
    const model = decodeModel(readFileSync(source("tiny.onnx")));
    const [weights] = model.graph!.initializer!.filter(({ rawData }) => (rawData?.length ?? 0) > 1000);
    put("secret.bin", Buffer.from(weights!.rawData!));
    mkdirSync(inFolder("models"));
    const external = {
      ...weights!,
      rawData: undefined,
      dataLocation: 1,
      externalData: [{ key: "location", value: "../secret.bin" }],
    };
    const graph = {
      ...model.graph!,
      initializer: model.graph!.initializer!.map((one) => (one === weights ? external : one)),
    };
    put("models/outside.onnx", Buffer.from(encodeModel({ ...model, graph })));
    put("models/outside.onnx.json", readFileSync(source("tiny.onnx.json")));
    expectFailure(await runModel("models/outside.onnx"), 1, /outside\.onnx"/, /secret\.bin/, /folder/);
  });

  it("that puts out NaN", async () => {
    expectFailure(await runModel(source("nan.onnx")), 1, /nan\.onnx"/, /not finite/);
  });

  it("that is of another kind, or whose outputs mean something else", async () => {
    expectFailure(await runModel("mobilenet-hsv-stripes"), 1, /"mobilenet-hsv-stripes"/, /embedder/);
    put("bare.onnx", readFileSync(source("tiny.onnx")));
    expectFailure(await runModel("bare.onnx"), 1, /bare\.onnx"/, /contract/);
    expectFailure(await runModel("bare.onnx", "--contract", "detr"), 1, /bare\.onnx"/);
    expectFailure(await runModel("bare.onnx", "--contract", "magic"), 1, /magic/, /yolox/);
  });

  it("on a device that does not exist", async () => {
    expectFailure(await runModel(source("tiny.onnx"), "--device", "abacus"), 2, /"abacus"/, /cuda/);
  });
});

describe("a det.txt", () => {
  const runDetections = (text: string) => {
    putClip("clip.mp4");
    put("det.txt", text);
    return runAndKeep(["clip.mp4", "--detections", "det.txt"]);
  };

  it("with words, a NaN, a negative size, or too few columns is refused with its line", async () => {
    expectFailure(
      await runDetections(`${walkingBox(3)}these are words\n`),
      1,
      '"det.txt:4": expected at least 7 columns',
    );
    expectFailure(
      await runDetections("1,-1,one,2,3,4,5\n"),
      1,
      '"det.txt:1": expected a number for left, got "one"',
    );
    expectFailure(
      await runDetections("\n1,-1,1,NaN,3,4,5\n"),
      1,
      '"det.txt:2": expected a number for top, got "NaN"',
    );
    expectFailure(
      await runDetections("1,-1,1,2,-3,4,5\n"),
      1,
      '"det.txt:1": expected a width above 0, got -3',
    );
  });

  it("that is not there, or a folder, is refused", async () => {
    putClip("clip.mp4");
    expectFailure(
      await runAndKeep(["clip.mp4", "--detections", "none.txt"]),
      1,
      /"none\.txt"/,
      /no such file/,
    );
    expectFailure(await runAndKeep(["clip.mp4", "--detections", "."]), 1, /"\."/, /folder/);
  });

  it("with holes and unsorted frames is tracked as if it were sorted", async () => {
    putClip("clip.mp4");
    const lines = walkingBox(30)
      .trim()
      .split("\n")
      .filter((_, i) => i % 7 !== 3);
    put("sorted.txt", lines.join("\n"));
    put("shuffled.txt", lines.toReversed().join("\r\n\r\n"));
    for (const name of ["sorted", "shuffled"]) {
      const args = [
        "clip.mp4",
        ...SORT,
        "--tracker-option",
        "maxAge=3",
        "--detections",
        `${name}.txt`,
        "--out",
        `${name}.csv`,
      ];
      expect((await run(args, { cwd: folder.path })).code).toBe(0);
    }
    expect(readFileSync(inFolder("shuffled.csv"), "utf8")).toBe(readFileSync(inFolder("sorted.csv"), "utf8"));
    expect(readFileSync(inFolder("sorted.csv"), "utf8").split("\n").length).toBeGreaterThan(20);
  });

  it("is missing where a sequence has no pictures either, or the tracker wants pictures", async () => {
    mkdirSync(inFolder("SEQ"));
    put(
      "SEQ/seqinfo.ini",
      "[Sequence]\nname=SEQ\nimDir=img1\nframeRate=30\nseqLength=5\nimWidth=64\nimHeight=48\nimExt=.jpg\n",
    );
    expectFailure(await runAndKeep(["SEQ"]), 1, /"SEQ"/, "--detections");
    mkdirSync(inFolder("SEQ/det"));
    put("SEQ/det/det.txt", walkingBox(5));
    const result = await run(["SEQ", "--tracker", "deepsort", ...OUT], { cwd: folder.path });
    expectFailure(result, 2, /"SEQ"/, "--tracker sort");
  });
});

describe("an output", () => {
  const runTo = async (...out: string[]) => {
    putClip("clip.mp4");
    put("det.txt", walkingBox(30));
    const before = folder.files();
    const args = ["clip.mp4", ...SORT, "--detections", "det.txt", ...out.flatMap((name) => ["--out", name])];
    const result = await inside(args);
    expect(folder.files()).toEqual(before);
    expect(readFileSync(inFolder("out.json"), "utf8")).toBe("old");
    return result;
  };

  it("in a folder that is not there, or below a file", async () => {
    expectFailure(await runTo("no/such/a.json"), 1, /"no\/such\/a\.json"/, /no such file or folder/);
    expectFailure(await runTo("out.json", "clip.mp4/a.json"), 1, /"clip\.mp4\/a\.json"/);
    expectFailure(await runTo("results/"), 1, /"results\//);
  });

  it("with an ending that says nothing, named twice, or that is an input", async () => {
    expectFailure(await runTo("out.xml"), 2, /"out\.xml"/, /\.json, \.jsonl, \.txt, \.csv/);
    expectFailure(await runTo("out.json", "./out.json"), 2, /out\.json"/);
    expectFailure(await runTo("det.txt"), 1, /"det\.txt"/, /input/);
    const before = readFileSync(inFolder("clip.mp4"));
    const overInput = await run(["clip.mp4", ...SORT, "--detections", "det.txt", "--out", "clip.mp4"], {
      cwd: folder.path,
    });
    expectFailure(overInput, 1, /"clip\.mp4"/, /input/);
    expect(readFileSync(inFolder("clip.mp4"))).toEqual(before);
  });

  it.runIf(existsSync("/dev/full"))("on a full disk", async () => {
    expectFailure(await runTo("out.json", "/dev/full"), 1, '"/dev/full": no space left on the device');
  });

  it.runIf(process.platform === "linux")("that grows beyond what the disk gives", async () => {
    putClip("clip.mp4");
    put("det.txt", walkingBox(30));
    const before = folder.files();
    const command = `ulimit -f 2; exec "${process.execPath}" "${MAIN}" clip.mp4 ${SORT.join(" ")} --detections det.txt --out out.json`;
    const result = await promisify(execFile)("sh", ["-c", command], { cwd: folder.path }).catch(
      (error) => error,
    );
    expectFailure(result, 1, '"out.json": the file would be too large');
    expect(folder.files()).toEqual(before);
    expect(readFileSync(inFolder("out.json"), "utf8")).toBe("old");
  });

  it.skipIf(process.getuid?.() === 0)("that may not be written", async () => {
    chmodSync(inFolder("out.json"), 0o444);
    expectFailure(await runTo("out.json"), 1, /"out\.json"/, /permission denied/);
    mkdirSync(inFolder("locked"), 0o555);
    expectFailure(await runTo("locked/a.json"), 1, /"locked\/a\.json"/, /permission denied/);
  });

  it("that two inputs would share", async () => {
    putClip("a.mp4");
    putClip("b.mp4");
    const result = await runAndKeep(["a.mp4", "b.mp4"]);
    expectFailure(result, 2, /"a\.mp4"/, /"b\.mp4"/, "{name}");
  });
});

it("leaves no process behind", () => {
  if (process.platform !== "linux") return;
  const running = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const ours = running.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(sources.path);
    } catch {
      return false;
    }
  });
  expect(ours).toEqual([]);
});
