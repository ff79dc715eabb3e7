export { type Attributes, type Dim, Graph, type Value } from "./graph.js";
export {
  type AttributeProto,
  DataType,
  decodeModel,
  encodeModel,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from "./proto.js";
