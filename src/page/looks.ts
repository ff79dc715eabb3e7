/** Looks of identities as style sheets and canvases take them. */
import { type Colour, lookOf, type Outline } from "../render/palette.js";

export const css = ([red, green, blue]: Colour): string => `rgb(${red} ${green} ${blue})`;

/** The colour of an identity. */
export const colourOf = (id: number): string => css(lookOf(id).colour);

/** The second thing to tell it by. */
export const outlineOf = (id: number): Outline => lookOf(id).outline;
