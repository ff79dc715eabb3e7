/** Boxes of a frame to equal crops, as part of an ONNX graph. */
import type { Graph, Value } from "../nn/index.js";

/**
 * Appends the cropping of `boxes` out of `frame` to `height x width` pixels each, bilinear, pixel centres at halves.
 * Coordinates beyond the frame read its border.
 *
 * The pixels are gathered straight from the frame's bytes, so the cost depends on the crops alone. RoiAlign and
 * GridSample want the whole frame as floats in planes first, which takes longer than everything here together.
 *
 * @param frame uint8 [H, W, 3]
 * @param boxes float32 [n, 4], x1, y1, x2, y2 in pixels of the frame
 * @returns float32 [n, 3, height, width], 0..255
 */
export function crop(g: Graph, frame: Value, boxes: Value, height: number, width: number): Value {
  const [frameHeight, frameWidth] = g.addMany("Split", [g.add("Shape", [frame], { end: 2 })], 2, {
    axis: 0,
    num_outputs: 2,
  }) as [Value, Value];
  const [x1, y1, x2, y2] = g.addMany("Split", [boxes], 4, { axis: 1, num_outputs: 4 }) as [
    Value,
    Value,
    Value,
    Value,
  ];
  const x = samples(g, x1, x2, width, frameWidth);
  const y = samples(g, y1, y2, height, frameHeight);

  const pixels = g.add("Reshape", [frame, g.ints([-1, 3])]);
  const stride = g.add("Cast", [frameWidth], { to: INT32 });
  const columns = (v: Value): Value => g.add("Unsqueeze", [v, g.ints([1])]);
  const rows = (v: Value): Value => g.add("Unsqueeze", [g.add("Mul", [v, stride]), g.ints([2])]);
  const at = (r: Value, c: Value): Value => {
    const bytes = g.add("Gather", [pixels, g.add("Add", [r, c])], { axis: 0 });
    // To planes while they are bytes; then every weight runs along whole rows.
    return g.add("Cast", [g.add("Transpose", [bytes], { perm: [0, 3, 1, 2] })], { to: FLOAT });
  };
  const [top, bottom] = [rows(y.low), rows(y.high)];
  const [left, right] = [columns(x.low), columns(x.high)];
  const wx = g.add("Unsqueeze", [x.weight, g.ints([1, 2])]);
  const wy = g.add("Unsqueeze", [y.weight, g.ints([1, 3])]);
  const between = (a: Value, b: Value, weight: Value): Value =>
    g.add("Add", [a, g.add("Mul", [g.add("Sub", [b, a]), weight])]);
  return between(
    between(at(top, left), at(top, right), wx),
    between(at(bottom, left), at(bottom, right), wx),
    wy,
  );
}

const FLOAT = 1;
const INT32 = 6;

/** Where `count` samples between `from` and `to` [n, 1] fall: two pixels and how much of the second one, [n, count]. */
function samples(
  g: Graph,
  from: Value,
  to: Value,
  count: number,
  size: Value,
): { low: Value; high: Value; weight: Value } {
  const middle = g.constant(
    Float32Array.from({ length: count }, (_, i) => (i + 0.5) / count),
    [1, count],
  );
  const last = g.add("Sub", [g.add("Cast", [size], { to: FLOAT }), g.floats(1)]);
  const position = g.add("Add", [from, g.add("Mul", [g.add("Sub", [to, from]), middle])]);
  const inside = g.add("Max", [g.add("Min", [g.add("Sub", [position, g.floats(0.5)]), last]), g.floats(0)]);
  const low = g.add("Floor", [inside]);
  const high = g.add("Min", [g.add("Add", [low, g.floats(1)]), last]);
  return {
    low: g.add("Cast", [low], { to: INT32 }),
    high: g.add("Cast", [high], { to: INT32 }),
    weight: g.add("Sub", [inside, low]),
  };
}
