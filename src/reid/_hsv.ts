/** Colour histograms of crops, stripe by stripe, as part of an ONNX graph. */
import type { Graph, Value } from "../nn/index.js";

/** Bins of hue, saturation and value. */
export interface HsvBins {
  readonly hue: number;
  readonly saturation: number;
  readonly value: number;
}

/**
 * Appends histograms of hue x saturation x value over `stripes` equal horizontal stripes.
 *
 * @param crops float32 [n, 3, height, width], RGB 0..255
 * @returns float32 [n, stripes * hue * saturation * value], the part of each stripe's pixels per bin
 */
export function hsvStripes(
  g: Graph,
  crops: Value,
  { height, width, stripes, bins }: { height: number; width: number; stripes: number; bins: HsvBins },
): Value {
  const perStripe = bins.hue * bins.saturation * bins.value;
  const pixels = height * width;
  const flat = g.add("Reshape", [crops, g.ints([0, 3, pixels])]);
  const [hue, saturation, value] = hsv(g, flat);
  const bin = (x: Value, count: number): Value =>
    g.add("Min", [g.add("Floor", [g.add("Mul", [x, g.floats(count)])]), g.floats(count - 1)]);
  const h = g.add("Mul", [bin(hue, bins.hue), g.floats(bins.saturation * bins.value)]);
  const s = g.add("Mul", [bin(saturation, bins.saturation), g.floats(bins.value)]);
  const within = g.add("Add", [g.add("Add", [h, s]), bin(value, bins.value)]);
  const rows = height / stripes;
  const offset = Float32Array.from({ length: pixels }, (_, i) => Math.floor(i / width / rows) * perStripe);
  const index = g.add("Cast", [g.add("Add", [within, g.constant(offset, [1, pixels])])], { to: 7 });
  const n = g.add("Shape", [crops], { end: 1 });
  const total = stripes * perStripe;
  const zeros = g.add("Expand", [g.floats([0]), g.add("Concat", [n, g.ints([total])], { axis: 0 })]);
  const ones = g.add("Expand", [
    g.floats([stripes / pixels]),
    g.add("Concat", [n, g.ints([pixels])], { axis: 0 }),
  ]);
  return g.add("ScatterElements", [zeros, index, ones], { axis: 1, reduction: "add" });
}

/** Hue, saturation and value, each 0..1, of RGB 0..255 [n, 3, pixels] (Smith, 1978, the hexcone model). */
function hsv(g: Graph, rgb: Value): [hue: Value, saturation: Value, value: Value] {
  const [r, green, b] = g.addMany("Split", [rgb], 3, { axis: 1, num_outputs: 3 }) as [Value, Value, Value];
  const top = g.add("Max", [r, green, b]);
  const range = g.add("Sub", [top, g.add("Min", [r, green, b])]);
  // Grey has no hue; dividing by one level at least leaves 0.
  const divisor = g.add("Max", [range, g.floats(1e-3)]);
  const sector = (x: Value, y: Value, from: number): Value =>
    g.add("Add", [g.add("Div", [g.add("Sub", [x, y]), divisor]), g.floats(from)]);
  const greenOrBlue = g.add("Where", [g.add("Equal", [green, top]), sector(b, r, 2), sector(r, green, 4)]);
  const six = g.add("Where", [g.add("Equal", [r, top]), sector(green, b, 6), greenOrBlue]);
  // From 1 to 7: at 6 the turn is full. Mod would say the same in ten times the time.
  const turn = g.add("Mul", [
    g.add("Cast", [g.add("GreaterOrEqual", [six, g.floats(6)])], { to: 1 }),
    g.floats(6),
  ]);
  const hue = g.add("Div", [g.add("Sub", [six, turn]), g.floats(6)]);
  const saturation = g.add("Div", [range, g.add("Max", [top, g.floats(1e-3)])]);
  const value = g.add("Div", [top, g.floats(255)]);
  const flat = (x: Value): Value => g.add("Squeeze", [x, g.ints([1])]);
  return [flat(hue), flat(saturation), flat(value)];
}
