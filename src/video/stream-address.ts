import { existsSync, statSync } from "node:fs";
import { InputError } from "../errors.js";
import { isCameraName } from "./_live-device.js";

/** Who asks, where an address says so. */
export interface Credentials {
  readonly name: string;
  readonly password: string;
}

/** An address in the network. */
export interface NetworkAddress {
  readonly kind: "rtsp" | "http";
  /** Without user and password. */
  readonly url: URL;
  readonly credentials: Credentials | undefined;
  /** What people and files are told: nothing in it is secret. */
  readonly name: string;
}

/** Where a live input comes from. */
export type Address =
  | NetworkAddress
  | { readonly kind: "device"; readonly path: string; readonly name: string };

const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;

/** Whether an input is written as an address; anything else is the name of a file. */
export const isAddress = (input: string): boolean => SCHEME.test(input);

/** Whether an input is a recording that a server has, rather than a file of that name. */
export const isRecording = (input: string): boolean => /^https?:\/\//i.test(input) && !existsSync(input);

/** Whether an input can be read as it happens: an address, or a device such as /dev/video0, also while it is unplugged. */
export function isLive(input: string): boolean {
  if (isAddress(input)) return true;
  const found = statSync(input, { throwIfNoEntry: false });
  return found === undefined ? isCameraName(input) : found.isCharacterDevice();
}

/** @throws {InputError} for what is neither an address that can be read nor a device */
export function parseAddress(input: string): Address {
  if (isAddress(input)) return parseNetworkAddress(input);
  if (isLive(input)) return { kind: "device", path: input, name: input };
  throw new InputError(
    `Cannot read ${JSON.stringify(input)} as a live stream: expected rtsp://..., http://... or a device such as /dev/video0`,
  );
}

/** @throws {InputError} for an address that cannot be read */
export function parseNetworkAddress(input: string): NetworkAddress {
  const scheme = SCHEME.exec(input)?.[1].toLowerCase() ?? "";
  const kind = /^rtsps?$/.test(scheme) ? "rtsp" : /^https?$/.test(scheme) ? "http" : undefined;
  if (kind === undefined)
    throw new InputError(
      `Cannot read ${JSON.stringify(nameOfAddress(input))}: expected rtsp://, rtsps://, http:// or https://, got ${scheme}://`,
    );
  const url = URL.canParse(input) ? new URL(input) : undefined;
  // A line end would begin a header of its own.
  if (url === undefined || url.hostname === "" || /\p{Cc}/u.test(input))
    throw new InputError(
      `Cannot read ${JSON.stringify(nameOfAddress(input))}: expected a whole address with a host in it`,
    );
  const credentials =
    url.username === "" && url.password === ""
      ? undefined
      : { name: decode(url.username), password: decode(url.password) };
  url.username = "";
  url.password = "";
  url.hash = "";
  return { kind, url, credentials, name: nameOfAddress(input) };
}

/**
 * An address as it may be told: without user and password, without what stands behind "?", and without what is called a
 * password in its path, where some cameras have it. What is no address stays as it is.
 */
export function nameOfAddress(input: string): string {
  if (!isAddress(input)) return input;
  const [, scheme, rest] = /^([^:]*:\/\/)(.*)$/s.exec(input)!;
  const end = rest.search(/[/?#]/);
  const authority = end === -1 ? rest : rest.slice(0, end);
  const path = (end === -1 ? "" : rest.slice(end)).replace(/[?#].*$/s, (query) =>
    query.length > 1 ? `${query[0]}...` : "",
  );
  // Behind a password with a slash in it that was not escaped, the @ stands in the path.
  const host = path.includes("@") ? "...@" : authority.slice(authority.lastIndexOf("@") + 1);
  const plain = path
    .slice(path.lastIndexOf("@") + 1)
    .replaceAll(/((?:pass|pwd|token|key|secret|auth)[a-z]*[=:])[^&;,/?#]*/gi, "$1...");
  return scheme + host + plain;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
