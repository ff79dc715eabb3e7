import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { networksPage } from "../../scripts/_networks.js";

it("docs/networks.md is what scripts/networks.ts writes", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/networks.md"), "utf8");
  // Git may have given the file the line ends of the system.
  expect(page.replaceAll("\r\n", "\n")).toBe(networksPage());
});
