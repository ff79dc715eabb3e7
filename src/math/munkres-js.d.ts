// munkres-js 1.2 ships no types.
declare module "munkres-js" {
  /** Minimum-cost pairs `[row, column]`. Never returns when an entry is not finite. */
  export default function munkres(costs: number[][]): [row: number, column: number][];
}
