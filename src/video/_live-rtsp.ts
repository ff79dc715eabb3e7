import { randomBytes } from "node:crypto";
import { connect, createServer, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { Authorization } from "./_live-auth.js";
import { refusal } from "./_live-http.js";
import { reasonOfNetwork } from "./_live-reason.js";
import { RtspMessages } from "./_live-rtsp-messages.js";
import type { NetworkAddress } from "./stream-address.js";

/** A way to a camera for one reader on this machine. */
export interface RtspDoor {
  /** What the reader opens; good for one connection. */
  readonly url: string;
  /** Why the camera did not answer, or not well, where that is known. */
  readonly reason: string | undefined;
  /** Ends both connections. */
  close(): void;
}

const PORTS: Readonly<Record<string, number>> = { "rtsp:": 554, "rtsps:": 322 };

/**
 * Stands between ffmpeg and a camera, on loopback: says who asks where the camera wants to know, so that user and
 * password are in no list of processes, and speaks TLS for ffmpegs that cannot. ffmpeg itself reaches nothing but this
 * door. When this process ends, however, both connections do, and ffmpeg with them. Source: RFC 2326, interleaved
 * (10.12).
 */
export async function openRtspDoor({ url, credentials }: NetworkAddress): Promise<RtspDoor> {
  const token = randomBytes(12).toString("hex");
  const sockets = new Set<Socket>();
  let reason: string | undefined;
  const server = createServer({ pauseOnConnect: true }, (reader) => {
    server.close();
    const camera = dial(url);
    for (const socket of [reader, camera]) sockets.add(socket.setNoDelay(true));
    join(reader, camera);
  });
  // What the camera calls itself in its answers goes through as it is: the reader asks on in the same connection.
  const there = `${url.protocol}//${url.host}${url.pathname}${url.search}`;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as { port: number };
  const here = `rtsp://127.0.0.1:${port}/${token}`;

  function join(reader: Socket, camera: Socket): void {
    let authorization: Authorization | undefined;
    let isKnown = false;
    /** Requests that wait for their answer, oldest first. */
    const asked: { readonly method: string; readonly uri: string; readonly text: string; again: boolean }[] =
      [];
    const end = (why?: string) => {
      reason ??= why;
      reader.destroy();
      camera.destroy();
    };
    const ask = (request: (typeof asked)[number]) => {
      asked.push(request);
      const { method, uri, text } = request;
      const header = authorization ? `Authorization: ${authorization.header(method, uri)}\r\n` : "";
      camera.write(text.replace(/\r\n/, `\r\n${header}`), "latin1");
    };
    const fromReader = new RtspMessages({
      onText(text) {
        // Only who was told the address gets in.
        isKnown ||= text.includes(here);
        if (!isKnown) return end("a stranger on this machine came first");
        const asText = text.replaceAll(here, there);
        const [, method = "", uri = ""] = /^(\S+) (\S+) /.exec(asText) ?? [];
        ask({ method, uri, text: asText, again: false });
      },
      onData: (data) => camera.write(data),
      onFault: () => end("ffmpeg said something that is no RTSP"),
    });
    const fromCamera = new RtspMessages({
      onText(text) {
        const status = Number(/^RTSP\/1\.\d (\d{3})/.exec(text)?.[1]);
        // What a camera asks by itself is not needed for watching.
        if (Number.isNaN(status)) return;
        const request = asked.shift();
        if (status === 401 && request && !request.again && credentials) {
          const challenges = [...text.matchAll(/^WWW-Authenticate:\s*(.*)\r$/gim)].map(([, offer]) => offer);
          authorization = Authorization.answer(challenges.join(", "), credentials);
          if (authorization) return ask({ ...request, again: true });
          return end("the camera asks for user and password in a way that is not known here");
        }
        if (status >= 300 && status < 400)
          return end("the camera sends on to another address; name that one");
        if (status >= 400 && request?.method !== "OPTIONS" && request?.method !== "GET_PARAMETER")
          return end(refusal(status, credentials !== undefined));
        reader.write(text, "latin1");
      },
      onData: (data) => {
        // A reader that is slow slows the camera down; it is the reader's to be quick.
        if (!reader.write(data)) camera.pause();
      },
      onFault: () => end("what answers there is no RTSP server"),
    });
    reader.on("drain", () => camera.resume());
    reader.on("data", (bytes) => fromReader.push(bytes)).on("error", () => end());
    reader.on("close", () => end());
    camera.on("data", (bytes) => fromCamera.push(bytes));
    camera.on("error", (error) => end(reasonOfNetwork(error)));
    camera.on("close", () => end("the camera closed the connection"));
    camera.once(url.protocol === "rtsps:" ? "secureConnect" : "connect", () => reader.resume());
  }

  return {
    url: here,
    get reason() {
      return reason;
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function dial(url: URL): Socket {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? PORTS[url.protocol] : Number(url.port);
  if (url.protocol === "rtsp:") return connect({ host, port });
  return connectTls({ host, port, servername: isIP(host) ? undefined : host });
}
