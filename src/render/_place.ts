/** Where labels go: beside what they name, inside the picture, and off each other where there is room. */

export interface Placed {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Takes the first of the spots that is free, else the first of all; the place is added to those taken. */
export function placeLabel(
  { width, height }: { readonly width: number; readonly height: number },
  spots: readonly (readonly [x: number, y: number])[],
  picture: { readonly width: number; readonly height: number },
  taken: Placed[],
): Placed {
  let chosen: Placed | undefined;
  for (const [spotX, spotY] of spots) {
    const x = Math.round(Math.max(0, Math.min(picture.width - width, spotX)));
    const y = Math.round(Math.max(0, Math.min(picture.height - height, spotY)));
    const place = { x, y, width, height };
    const isFree = !taken.some(
      (other) =>
        x < other.x + other.width &&
        other.x < x + width &&
        y < other.y + other.height &&
        other.y < y + height,
    );
    chosen ??= place;
    if (!isFree) continue;
    chosen = place;
    break;
  }
  taken.push(chosen!);
  return chosen!;
}
