/**
 * `track networks`, `track inspect` and `track build`: their options and help.
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

const BUILD_HELP = `
Names may be written in parts: "faster-rcnn --backbone resnet50-fpn" is fasterrcnn_resnet50_fpn. Weights are safetensors
or PyTorch checkpoints (no code in them runs) and must fit by name and shape. Beside the model a card is written, with
which "track --detector" and "track --reid" run it.

Examples:
  $ track build faster-rcnn --backbone resnet50-fpn --weights fasterrcnn_resnet50_fpn_coco-258fb6c6.pth --out frcnn.onnx
  $ track street.mp4 --detector ./frcnn.onnx
  $ track build ssd300 --weights mine.safetensors --labels animals.txt --out animals.onnx
  $ track build osnet_x0_25 --weights osnet_x0_25_msmt17.pth --fp16 --out osnet.onnx
  $ track street.mp4 --reid ./osnet.onnx
  $ track build retinanet --random --out speed.onnx      to see how fast it would be`;

const NETWORKS_HELP = `
Examples:
  $ track networks              all of them
  $ track networks rcnn         those with "rcnn" in the name
  $ track inspect resnet50`;

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
    .option("--depth <n>", "one row for all layers whose names begin with the same parts, n at most")
    .option("--json", "for machines: every number, see schema/inspection.schema.json")
    .addHelpText("after", INSPECT_HELP)
    .action(async (model: string, options) => {
      const { runInspect } = await import("./inspect.js");
      setExitCode(await runInspect(model, options, streams));
    });
  program
    .command("build <network>")
    .description("writes a network with its weights as a model that track runs")
    .option("-o, --out <file>", "the model to write (.onnx); its card goes beside it")
    .option("--backbone <name>", "of a detector, such as resnet50-fpn, vgg16")
    .option(
      "--weights <name-or-file>",
      "safetensors, PyTorch checkpoint (.pth, .pt), or the name of pulled weights",
    )
    .option("--random", "random weights: good for measuring speed only")
    .option("--classes <n>", "how many the weights have, with the background (as published)")
    .option("--labels <file>", "names of the classes, one per line, without the background")
    .option("--size <size>", "fix height and width of the input: 224 or 480x640")
    .option("--fp16", "store weights in half the bytes; computing stays float32, on GPUs too")
    .option("--int8", "store weights in a quarter of the bytes")
    .option("--force", "replace a model that is there already")
    .addHelpText("after", BUILD_HELP)
    .action(async (network: string, options) => {
      const { runBuild } = await import("./build.js");
      setExitCode(await runBuild(network, options, streams));
    });
  program
    .command("networks [text]")
    .description("the networks that can be inspected and built")
    .addHelpText("after", NETWORKS_HELP)
    .action(async (text: string | undefined) => {
      const { networks } = await import("./catalogue.js");
      setExitCode(await networks(text, streams));
    });
}
