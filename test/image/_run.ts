/** Runs a graph once. */
import { createRuntime, type RunRequest, type Tensor } from "../../src/onnx/index.js";

export async function runGraph(
  graph: Uint8Array,
  request: Omit<RunRequest, "fetch">,
  output: string,
): Promise<Tensor<"float32">> {
  const runtime = await createRuntime({ threads: 1 });
  try {
    const model = await runtime.load(graph);
    return (await runtime.run([model], { ...request, fetch: [output] }))[output] as Tensor<"float32">;
  } finally {
    await runtime.close();
  }
}
