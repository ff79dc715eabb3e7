import { existsSync } from "node:fs";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { ownModelsDir } from "../../src/models/load.js";
import { random } from "../_random.js";

const REFERENCE = "../shared/models/reference";

/** Found with 1.29.0 on x64: 0 where nothing is folded, 2e-6 where normalisation is (float64 here, float32 there). */
const TOLERANCE = 1e-5;

/** Converted independently, in Python. */
const cases = [
  {
    file: "nanodet-g.onnx",
    reference: "nanodet_g.fp16w.onnx",
    values: [-2, 2],
    shapes: ["1x3x416x416", "1x3x480x640", "1x3x352x640"],
  },
  {
    file: "ssd-mobilenet-v2-oid.onnx",
    reference: "ssd_mbv2_oidv4.fp16w.onnx",
    values: [-1, 1],
    shapes: ["1x3x300x300", "1x3x480x640", "1x3x321x577"],
  },
  {
    file: "ssdlite-mobilenet-v2-coco.onnx",
    reference: "ssdlite_mbv2.fp16w.onnx",
    values: [-1, 1],
    shapes: ["1x3x300x300", "1x3x576x768"],
  },
  {
    file: "mobilenet-v2-stripes.onnx",
    reference: "emb_mbv2_imagenet_b9_s4.onnx",
    values: [0, 1],
    shapes: ["1x3x128x64", "5x3x128x64"],
  },
] as const;

describe.each(cases)("$file", ({ file, reference, values: [low, high], shapes }) => {
  const path = join(REFERENCE, reference);
  const name = "computes what an independent conversion of the same weights computes";
  it.skipIf(!existsSync(path))(existsSync(path) ? name : `${name}: needs ${path}, skipped`, async () => {
    const options = { intraOpNumThreads: 1 };
    const ours = await ort.InferenceSession.create(join(ownModelsDir, file), options);
    const theirs = await ort.InferenceSession.create(path, options);
    try {
      expect([...ours.outputNames].sort()).toEqual([...theirs.outputNames].sort());
      for (const shape of shapes) {
        const dims = shape.split("x").map(Number);
        const next = random(7);
        const data = Float32Array.from(
          { length: dims.reduce((a, b) => a * b) },
          () => low + (high - low) * next(),
        );
        const images = new ort.Tensor("float32", data, dims);
        const got = await ours.run({ images });
        const wanted = await theirs.run({ images });
        for (const output of theirs.outputNames) {
          expect(got[output]!.dims, `${output} at ${shape}`).toEqual(wanted[output]!.dims);
          expect(farthest(got[output]!, wanted[output]!), `${output} at ${shape}`).toBeLessThanOrEqual(
            TOLERANCE,
          );
        }
      }
    } finally {
      await ours.release();
      await theirs.release();
    }
  });
});

/** The largest absolute difference, infinite where a number is not finite. */
function farthest(a: ort.Tensor, b: ort.Tensor): number {
  const [x, y] = [a.data as Float32Array, b.data as Float32Array];
  let most = 0;
  for (let i = 0; i < x.length; i++) {
    const difference = Math.abs(x[i]! - y[i]!);
    most = Number.isFinite(difference) ? Math.max(most, difference) : Number.POSITIVE_INFINITY;
  }
  return most;
}
