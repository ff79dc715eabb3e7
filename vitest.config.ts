import { defineConfig } from "vitest/config";

const report = process.env.TEST_REPORT;

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Two workers: the tests themselves start ffmpeg and ONNX Runtime, which take cores of their own.
    maxWorkers: 2,
    // What is built is run by Node as it is.
    server: { deps: { external: [/\/dist\/cli\//] } },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: report ? ["default", ["json", { outputFile: report }]] : ["default"],
  },
});
