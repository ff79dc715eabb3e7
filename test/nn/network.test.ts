import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import {
  adaptiveAveragePool,
  add,
  averagePool,
  batchNorm,
  buildBackbone,
  channelShuffle,
  concat,
  conv,
  convTranspose,
  decodeModel,
  deformable,
  flatten,
  linear,
  maxPool,
  Network,
  pad,
  relu,
  reshape,
  slice,
  type Tensor,
  type WeightSource,
} from "../../src/nn/index.js";
import { random } from "../_random.js";

/** Every parameter is filled from a seed of its own; variances are positive. */
const seeded: WeightSource = (name, shape, role) => {
  const next = random([...name].reduce((a, c) => a * 31 + c.charCodeAt(0), 7) >>> 0);
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () =>
    role === "variance" ? 0.5 + next() : next() - 0.5,
  );
};

async function run(net: Network, bytes: Uint8Array, sides: readonly number[]) {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const next = random(3);
  const data = Float32Array.from({ length: sides.reduce((a, b) => a * b, 1) }, () => next() - 0.5);
  const feeds = { [net.inputs[0]!.name]: new ort.Tensor("float32", data, sides) };
  const results = (await session.run(feeds)) as Record<string, ort.Tensor>;
  await session.release();
  return results;
}

/** A network of one input [batch, channels, size, size]. */
function network(size: number, build: (g: Network, x: Tensor) => Tensor, channels = 4): Network {
  const g = new Network("test");
  g.output("y", build(g, g.input("x", ["batch", channels, size, size])));
  return g;
}

const worst = (a: Float32Array, b: Float32Array): number => Math.max(...a.map((v, k) => Math.abs(v - b[k]!)));

describe("Network", () => {
  it.each<[string, (g: Network, x: Tensor) => Tensor]>([
    ["conv", (g, x) => conv(g, "c", x, { out: 6, kernel: 3, stride: 2, pad: [0, 1, 2, 1], groups: 2 })],
    ["dilated conv", (g, x) => conv(g, "c", x, { out: 6, kernel: [3, 1], dilation: 2, pad: [2, 0] })],
    ["convTranspose", (g, x) => convTranspose(g, "c", x, { out: 6, kernel: 4, stride: 2, pad: 1 })],
    ["maxPool", (g, x) => maxPool(g, x, { kernel: 3, stride: 2, pad: 1, ceil: true })],
    ["averagePool", (g, x) => averagePool(g, x, { kernel: 2, stride: 2, ceil: true })],
    [
      "adaptiveAveragePool",
      (g, x) => adaptiveAveragePool(g, slice(g, slice(g, x, 2, { end: 8 }), 3, { end: 8 }), 4),
    ],
    ["concat", (g, x) => concat(g, [x, x], 2)],
    ["slice", (g, x) => slice(g, x, 3, { start: 1, step: 3 })],
    ["pad", (g, x) => pad(g, x, [0, 1, 0, 2], [0, 0, 3, 0])],
    ["reshape", (g, x) => reshape(g, x, [0, 2, 2, -1])],
    ["channelShuffle", (g, x) => channelShuffle(g, x, 2)],
    ["linear", (g, x) => linear(g, "c", flatten(g, x), { out: 5 })],
  ])("knows the shape that %s gives", async (_, build) => {
    for (const size of [9, 10, 12]) {
      const net = network(size, build);
      const { y } = await run(net, net.encode(seeded), [2, 4, size, size]);
      expect(y!.dims).toEqual(net.outputs[0]!.shape.map((side) => (side === "batch" ? 2 : side)));
    }
  });

  it("runs on every size where height and width are names", async () => {
    const g = new Network("any size");
    const x = g.input("x", ["n", 3, "height", "width"]);
    const y = conv(g, "c1", maxPool(g, x, { kernel: 2 }), { out: 4, kernel: 3, pad: 1 });
    g.output("y", y);
    expect(g.macs).toBeUndefined();
    expect(g.parameterCount).toBe(4 * 27 + 4);
    const bytes = g.encode(seeded);
    for (const [h, w] of [
      [8, 6],
      [13, 21],
    ] as const)
      expect((await run(g, bytes, [1, 3, h, w])).y!.dims).toEqual([1, 4, h >> 1, w >> 1]);
  });

  it.each<[string, (g: Network, x: Tensor) => Tensor]>([
    ["a convolution", (g, x) => batchNorm(g, "bn", conv(g, "c", x, { out: 6, kernel: 3, groups: 2 }))],
    [
      "a transposed convolution",
      (g, x) => batchNorm(g, "bn", convTranspose(g, "c", x, { out: 6, kernel: 3 })),
    ],
    [
      "a fully connected layer",
      (g, x) => batchNorm(g, "bn", linear(g, "c", flatten(g, x), { out: 6 }), { eps: 0.1 }),
    ],
    [
      "a deformable convolution",
      (g, x) => {
        const options = { out: 6, kernel: 3, pad: 1, bias: false, modulated: true };
        return batchNorm(g, "bn", deformable(g, ["offset", "c"], x, options));
      },
    ],
  ])("folds a batch norm into %s without changing the result", async (_, build) => {
    const net = network(5, build);
    const folded = net.encode(seeded);
    const whole = net.encode(seeded, { fold: false });
    const count = (bytes: Uint8Array) =>
      decodeModel(bytes).graph!.node!.filter((n) => n.opType === "BatchNormalization").length;
    expect([count(folded), count(whole)]).toEqual([0, 1]);
    const [a, b] = [await run(net, folded, [1, 4, 5, 5]), await run(net, whole, [1, 4, 5, 5])];
    expect(worst(a.y!.data as Float32Array, b.y!.data as Float32Array)).toBeLessThan(1e-5);
  });

  it("keeps a batch norm whose input something else uses", () => {
    const net = network(5, (g, x) => {
      const y = conv(g, "c", x, { out: 4, kernel: 1 });
      return add(g, batchNorm(g, "bn", y), y);
    });
    const ops = decodeModel(net.encode(seeded)).graph!.node!.map((n) => n.opType);
    expect(ops).toEqual(["Conv", "BatchNormalization", "Add"]);
  });

  it("shares the weights of a module that is called twice, and counts them once", async () => {
    const net = network(5, (g, x) => {
      const head = (y: Tensor) =>
        g.scope("head", () => batchNorm(g, "bn", conv(g, "c", y, { out: 4, kernel: 1 })));
      return head(relu(g, head(x)));
    });
    expect(net.parameters.map((p) => p.name)).toHaveLength(6);
    expect(net.parameterCount).toBe(16 + 4 + 8);
    const bytes = net.encode(seeded);
    expect(decodeModel(bytes).graph!.initializer).toHaveLength(2);
    expect((await run(net, bytes, [1, 4, 5, 5])).y!.dims).toEqual([1, 4, 5, 5]);
  });

  it("leaves out what no output needs, and asks for no weights of it", () => {
    const net = network(5, (g, x) => {
      conv(g, "unused", x, { out: 4, kernel: 1 });
      return conv(g, "used", x, { out: 4, kernel: 1 });
    });
    const asked: string[] = [];
    net.encode((name, shape, role) => {
      asked.push(name);
      return seeded(name, shape, role);
    });
    expect(asked).toEqual(["used.weight", "used.bias"]);
  });

  it("gives inner values as outputs, an input and a value under two names among them", async () => {
    const g = new Network("many");
    const x = g.input("x", [1, 4, 5, 5]);
    const y = relu(g, conv(g, "c", x, { out: 2, kernel: 1 }));
    g.output("first", y);
    g.output("second", y);
    g.output("input", x);
    const results = await run(g, g.encode(seeded, { expose: ["c"] }), [1, 4, 5, 5]);
    expect(Object.keys(results).sort()).toEqual(["c", "first", "input", "second"]);
    expect(results.first!.data).toEqual(results.second!.data);
    expect(() => g.encode(seeded, { expose: ["d"] })).toThrow('Cannot expose "d"');
  });

  it("lets an output have the name of another inner value", async () => {
    const g = new Network("names");
    const c = conv(g, "y", g.input("x", [1, 4, 5, 5]), { out: 2, kernel: 1 });
    g.output("y", relu(g, c));
    const { y } = await run(g, g.encode(seeded), [1, 4, 5, 5]);
    expect(Math.min(...(y!.data as Float32Array))).toBe(0);
  });

  it("gives the same bytes for the same network", () => {
    const bytes = () => buildBackbone("squeezenet1_1").encode(seeded);
    expect(Buffer.compare(bytes(), bytes())).toBe(0);
  });

  it.each<[string, (g: Network, x: Tensor) => Tensor, string]>([
    [
      "groups that do not divide",
      (g, x) => conv(g, "c", x, { out: 6, kernel: 1, groups: 3 }),
      'build "c": 3 groups',
    ],
    [
      "a window larger than the map",
      (g, x) => maxPool(g, x, { kernel: 6 }),
      "a window of 6 does not fit into 5",
    ],
    ["a sum of unlike shapes", (g, x) => add(g, x, slice(g, x, 1, { end: 3 })), 'of "slice"'],
    ["unlike shapes side by side", (g, x) => concat(g, [x, slice(g, x, 2, { end: 3 })]), 'of "slice"'],
    ["a map where rows are expected", (g, x) => linear(g, "c", x, { out: 3 }), "expected [n, features]"],
    ["a reshape to another size", (g, x) => reshape(g, x, [0, 7, -1]), "Cannot reshape"],
    [
      "pooling of unknown sizes to known ones",
      (g) => adaptiveAveragePool(g, g.input("any", [1, 3, "h", "w"]), 3),
      "give the network's input a size",
    ],
    [
      "one name for two shapes",
      (g, x) => conv(g, "c", conv(g, "c", x, { out: 3, kernel: 1 }), { out: 3, kernel: 1 }),
      'Cannot share "c.weight"',
    ],
  ])("refuses %s in one clear line", (_, build, message) => {
    expect(() => network(5, build)).toThrow(message);
    expect(() => network(5, build)).toThrow(RangeError);
  });

  it("refuses weights that do not fill their shape", () => {
    const net = network(5, (g, x) => conv(g, "c", x, { out: 6, kernel: 1 }));
    expect(() => net.encode(() => new Float32Array(5))).toThrow(
      'Cannot use weights for "c.weight": shape [6,4,1,1] needs 24 numbers, got 5',
    );
  });
});

describe("buildBackbone", () => {
  it("takes other sizes and numbers of classes", async () => {
    const net = buildBackbone("squeezenet1_1", { size: [65, 97], classes: 7 });
    const { output } = await run(net, net.encode(seeded), [2, 3, 65, 97]);
    expect(output!.dims).toEqual([2, 7]);
  });

  it("says which networks there are", () => {
    expect(() => buildBackbone("resnet19")).toThrow(/no such network; known are .*resnet18/);
    expect(() => buildBackbone("constructor")).toThrow("no such network");
  });

  it("says when an image is too small", () => {
    expect(() => buildBackbone("alexnet", { size: [32, 32] })).toThrow("use a larger input");
  });
});
