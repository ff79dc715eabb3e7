/** Models of a few nodes, as bytes. */
import { Graph } from "../../src/nn/index.js";

export const OPSET = 18;

/** y = op(x), both float32 [n]. */
export function unary(op: string): Uint8Array {
  const g = new Graph(op);
  g.add(op, [g.input("x", "float", ["n"])], {}, "y");
  g.output("y", "float", ["n"]);
  return g.encode(OPSET);
}

/** sum = the sum of all bytes of "frame". */
export function frameSum(): Uint8Array {
  const g = new Graph("sum");
  const frame = g.input("frame", "uint8", ["h", "w", 3]);
  g.add("ReduceSum", [g.add("Cast", [frame], { to: 1 })], { keepdims: 0 }, "sum");
  g.output("sum", "float", []);
  return g.encode(OPSET);
}
