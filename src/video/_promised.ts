import { type FileHandle, open } from "node:fs/promises";

/** What the header of a container says about its first video track. */
export interface Promised {
  readonly frames: number;
  /** Seconds from the first frame to the last. */
  readonly span: number;
}

/** A header of a whole film has some megabytes; what claims more is not read. */
const largestHeader = 64 * 2 ** 20;
/** An index comes after a few boxes, and tells of hours; what claims more is there to keep us counting. */
const mostBoxes = 10_000;
const mostFrames = 2 ** 24;

/**
 * How many frames an MP4/MOV or AVI file should have: ffmpeg ends a truncated one without complaint, and
 * tells nobody what its index says. Other containers promise nothing that can be relied on.
 *
 * Sources: ISO/IEC 14496-12 (boxes moov/trak/mdia/minf/stbl, edts); Microsoft's AVI RIFF file reference.
 *
 * @returns undefined for other containers, for fragmented files, and where an edit list joins several pieces
 */
export async function promisedFrames(path: string): Promise<Promised | undefined> {
  const file = await open(path);
  try {
    const head = await bytesAt(file, 0, 12);
    if (head === undefined) return undefined;
    if (head.toString("latin1", 0, 4) === "RIFF" && head.toString("latin1", 8, 12) === "AVI ")
      return await promisedByAvi(file);
    const movie = await findMovie(file);
    return movie === undefined ? undefined : promisedByMovie(movie);
  } catch (error) {
    // A header that lies about its own lengths promises nothing; whether it can be read is ffmpeg's to say.
    if (error instanceof RangeError) return undefined;
    throw error;
  } finally {
    await file.close();
  }
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<Buffer | undefined> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, position);
  return bytesRead === length ? bytes : undefined;
}

async function promisedByAvi(file: FileHandle): Promise<Promised | undefined> {
  let video: { readonly chunks: string; readonly frames: number; readonly seconds: number } | undefined;
  for (let box = 0, position = 12; box < mostBoxes; box++) {
    const head = await bytesAt(file, position, 12);
    if (head === undefined) break;
    const size = head.readUInt32LE(4);
    const type = head.toString("latin1", 0, 4);
    if (type === "LIST" && head.toString("latin1", 8, 12) === "hdrl" && size <= largestHeader)
      video = videoOfAvi(await bytesAt(file, position + 12, size - 4));
    if (type === "idx1" && video !== undefined && size <= largestHeader) {
      const index = await bytesAt(file, position + 8, size);
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

async function findMovie(file: FileHandle): Promise<Buffer | undefined> {
  for (let box = 0, position = 0; box < mostBoxes; box++) {
    const head = await bytesAt(file, position, 8);
    if (head === undefined) return undefined;
    let size = head.readUInt32BE(0);
    let headSize = 8;
    if (size === 1) {
      const large = await bytesAt(file, position + 8, 8);
      if (large === undefined) return undefined;
      size = Number(large.readBigUInt64BE(0));
      headSize = 16;
    }
    if (head.toString("latin1", 4, 8) === "moov") {
      if (size > largestHeader) return undefined;
      return bytesAt(file, position + headSize, size - headSize);
    }
    if (size < headSize) return undefined;
    position += size;
  }
  return undefined;
}

function promisedByMovie(movie: Buffer): Promised | undefined {
  const movieScale = timescale(child(movie, "mvhd"));
  for (const track of children(movie, "trak")) {
    const media = child(track, "mdia");
    if (child(media, "hdlr")?.toString("latin1", 8, 12) !== "vide") continue;
    const scale = timescale(child(media, "mdhd"));
    const table = child(child(media, "minf"), "stbl");
    const durations = child(table, "stts");
    if (scale === undefined || movieScale === undefined || durations === undefined) return undefined;
    const shown = shownByEdits(child(child(track, "edts"), "elst"), scale / movieScale);
    return shown && countShown(durations, child(table, "ctts"), shown, scale);
  }
  return undefined;
}

/** In ticks of the track, by composition time. */
interface Window {
  readonly from: number;
  readonly until: number;
}

/** What the edit list shows of a track: it may hide frames at both ends. undefined where it shows pieces. */
function shownByEdits(elst: Buffer | undefined, ticksPerMovieTick: number): Window | undefined {
  const pieces: Window[] = [];
  const long = elst?.readUInt8(0) === 1;
  for (let entry = 0; elst !== undefined && entry < elst.readUInt32BE(4); entry++) {
    const at = 8 + entry * (long ? 20 : 12);
    const duration = (long ? Number(elst.readBigUInt64BE(at)) : elst.readUInt32BE(at)) * ticksPerMovieTick;
    const from = long ? Number(elst.readBigInt64BE(at + 8)) : elst.readInt32BE(at + 4);
    // Below zero it only delays the track; of no duration it shows everything.
    if (from >= 0) pieces.push({ from, until: duration === 0 ? Number.POSITIVE_INFINITY : from + duration });
  }
  if (pieces.length > 1) return undefined;
  return pieces[0] ?? { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY };
}

function countShown(
  stts: Buffer,
  ctts: Buffer | undefined,
  { from, until }: Window,
  scale: number,
): Promised | undefined {
  let samples = 0;
  for (const { count } of runs(stts)) samples += count;
  if (samples > mostFrames) return undefined;
  const offsets = ctts === undefined ? undefined : runs(ctts);
  let offset = offsets?.next().value;
  let left = offset?.count ?? 0;
  let decodeTime = 0;
  let frames = 0;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { count, value } of runs(stts)) {
    for (let sample = 0; sample < count; sample++) {
      while (left === 0 && offset !== undefined) {
        offset = offsets?.next().value;
        left = offset?.count ?? 0;
      }
      left--;
      const time = decodeTime + (offset?.value ?? 0);
      decodeTime += value;
      if (time < from || time >= until) continue;
      frames++;
      first = Math.min(first, time);
      last = Math.max(last, time);
    }
  }
  return frames === 0 ? undefined : { frames, span: (last - first) / scale };
}

/** The run-length code of `stts` and `ctts`. */
function* runs(table: Buffer): Generator<{ count: number; value: number }, undefined> {
  const entries = table.readUInt32BE(4);
  for (let at = 8; at < 8 + entries * 8; at += 8)
    yield { count: table.readUInt32BE(at), value: table.readInt32BE(at + 4) };
}

/** Of `mvhd` and `mdhd`, where it has the same place. */
function timescale(header: Buffer | undefined): number | undefined {
  if (header === undefined) return undefined;
  const scale = header.readUInt32BE(header.readUInt8(0) === 1 ? 20 : 12);
  return scale > 0 ? scale : undefined;
}

function child(parent: Buffer | undefined, type: string): Buffer | undefined {
  if (parent === undefined) return undefined;
  for (const found of children(parent, type)) return found;
  return undefined;
}

function* children(parent: Buffer, type: string): Generator<Buffer> {
  for (let position = 0; position + 8 <= parent.length; ) {
    const size = parent.readUInt32BE(position);
    if (size < 8) return;
    if (parent.toString("latin1", position + 4, position + 8) === type)
      yield parent.subarray(position + 8, position + size);
    position += size;
  }
}
