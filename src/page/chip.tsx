/** A little square in the colour of an identity, beside its name. */
import { nameOf } from "./findings.js";
import { colourOf } from "./looks.js";

export function Chip({ id }: { readonly id: number }) {
  return (
    <>
      <span class="chip" style={{ background: colourOf(id) }} />
      {nameOf(id)}
    </>
  );
}
