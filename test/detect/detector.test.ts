import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDetector } from "../../src/detect/index.js";
import { ModelError } from "../../src/errors.js";
import { loadCard, ownModelsDir } from "../../src/models/load.js";
import { Graph } from "../../src/nn/index.js";
import { createRuntime, type Runtime } from "../../src/onnx/index.js";
import { blocks, detectorContract } from "../contract/detector.js";
import { unary } from "../onnx/_models.js";
import { cardOf, detrModel, fasterRcnnModel, save } from "./_synthetic.js";

const YOLOX = join(import.meta.dirname, "../../../shared/models/test-only/yolox_nano.onnx");

const own = (name: string) => loadCard(join(ownModelsDir, `${name}.json`));
const input = {
  colour: "rgb",
  fit: "stretch",
  size: { width: 64, height: 64 },
  std: [255, 255, 255],
} as const;

for (const name of ["nanodet-g-416", "ssd-mobilenet-v2-oid", "ssdlite-mobilenet-v2-coco"])
  detectorContract(name, async (runtime, minScore) => {
    const card = await own(name);
    return createDetector(card, join(ownModelsDir, card.file), runtime, { minScore });
  });

if (existsSync(YOLOX))
  detectorContract("yolox-nano", async (runtime, minScore) =>
    createDetector(await own("yolox-nano"), YOLOX, runtime, { minScore }),
  );
else it.skip("yolox-nano is a detector: ../shared/models/test-only is not here", () => {});

const rcnnCard = cardOf({
  contract: "faster-rcnn",
  labels: ["background", "person", "car"],
  input: { colour: "bgr", fit: "pad", size: { longSide: 128, shortSide: 96, multiple: 32 }, layout: "chw" },
  options: { background: 0 },
});
detectorContract("faster-rcnn", (runtime, minScore) =>
  createDetector(
    rcnnCard,
    fasterRcnnModel([1, 1, 60, 50, 2, 2, 300, 300, 5, 5, 9, 9], [1, 2, 0], [0.9, 0.2, 0.8]),
    runtime,
    { minScore },
  ),
);

const detrCard = cardOf({ contract: "detr", labels: ["person", "car"], input });
// Models older than opset 11 cannot have graphs around them and run between two.
for (const [open, opset] of [
  [false, 18],
  [true, 11],
  [false, 10],
] as const)
  detectorContract(`detr with ${open ? "open" : "known"} dimensions, opset ${opset}`, (runtime, minScore) =>
    createDetector(
      detrCard,
      detrModel(
        [2, -4, -1, 0, -9, -9],
        [0.5, 0.5, 0.5, 0.5, 0.2, 0.2, 0.4, 0.4, 0.9, 0.9, 0.5, 0.5],
        2,
        open,
        opset,
      ),
      runtime,
      { minScore },
    ),
  );

describe("creating a detector", () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await createRuntime({ threads: 1 });
  });
  afterAll(() => runtime.close());
  const detr = () => detrModel([2, -4], [0.5, 0.5, 0.5, 0.5], 2);

  it("checks its options", async () => {
    for (const minScore of [-0.1, 1.1, Number.NaN])
      await expect(createDetector(detrCard, detr(), runtime, { minScore })).rejects.toThrow(
        "expected a number from 0 to 1",
      );
    for (const longSide of [0, 31, 100.5, 10_000])
      await expect(createDetector(detrCard, detr(), runtime, { longSide })).rejects.toThrow(
        "expected a whole number from 32 to 8192",
      );
  });

  it("takes a larger input where the model does", async () => {
    const detector = await createDetector(detrCard, detr(), runtime, { longSide: 128 });
    const found = await detector.detect(blocks(200, 100));
    expect([...found.boxes]).toEqual([50, 25, 150, 75]);
    const fixed = await own("yolox-nano");
    if (!existsSync(YOLOX)) return;
    const small = await createDetector(fixed, YOLOX, runtime, { longSide: 640 });
    await expect(small.detect(blocks(64, 48))).rejects.toThrow(
      /yolox_nano.onnx": expected an input of 640x640 pixels, found "images" float32\[1,3,416,416\]/,
    );
  });

  it("names a contract that does not exist, and those that do", async () => {
    const card = cardOf({ contract: "toString", name: "strange", labels: ["a"], input });
    await expect(createDetector(card, detr(), runtime)).rejects.toThrow(
      new ModelError(
        'Cannot use model card "strange": expected a detector contract (nanodet, ssd, yolox, faster-rcnn, detr), got "toString"',
      ),
    );
  });

  it("names the options of a card that its contract does not know", async () => {
    const card = cardOf({ contract: "detr", labels: ["a"], input, options: { anchor: 3 } });
    await expect(createDetector(card, detr(), runtime)).rejects.toThrow(
      /Cannot use model card "some-detr": "options" does not fit the contract "detr": .*anchor/,
    );
  });

  it("wants labels", async () => {
    const card = cardOf({ contract: "detr", labels: [], input });
    await expect(createDetector(card, detr(), runtime)).rejects.toThrow("a detector needs labels");
  });

  it.each(["nanodet", "ssd", "yolox", "faster-rcnn", "detr"])(
    "says what %s expects and what the model has",
    async (contract) => {
      const options = contract === "ssd" ? { scores: "logits" } : {};
      const layout = contract === "faster-rcnn" ? "chw" : "nchw";
      const card = cardOf({ contract, labels: ["a", "b", "c"], input: { ...input, layout }, options });
      const path = contract === "faster-rcnn" ? detr() : fasterRcnnModel([], [], []);
      const wrongInput = createDetector(card, path, runtime);
      await expect(wrongInput).rejects.toThrow(ModelError);
      await expect(wrongInput).rejects.toThrow(/expected one input float32\[/);
      const wrongOutput = createDetector(
        card,
        contract === "faster-rcnn" ? fasterRcnnLike() : detr(),
        runtime,
      );
      await expect(wrongOutput).rejects.toThrow(
        new RegExp(`as "${contract}": expected .*, found outputs .*float32\\[`),
      );
    },
  );

  it("refuses a model that is no detector at all", async () => {
    const path = save("relu.onnx", unary("Relu"));
    await expect(createDetector(detrCard, path, runtime)).rejects.toThrow(
      'relu.onnx": expected one input float32[1,3,height,width], found x float32[n]',
    );
  });

  it("refuses outputs that do not fit the input or the labels", async () => {
    const unknown = await createDetector(rcnnCard, fasterRcnnModel([1, 1, 9, 9], [7], [0.9]), runtime);
    await expect(unknown.detect(blocks(64, 64))).rejects.toThrow("expected labels from 0 to 2, got 7");
    // Made for inputs of one size, whatever it declares.
    const nanodet = await own("nanodet-g");
    const strides = { ...nanodet, options: { strides: [8, 16, 64] } };
    const wrong = await createDetector(strides, join(ownModelsDir, nanodet.file), runtime);
    await expect(wrong.detect(blocks(64, 64))).rejects.toThrow(/expected 100 cells at stride 64 .*, got 400/);
  });
});

/** An image without batch axis goes in, something else comes out. */
function fasterRcnnLike(): string {
  const g = new Graph("other");
  g.add("Relu", [g.input("image", "float", [3, "h", "w"])], {}, "y");
  g.output("y", "float", [3, "h", "w"]);
  return save("other.onnx", g.encode(18));
}
