import { largestHeader, mostBoxes, type Promised, type ReadAt } from "./_header.js";

/** Three days of 60 frames per second; what claims more is there to keep us counting. */
const mostFrames = 2 ** 24;

/**
 * What an MP4 or MOV file promises: the samples that its edit list shows.
 * Source: ISO/IEC 14496-12, boxes moov/trak/mdia/minf/stbl and edts.
 *
 * @returns undefined for fragmented files, and where an edit list joins several pieces
 */
export async function promisedByMovie(read: ReadAt): Promise<Promised | undefined> {
  const movie = await findMovie(read);
  return movie === undefined ? undefined : promisedByTracks(movie);
}

async function findMovie(read: ReadAt): Promise<Buffer | undefined> {
  for (let box = 0, position = 0; box < mostBoxes; box++) {
    const head = await read(position, 8);
    if (head === undefined) return undefined;
    let size = head.readUInt32BE(0);
    let headSize = 8;
    if (size === 1) {
      const large = await read(position + 8, 8);
      if (large === undefined) return undefined;
      size = Number(large.readBigUInt64BE(0));
      headSize = 16;
    }
    if (head.toString("latin1", 4, 8) === "moov") {
      if (size > largestHeader) return undefined;
      return read(position + headSize, size - headSize);
    }
    if (size < headSize) return undefined;
    position += size;
  }
  return undefined;
}

function promisedByTracks(movie: Buffer): Promised | undefined {
  const video = videoOf(movie);
  return video && countShown(video.durations, child(video.table, "ctts"), video.shown, video.scale);
}

/** The first video of a movie; undefined where there is none, or where its tables or edits do not tell. */
function videoOf(movie: Buffer) {
  const movieScale = timescale(child(movie, "mvhd"));
  for (const track of children(movie, "trak")) {
    const media = child(track, "mdia");
    if (child(media, "hdlr")?.toString("latin1", 8, 12) !== "vide") continue;
    const scale = timescale(child(media, "mdhd"));
    const table = child(child(media, "minf"), "stbl");
    const durations = child(table, "stts");
    if (scale === undefined || movieScale === undefined || durations === undefined) return undefined;
    const shown = shownByEdits(child(child(track, "edts"), "elst"), scale / movieScale);
    return shown && { scale, table, durations, shown };
  }
  return undefined;
}

/** What browsers are told of a video, and when each of its frames is on the screen. */
export interface Movie {
  /** As browsers name it: "avc1.640028"; undefined where it is none that they all read. */
  readonly codec: string | undefined;
  /** Seconds from where the movie begins, of every frame that it shows, rising. */
  readonly times: Float64Array;
}

/** Reads the tables of an MP4 or MOV file. @returns undefined where they do not tell */
export async function readMovie(read: ReadAt): Promise<Movie | undefined> {
  const movie = await findMovie(read);
  const video = movie && videoOf(movie);
  if (video === undefined) return undefined;
  const { scale, table, durations, shown } = video;
  const times: number[] = [];
  const begin = Number.isFinite(shown.from) ? shown.from - shown.late : 0;
  for (const time of shownTimes(durations, child(table, "ctts"), shown)) times.push((time - begin) / scale);
  return { codec: codecOf(child(table, "stsd")), times: Float64Array.from(times).sort() };
}

/**
 * The codec by its name and settings, as RFC 6381 has it; for VP9 and AV1 as their bindings to this container say
 * (vpcC, av1C).
 */
function codecOf(stsd: Buffer | undefined): string | undefined {
  // A list of one, whose entry has 86 bytes before its boxes.
  const entry = stsd?.subarray(8);
  if (entry === undefined || entry.length < 86) return undefined;
  const boxes = entry.subarray(86, entry.readUInt32BE(0));
  const two = (value: number): string => String(value).padStart(2, "0");
  switch (entry.toString("latin1", 4, 8)) {
    case "avc1":
    case "avc3": {
      const settings = child(boxes, "avcC");
      return settings && `avc1.${settings.toString("hex", 1, 4)}`;
    }
    case "vp09": {
      const settings = child(boxes, "vpcC");
      return settings && `vp09.${two(settings[4]!)}.${two(settings[5]!)}.${two(settings[6]! >> 4)}`;
    }
    case "av01": {
      const settings = child(boxes, "av1C");
      if (settings === undefined) return undefined;
      const tier = settings[2]! & 0x80 ? "H" : "M";
      const depth = settings[2]! & 0x40 ? (settings[2]! & 0x20 ? 12 : 10) : 8;
      return `av01.${settings[1]! >> 5}.${two(settings[1]! & 31)}${tier}.${two(depth)}`;
    }
    default:
      return undefined;
  }
}

/** In ticks of the track, by composition time. */
interface Window {
  readonly from: number;
  readonly until: number;
  /** After how many ticks of the movie it begins. */
  readonly late: number;
}

/** What the edit list shows of a track: it may hide frames at both ends. undefined where it shows pieces. */
function shownByEdits(elst: Buffer | undefined, ticksPerMovieTick: number): Window | undefined {
  const pieces: Window[] = [];
  let late = 0;
  const long = elst?.readUInt8(0) === 1;
  for (let entry = 0; elst !== undefined && entry < elst.readUInt32BE(4); entry++) {
    const at = 8 + entry * (long ? 20 : 12);
    const duration = (long ? Number(elst.readBigUInt64BE(at)) : elst.readUInt32BE(at)) * ticksPerMovieTick;
    const from = long ? Number(elst.readBigInt64BE(at + 8)) : elst.readInt32BE(at + 4);
    // Below zero it only delays the track; of no duration it shows everything.
    if (from >= 0)
      pieces.push({ from, until: duration === 0 ? Number.POSITIVE_INFINITY : from + duration, late });
    else late += duration;
  }
  if (pieces.length > 1) return undefined;
  return pieces[0] ?? { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY, late: 0 };
}

function countShown(
  stts: Buffer,
  ctts: Buffer | undefined,
  shown: Window,
  scale: number,
): Promised | undefined {
  let frames = 0;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const time of shownTimes(stts, ctts, shown)) {
    frames++;
    first = Math.min(first, time);
    last = Math.max(last, time);
  }
  return frames === 0 ? undefined : { frames, span: (last - first) / scale };
}

/** The composition times of the samples that are shown, in the order of decoding; none where there are too many. */
function* shownTimes(
  stts: Buffer,
  ctts: Buffer | undefined,
  { from, until }: Window,
): Generator<number, undefined> {
  let samples = 0;
  for (const { count } of runs(stts)) samples += count;
  if (samples > mostFrames) return;
  const offsets = ctts === undefined ? undefined : runs(ctts);
  let offset = offsets?.next().value;
  let left = offset?.count ?? 0;
  let decodeTime = 0;
  for (const { count, value } of runs(stts)) {
    for (let sample = 0; sample < count; sample++) {
      while (left === 0 && offset !== undefined) {
        offset = offsets?.next().value;
        left = offset?.count ?? 0;
      }
      left--;
      const time = decodeTime + (offset?.value ?? 0);
      decodeTime += value;
      if (time >= from && time < until) yield time;
    }
  }
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
