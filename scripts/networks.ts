/**
 * Every network with its size, as a Markdown table:
 *
 *     npx tsx scripts/networks.ts > docs/networks.md
 */
import { findNetwork, networkNames } from "../src/cli/network-names.js";
import { inspect } from "../src/nn/index.js";

const millions = (n: number): string => (n / 1e6).toFixed(n < 1e7 ? 2 : 1);
const billions = (n: number): string => (n / 1e9).toFixed(n < 1e9 ? 3 : 1);

const rows = networkNames().map((name) => {
  const { size, build, detector } = findNetwork(name)!;
  const network = build();
  const { totals } = inspect(network, detector ? { size } : {});
  const channels = network.inputs[0]!.shape[1];
  // What the data decides the number of, such as the head of two-stage detectors, is counted for one row.
  const macs =
    billions(totals.macs) + (totals.macsPerRow > 0 ? ` + ${billions(totals.macsPerRow)} a region` : "");
  const input = [channels, ...(size ?? [])].join("x");
  return [name, detector ? "detector" : "", input, millions(totals.parameters), macs];
});

const head = ["name", "", "input", "parameters, millions", "multiply-accumulates, billions"];
const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
process.stdout.write([head, ["---", "---", "---", "---:", "---:"], ...rows].map(line).join(""));
