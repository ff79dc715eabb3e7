/** The page of `track report` and `track view`: one file with everything inside, for dist/page. */
import { defineConfig } from "vite";
import { viteSingleFile } from "vite-plugin-singlefile";

export default defineConfig({
  root: "src/page",
  plugins: [viteSingleFile()],
  // Told here, not found in a tsconfig.json, so that the page is the same wherever it is built.
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../../dist/page",
    emptyOutDir: true,
    target: "es2022",
    // MIT asks for its notices wherever the code goes.
    license: { fileName: "LICENSES.md" },
  },
});
