/** Where models can run: names that users give, and what to do where one does not work. */
import { EnvironmentError } from "../errors.js";

/** `auto` is the CPU: a GPU is used only when it is asked for. */
export const devices = ["auto", "cpu", "cuda", "webgpu", "dml", "coreml"] as const;
export type Device = (typeof devices)[number];

interface Provider {
  /** Execution provider of ONNX Runtime. */
  readonly name: string;
  /** `process.platform` values it exists for; everywhere when absent. */
  readonly platforms?: readonly string[];
  /** What to do where it does not work. */
  readonly fix: string;
}

const PROVIDERS: Readonly<Record<Exclude<Device, "auto">, Provider>> = {
  cpu: { name: "cpu", fix: "run `npm ci`, and in a clone `npm run build`" },
  cuda: {
    name: "cuda",
    platforms: ["linux"],
    fix: "run `node scripts/gpu-setup.mjs` in the package's folder; it fetches the CUDA provider and says what else is missing",
  },
  webgpu: {
    name: "webgpu",
    fix: "it needs a GPU with a Vulkan (Linux), Direct3D 12 (Windows) or Metal (macOS) driver; otherwise use --device cpu",
  },
  dml: {
    name: "dml",
    platforms: ["win32"],
    fix: "it needs a GPU with a DirectX 12 driver; otherwise use --device cpu",
  },
  coreml: { name: "coreml", platforms: ["darwin"], fix: "use --device cpu" },
};

/** The provider of ONNX Runtime behind a device name.
 *
 * @throws {RangeError} for a name that does not exist.
 * @throws {EnvironmentError} for a device that this platform never has.
 */
export function providerOf(
  device: string,
  platform: string = process.platform,
): { device: string; name: string } {
  if (!devices.includes(device as Device))
    throw new RangeError(`Cannot use device "${device}": expected one of ${devices.join(", ")}`);
  const chosen = device === "auto" ? "cpu" : (device as Exclude<Device, "auto">);
  const provider = PROVIDERS[chosen];
  if (provider.platforms && !provider.platforms.includes(platform))
    throw new EnvironmentError(
      `Cannot use device "${device}": it exists on ${provider.platforms.join(", ")}, this is ${platform}; use --device cpu`,
    );
  return { device: chosen, name: provider.name };
}

/** How to make a device work that failed. */
export const fixFor = (device: string): string =>
  PROVIDERS[device as Exclude<Device, "auto">]?.fix ?? "use --device cpu";
