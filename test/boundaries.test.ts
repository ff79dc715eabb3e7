import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const SRC = resolve(dirname(fileURLToPath(import.meta.url)), "../src");

/** Which folders of src each folder may import, besides itself, types and errors; "*" is anything. */
const MAY_IMPORT: Readonly<Record<string, readonly string[] | "*">> = {
  math: [],
  nn: [],
  weights: ["nn"],
  onnx: [],
  image: ["math", "nn"],
  track: ["math"],
  eval: ["math"],
  refine: ["math"],
  count: ["math"],
  render: ["math"],
  report: [],
  edit: ["report"],
  page: ["report", "count", "edit", "render", "format"],
  view: ["report", "edit", "format", "eval", "checkpoint", "batch"],
  camera: ["math"],
  format: ["math"],
  video: [],
  models: ["nn"],
  detect: ["math", "image", "onnx", "nn", "models"],
  reid: ["math", "image", "onnx", "nn", "models"],
  checkpoint: ["format"],
  batch: ["checkpoint", "video"],
  queue: [],
  live: ["math", "format", "checkpoint"],
  cli: "*",
};

/** Packages and Node modules that touch the outside world, and the only places that may name them. */
const OUTSIDE: Readonly<Record<string, RegExp>> = {
  preact: /^page\//,
  "preact/hooks": /^page\//,
  "@preact/signals": /^page\//,
  uplot: /^page\//,
  "onnxruntime-node": /^onnx\//,
  "fluent-ffmpeg": /^video\//,
  "@ffmpeg-installer/ffmpeg": /^video\//,
  sharp: /^(video|render)\//,
  "@napi-rs/canvas": /^render\//,
  commander: /^cli\//,
  "cli-progress": /^cli\//,
  "node:child_process": /^(video|cli|batch)\//,
  "node:fs":
    /^(video|cli|models|onnx|eval|checkpoint|live|batch|view)\/|^weights\/_bytes\.ts$|^format\/_(file|output|pieces)\.ts$/,
  "node:fs/promises":
    /^(video|cli|models|onnx|eval|checkpoint|live|batch|render|view)\/|^weights\/_bytes\.ts$|^format\/_(file|output|pieces)\.ts$/,
  bullmq: /^queue\//,
  ioredis: /^queue\//,
  "node:worker_threads": /^(onnx|cli)\//,
};

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => name.replaceAll("\\", "/"));

function importsOf(file: string): string[] {
  const text = readFileSync(join(SRC, file), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  const pattern =
    /(?:^|[\s;}])(?:import|export)\s[^;'"]*?from\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)|^import\s+["']([^"']+)["']/gm;
  return [...text.matchAll(pattern)].map((m) => (m[1] ?? m[2] ?? m[3])!);
}

const folderOf = (file: string): string => (file.includes("/") ? file.split("/")[0]! : "");

describe("boundaries", () => {
  it.each(files)("%s imports only what its folder may import", (file) => {
    const folder = folderOf(file);
    for (const name of importsOf(file).filter((n) => n.startsWith("."))) {
      const target = relative(SRC, resolve(SRC, dirname(file), name))
        .replaceAll("\\", "/")
        // What the bundler is to make of it.
        .replace(/\?.*$/, "")
        .replace(/\.js$/, ".ts");
      expect(
        existsSync(join(SRC, target)) || existsSync(join(SRC, `${target}x`)) || /\.(json|css)$/.test(target),
        `${file} imports ${name}, which is not there`,
      ).toBe(true);
      const other = folderOf(target);
      if (file === "index.ts" || other === folder) continue;
      if (file === "pipeline.ts")
        expect(["types.ts", "errors.ts", "late.ts", "strong.ts"], `${file} imports ${name}`).toContain(
          target,
        );
      else if (target === "types.ts" || target === "errors.ts") continue;
      else {
        const allowed = MAY_IMPORT[folder] ?? [];
        if (allowed !== "*") expect(allowed, `${file} imports ${name}`).toContain(other);
      }
    }
    for (const name of importsOf(file).filter((n) => !n.startsWith("."))) {
      const where = OUTSIDE[name];
      if (where) expect(file, `only ${where} may import ${name}`).toMatch(where);
    }
  });

  it("keeps files named _x.ts inside their folder", () => {
    for (const file of files)
      for (const name of importsOf(file).filter((n) => /\/_[^/]*$/.test(n)))
        expect(folderOf(relative(SRC, resolve(SRC, dirname(file), name))), `${file} imports ${name}`).toBe(
          folderOf(file),
        );
  });

  it("keeps pipeline.ts on one screen", () => {
    expect(readFileSync(join(SRC, "pipeline.ts"), "utf8").split("\n").length).toBeLessThanOrEqual(65);
  });
});
