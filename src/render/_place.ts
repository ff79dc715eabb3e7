/** Where labels go: beside what they name, inside the picture, and off each other where there is room. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Placed extends Size {
  readonly x: number;
  readonly y: number;
}

/** The first of the spots, as upper left corners, where nothing is; undefined where all are taken. */
export function findPlace(
  size: Size,
  spots: readonly (readonly [x: number, y: number])[],
  picture: Size,
  taken: readonly Placed[],
): Placed | undefined {
  for (const spot of spots) {
    const place = placeAt(size, spot, picture);
    if (!taken.some((other) => overlap(place, other))) return place;
  }
  return undefined;
}

/** At a spot, or as near to it as the picture allows. */
export function placeAt({ width, height }: Size, [x, y]: readonly [number, number], picture: Size): Placed {
  return {
    x: Math.round(Math.max(0, Math.min(picture.width - width, x))),
    y: Math.round(Math.max(0, Math.min(picture.height - height, y))),
    ...{ width, height },
  };
}

function overlap(a: Placed, b: Placed): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
