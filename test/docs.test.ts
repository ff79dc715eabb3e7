import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "..");

/** Names that the entry points export, with the file that declares each. */
function publicNames(): [name: string, file: string][] {
  const found: [string, string][] = [];
  const follow = (file: string, wanted?: ReadonlySet<string>): void => {
    const text = readFileSync(file, "utf8");
    const left = new Set(wanted);
    for (const [, list, from] of text.matchAll(/export (?:type )?\{([^}]*)\} from "(\.[^"]+)"/g)) {
      const pairs = list!
        .split(",")
        .map(
          (n) =>
            n
              .trim()
              .replace(/^type /, "")
              .split(" as ") as [string, string?],
        )
        .filter(([own, as]) => own !== "" && (wanted?.has(as ?? own) ?? true));
      for (const [own, as] of pairs) left.delete(as ?? own);
      const names = new Set(pairs.map(([own]) => own));
      if (names.size > 0) follow(resolve(dirname(file), from!.replace(/\.js$/, ".ts")), names);
    }
    for (const name of left) found.push([name, file]);
  };
  follow(join(ROOT, "src/index.ts"));
  follow(join(ROOT, "src/nn/index.ts"));
  follow(join(ROOT, "src/weights/index.ts"));
  return found;
}

const documents = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "models/README.md"];

describe("documentation", () => {
  it.each(publicNames())("says what %s is", (name, file) => {
    const text = readFileSync(file, "utf8");
    const pattern = new RegExp(
      `\\*/\\nexport (?:async )?(?:function\\*?|class|const|interface|type) ${name}\\b`,
    );
    expect(text, `${name} in ${file} has no doc comment right before it`).toMatch(pattern);
  });

  it.each(documents)("%s links only to files that are there", (document) => {
    const text = readFileSync(join(ROOT, document), "utf8");
    for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g))
      expect(existsSync(join(ROOT, dirname(document), target!)), `${document} links to ${target}`).toBe(true);
  });

  it("has a file named in CONTRIBUTING for every kind of addition", () => {
    const text = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8");
    for (const [, path] of text.matchAll(/`((?:src|test|scripts)\/[\w./-]+)`/g))
      if (!path!.includes("/x.") && !path!.includes("/x`"))
        expect(existsSync(join(ROOT, path!)), `CONTRIBUTING.md names ${path}`).toBe(true);
  });

  it("finds a card for every ONNX file in models/", () => {
    const files = readdirSync(join(ROOT, "models"));
    const cards = files
      .filter((f) => f.endsWith(".json"))
      .map((f) => JSON.parse(readFileSync(join(ROOT, "models", f), "utf8")).file);
    for (const onnx of files.filter((f) => f.endsWith(".onnx"))) expect(cards).toContain(onnx);
  });
});
