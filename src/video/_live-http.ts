import { Readable } from "node:stream";
import { InputError } from "../errors.js";
import { Authorization } from "./_live-auth.js";
import { reasonOfNetwork } from "./_live-reason.js";
import { type NetworkAddress, nameOfAddress } from "./stream-address.js";

/** The bytes behind an address. */
export interface HttpBody {
  readonly body: Readable;
  /** Such as "multipart/x-mixed-replace", without its parameters; empty where the server does not say. */
  readonly type: string;
}

const MOST_REDIRECTS = 5;

/**
 * Gets the bytes behind an address. We ask rather than ffmpeg: nothing but http and https is followed, and user and
 * password go to no other server and stand in no list of processes.
 *
 * @throws {InputError} one line that names the address without what is secret in it
 */
export async function openHttp(
  { url, credentials, name }: NetworkAddress,
  signal?: AbortSignal,
): Promise<HttpBody> {
  const refuse = (why: string, cause?: unknown) =>
    new InputError(`Cannot read "${name}": ${why}`, cause === undefined ? undefined : { cause });
  let at = url;
  let authorization: Authorization | undefined;
  for (let redirects = 0; ; ) {
    const isOwn = at.origin === url.origin;
    const headers: Record<string, string> = { "user-agent": "throughline" };
    if (isOwn && authorization)
      headers.authorization = authorization.header("GET", `${at.pathname}${at.search}`);
    const response = await fetch(at, { headers, redirect: "manual", signal }).catch((error: unknown) => {
      if (signal?.aborted) throw signal.reason;
      throw refuse(reasonOfNetwork(error), error);
    });
    const { status } = response;
    const location = response.headers.get("location");
    if (status >= 300 && status < 400 && location !== null) {
      await response.body?.cancel();
      at = follow(location, at, refuse);
      if (++redirects > MOST_REDIRECTS) throw refuse(`more than ${MOST_REDIRECTS} redirects`);
      continue;
    }
    if (status === 401 && isOwn && !authorization && credentials) {
      await response.body?.cancel();
      authorization = Authorization.answer(response.headers.get("www-authenticate") ?? "", credentials);
      if (authorization) continue;
      throw refuse("the server asks for user and password in a way that is not known here");
    }
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw refuse(refusal(status, credentials !== undefined));
    }
    const type = (response.headers.get("content-type") ?? "").split(";")[0].trim().toLowerCase();
    if (/mpegurl|dash\+xml|application\/sdp|^text\/html/.test(type)) {
      await response.body.cancel();
      throw refuse(
        type === "text/html"
          ? "expected a video, found a web page"
          : `expected a video in one piece, found a list of others (${type}); they are not followed`,
      );
    }
    return { body: Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]), type };
  }
}

/** What an answer that is none means. */
export function refusal(status: number, asked: boolean): string {
  if (status === 401 || status === 403)
    return asked
      ? `user or password refused (${status})`
      : `the server asks for user and password (${status}); give them as in scheme://user:password@host/`;
  if (status === 404) return "the server knows nothing under this address (404)";
  return `the server answers ${status}`;
}

function follow(location: string, from: URL, refuse: (why: string) => InputError): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  if (to === undefined || !/^https?:$/.test(to.protocol))
    throw refuse(`expected http or https, was sent on to ${to ? `${to.protocol}...` : "something else"}`);
  if (from.protocol === "https:" && to.protocol === "http:")
    throw refuse(`was sent on from https to http ("${nameOfAddress(to.href)}")`);
  to.username = "";
  to.password = "";
  return to;
}
