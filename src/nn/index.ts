export { type ExternalModel, type ExternalOptions, encodeExternal } from "./_external.js";
export type { EncodeOptions } from "./_lower.js";
export type { Field, Padding, Pair } from "./_windows.js";
export {
  type Activation,
  elu,
  hardSigmoid,
  hardSwish,
  leakyRelu,
  relu,
  relu6,
  sigmoid,
  softmax,
  swish,
  tanh,
} from "./activations.js";
export type { Backbone, BackboneOptions } from "./backbones/_backbone.js";
export { type BackboneName, backbones, buildBackbone } from "./backbones/index.js";
export { type Deformation, deformable, deformConv } from "./deform.js";
export type {
  Detections,
  Detector,
  DetectorInput,
  DetectorOptions,
  ProposalOptions,
} from "./detectors/_detector.js";
export { buildDetector, type DetectorName, detectors } from "./detectors/index.js";
export { decodeModel, encodeModel, encodePieces, fitsOneFile } from "./encode.js";
export { type Attributes, type Dim, Graph, type Value } from "./graph.js";
export { type InitialOptions, initialWeights } from "./initial.js";
export {
  type ByteSource,
  type InspectedLayer,
  type InspectedTotals,
  type InspectedValue,
  type Inspection,
  type InspectOptions,
  inspect,
} from "./inspect/index.js";
export { add, channelShuffle, concat, flatten, multiply, pad, reshape, slice, transpose } from "./joins.js";
export { batchNorm, type ConvOptions, conv, convTranspose, linear, type NormOptions } from "./layers.js";
export {
  contentLoss,
  criticLoss,
  distillationLoss,
  focalLoss,
  gram,
  hardest,
  smoothL1,
  styleLoss,
} from "./losses.js";
export {
  type Layer,
  Network,
  type OpOptions,
  type Parameter,
  type Role,
  type Tensor,
  type WeightSource,
} from "./network.js";
export { lineIntegrals } from "./paf.js";
export {
  adaptiveAveragePool,
  averagePool,
  globalAveragePool,
  localResponseNorm,
  maxPool,
  type PoolOptions,
} from "./pools.js";
export {
  type AttributeProto,
  DataType,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from "./proto.js";
export { gru, lstm, type Recurrent, rnn } from "./recurrent.js";
export { resize } from "./resize.js";
export { type Storage, storeWeights } from "./storage.js";
export { opsetOf, type Wrapping, wrapModel } from "./wrap.js";
