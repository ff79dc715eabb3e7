/**
 * A small HTTP server for those who watch the watcher: `/metrics` and `/healthz`.
 */
import { createServer } from "node:http";
import { EnvironmentError } from "../errors.js";

/** Whether all is well, and what is to be told about it. */
export interface Health {
  readonly ok: boolean;
  readonly [detail: string]: unknown;
}

/** What is answered, and where. */
export interface ServerOptions {
  readonly port: number;
  /** @default "127.0.0.1": nobody from outside */
  readonly host?: string;
  readonly metrics: () => string;
  readonly health: () => Health;
}

/** A server that is listening. */
export interface RunningServer {
  /** Such as "http://127.0.0.1:9464". */
  readonly url: string;
  close(): Promise<void>;
}

const LOOPBACK = "127.0.0.1";
/** More than a few scrapers at once are none. */
const MOST_CONNECTIONS = 32;
const PATIENCE = 5000;

/**
 * Answers `GET /metrics` with Prometheus' text and `GET /healthz` with JSON: 200 where all is well, else 503.
 *
 * @throws {EnvironmentError} where the port is taken or may not be used
 */
export async function serveMetrics({
  port,
  host = LOOPBACK,
  metrics,
  health,
}: ServerOptions): Promise<RunningServer> {
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, text: string) => {
      response.writeHead(status, { "content-type": type, "cache-control": "no-store" });
      response.end(request.method === "HEAD" ? undefined : text);
    };
    const { method, url = "" } = request;
    const path = url.split("?", 1)[0];
    if (method !== "GET" && method !== "HEAD") answer(405, "text/plain", "expected GET\n");
    else if (path === "/metrics") answer(200, "text/plain; version=0.0.4; charset=utf-8", metrics());
    else if (path === "/healthz") {
      const state = health();
      answer(state.ok ? 200 : 503, "application/json", `${JSON.stringify(state)}\n`);
    } else answer(404, "text/plain", "expected /metrics or /healthz\n");
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.headersTimeout = PATIENCE;
  server.requestTimeout = PATIENCE;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const why =
        cause.code === "EADDRINUSE"
          ? "something else listens there; give another --metrics-port, or 0 for any"
          : cause.code === "EACCES"
            ? "permission denied"
            : cause.code === "EADDRNOTAVAIL" || cause.code === "ENOTFOUND"
              ? "this machine has no such address"
              : cause.message;
      reject(new EnvironmentError(`Cannot serve metrics at ${host}:${port}: ${why}`, { cause }));
    });
    server.listen(port, host, resolve);
  });
  server.on("error", () => {}); // of one connection; the others go on
  const { port: taken } = server.address() as { port: number };
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${taken}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
