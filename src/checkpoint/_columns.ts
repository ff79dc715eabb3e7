/** Typed arrays in JSON, every bit kept. */
import { z } from "zod";
import type { Column } from "../types.js";

const kinds = { Float64Array, Float32Array, Int32Array, Uint8Array } as const;
type Kind = keyof typeof kinds;

const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/);

/** A column as it stands in a checkpoint; parses to the column. */
export const columnSchema = z
  .strictObject({ type: z.enum(Object.keys(kinds) as [Kind, ...Kind[]]), base64 })
  .transform(({ type, base64 }, context): Column => {
    // A copy: views of larger elements must begin at a multiple of their size.
    const bytes = Uint8Array.from(Buffer.from(base64, "base64"));
    if (bytes.length % kinds[type].BYTES_PER_ELEMENT === 0) return new kinds[type](bytes.buffer);
    context.addIssue({ code: "custom", message: `expected whole elements of ${type}` });
    return z.NEVER;
  });

/** @returns what `columnSchema` parses */
export function toPlain(column: Column): { readonly type: string; readonly base64: string } {
  const { buffer, byteOffset, byteLength } = column;
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  return { type: column.constructor.name, base64: bytes.toString("base64") };
}
