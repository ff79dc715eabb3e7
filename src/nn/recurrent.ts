/** Recurrent layers. Names and layouts of the weights are PyTorch's; equations as in Cho et al. 2014 and Graves 2013. */
import { slice } from "./joins.js";
import type { Network, Tensor } from "./network.js";

/** What a recurrent layer gives. */
export interface Recurrent {
  /** The state after every step: [steps, n, hidden]. */
  readonly outputs: Tensor;
  /** The last of them: [1, n, hidden]. */
  readonly state: Tensor;
  /** The last cell of an LSTM: [1, n, hidden]. */
  readonly cell?: Tensor;
}

/** ONNX's operators, with the places of their gates among PyTorch's: z, r, h of r, z, n; i, o, f, c of i, f, g, o. */
const GATES = { RNN: [0], GRU: [1, 0, 2], LSTM: [0, 3, 1, 2] } as const;

/**
 * h' = tanh(W x + b + R h + c), step by step over [steps, n, features].
 *
 * @example
 * const { outputs } = rnn(g, "rnn", x, { hidden: 64 }); // "rnn.weight_ih_l0" [64, features], ...
 */
export const rnn = (g: Network, name: string, x: Tensor, options: { readonly hidden: number }): Recurrent =>
  recurrent(g, "RNN", name, x, options);

/**
 * Gated recurrent units: h' = (1 - z) n + z h with n = tanh(W x + b + r (R h + c)). Papers that write h' = z n + (1 - z) h
 * have weights of z with the other sign.
 */
export const gru = (g: Network, name: string, x: Tensor, options: { readonly hidden: number }): Recurrent =>
  recurrent(g, "GRU", name, x, options);

/** Long short-term memory: c' = f c + i g, h' = o tanh(c'), without peepholes. */
export const lstm = (g: Network, name: string, x: Tensor, options: { readonly hidden: number }): Recurrent =>
  recurrent(g, "LSTM", name, x, options);

function recurrent(
  g: Network,
  op: keyof typeof GATES,
  name: string,
  x: Tensor,
  { hidden }: { readonly hidden: number },
): Recurrent {
  const [steps, n, features] = x.shape;
  if (x.shape.length !== 3 || typeof features !== "number")
    throw new RangeError(`Cannot build "${g.path(name)}": expected [steps, n, features], got [${x.shape}]`);
  const gates = GATES[op];
  const rows = gates.length * hidden;
  const sorted = (t: Tensor): Tensor => {
    const parts = gates.map((k) => slice(g, t, 0, { start: k * hidden, end: (k + 1) * hidden }));
    return parts.length === 1 ? t : g.op("Concat", parts, t.shape, { attributes: { axis: 0 } });
  };
  // ONNX has an axis for directions in front.
  const forward = (t: Tensor): Tensor => g.op("Unsqueeze", [t, g.ints([0])], [1, ...t.shape]);
  return g.scope(name, () => {
    const w = forward(sorted(g.parameter("weight_ih_l0", [rows, features], "weight")));
    const r = forward(sorted(g.parameter("weight_hh_l0", [rows, hidden], "weight")));
    const biases = ["bias_ih_l0", "bias_hh_l0"].map((b) => sorted(g.parameter(b, [rows], "bias")));
    const b = forward(g.op("Concat", biases, [2 * rows], { attributes: { axis: 0 } }));
    const last = [1, n!, hidden];
    const shapes = [[steps!, 1, n!, hidden], last, ...(op === "LSTM" ? [last] : [])];
    const attributes = { hidden_size: hidden, ...(op === "GRU" && { linear_before_reset: 1 }) };
    const [all, state, cell] = g.opMany(op, [x, w, r, b], shapes, { attributes, field: undefined });
    const outputs = g.op("Squeeze", [all!, g.ints([1])], [steps!, n!, hidden]);
    return { outputs, state: state!, ...(cell && { cell }) };
  });
}
