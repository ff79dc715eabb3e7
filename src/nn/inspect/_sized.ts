/** Gives the open sides of a network's inputs numbers. */
import type { Dim } from "../graph.js";
import type { Declared } from "./_graph.js";

/** Where the height of an image is in its shape, the width comes after it; undefined: it is no image. */
function heightAt(shape: readonly Dim[] | undefined): number | undefined {
  const few = (side: Dim | undefined) => side === 1 || side === 3 || side === 4;
  // A generator's noise [n, 100, 1, 1] has its channels in front.
  if (shape?.length === 4) return few(shape[3]) && !few(shape[1]) && !few(shape[2]) ? 1 : 2;
  if (shape?.length !== 3) return undefined;
  return few(shape[0]) ? 1 : few(shape[2]) ? 0 : undefined;
}

/** One of what comes in batches. */
const single = (side: Dim, k: number): Dim =>
  k === 0 && typeof side === "string" && /batch|^[nb]$/i.test(side) ? 1 : side;

/**
 * The inputs, one image at a time and of this size where they leave it open. A name stands for the same number
 * wherever it occurs.
 *
 * @throws {RangeError} where there is no image, or its size is fixed to another.
 */
export function sized(
  inputs: readonly Declared[],
  size: readonly [height: number, width: number] | undefined,
): readonly Declared[] {
  const image = inputs.find(({ shape }) => heightAt(shape) !== undefined);
  if (!image) {
    if (size) throw new RangeError(`Cannot use an input of ${size.join("x")}: the network takes no image`);
    return inputs.map((input) => ({ ...input, shape: input.shape?.map(single) }));
  }
  const shape = image.shape!;
  const at = heightAt(shape)!;
  const wanted = shape.map((side, k): Dim => {
    if (k === 0 && shape.length === 4 && typeof side === "string") return 1;
    return (k === at || k === at + 1) && size ? size[k - at]! : side;
  });
  const fixed = wanted.findIndex((side, k) => typeof shape[k] === "number" && side !== shape[k]);
  if (fixed >= 0)
    throw new RangeError(
      `Cannot use an input of ${size!.join("x")}: "${image.name}" is fixed at ${shape.slice(at, at + 2).join("x")}`,
    );
  const numbers = new Map(shape.map((side, k) => [side, wanted[k]!]));
  numbers.delete("?");
  return inputs.map((input) =>
    input === image
      ? { ...input, shape: wanted }
      : { ...input, shape: input.shape?.map((side) => numbers.get(side) ?? side) },
  );
}
