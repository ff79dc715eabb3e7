import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const SRC = resolve(import.meta.dirname, "../../src");

/** The packages that are loaded with a file of src, whatever the command then does. */
function packagesOf(entry: string): string[] {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = readFileSync(file, "utf8").replaceAll(/\/\*[\s\S]*?\*\//g, "");
    for (const [, isType, from, alone] of text.matchAll(
      /^(?:import|export)\s+(type\s)?(?:[\w*\s{},]+?from\s*["']([^"']+)["']|["']([^"']+)["'])/gm,
    )) {
      const name = from ?? alone;
      if (isType) continue;
      if (name!.startsWith(".")) visit(join(dirname(file), name!.replace(/\.js$/, ".ts")));
      else if (!name!.startsWith("node:")) packages.add(name!);
    }
  };
  visit(join(SRC, entry));
  return [...packages].sort();
}

// Each of them is waited for by everybody: the library that checks settings alone takes as long as all the rest.
describe("the command line starts with few packages", () => {
  it("any command", () => {
    expect(packagesOf("cli/main.ts")).toEqual(["commander"]);
  });

  it("eval", () => {
    expect(packagesOf("cli/eval.ts")).toEqual(["munkres-js"]);
  });
});
