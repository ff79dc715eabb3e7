/** A server that has recordings, and behaves as servers do. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How a recording is answered for. */
export interface Behaviour {
  readonly bytes: Buffer;
  etag?: string;
  modified?: string;
  /** @default true */
  ranges?: boolean;
  /** Bytes after which the next answers break off, one after the other. */
  breaks?: number[];
  /** Statuses of the next answers. */
  statuses?: number[];
  /** Bytes after which nothing more comes, in the next answers. */
  stalls?: number[];
  /** Bytes per millisecond. @default at once */
  pace?: number;
  /** What is said of the length. @default the truth */
  length?: number | "chunked" | "none";
  headers?: Record<string, string>;
}

export interface Asked {
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
  readonly ifRange: string | undefined;
}

export interface RecordingServer {
  readonly url: string;
  /** Every request so far. */
  readonly asked: Asked[];
  /** By path; what is not there is 404. */
  readonly files: Map<string, Behaviour>;
  /** Bytes of bodies that were sent. */
  sent: number;
  close(): Promise<void>;
}

export async function serveRecordings(): Promise<RecordingServer> {
  const asked: Asked[] = [];
  const files = new Map<string, Behaviour>();
  const server = createServer((request, response) => {
    const { url = "", headers } = request;
    const path = decodeURI(url.replace(/\?.*$/s, ""));
    asked.push({
      ...{ path, range: headers.range, authorization: headers.authorization },
      ifRange: headers["if-range"] as string | undefined,
    });
    const file = files.get(path);
    if (file) answer(request, response, file);
    else response.writeHead(404).end("no such thing");
  }).listen(0, "127.0.0.1");
  const answer = (request: IncomingMessage, response: ServerResponse, file: Behaviour): void => {
    const { bytes, etag, modified, ranges = true, length = bytes.length } = file;
    const status = file.statuses?.shift();
    if (status !== undefined && status !== 200) {
      response.writeHead(status, file.headers).end("<html>not now</html>");
      return;
    }
    const head: Record<string, string> = { "content-type": "video/mp4", ...file.headers };
    if (etag) head.etag = etag;
    if (modified) head["last-modified"] = modified;
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
    const condition = request.headers["if-range"];
    const isPart =
      first !== undefined &&
      ranges &&
      (condition === undefined || condition === etag || condition === modified);
    const from = isPart ? Number(first) : 0;
    if (from >= bytes.length && bytes.length > 0) {
      response.writeHead(416, { ...head, "content-range": `bytes */${bytes.length}` }).end("beyond");
      return;
    }
    const to = isPart && last ? Number(last) + 1 : bytes.length;
    if (isPart) head["content-range"] = `bytes ${from}-${to - 1}/${bytes.length}`;
    if (length === "none") head.connection = "close";
    else if (length !== "chunked") head["content-length"] = String(isPart ? to - from : length);
    if (length === "none") {
      response.useChunkedEncodingByDefault = false;
      response.removeHeader("transfer-encoding");
    }
    response.writeHead(isPart ? 206 : 200, head);
    // Only answers with something in them break or stall.
    const isLook = to - from === 1;
    const end = isLook ? undefined : file.breaks?.shift();
    const stall = isLook ? undefined : file.stalls?.shift();
    const limit = end ?? stall ?? to - from;
    const rest = bytes.subarray(from, Math.min(to, from + limit));
    void send(response, rest, file.pace).then(() => {
      result.sent += rest.length;
      if (end !== undefined || length === "none" || (typeof length === "number" && length > bytes.length))
        // Whoever reads it has taken what was sent by then, more or less.
        setTimeout(() => response.destroy(), 100);
      else if (stall === undefined) response.end();
    });
  };
  await once(server, "listening");
  const result: RecordingServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ asked, files, sent: 0 },
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  return result;
}

/** Sends it, and waits until it is out. */
async function send(response: ServerResponse, bytes: Buffer, pace?: number): Promise<void> {
  const step = pace === undefined ? Math.max(1, bytes.length) : Math.max(1, Math.round(pace * 20));
  for (let at = 0; at < bytes.length && !response.destroyed; at += step) {
    await new Promise<void>((done) => {
      response.once("close", done);
      response.write(bytes.subarray(at, at + step), () => {
        response.off("close", done);
        done();
      });
    });
    if (pace !== undefined) await new Promise((done) => setTimeout(done, 20));
  }
}
