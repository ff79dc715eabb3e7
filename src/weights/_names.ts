/**
 * Names that published files write in an older or newer way than the networks here. torchvision renames them while it
 * loads (`_load_from_state_dict` of rpn.py, retinanet.py, mask_rcnn.py, feature_pyramid_network.py; densenet.py).
 */

type Rule = readonly [pattern: RegExp, name: (...parts: string[]) => string];

const RULES: readonly Rule[] = [
  // denselayer1.norm.1.weight
  [/^(.*denselayer\d+\.(?:norm|relu|conv))\.([12]\..*)$/, (_, layer, rest) => `${layer}${rest}`],
  // fpn.inner_blocks.0.weight
  [/^(.*\.(?:inner|layer)_blocks\.\d+)\.(weight|bias)$/, (_, block, kind) => `${block}.0.${kind}`],
  // rpn.head.conv.weight
  [/^(.*head\.conv)\.(weight|bias)$/, (_, conv, kind) => `${conv}.0.0.${kind}`],
  // Every second entry of the list is an activation: head.classification_head.conv.2.weight
  [
    /^(.*_head\.conv)\.(\d+)\.(weight|bias)$/,
    (_, conv, place, kind) => `${conv}.${Number(place) / 2}.0.${kind}`,
  ],
  // roi_heads.mask_head.mask_fcn1.weight
  [
    /^(.*mask_head)\.mask_fcn(\d+)\.(weight|bias)$/,
    (_, head, k, kind) => `${head}.${Number(k) - 1}.0.${kind}`,
  ],
];

/** What the network calls a tensor of this name; the name itself where it knows no other. */
export function usualName(name: string, knows: (name: string) => boolean): string {
  if (knows(name)) return name;
  for (const [pattern, rename] of RULES) {
    const parts = pattern.exec(name);
    const other = parts && rename(...(parts as unknown as string[]));
    if (other && knows(other)) return other;
  }
  return name;
}
