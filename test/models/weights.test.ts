import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { listCards } from "../../src/models/load.js";
import { type PullOptions, pullModel } from "../../src/models/pull.js";
import { resolveModel, verifyModel } from "../../src/models/store.js";
import { resolveWeights } from "../../src/models/weights.js";
import { backbones, detectors } from "../../src/nn/index.js";
import { openWeights } from "../../src/weights/index.js";
import { floats, zipCheckpoint } from "../weights/_write.js";
import { folder, modelsDirFor, serve, wellBehaved } from "./_server.js";

const content = zipCheckpoint([{ name: "w", type: "Float", shape: [2], data: floats([1, 2]) }]);
const hash = createHash("sha256").update(content).digest("hex");

/** A card of weights that tells only what a hash begins with, "thing". */
async function setup(begins = hash.slice(0, 8)) {
  const notices: string[] = [];
  const modelsDir = await modelsDirFor(content, {
    kind: "weights",
    contract: "resnet18",
    file: `thing-${begins}.pth`,
    bytes: undefined,
    sha256: undefined,
    sha256Begins: begins,
  });
  const server = await serve(wellBehaved(content));
  const options = {
    modelsDir,
    cacheDir: await folder(),
    urlOverride: server.url,
    onNotice: (line: string) => notices.push(line),
  } satisfies PullOptions;
  return { options, notices };
}

describe("published weights", () => {
  it("are of networks that are here, from the address that their file is named after", async () => {
    const cards = (await listCards()).filter((card) => card.kind === "weights");
    expect(cards.length).toBeGreaterThan(50);
    for (const { name, contract, url, file } of cards) {
      expect([...Object.keys(backbones), ...Object.keys(detectors)], name).toContain(contract);
      expect(url).toBe(`https://download.pytorch.org/models/${file}`);
      expect(name).toMatch(new RegExp(`^${contract}-`));
    }
    expect(new Set(cards.map((card) => card.file)).size).toBe(cards.length);
  });

  it("are pulled, checked against the beginning of their SHA-256, and opened by name", async () => {
    const { options, notices } = await setup();
    await expect(resolveWeights("thing", options)).rejects.toThrow(/run: track models pull thing$/);
    const { path, sha256, already } = await pullModel("thing", options);
    expect([sha256, already]).toEqual([hash, false]);
    expect(notices).toEqual([`"thing": of its SHA-256 only the beginning is known, ${hash.slice(0, 8)}...`]);
    expect((await pullModel("thing", options)).already).toBe(true);
    expect((await verifyModel("thing", options)).state).toBe("ok");
    const resolved = await resolveWeights("thing", options);
    expect(resolved).toMatchObject({ path, card: { contract: "resnet18" } });
    const file = openWeights(resolved.path);
    expect(file.tensors.get("w")!.read()).toEqual(Float32Array.of(1, 2));
    file.close();
    await writeFile(path, content.subarray(1));
    expect(await verifyModel("thing", options)).toMatchObject({
      state: "wrong",
      problem: expect.stringContaining(`expected SHA-256 ${hash.slice(0, 8)}..., got`),
    });
  });

  it("are refused where the SHA-256 begins otherwise", async () => {
    const { options } = await setup("0123abcd");
    await expect(pullModel("thing", options)).rejects.toThrow(
      `Cannot pull "thing": wrong SHA-256: expected 0123abcd..., got ${hash}`,
    );
  });

  it("are no model, and a model is no weights", async () => {
    await expect(resolveWeights("nanodet-g")).rejects.toThrow(
      'Cannot use "nanodet-g" as weights: it is a detector',
    );
    await expect(resolveModel("resnet18-imagenet1k-v1", "detector")).rejects.toThrow(
      "as a detector: it is weights",
    );
    await expect(resolveWeights("resnet19")).rejects.toThrow(
      /^Cannot find the weights "resnet19": expected a name from: track models list/,
    );
  });

  it("are known by their file name wherever they lie", async () => {
    const path = join(await folder(), "resnet18-f37072fd.pth");
    expect((await resolveWeights(path)).card?.name).toBe("resnet18-imagenet1k-v1");
    expect(await resolveWeights("./mine.safetensors")).toEqual({ path: "./mine.safetensors" });
  });
});
