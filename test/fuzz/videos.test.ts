import { describe, it } from "vitest";
import { lines } from "../../scripts/fuzz/readers/lines.js";
import { pictures } from "../../scripts/fuzz/readers/pictures.js";
import { videos } from "../../scripts/fuzz/readers/videos.js";
import { expectNoFaults } from "./_check.js";

describe("damaged and malicious inputs", () => {
  it.each([...lines, ...pictures, ...videos].map((reader) => [reader.name, reader] as const))(
    "%s: read, or refused in one line, and no other file, connection or process",
    { timeout: 300_000 },
    async (_, reader) => expectNoFaults(reader),
  );
});
