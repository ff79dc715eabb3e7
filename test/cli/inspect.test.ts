import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateInspection } from "../../schema/generate.js";
import { formatInspection, short } from "../../src/cli/inspect-text.js";
import { findNetwork } from "../../src/cli/network-names.js";
import { inspect } from "../../src/nn/index.js";
import { expectFailure, run, temporaryFolder } from "./_cli.js";
import { told } from "./_told.js";

const ROOT = resolve(import.meta.dirname, "../..");
const SCHEMA = resolve(ROOT, "schema/inspection.schema.json");
let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => folder.remove());

describe("track inspect", () => {
  it("shows the layers of a network by name, and its sums", async () => {
    const { code, stdout, stderr } = await run(["inspect", "vgg16"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^features\.28 +Conv +1x512x14x14 +2\.36M +462M +401 kB +196$/m);
    expect(stdout).toMatch(/^params +138,357,544; all stored numbers 553 MB$/m);
    expect(stdout).toMatch(/^MACs +15,470,264,320$/m);
  });

  it("looks into an ONNX file as it does into a network, for machines by the schema", async () => {
    const file = resolve(ROOT, "models/mobilenet-v2-stripes.onnx");
    const { code, stdout } = await told(["inspect", file, "--json"]);
    expect(code).toBe(0);
    const document = JSON.parse(stdout);
    expect(new Ajv2020().compile(JSON.parse(readFileSync(SCHEMA, "utf8")))(document)).toBe(true);
    expect(document).toMatchObject({ format: "throughline-inspection", version: 1, producer: "throughline" });
    expect(document.totals.parameters).toBe(234656);
    expect(document.outputs).toEqual([{ name: "embedding", type: "float32", shape: [1, 256] }]);
  });

  it("knows the models of the project by their names, and takes a size", async () => {
    const { code, stdout } = await told(["inspect", "nanodet-g", "--input", "160x192", "--depth", "1"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^inputs +images float32 1x3x160x192$/m);
    expect(stdout).toMatch(/^outputs +cls8 float32 1x480x80$/m);
  });

  it.each<[string, readonly string[], number, ...(string | RegExp)[]]>([
    ["a misspelt name", ["resnet5O"], 2, /did you mean "resnet50"\?/, /track networks/],
    ["a file that is not there", ["no.onnx"], 1, "no.onnx", /there is no such file/],
    ["a folder", ["./"], 1, /expected a file/],
    ["a model that was not pulled", ["yolox-s"], 1, /track models pull yolox-s/],
    ["a size without sense", ["vgg16", "--input", "0x5"], 2, /--input/, /HEIGHTxWIDTH/],
    ["a size that is too small", ["vgg16", "--input", "16"], 2, /use a larger input/],
    ["a depth without sense", ["vgg16", "--depth", "all"], 2, /--depth/],
  ])("refuses %s in one line", async (_, args, code, ...parts) => {
    expectFailure(await told(["inspect", ...args], { THROUGHLINE_CACHE: folder.path }), code, ...parts);
  });

  it("refuses a file that is no model, and one that was cut off", async () => {
    writeFileSync(join(folder.path, "text.onnx"), "hello, this is no model at all");
    expectFailure(await told(["inspect", join(folder.path, "text.onnx")]), 1, /not an ONNX model/);
    const bytes = readFileSync(resolve(ROOT, "models/mobilenet-v2-stripes.onnx"));
    writeFileSync(join(folder.path, "half.onnx"), bytes.subarray(0, bytes.length / 2));
    expectFailure(await told(["inspect", join(folder.path, "half.onnx")]), 1, /ends early/);
  });
});

describe("the table of layers", () => {
  it("fits a terminal of 80 columns, whatever names and shapes are like", () => {
    for (const name of ["densenet121", "fasterrcnn_resnet50_fpn", "inception_v3"]) {
      const network = findNetwork(name)!;
      const text = formatInspection(inspect(network.build(), { size: network.size }), { width: 80 });
      const [head] = text.split("\n").flatMap((line, k) => (line.startsWith("layer ") ? [k] : []));
      const rows = text.split("\n").slice(head!, text.split("\n").indexOf("", head));
      expect(Math.max(...rows.map((row) => row.length))).toBeLessThanOrEqual(80);
      expect(rows.length).toBeGreaterThan(100);
    }
  });

  it("makes one row of what is inside the same scopes, and loses no sum", () => {
    const inspection = inspect(findNetwork("resnet18")!.build());
    const text = formatInspection(inspection, { depth: 1, width: Number.POSITIVE_INFINITY });
    const rows = text.split("\n").filter((line) => /^layer\d /.test(line));
    expect(rows).toHaveLength(4);
    expect(rows[3]).toMatch(/^layer4 +16 layers +1x512x7x7 +8\.39M +411M/);
  });

  it("shows three digits", () => {
    expect([0, 7, 999, 1000, 9994, 9996, 99_960, 999_600, 25_557_032, 4_089_184_256].map(short)).toEqual([
      "0",
      "7",
      "999",
      "1.00k",
      "9.99k",
      "10.0k",
      "100k",
      "1.00M",
      "25.6M",
      "4.09G",
    ]);
  });
});

describe("the schema of inspections", () => {
  it("is the one that the code uses", () => {
    expect(existsSync(SCHEMA)).toBe(true);
    expect(JSON.parse(readFileSync(SCHEMA, "utf8"))).toEqual(JSON.parse(generateInspection()));
  });
});

describe("track networks", () => {
  it("lists every network, or those with a text in the name", async () => {
    const all = await told(["networks"]);
    expect(all.code).toBe(0);
    expect(all.stdout.split("\n").length).toBeGreaterThan(150);
    const { stdout } = await told(["networks", "OSNet"]);
    expect(stdout).toMatch(/^osnet_x0_25 +embedder +256x128$/m);
    expect(stdout.trim().split("\n")).toHaveLength(5);
    expectFailure(await told(["networks", "resnat"]), 2, /No network has "resnat" in its name/);
  });
});
