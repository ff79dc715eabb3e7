/**
 * Raw pictures (planes, 4:2:0) with times of their own, as a stream that ffmpeg reads: Matroska (RFC 9559) of one track without compression,
 * a cluster for every picture, of a length that is not known in advance.
 */

/** Ticks of the stream: microseconds. */
const NANOSECONDS_PER_TICK = 1000;

function size(length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUIntBE(length, 2, 6);
  bytes[0] = 1;
  return bytes;
}

function element(id: number, content: Buffer | readonly Buffer[]): Buffer {
  const parts = Array.isArray(content) ? (content as readonly Buffer[]) : [content as Buffer];
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([idOf(id), size(length), ...parts]);
}

function idOf(id: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(id);
  return bytes.subarray(bytes.findIndex((byte) => byte !== 0));
}

function whole(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUIntBE(value, 2, 6);
  return element(id, bytes);
}

const text = (id: number, value: string): Buffer => element(id, Buffer.from(value, "latin1"));
/** Goes on to the end of the stream. */
const UNKNOWN = Buffer.from([1, 255, 255, 255, 255, 255, 255, 255]);

/** What stands before the first picture. */
export function timedHead(width: number, height: number, frameRate: number): Buffer {
  const video = [whole(0xb0, width), whole(0xba, height), text(0x2eb524, "I420")];
  const track = [
    ...[whole(0xd7, 1), whole(0x73c5, 1), whole(0x83, 1), text(0x86, "V_UNCOMPRESSED")],
    ...[whole(0x23e383, Math.round(1e9 / frameRate)), element(0xe0, video)],
  ];
  return Buffer.concat([
    element(0x1a45dfa3, [
      ...[whole(0x4286, 1), whole(0x42f7, 1), whole(0x42f2, 4), whole(0x42f3, 8)],
      ...[text(0x4282, "matroska"), whole(0x4287, 4), whole(0x4285, 2)],
    ]),
    ...[idOf(0x18538067), UNKNOWN],
    element(0x1549a966, whole(0x2ad7b1, NANOSECONDS_PER_TICK)),
    element(0x1654ae6b, element(0xae, track)),
  ]);
}

/** What stands before a picture of so many bytes, at a time in microseconds. */
export function timedPictureHead(microseconds: number, length: number): Buffer {
  const time = whole(0xe7, microseconds);
  const block = Buffer.concat([idOf(0xa3), size(4 + length), Buffer.from([0x81, 0, 0, 0x80])]);
  return Buffer.concat([...[idOf(0x1f43b675), size(time.length + block.length + length)], ...[time, block]]);
}
