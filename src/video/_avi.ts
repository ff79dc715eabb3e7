import { largestHeader, mostBoxes, type Promised, type ReadAt } from "./_header.js";

/**
 * What an AVI file promises: by its index, which comes last, or where that is cut off, by its header.
 * Source: Microsoft's AVI RIFF file reference.
 */
export async function promisedByAvi(read: ReadAt): Promise<Promised | undefined> {
  let video: { readonly chunks: string; readonly frames: number; readonly seconds: number } | undefined;
  for (let box = 0, position = 12; box < mostBoxes; box++) {
    const head = await read(position, 12);
    if (head === undefined) break;
    const size = head.readUInt32LE(4);
    const type = head.toString("latin1", 0, 4);
    if (type === "LIST" && head.toString("latin1", 8, 12) === "hdrl" && size <= largestHeader)
      video = videoOfAvi(await read(position + 12, size - 4));
    if (type === "idx1" && video !== undefined && size <= largestHeader) {
      const index = await read(position + 8, size);
      if (index !== undefined) return countIndexed(index, video);
    }
    position += 8 + size + (size % 2);
  }
  // Without its index, which comes last, only the header tells.
  return video && { frames: video.frames, span: (video.frames - 1) * video.seconds };
}

/** The first video stream: the names of its chunks, its length, and the seconds of a frame. */
function videoOfAvi(
  header: Buffer | undefined,
): { chunks: string; frames: number; seconds: number } | undefined {
  if (header === undefined) return undefined;
  let stream = 0;
  for (
    let at = header.indexOf("strh", 0, "latin1");
    at !== -1;
    at = header.indexOf("strh", at + 4, "latin1")
  ) {
    const body = at + 8;
    if (header.toString("latin1", body, body + 4) === "vids") {
      const seconds = header.readUInt32LE(body + 20) / header.readUInt32LE(body + 24);
      const frames = header.readUInt32LE(body + 32);
      if (!Number.isFinite(seconds) || frames === 0) return undefined;
      return { chunks: `${String(stream).padStart(2, "0")}d`, frames, seconds };
    }
    stream++;
  }
  return undefined;
}

/** Empty chunks stand for a frame that was dropped while recording; nothing is decoded from them. */
function countIndexed(
  index: Buffer,
  { chunks, seconds }: { readonly chunks: string; readonly seconds: number },
): Promised | undefined {
  let place = 0;
  let frames = 0;
  let first = 0;
  let last = 0;
  for (let at = 0; at + 16 <= index.length; at += 16) {
    if (index.toString("latin1", at, at + 3) !== chunks) continue;
    if (index.readUInt32LE(at + 12) > 0) {
      if (frames === 0) first = place;
      last = place;
      frames++;
    }
    place++;
  }
  return frames === 0 ? undefined : { frames, span: (last - first) * seconds };
}
