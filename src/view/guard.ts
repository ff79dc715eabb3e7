/**
 * Who may ask. The server listens on this machine only, but so do browsers, with pages of strangers in them: these know
 * no token, and what they send says where they are from.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** A token that nobody guesses: 192 bits. */
export const makeToken = (): string => randomBytes(24).toString("base64url");

/** Takes the same time whatever was given. */
export function isToken(token: string, given: string | undefined): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(token), digest(given ?? ""));
}

/**
 * Whether the name by which we are called is this machine's own. A page of a stranger can make a name of its own mean
 * this machine (DNS rebinding), but cannot hide that name. The port may be another one, of a tunnel.
 */
export function isLocal({ host = "" }: IncomingHttpHeaders): boolean {
  return /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/i.test(host);
}

/** Whether a request that changes something was sent by a page of ours. */
export function isOurs({ host, origin, "sec-fetch-site": site }: IncomingHttpHeaders): boolean {
  return origin === `http://${host}` && (site === undefined || site === "same-origin");
}

/** The value of a cookie. */
export function cookieOf({ cookie = "" }: IncomingHttpHeaders, name: string): string | undefined {
  for (const part of cookie.split(";")) {
    const [key, value] = part.trim().split("=", 2);
    if (key === name) return value;
  }
  return undefined;
}
