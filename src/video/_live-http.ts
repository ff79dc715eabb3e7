import { Readable } from "node:stream";
import { InputError } from "../errors.js";
import { Authorization } from "./_live-auth.js";
import { isPassing, reasonOfNetwork } from "./_live-reason.js";
import { type NetworkAddress, nameOfAddress } from "./stream-address.js";

/** The bytes behind an address. */
export interface HttpBody {
  readonly body: Readable;
  /** Such as "multipart/x-mixed-replace", without its parameters; empty where the server does not say. */
  readonly type: string;
}

const MOST_REDIRECTS = 5;

/** Why a server's answer is no use. Its message names no address. */
export class RequestError extends Error {
  /** Whether asking again may help. */
  readonly again: boolean;
  /** Whether the server has said so itself, rather than nothing. */
  readonly isAnswer: boolean;
  /** Seconds after which the server wants to be asked again, where it says so. */
  readonly after: number | undefined;

  /** With a cause it is the network's failure. */
  constructor(message: string, options: { again: boolean; after?: number; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.again = options.again;
    this.isAnswer = options.cause === undefined;
    this.after = options.after;
  }
}

const refuse = (why: string): RequestError => new RequestError(why, { again: false });

/**
 * Gets the bytes behind an address.
 *
 * @throws {InputError} one line that names the address without what is secret in it
 */
export async function openHttp(address: NetworkAddress, signal?: AbortSignal): Promise<HttpBody> {
  try {
    const response = await askHttp(address, { signal });
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw refuse(refusal(response.status, address.credentials !== undefined));
    }
    const type = typeOf(response);
    const why = whyNoVideo(type, address.url);
    if (why !== undefined) {
      await response.body.cancel();
      throw refuse(why);
    }
    return { body: Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]), type };
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    throw new InputError(`Cannot read "${address.name}": ${error.message}`, { cause: error.cause });
  }
}

/**
 * Asks for what is behind an address. We ask rather than ffmpeg: nothing but http and https is followed, and user and
 * password go to no other server and stand in no list of processes.
 *
 * @returns the answer that is no redirect, whatever its status; its body is to be read or cancelled
 * @throws {RequestError} the signal's reason
 */
export async function askHttp(
  { url, credentials }: NetworkAddress,
  { signal, headers: given }: { readonly signal?: AbortSignal; readonly headers?: Record<string, string> },
): Promise<Response> {
  let at = url;
  let authorization: Authorization | undefined;
  for (let redirects = 0; ; ) {
    const isOwn = at.origin === url.origin;
    const headers: Record<string, string> = { "user-agent": "throughline", ...given };
    if (isOwn && authorization)
      headers.authorization = authorization.header("GET", `${at.pathname}${at.search}`);
    const response = await fetch(at, { headers, redirect: "manual", signal }).catch((cause: unknown) => {
      if (signal?.aborted) throw signal.reason;
      throw new RequestError(reasonOfNetwork(cause), { again: isPassing(cause), cause });
    });
    const { status } = response;
    const location = response.headers.get("location");
    if (status >= 300 && status < 400 && location !== null) {
      await response.body?.cancel();
      at = follow(location, at);
      if (++redirects > MOST_REDIRECTS) throw refuse(`more than ${MOST_REDIRECTS} redirects`);
      continue;
    }
    if (status === 401 && isOwn && !authorization && credentials) {
      await response.body?.cancel();
      authorization = Authorization.answer(response.headers.get("www-authenticate") ?? "", credentials);
      if (authorization) continue;
      throw refuse("the server asks for user and password in a way that is not known here");
    }
    return response;
  }
}

/** What an answer says that it is, in small letters and without parameters. */
export const typeOf = (response: Response): string =>
  (response.headers.get("content-type") ?? "").split(";")[0].trim().toLowerCase();

/** Why what is behind an address is not read; undefined where it may be a video. */
export function whyNoVideo(type: string, { pathname }: URL): string | undefined {
  if (type === "text/html") return "expected a video, found a web page";
  if (/mpegurl|dash\+xml/.test(type) || /\.(?:m3u8?|mpd)$/i.test(pathname))
    return "expected a video in one piece, found a playlist (HLS or DASH), which is not followed; make one video of it first: ffmpeg -i ADDRESS -c copy video.mkv";
  if (type === "application/sdp" || /\.sdp$/i.test(pathname))
    return "expected a video, found the description of a stream (SDP); name its rtsp://... instead";
  return undefined;
}

/** What an answer that is none means. */
export function refusal(status: number, asked: boolean): string {
  if (status === 401 || status === 403)
    return asked
      ? `user or password refused (${status})`
      : `the server asks for user and password (${status}); give them as in scheme://user:password@host/`;
  // Of RTSP (RFC 2326, 11.3.14).
  if (status === 461)
    return "the camera sends its pictures over UDP only (461), which is not read; let it send over TCP, or put a relay between";
  if (status === 404) return "the server knows nothing under this address (404)";
  return `the server answers ${status}`;
}

function follow(location: string, from: URL): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  if (to === undefined || !/^https?:$/.test(to.protocol))
    throw refuse(`expected http or https, was sent on to ${to ? `${to.protocol}...` : "something else"}`);
  if (from.protocol === "https:" && to.protocol === "http:")
    throw refuse(`was sent on from https to http ("${nameOfAddress(to.href)}")`);
  to.username = "";
  to.password = "";
  return to;
}
