import { isEmbedder } from "../src/cli/catalogue.js";
import { findNetwork, networkNames } from "../src/cli/network-names.js";
import { inspect } from "../src/nn/index.js";

const INTRODUCTION = `# Networks

Every network that Throughline can build, look into and write as an ONNX file: \`track inspect NAME\` shows its layers,
\`track build NAME --weights FILE --out model.onnx\` writes it, \`buildBackbone\` and \`buildDetector\` of \`throughline/nn\`
give it to programs. Parameters are those that training learns, with the classes of the published weights;
multiply-accumulates are those of convolutions and fully connected layers for one input of the given size (channels, height,
width; other sizes may be asked for). Of detectors in two stages, what is computed of each region comes on top of that.
Names are torchvision's or timm's where these have the network. Written by
\`npx tsx scripts/networks.ts > docs/networks.md\`.

`;

/** The text of docs/networks.md. */
export function networksPage(): string {
  const rows = networkNames().map((name) => {
    const { size, build, detector } = findNetwork(name)!;
    const network = build();
    const { totals } = inspect(network, detector ? { size } : {});
    const kind = detector ? "detector" : isEmbedder(name) ? "embedder" : "";
    const input = [network.inputs[0]!.shape[1], ...(size ?? [])].join("x");
    // What the data decides the number of, such as the head of two-stage detectors, is counted for one row.
    const more = totals.macsPerRow > 0 ? ` + ${millions(totals.macsPerRow)} a region` : "";
    return [name, kind, input, totals.parameters.toLocaleString("en-US"), millions(totals.macs) + more];
  });
  const head = ["name", "for", "input", "parameters", "multiply-accumulates, millions"];
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  return INTRODUCTION + [head, ["---", "---", "---", "---:", "---:"], ...rows].map(line).join("");
}

const millions = (n: number): string =>
  (n / 1e6).toLocaleString("en-US", { maximumSignificantDigits: n < 1e8 ? 3 : 4 });
