/** A network's layers for people. */
import type { Dim, InspectedLayer, InspectedValue, Inspection } from "../nn/index.js";
import { formatBytes, plural } from "./reporter.js";

/** How it is shown. */
export interface InspectTextOptions {
  /** Layers inside the same so many scopes, the parts of their names, are one row. */
  readonly depth?: number;
  /** Characters. */
  readonly width: number;
}

/** One row: a layer, or all whose names begin alike. */
interface Row {
  readonly name: string;
  readonly op: string;
  readonly shape?: readonly Dim[];
  readonly parameters: number;
  readonly macs: number;
  readonly macsPerRow: number;
  readonly bytes?: number;
  readonly field?: InspectedLayer["field"];
}

const GAP = "  ";
const HEAD = ["layer", "op", "output", "params", "MACs", "memory", "field"] as const;
/** Columns with words; the others have numbers and go to the right. */
const WORDS = 3;

/** The table of layers and the sums. */
export function formatInspection(inspection: Inspection, { depth, width }: InspectTextOptions): string {
  const { name, producer, opset, inputs, layers } = inspection;
  const facts = [producer && `written by ${producer}`, opset !== undefined && `opset ${opset}`];
  const rows = depth ? grouped(layers, depth) : layers.map(rowOf);
  return [
    `${[name, ...facts.filter(Boolean)].join(", ")}\n`,
    `${listed("inputs", inputs)}\n`,
    table([[...HEAD], ...rows.map(cells)], width),
    `\n${totals(inspection)}`,
  ].join("");
}

const rowOf = ({ results, macs = 0, macsPerRow = 0, ...rest }: InspectedLayer): Row => ({
  ...rest,
  shape: results[0]?.shape,
  macs,
  macsPerRow,
});

/** The parts of "layer1.0.conv1" or "/layer1/layer1.0/conv1/Conv" that stand around the last. */
const scopesOf = (name: string): string[] =>
  name
    .split(separatorOf(name))
    .filter((part) => part !== "")
    .slice(0, -1);

const separatorOf = (name: string): string => (name.includes("/") ? "/" : ".");

function grouped(layers: readonly InspectedLayer[], depth: number): Row[] {
  const groups = new Map<string, InspectedLayer[]>();
  for (const layer of layers) {
    const scopes = scopesOf(layer.name).slice(0, depth);
    const key = scopes.length === 0 ? layer.name : scopes.join(separatorOf(layer.name));
    const group = groups.get(key);
    if (group) group.push(layer);
    else groups.set(key, [layer]);
  }
  return [...groups].map(([name, members]) => {
    const rows = members.map(rowOf);
    const sum = (of: (row: Row) => number) => rows.reduce((n, row) => n + of(row), 0);
    const last = rows.at(-1)!;
    return {
      ...last,
      name,
      op: rows.length === 1 ? last.op : plural(rows.length, "layer"),
      parameters: sum((row) => row.parameters),
      macs: sum((row) => row.macs),
      macsPerRow: sum((row) => row.macsPerRow),
      bytes: rows.every((row) => row.bytes !== undefined) ? sum((row) => row.bytes!) : undefined,
    };
  });
}

function cells({ name, op, shape, parameters, macs, macsPerRow, bytes, field }: Row): string[] {
  const each = macsPerRow > 0 ? `${macs > 0 ? "+" : ""}${short(macsPerRow)}/row` : "";
  return [
    name,
    op,
    sides(shape),
    parameters > 0 ? short(parameters) : "",
    `${macs > 0 ? short(macs) : ""}${each}`,
    bytes === undefined ? "?" : formatBytes(bytes),
    field === undefined ? "" : field.size[0] === field.size[1] ? `${field.size[0]}` : field.size.join("x"),
  ];
}

const sides = (shape: readonly Dim[] | undefined): string =>
  shape === undefined ? "?" : shape.length === 0 ? "scalar" : shape.join("x");

const value = ({ name, type, shape }: InspectedValue): string => `${name} ${type} ${sides(shape)}`;

/** "999", "1.2k", "25.6M", "4.09G": three digits. */
export function short(count: number): string {
  const units = ["", "k", "M", "G", "T", "P"];
  let [number, unit] = [count, 0];
  while (number >= 999.5 && unit < units.length - 1) {
    number /= 1000;
    unit++;
  }
  const digits = unit === 0 || number >= 99.95 ? 0 : number >= 9.995 ? 1 : 2;
  return `${number.toFixed(digits)}${units[unit]}`;
}

/** Columns as wide as they need to be; where that is too wide, the beginnings of names give way. */
function table(rows: readonly (readonly string[])[], width: number): string {
  const widths = HEAD.map((_, column) => rows.reduce((most, row) => Math.max(most, row[column]!.length), 0));
  const shrink = (column: number, least: number): void => {
    const over = widths.reduce((a, b) => a + b, 0) + GAP.length * (widths.length - 1) - width;
    if (over > 0) widths[column] = Math.min(widths[column]!, Math.max(least, widths[column]! - over));
  };
  shrink(0, 24);
  shrink(1, 8);
  shrink(2, 14);
  shrink(0, 12);
  const cell = (text: string, column: number): string => {
    const room = widths[column]!;
    if (column >= WORDS) return text.padStart(room);
    if (text.length <= room) return text.padEnd(room);
    return column === 0 ? `…${text.slice(1 - room)}` : `${text.slice(0, room - 1)}…`;
  };
  return rows.map((row) => `${row.map(cell).join(GAP).trimEnd()}\n`).join("");
}

/** Values below each other, the heading before the first. */
const listed = (heading: string, values: readonly InspectedValue[]): string =>
  values.map((v, k) => `${(k === 0 ? heading : "").padEnd(8)} ${value(v)}\n`).join("");

const exact = (count: number): string => count.toLocaleString("en-US");

function totals({ layers, outputs, totals: t, unknown }: Inspection): string {
  const perRow = t.macsPerRow > 0 ? `, and ${exact(t.macsPerRow)} for each row that the data adds` : "";
  const lines: [string, string][] = [
    ["layers", exact(layers.length)],
    ["params", `${exact(t.parameters)}; all stored numbers ${formatBytes(t.weightBytes)}`],
    ["MACs", `${exact(t.macs)}${perRow}`],
    [
      "memory",
      `${formatBytes(t.peakBytes)} of results at most${t.peakAt === undefined ? "" : `, at ${t.peakAt}`}; all together ${formatBytes(t.activationBytes)}`,
    ],
  ];
  if (t.unsized > 0)
    lines.push([
      "note",
      `${plural(t.unsized, "layer")} of a size that the data or --input decides: not in the sums of memory`,
    ]);
  if (t.uncounted > 0)
    lines.push(["note", `${plural(t.uncounted, "layer")} whose MACs are not known: not in the sum`]);
  const strange = Object.entries(unknown).map(([op, times]) => (times > 1 ? `${op} (${times})` : op));
  if (strange.length > 0)
    lines.push([
      "note",
      `operators that are not known here, shapes after them may be missing: ${strange.join(", ")}`,
    ]);
  return `${listed("outputs", outputs)}${lines.map(([key, text]) => `${key.padEnd(8)} ${text}\n`).join("")}`;
}
