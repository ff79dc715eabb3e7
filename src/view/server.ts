/**
 * The server of `track view`: the runs and batches of one folder, on this machine, for whoever knows the token.
 *
 * It reads what is in the folder and writes one thing there, the corrections beside a tracks file. What it makes of videos
 * is kept elsewhere.
 */
import { createServer, type Server } from "node:http";
import { EnvironmentError } from "../errors.js";
import { sendRefusal, setHeaders } from "./answers.js";
import { Folder } from "./folder.js";
import { cookieOf, isLocal, isOurs, isToken, makeToken } from "./guard.js";
import { Lister } from "./listing.js";
import { type Load, OpenRuns } from "./loaded.js";
import { type Makers, Makings } from "./makings.js";
import { Refusal } from "./refusal.js";
import { type Compare, type Place, route } from "./routes.js";
import { type Describe, Looks } from "./video-source.js";

/** What is shown, and by what. */
export interface ViewOptions {
  /** The page, as built. */
  readonly template: string;
  readonly load: Load;
  readonly compare: Compare;
  readonly describe: Describe;
  readonly makers: Makers;
  /** Where what was made is kept. */
  readonly cache: string;
  /** A video, or a folder of videos, that is shown though it is outside. */
  readonly video?: string;
  /** The tracks file that `video` belongs to whatever it is called, below the folder. */
  readonly videoOf?: string;
  /** @default 0: any that is free */
  readonly port?: number;
}

/** A server that is listening. */
export interface View {
  /** With the token: whoever has it may look and correct. */
  urlOf(path: string): string;
  close(): Promise<void>;
}

const HOST = "127.0.0.1";
/** A browser opens six, a second one or a second tab as many. */
const MOST_CONNECTIONS = 64;
const PATIENCE = 10_000;

/**
 * Opens the server.
 *
 * @throws {EnvironmentError} where the port is taken. @throws {Error} of the file system, where there is no such folder
 * @example
 * const view = await openView("results", { template, load, describe });
 * console.log(view.urlOf("/"));
 */
export async function openView(folder: string, options: ViewOptions): Promise<View> {
  const token = makeToken();
  const opened = await Folder.open(folder);
  const place: Place = {
    ...options,
    ...{
      token,
      folder: opened,
      lister: new Lister(opened),
      runs: new OpenRuns(options.load),
      looks: new Looks(),
      makings: new Makings(options.makers, options.cache),
    },
  };
  const server = serve(place);
  const port = await listen(server, options.port ?? 0);
  return {
    urlOf: (path) => `http://${HOST}:${port}${path}${path.includes("?") ? "&" : "?"}token=${token}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await Promise.all([closed, place.makings.close()]);
    },
  };
}

function serve(place: Place): Server {
  const server = createServer((request, response) => {
    setHeaders(response);
    const exchange = { request, response };
    const { method = "", headers } = request;
    const answer = async (): Promise<void> => {
      if (!isLocal(headers)) throw new Refusal(421, "Expected to be called 127.0.0.1 or localhost");
      if (!["GET", "HEAD", "POST"].includes(method)) throw new Refusal(405, "Expected GET");
      const url = new URL(request.url ?? "/", "http://127.0.0.1");
      const given = url.searchParams.get("token");
      // Cookies do not know of ports, so that two servers need names of their own.
      const cookie = `throughline-${(server.address() as { port: number }).port}`;
      if (method === "GET" && given !== null && isToken(place.token, given)) {
        url.searchParams.delete("token");
        // Out of the address, so that it is in no history and on no picture of the screen.
        response.writeHead(303, {
          location: url.pathname + url.search,
          "set-cookie": `${cookie}=${place.token}; HttpOnly; SameSite=Lax; Path=/`,
          "cache-control": "no-store",
        });
        response.end();
        return;
      }
      if (!isToken(place.token, cookieOf(headers, cookie)))
        throw new Refusal(
          403,
          "Open the address that track view printed: it holds the token that is missing here",
        );
      if (method === "POST") {
        if (!isOurs(headers)) throw new Refusal(403, "Expected a page of track view");
        if (!isToken(place.token, headers["x-throughline-token"]?.toString()))
          throw new Refusal(403, "Expected the token of the page; open it again");
      }
      await route(place, url, exchange);
    };
    answer().catch((error: unknown) => {
      if (error instanceof Refusal) sendRefusal(exchange, error.status, error.message, error.details);
      else sendRefusal(exchange, 500, error instanceof Error ? error.message : String(error));
    });
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.headersTimeout = PATIENCE;
  server.requestTimeout = PATIENCE;
  return server;
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const why =
        cause.code === "EADDRINUSE"
          ? "something else listens there; give another --port, or none for any that is free"
          : cause.code === "EACCES"
            ? "permission denied"
            : cause.message;
      reject(new EnvironmentError(`Cannot listen at ${HOST}:${port}: ${why}`, { cause }));
    });
    server.listen(port, HOST, resolve);
  });
  server.on("error", () => {}); // of one connection; the others go on
  return (server.address() as { port: number }).port;
}
