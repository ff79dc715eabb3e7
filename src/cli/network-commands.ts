/**
 * `track inspect`: its options and help.
 */
import type { Command } from "commander";
import type { Streams } from "./models.js";

const INSPECT_HELP = `
A network by name ("track networks"), a model by name ("track models list"), or any ONNX file. Nothing is run and no
weights are read. Columns: shape of the result; learnt numbers; multiply-accumulates; memory of the result; receptive
field, the side of the square of the image that one number sees (nothing: all of it, or not known).

Examples:
  $ track inspect vgg16
  $ track inspect resnet50 --input 480x640 --depth 2     one row for each block
  $ track inspect yolox_nano.onnx
  $ track inspect nanodet-g --json | jq '.layers | max_by(.macs) | .name'`;

/** Adds the commands. What they do is loaded when they are asked for. */
export function addNetworkCommands(
  program: Command,
  streams: Streams,
  setExitCode: (code: number) => void,
): void {
  program
    .command("inspect <model>")
    .description("the layers of a network: shapes, parameters, work, memory, receptive fields")
    .option("--input <size>", "height and width of the image: 224 or 480x640 (as the network has it)")
    .option("--depth <n>", "one row for all layers whose names begin with the same n parts")
    .option("--json", "for machines: every number, see schema/inspection.schema.json")
    .addHelpText("after", INSPECT_HELP)
    .action(async (model: string, options) => {
      const { runInspect } = await import("./inspect.js");
      setExitCode(await runInspect(model, options, streams));
    });
}
