/** Files in parts, as browsers ask for them when somebody jumps in a video (RFC 9110, section 14). */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";

/**
 * Sends a file or the part of it that is asked for.
 *
 * @throws {Error} of the file system, before anything is sent
 */
export async function sendFile(
  path: string,
  type: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { size, mtimeMs, ino } = await stat(path);
  const etag = `"${ino.toString(36)}-${size.toString(36)}-${Math.round(mtimeMs).toString(36)}"`;
  const { range, "if-range": ifRange, "if-none-match": ifNone } = request.headers;
  const headers = { "content-type": type, "accept-ranges": "bytes", etag, "cache-control": "no-cache" };
  if (ifNone === etag) return end(response, 304, headers);
  const isSame = ifRange === undefined || ifRange === etag;
  const part = range === undefined || !isSame ? undefined : partOf(range, size);
  if (part === "outside") return end(response, 416, { ...headers, "content-range": `bytes */${size}` });
  const [from, to] = part ?? [0, size - 1];
  response.writeHead(part ? 206 : 200, {
    ...headers,
    "content-length": to - from + 1,
    ...(part ? { "content-range": `bytes ${from}-${to}/${size}` } : {}),
  });
  if (request.method === "HEAD" || size === 0) {
    response.end();
    return;
  }
  // Browsers close the connection as soon as they have enough.
  await pipeline(createReadStream(path, { start: from, end: to }), response).catch(() => response.destroy());
}

/** The bytes that are asked for, the last one included; undefined where all are sent, as for several ranges. */
export function partOf(
  range: string,
  size: number,
): readonly [from: number, to: number] | "outside" | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(range.trim());
  if (!match || (match[1] === "" && match[2] === "")) return undefined;
  if (match[1] === "") {
    const last = Number(match[2]);
    return last === 0 || size === 0 ? "outside" : [Math.max(0, size - last), size - 1];
  }
  const from = Number(match[1]);
  const to = match[2] === "" ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (match[2] !== "" && Number(match[2]) < from) return undefined;
  return from >= size ? "outside" : [from, to];
}

function end(response: ServerResponse, status: number, headers: Record<string, string>): void {
  response.writeHead(status, headers);
  response.end();
}
