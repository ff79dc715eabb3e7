/**
 * Tables for the terminal.
 */

const GAP = "  ";

/**
 * Rows of cells as text: the first column to the left, the others to the right. A table wider than `width` goes on
 * below itself, with the first column repeated.
 */
export function layOut(rows: readonly (readonly string[])[], width: number): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const blocks: number[][] = [[]];
  let used = widths[0]!;
  for (let column = 1; column < widths.length; column++) {
    const more = GAP.length + widths[column]!;
    if (used + more > width && blocks.at(-1)!.length > 0) {
      blocks.push([]);
      used = widths[0]!;
    }
    blocks.at(-1)!.push(column);
    used += more;
  }
  return blocks
    .map((columns) =>
      rows
        .map((row) =>
          [row[0]!.padEnd(widths[0]!), ...columns.map((c) => row[c]!.padStart(widths[c]!))]
            .join(GAP)
            .trimEnd(),
        )
        .map((line) => `${line}\n`)
        .join(""),
    )
    .join("\n");
}

/** How wide a table may be: as wide as it likes where nobody looks at it. */
export const widthOf = (stdout: NodeJS.WriteStream): number =>
  stdout.isTTY && stdout.columns > 0 ? stdout.columns : Number.POSITIVE_INFINITY;
