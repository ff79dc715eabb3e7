/** What every known operator gives: the shape and type of its results. https://onnx.ai/onnx/operators */
import { BOOL, FLOAT, INT64, UINT8 } from "./_graph.js";
import * as shapes from "./_shape-rules.js";
import { broadcast, type Call, type Result, UNKNOWN } from "./_values.js";
import * as windows from "./_windows-rules.js";

/** Results in order; a shape that is missing is not known. */
export type Rule = (call: Call) => readonly Result[];

/** The shape of the first input. */
const same: Rule = (call) => [{ shape: call.shape(0) }];
const sameAs =
  (type: number): Rule =>
  (call) => [{ shape: call.shape(0), type }];
/** Every number with its partner. */
const pairs: Rule = (call) => [{ shape: broadcast(call.inputs.map((_, k) => call.shape(k))) }];
const compare: Rule = (call) => [{ ...pairs(call)[0], type: BOOL }];

/** The same rule for many operators. */
const all = (names: string, rule: Rule): Record<string, Rule> =>
  Object.fromEntries(names.split(" ").map((name) => [name, rule]));

/** By operator; those of com.microsoft, ONNX Runtime's own, among them. */
export const rules: ReadonlyMap<string, Rule> = new Map(
  Object.entries<Rule>({
    ...all(
      "Relu LeakyRelu ThresholdedRelu Elu Selu Celu Gelu FastGelu QuickGelu BiasGelu Mish Sigmoid HardSigmoid HardSwish " +
        "Tanh Softplus Softsign Softmax LogSoftmax Hardmax Clip Abs Neg Exp Log Sqrt Reciprocal Floor Ceil Round Sign " +
        "Erf Sin Cos Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh Not BitwiseNot Identity Dropout LRN " +
        "InstanceNormalization LayerNormalization SimplifiedLayerNormalization GroupNormalization " +
        "RMSNormalization LpNormalization MeanVarianceNormalization CumSum Trilu Shrink ScatterND ScatterElements " +
        "Scatter ReverseSequence EyeLike RandomNormalLike RandomUniformLike Bernoulli PRelu " +
        "QLinearSigmoid QLinearLeakyRelu",
      same,
    ),
    BatchNormalization: same,
    IsNaN: sameAs(BOOL),
    IsInf: sameAs(BOOL),
    ...all("Add Sub Mul Div Pow Mod Min Max Sum Mean BitShift BitwiseAnd BitwiseOr BitwiseXor", pairs),
    ...all("And Or Xor Equal Less LessOrEqual Greater GreaterOrEqual", compare),
    Where: (call) => [{ shape: broadcast([0, 1, 2].map((k) => call.shape(k))), type: call.inputs[1]?.type }],
    ...all("QLinearAdd QLinearMul", (call) => [{ shape: broadcast([call.shape(0), call.shape(3)]) }]),
    Cast: (call) => [{ shape: call.shape(0), type: call.int("to", 0) }],
    CastLike: (call) => [{ shape: call.shape(0), type: call.inputs[1]?.type }],

    Conv: windows.conv,
    FusedConv: windows.conv,
    ConvInteger: windows.conv,
    QLinearConv: windows.conv,
    DeformConv: windows.conv,
    ConvTranspose: windows.convTranspose,
    ...all("MaxPool AveragePool LpPool", windows.pool),
    ...all("GlobalAveragePool GlobalMaxPool GlobalLpPool QLinearGlobalAveragePool", windows.globalPool),
    Gemm: windows.gemm,
    FusedGemm: windows.gemm,
    ...all("MatMul MatMulInteger QLinearMatMul", windows.matMul),
    Einsum: windows.einsum,
    ...all("LSTM GRU RNN", windows.recurrent),
    ...all("RoiAlign MaxRoiPool", windows.regions),

    QuantizeLinear: (call) => [{ shape: call.shape(0), type: call.inputs[2]?.type ?? UINT8 }],
    DequantizeLinear: (call) => [{ shape: call.shape(0), type: call.inputs[1]?.type }],
    DynamicQuantizeLinear: (call) => [
      { shape: call.shape(0), type: UINT8 },
      { shape: [], type: FLOAT },
      { shape: [], type: UINT8 },
    ],

    Reshape: shapes.reshape,
    Flatten: shapes.flatten,
    Transpose: shapes.transpose,
    Squeeze: shapes.squeeze,
    Unsqueeze: shapes.unsqueeze,
    Concat: shapes.concat,
    Split: shapes.split,
    Slice: shapes.slice,
    Gather: shapes.gather,
    GatherND: shapes.gatherND,
    GatherElements: shapes.likeIndices,
    Expand: shapes.expand,
    Tile: shapes.tile,
    Pad: shapes.pad,
    Resize: shapes.resize,
    Upsample: shapes.resize,
    ...all("DepthToSpace SpaceToDepth", shapes.blocks),
    ConstantOfShape: shapes.constantOfShape,
    TopK: shapes.topK,
    ...all(
      "ReduceMean ReduceSum ReduceProd ReduceMax ReduceMin ReduceL1 ReduceL2 ReduceSumSquare ReduceLogSum " +
        "ReduceLogSumExp ArgMax ArgMin",
      shapes.reduce,
    ),
    OneHot: shapes.oneHot,
    Range: shapes.range,
    Shape: shapes.shapeOf,
    Size: shapes.sizeOf,
    Constant: constant,
    GridSample: (call) => {
      const [x, grid] = [call.shape(0), call.shape(1)];
      return [{ shape: x && grid ? [...x.slice(0, 2), ...grid.slice(1, -1)] : undefined }];
    },

    // How many there are depends on the numbers.
    NonZero: (call) => [{ shape: [call.shape(0)?.length ?? UNKNOWN, UNKNOWN], type: INT64 }],
    NonMaxSuppression: () => [{ shape: [UNKNOWN, 3], type: INT64 }],
    Compress: (call) => {
      const x = call.shape(0);
      const axis = call.node.attributes.get("axis")?.i;
      if (axis === undefined) return [{ shape: [UNKNOWN] }];
      return [{ shape: x?.map((side, k) => (k === axis || k === axis + x.length ? UNKNOWN : side)) }];
    },
    Unique: () => [{ shape: [UNKNOWN] }, ...Array(3).fill({ shape: [UNKNOWN], type: INT64 })],
  }),
);

/** A constant among the nodes: a tensor, or a number or list written out. */
function constant(call: Call): readonly Result[] {
  const tensor = call.tensor("value");
  if (tensor) return [{ shape: tensor.shape, type: tensor.type, data: tensor.data }];
  const lists = [
    [call.ints("value_ints"), INT64],
    [call.floats("value_floats"), FLOAT],
  ] as const;
  for (const [list, type] of lists) if (list) return [{ shape: [list.length], type, data: list }];
  const numbers = [
    ["value_int", "i", INT64],
    ["value_float", "f", FLOAT],
  ] as const;
  for (const [name, field, type] of numbers) {
    const value = call.node.attributes.get(name)?.[field];
    if (value !== undefined) return [{ shape: [], type, data: [value] }];
  }
  return [{}];
}
