import { copyFile, readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Card } from "../../src/models/card.js";
import { contractsOf } from "../../src/models/contracts.js";
import { listCards, loadCard, ownModelsDir } from "../../src/models/load.js";
import {
  defaultCacheDir,
  findCard,
  modelPath,
  type ResolveOptions,
  resolveModel,
  verifyModel,
} from "../../src/models/store.js";
import { encodeModel, Graph } from "../../src/nn/index.js";
import { folder } from "./_server.js";

function anyModel(): Uint8Array {
  const g = new Graph("any");
  g.output(g.add("Relu", [g.input("x", "float", ["n"])], {}, "y"), "float", ["n"]);
  return encodeModel(g.model(13));
}

async function put(name: string, bytes: Uint8Array | string = anyModel()): Promise<string> {
  const path = join(await folder(), name);
  await writeFile(path, bytes);
  return path;
}

const refusal = (name: string, kind: Card["kind"], options?: ResolveOptions): Promise<string> =>
  resolveModel(name, kind, options).then(
    ({ card }) => `accepted as ${card.name}`,
    (error: Error) => `${error.name}: ${error.message}`,
  );

describe("the cards of the project", () => {
  it("are all valid, named as their files, with licence texts where the file is embedded", async () => {
    const cards = await listCards();
    const files = (await readdir(ownModelsDir)).filter((file) => file.endsWith(".json"));
    expect(cards.map((card) => `${card.name}.json`).sort()).toEqual(files.sort());
    for (const card of cards) {
      if (card.kind === "detector") expect(card.labels.length, card.name).toBeGreaterThan(20);
      if (card.url === undefined) expect(card.licenceFiles.length, card.name).toBeGreaterThan(0);
      for (const file of card.licenceFiles) await readFile(join(ownModelsDir, file));
      if (card.kind === "weights") expect(card.file).toContain(`-${card.sha256Begins}.pth`);
      else expect(card.sha256, card.name).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  it("match the embedded files, size and SHA-256", async () => {
    for (const card of await listCards()) {
      const { state } = await verifyModel(card.name, { cacheDir: await folder() });
      expect([card.name, state]).toEqual([card.name, card.url === undefined ? "ok" : "absent"]);
    }
  });

  it("leave no ONNX file without a card", async () => {
    const files = (await readdir(ownModelsDir)).filter((file) => file.endsWith(".onnx"));
    expect(
      [...new Set((await listCards()).filter((c) => c.url === undefined).map((c) => c.file))].sort(),
    ).toEqual(files.sort());
  });

  it("name people and vehicles by the same words", async () => {
    for (const name of ["nanodet-g", "ssd-mobilenet-v2-oid", "ssdlite-mobilenet-v2-coco", "faster-rcnn-12"])
      expect((await findCard(name)).labels).toEqual(expect.arrayContaining(["person", "bicycle", "car"]));
    expect((await findCard("nanodet-g")).labels).toHaveLength(80);
    expect((await findCard("faster-rcnn-12")).labels.slice(0, 2)).toEqual(["background", "person"]);
    const coco91 = (await findCard("ssdlite-mobilenet-v2-coco")).labels;
    // Category numbers of COCO's annotations.
    expect([coco91[1], coco91[3], coco91[13], coco91[90]]).toEqual([
      "person",
      "car",
      "stop sign",
      "toothbrush",
    ]);
  });
});

describe("resolveModel", () => {
  it("finds embedded models by name", async () => {
    for (const [name, kind] of [
      ["nanodet-g", "detector"],
      ["nanodet-g-416", "detector"],
      ["ssd-mobilenet-v2-oid", "detector"],
      ["ssdlite-mobilenet-v2-coco", "detector"],
      ["mobilenet-hsv-stripes", "embedder"],
    ] as const) {
      const { card, path } = await resolveModel(name, kind);
      expect(card.name).toBe(name);
      expect(path).toBe(join(ownModelsDir, card.file));
    }
  });

  it("says what to do about a model that was not pulled, or only in part", async () => {
    const cacheDir = await folder();
    const path = join(cacheDir, "yolox_nano.onnx");
    expect(await refusal("yolox-nano", "detector", { cacheDir })).toBe(
      `ModelError: Cannot find the file of the model "yolox-nano": expected "${path}"; run: track models pull yolox-nano`,
    );
    await writeFile(path, anyModel());
    expect(await refusal("yolox-nano", "detector", { cacheDir })).toMatch(
      /expected 3659407 bytes, got \d+; run: track models pull yolox-nano$/,
    );
  });

  it("lists the names of the kind when there is no such model", async () => {
    const text = await refusal("no-such-model", "embedder");
    expect(text).toMatch(
      /^ModelError: Cannot find the embedder "no-such-model": expected one of mobilenet-hsv/,
    );
    expect(text).not.toContain("nanodet");
    expect(text).toContain("./no-such-model.onnx");
  });

  it("keeps detectors and embedders apart", async () => {
    expect(await refusal("nanodet-g", "embedder")).toBe(
      'ModelError: Cannot use "nanodet-g" as an embedder: it is a detector',
    );
    const path = await put("m.onnx");
    await copyFile(join(ownModelsDir, "youtu-reid.json"), `${path}.json`);
    expect(await refusal(path, "detector")).toMatch(/as a detector: it is an embedder$/);
  });

  it("takes the card beside a file, by either name", async () => {
    const card = JSON.parse(await readFile(join(ownModelsDir, "yolox-tiny.json"), "utf8"));
    const own = { ...card, name: "mine", labels: ["cell"], bytes: undefined, sha256: undefined };
    for (const beside of ["m.onnx.json", "m.json"]) {
      const path = await put("m.onnx");
      await writeFile(join(path, "..", beside), JSON.stringify(own));
      const resolved = await resolveModel(path, "detector");
      expect(resolved.path).toBe(path);
      expect(resolved.card).toMatchObject({ name: "mine", contract: "yolox", labels: ["cell"] });
      expect((await resolveModel(path, "detector", { contract: "yolox" })).card.name).toBe("mine");
      expect(await refusal(path, "detector", { contract: "detr" })).toMatch(
        /Cannot use the contract "detr".*says "yolox"$/,
      );
    }
  });

  it("makes a card of the contract that was named", async () => {
    const path = await put("My Model (2).onnx");
    for (const contract of contractsOf("detector")) {
      const { card } = await resolveModel(path, "detector", { contract });
      expect(card).toMatchObject({
        name: "my-model-2-",
        contract,
        kind: "detector",
        file: "My Model (2).onnx",
      });
      expect(card.labels.length).toBeGreaterThanOrEqual(80);
    }
    const { card } = await resolveModel(path, "embedder", { contract: "reid" });
    expect(card.input.size).toEqual({ width: 128, height: 256 });
  });

  it("assumes of each contract what the project's cards of it say", async () => {
    const path = await put("m.onnx");
    for (const [contract, name] of [
      ["nanodet", "nanodet-g"],
      ["ssd", "ssdlite-mobilenet-v2-coco"],
      ["yolox", "yolox-s"],
      ["faster-rcnn", "faster-rcnn-12"],
      ["detr", "d-fine-s"],
    ] as const) {
      const { card } = await resolveModel(path, "detector", { contract });
      const { input, labels, options } = await findCard(name);
      expect({ input: card.input, labels: card.labels, options: card.options }).toEqual({
        input,
        labels,
        options,
      });
    }
  });

  it("asks for the contract of an unknown file, and lists them", async () => {
    const path = await put("m.onnx");
    const list = "detr, faster-rcnn, nanodet, ssd, yolox";
    expect(await refusal(path, "detector")).toBe(
      `ModelError: Cannot tell what the outputs of "${path}" mean: name its contract (${list}) or put a card beside it as "m.onnx.json"`,
    );
    expect(await refusal(path, "detector", { contract: "yolo" })).toBe(
      `ModelError: Cannot use the contract "yolo" for "${path}": expected one of ${list}`,
    );
    expect(await refusal(path, "detector", { contract: "reid" })).toMatch(/expected one of detr/);
    expect(await refusal(path, "detector", { contract: "constructor" })).toMatch(/expected one of detr/);
  });

  it("recognises a known model by its bytes under any name, and by its name", async () => {
    const renamed = join(await folder(), "renamed.onnx");
    await copyFile(join(ownModelsDir, "mobilenet-v2-stripes.onnx"), renamed);
    expect((await resolveModel(renamed, "embedder")).card.name).toBe("mobilenet-hsv-stripes");
    const retrained = await put("yolox_nano.onnx");
    const { card } = await resolveModel(retrained, "detector");
    expect(card).toMatchObject({ name: "yolox-nano", contract: "yolox" });
    // These are not the checksums of this file.
    expect([card.bytes, card.sha256]).toEqual([undefined, undefined]);
  });

  it("calls a wrong file wrong before it asks for a contract", async () => {
    expect(await refusal(await put("m.onnx", "hello"), "detector")).toMatch(/it is not an ONNX model$/);
    expect(await refusal("./no-such-file.onnx", "detector")).toBe(
      'ModelError: Cannot read the model "./no-such-file.onnx": there is no such file',
    );
  });
});

describe("loadCard", () => {
  const base = {
    name: "m",
    kind: "detector",
    title: "M",
    file: "m.onnx",
    licence: "MIT",
    source: "here",
    contract: "yolox",
    input: { colour: "bgr", fit: "letterbox", size: { longSide: 416 } },
  };
  const load = async (card: unknown): Promise<string> => {
    const path = await put("m.json", typeof card === "string" ? card : JSON.stringify(card));
    return loadCard(path).then(
      (loaded) => JSON.stringify(loaded),
      (error: Error) => `${error.name}: ${error.message.replace(path, "m.json")}`,
    );
  };

  it("fills in what a card leaves out", async () => {
    expect(JSON.parse(await load(base))).toMatchObject({
      labels: [],
      options: {},
      input: { mean: [0, 0, 0], std: [1, 1, 1], pad: 0, layout: "nchw", size: { multiple: 32 } },
    });
  });

  it("names the field that is wrong", async () => {
    const text = await load({ ...base, input: { ...base.input, colour: "grey" } });
    expect(text).toMatch(/^ModelError: Cannot use the model card "m\.json": "input\.colour": .*"rgb"/);
    expect(await load({ ...base, contratc: "x" })).toMatch(/contratc/);
    expect(await load({ ...base, file: "../m.onnx" })).toMatch(
      /"file": expected a file name without a folder/,
    );
    expect(await load({ ...base, sha256: "abc" })).toMatch(/"sha256"/);
    expect(await load("{")).toMatch(/^ModelError: Cannot use the model card "m\.json": not JSON/);
  });

  it("reads labels from a file in its folder, and from nowhere else", async () => {
    const path = await put("m.json", JSON.stringify({ ...base, labels: "names.txt" }));
    await expect(loadCard(path)).rejects.toThrow(/its labels file "names\.txt" is not readable/);
    await writeFile(join(path, "..", "names.txt"), "cat\r\n\n dog \n");
    expect((await loadCard(path)).labels).toEqual(["cat", "dog"]);
    for (const labels of ["../names.txt", "/etc/passwd", "a/../../b"])
      expect(await load({ ...base, labels })).toMatch(/expected a file in the card's folder$/);
  });
});

describe("verifyModel", () => {
  it("finds what is wrong with a pulled file", async () => {
    const cacheDir = await folder();
    const path = modelPath(await findCard("yolox-nano"), { cacheDir });
    await writeFile(path, "x");
    const short = await verifyModel("yolox-nano", { cacheDir });
    expect(short).toMatchObject({ state: "wrong", problem: `"${path}": expected 3659407 bytes, got 1` });
    await truncate(path, 3659407);
    const other = await verifyModel("yolox-nano", { cacheDir });
    expect(other).toMatchObject({ state: "wrong", problem: expect.stringMatching(/expected SHA-256 c789/) });
  });
});

describe("defaultCacheDir", () => {
  it("follows THROUGHLINE_CACHE, then the system's convention", () => {
    expect(defaultCacheDir({ THROUGHLINE_CACHE: "/c", XDG_CACHE_HOME: "/x" })).toBe("/c");
    expect(defaultCacheDir({ XDG_CACHE_HOME: "/x" })).toBe(join("/x", "throughline", "models"));
    expect(defaultCacheDir({}).startsWith(homedir())).toBe(true);
  });
});
