/**
 * A plain re-identification network: a crop goes in, a vector comes out (OSNet, Zhou et al., ICCV 2019,
 * https://arxiv.org/abs/1905.00953; Youtu ReID; most others).
 *
 * Output: float32 [n, numbers], of any length; it is scaled to L2 norm 1 here. A fixed batch size is filled up.
 * Options of the card: none.
 */
import { z } from "zod";
import { ModelError } from "../errors.js";
import { Graph } from "../nn/index.js";
import type { Contract } from "./_contract.js";
import { cropInput, crops, feed, onlyOutput } from "./_input.js";

export const reid: Contract = (card, model) => {
  if (!z.strictObject({}).safeParse(card.options).success)
    throw new ModelError(
      `Cannot use model card "${card.name}": the contract "reid" has no options, got ${Object.keys(card.options).join(", ")}`,
    );
  const output = onlyOutput(card, model);
  const input = cropInput(card, model);
  const g = new Graph("crops");
  feed(g, crops(g, input), input, card);
  return { graph: g.encode(18), fetch: [output.name], innerWidth: 1 };
};
