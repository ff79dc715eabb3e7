import { readFileSync } from "node:fs";

/** Reads a two-dimensional float64 .npy file (format 1.0, little endian, C order). */
export function readNpy(file: URL): { rows: number; cols: number; data: Float64Array } {
  const bytes = readFileSync(file);
  const start = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString("latin1", 10, start);
  const shape = /'shape': \((\d+), (\d+)\)/.exec(header);
  if (!header.includes("'<f8'") || !header.includes("'fortran_order': False") || !shape)
    throw new Error(`Cannot read ${file}: expected float64 in C order, got ${header}`);
  const rows = Number(shape[1]);
  const cols = Number(shape[2]);
  const data = new Float64Array(rows * cols);
  for (let k = 0; k < data.length; k++) data[k] = bytes.readDoubleLE(start + 8 * k);
  return { rows, cols, data };
}
