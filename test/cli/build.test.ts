import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { labelsOf } from "../../src/cli/build-card.js";
import { findNetwork, networkNames, requireNetwork } from "../../src/cli/network-names.js";
import { loadCard } from "../../src/models/load.js";
import { inspect } from "../../src/nn/index.js";
import { expectFailure, run, temporaryFolder } from "./_cli.js";
import { told } from "./_told.js";

const ROOT = resolve(import.meta.dirname, "../..");
const PETS = resolve(ROOT, "samples/pets.mp4");
const CHECKPOINT = resolve(ROOT, "../shared/models/test-only/osnet_x0_25_msmt17.pth");
let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => folder.remove());
const path = (name: string): string => join(folder.path, name);
/** Names of files become paths in the folder. */
const build = (...args: readonly string[]) =>
  told([
    "build",
    ...args.map((arg) =>
      /^(?!--)\S+\.(onnx|pth|txt)$|^no\//.test(arg) && !arg.startsWith("/") ? path(arg) : arg,
    ),
  ]);

describe("names of networks", () => {
  it.each([
    ["faster-rcnn", "resnet50-fpn", "fasterrcnn_resnet50_fpn"],
    ["faster-rcnn", undefined, "fasterrcnn_resnet50_fpn"],
    ["faster-rcnn", "resnet50-c4", "fasterrcnn_resnet50_c4"],
    ["faster-rcnn", "vgg16", "fasterrcnn_vgg16"],
    ["faster-rcnn", "mobilenet-v3-large-320-fpn", "fasterrcnn_mobilenet_v3_large_320_fpn"],
    ["cascade-rcnn", undefined, "cascadercnn_resnet50_fpn"],
    ["fast-rcnn", "vgg16", "fastrcnn_vgg16"],
    ["ssd300", undefined, "ssd300_vgg16"],
    ["retinanet", undefined, "retinanet_resnet50_fpn"],
    ["YOLO-v1", undefined, "yolo_v1"],
    ["osnet_x0_25", undefined, "osnet_x0_25"],
    ["ResNet-50", undefined, "resnet50"],
  ])("takes %s on %s for %s's", (asked, backbone, name) => {
    expect(requireNetwork(asked, backbone).name).toBe(name);
  });

  it("finds every network by its own name", () => {
    for (const name of networkNames()) expect(findNetwork(name)?.name).toBe(name);
  });

  it("says which backbones there are", () => {
    expect(() => requireNetwork("faster-rcnn", "resnet19")).toThrow(/there are resnet18-fpn, .*zf-paper/);
    expect(() => requireNetwork("yolo")).toThrow(/name its --backbone, one of v1, v2, v3, v3-tiny, v4/);
    expect(() => requireNetwork("resnet-5O")).toThrow(/did you mean "resnet50"/);
    expect(() => requireNetwork("constructor")).toThrow(/no network is called that/);
  });
});

describe("labels", () => {
  const detector = (name: string) => findNetwork(name)!.detector!;
  it("are those of the published weights, where the number of classes is theirs", async () => {
    expect(await labelsOf(detector("fasterrcnn_resnet50_fpn"), undefined, undefined)).toHaveLength(91);
    const voc = await labelsOf(detector("fasterrcnn_vgg16_paper"), undefined, 21);
    expect([voc.length, voc[0], voc[15]]).toEqual([21, "background", "person"]);
    expect((await labelsOf(detector("yolo_v3"), undefined, undefined))[0]).toBe("person");
  });

  it("are the user's with the background in front, or numbers", async () => {
    const own = detector("ssd300_vgg16");
    expect(await labelsOf(own, ["cat", "dog"], undefined)).toEqual(["background", "cat", "dog"]);
    expect(await labelsOf(own, ["__background__", "cat"], 2)).toEqual(["__background__", "cat"]);
    expect(await labelsOf(own, undefined, 3)).toEqual(["background", "class 1", "class 2"]);
    await expect(labelsOf(own, ["cat"], 5)).rejects.toThrow("Option --classes: expected 2");
  });

  it("are as many as the classes of every detector", async () => {
    for (const name of networkNames()) {
      const network = findNetwork(name)!;
      if (!network.detector) continue;
      const labels = await labelsOf(network.detector, undefined, undefined);
      const built = (classes?: number) =>
        network.build(classes === undefined ? {} : { classes }).parameterCount;
      expect([name, built(labels.length)]).toEqual([name, built()]);
    }
  });
});

describe("track build", () => {
  it("writes a detector that track runs, with random weights", async () => {
    const built = await build("ssdlite320", "--random", "--labels", "own.txt", "--out", "lite.onnx");
    expectFailure(built, 1, /Cannot read the labels ".*own\.txt"/);
    writeFileSync(path("own.txt"), "person\nhat\n");
    const { code, stdout, stderr } = await build(
      ..."ssdlite320 --random --labels own.txt --fp16 --out lite.onnx".split(" "),
    );
    expect(stderr).toBe(
      "note: the weights are random: the model is good for measuring speed, it finds nothing\n",
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /lite\.onnx: ssdlite320_mobilenet_v3_large, [\d,]+ parameters, .* MB\n.*track street\.mp4 --detector \S+lite\.onnx\n$/,
    );
    const card = await loadCard(path("lite.onnx.json"));
    expect(card).toMatchObject({
      kind: "detector",
      contract: "faster-rcnn",
      labels: ["background", "person", "hat"],
    });
    expect(readFileSync(path("lite.onnx"))).toHaveLength(card.bytes!);

    const tracked = await run(
      [
        PETS,
        "--detector",
        "./lite.onnx",
        "--tracker",
        "sort",
        "--every",
        "40",
        "--min-score",
        "0.3",
        "--classes",
        "all",
        "--out",
        "t.json",
      ],
      { cwd: folder.path },
    );
    expect(tracked.stderr).not.toMatch(/error/);
    expect(tracked.code).toBe(0);
    const { frames } = JSON.parse(readFileSync(path("t.json"), "utf8"));
    expect(frames.length).toBeGreaterThan(2);
    // Random weights see something nearly everywhere; what matters is that boxes come through.
    expect(frames.flatMap((f: { tracks: unknown[] }) => f.tracks).length).toBeGreaterThan(0);
  });

  it.skipIf(!existsSync(CHECKPOINT))(
    "writes an embedder from a checkpoint that track runs (skipped without ../shared)",
    async () => {
      const { code, stdout } = await build("osnet-x0-25", "--weights", CHECKPOINT, "--out", "osnet.onnx");
      expect(code).toBe(0);
      expect(stdout).toMatch(/--reid \S+osnet\.onnx/);
      expect(await loadCard(path("osnet.onnx.json"))).toMatchObject({ kind: "embedder", contract: "reid" });
      const tracked = await run(
        [PETS, "--reid", "./osnet.onnx", "--every", "2", "--end", "0.5", "--out", "u.json"],
        {
          cwd: folder.path,
        },
      );
      expect(tracked.code).toBe(0);
      expect(JSON.parse(readFileSync(path("u.json"), "utf8")).run.embedder.name).toBe("osnet");
    },
  );

  it("writes other networks without a card, and fixes a size", async () => {
    const { code, stdout } = await build(
      "squeezenet1_1",
      "--random",
      "--int8",
      "--size",
      "64x96",
      "--classes",
      "7",
      "--out",
      "r.onnx",
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/no card: it is neither a detector nor an embedder/);
    expect(existsSync(path("r.onnx.json"))).toBe(false);
    const { inputs, outputs, totals } = inspect(readFileSync(path("r.onnx")));
    expect([inputs[0]!.shape, outputs[0]!.shape]).toEqual([
      [1, 3, 64, 96],
      [1, 7],
    ]);
    expect(totals.weightBytes).toBeLessThan(0.3 * 4 * totals.parameters);
  });

  it("replaces nothing unless it is told to", async () => {
    writeFileSync(path("mine.onnx"), "mine");
    expectFailure(
      await build("osnet_x0_25", "--random", "--out", "mine.onnx"),
      2,
      /mine\.onnx/,
      /--force replaces it/,
    );
    expect(readFileSync(path("mine.onnx"), "utf8")).toBe("mine");
    expect((await build("osnet_x0_25", "--random", "--force", "--out", "mine.onnx")).code).toBe(0);
    expect(readFileSync(path("mine.onnx")).length).toBeGreaterThan(1e5);
    expect(folder.files().filter((name) => name.startsWith("."))).toEqual([]);
  });

  it.each<[string, readonly string[], number, ...(string | RegExp)[]]>([
    ["a misspelt network", ["resnet5O", "--random", "--out", "x.onnx"], 2, /did you mean "resnet50"/],
    ["no name to write", ["resnet50", "--random"], 2, /--out resnet50\.onnx/],
    ["another ending", ["resnet50", "--random", "--out", "x.pth"], 2, /ends in \.onnx/],
    ["no weights", ["resnet50", "--out", "x.onnx"], 2, /--weights/, /--random/],
    [
      "weights twice",
      ["resnet50", "--random", "--weights", "a.pth", "--out", "x.onnx"],
      2,
      /exclude each other/,
    ],
    [
      "two ways to store",
      ["resnet50", "--random", "--fp16", "--int8", "--out", "x.onnx"],
      2,
      /exclude each other/,
    ],
    ["no number of classes", ["resnet50", "--random", "--classes", "-3", "--out", "x.onnx"], 2, /--classes/],
    [
      "labels of what has none",
      ["resnet50", "--random", "--labels", "own.txt", "--out", "x.onnx"],
      2,
      /no detector/,
    ],
    ["a size without sense", ["resnet50", "--random", "--size", "big", "--out", "x.onnx"], 2, /--size/],
    [
      "a size that is too small",
      ["vgg16", "--random", "--size", "8", "--out", "x.onnx"],
      2,
      /use a larger input/,
    ],
    ["weights that are not there", ["resnet50", "--weights", "no.pth", "--out", "x.onnx"], 1, /no\.pth/],
    ["weights that are none", ["resnet50", "--weights", "own.txt", "--out", "x.onnx"], 1, /own\.txt/],
    [
      "a folder that is not there",
      ["resnet50", "--random", "--out", "no/x.onnx"],
      1,
      /there is no folder ".*no"/,
    ],
  ])("refuses %s in one line, and writes nothing", async (_, args, code, ...parts) => {
    expectFailure(await build(...args), code, ...parts);
    expect(existsSync(path("x.onnx"))).toBe(false);
  });

  it.skipIf(!existsSync(CHECKPOINT))(
    "says what of a checkpoint does not fit (skipped without ../shared)",
    async () => {
      expectFailure(
        await build("osnet_x1_0", "--weights", CHECKPOINT, "--out", "x.onnx"),
        1,
        /of another shape/,
      );
    },
  );
});
