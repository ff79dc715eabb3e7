import { describe, expect, it } from "vitest";
import { EnvironmentError } from "../../src/errors.js";
import { providerOf } from "../../src/onnx/device.js";
import { createRuntime } from "../../src/onnx/index.js";

describe("devices", () => {
  it("are known by name", async () => {
    await expect(createRuntime({ device: "gpu" })).rejects.toThrow(
      new RangeError('Cannot use device "gpu": expected one of auto, cpu, cuda, webgpu, dml, coreml'),
    );
  });

  it("auto is the CPU", () => {
    expect(providerOf("auto")).toEqual({ device: "cpu", name: "cpu" });
  });

  it("of other platforms are refused with what to do", () => {
    expect(() => providerOf("coreml", "linux")).toThrow(
      new EnvironmentError(
        'Cannot use device "coreml": it exists on darwin, this is linux; use --device cpu',
      ),
    );
    expect(providerOf("coreml", "darwin").name).toBe("coreml");
  });

  // Each of them runs here or says how to make it run; none becomes the CPU in silence.
  it.each(["cuda", "webgpu"])("%s works or fails with the fix", async (device) => {
    const runtime = await createRuntime({ device }).catch((error: unknown) => error as Error);
    if (!(runtime instanceof Error)) {
      expect(runtime.device).toBe(device);
      await runtime.close();
      return;
    }
    expect(runtime).toBeInstanceOf(EnvironmentError);
    expect(runtime.message).toMatch(device === "cuda" ? /gpu-setup|use --device cpu/ : "use --device cpu");
    expect(runtime.message).not.toContain("\n");
  });

  it("take a whole number of threads", async () => {
    for (const threads of [0, -1, 1.5, Number.NaN])
      await expect(createRuntime({ threads })).rejects.toThrow("expected a whole number from 1 to 256");
  });
});
