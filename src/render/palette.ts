/**
 * How an identity looks: always the same, and told apart without seeing colours.
 *
 * The colours are Okabe and Ito's (Color Universal Design, 2008) without black, and white; the shape of the outline is the
 * second cue. The number on the label is the third.
 */

/** Red, green and blue, 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/** `plain`: one line; `corners`: with thick corners; `double`: two lines. */
export type Outline = "plain" | "corners" | "double";

/** What an identity is drawn with. */
export interface Look {
  readonly colour: Colour;
  readonly outline: Outline;
}

export const white: Colour = [255, 255, 255];
export const black: Colour = [0, 0, 0];

const colours: readonly Colour[] = [
  [230, 159, 0],
  [86, 180, 233],
  [0, 158, 115],
  [240, 228, 66],
  [0, 114, 178],
  [213, 94, 0],
  [204, 121, 167],
  white,
];

const outlines: readonly Outline[] = ["plain", "corners", "double"];

/**
 * The look of an identity; there are 24 before they come again.
 *
 * @example
 * lookOf(1).colour; // [230, 159, 0], orange
 */
export function lookOf(id: number): Look {
  const at = Math.max(0, Math.floor(id) - 1);
  return {
    colour: colours[at % colours.length]!,
    outline: outlines[Math.floor(at / colours.length) % outlines.length]!,
  };
}

/** Black or white, whichever is easier to read on the colour (WCAG 2.1, relative luminance). */
export function inkOn([red, green, blue]: Colour): Colour {
  const linear = (value: number): number => {
    const v = value / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  };
  const luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  return luminance > 0.179 ? black : white;
}
