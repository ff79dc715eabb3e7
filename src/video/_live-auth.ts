import { createHash, randomBytes } from "node:crypto";
import type { Credentials } from "./stream-address.js";

/** What a server asks for, once. */
interface Digest {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  readonly algorithm: "MD5" | "SHA-256";
  readonly counts: boolean;
}

const HASHES: Readonly<Record<string, string>> = { MD5: "md5", "SHA-256": "sha256" };

/**
 * Answers to a server that asks who is there: Digest where it is offered, else Basic.
 * Source: RFC 7616 (Digest, with RFC 2069 for servers without "qop"), RFC 7617 (Basic).
 */
export class Authorization {
  readonly #credentials: Credentials;
  readonly #digest: Digest | undefined;
  #uses = 0;

  private constructor(credentials: Credentials, digest: Digest | undefined) {
    this.#credentials = credentials;
    this.#digest = digest;
  }

  /** @param challenge of a header WWW-Authenticate; several are joined by commas @returns undefined for a way that is not known here */
  static answer(challenge: string, credentials: Credentials): Authorization | undefined {
    const offers = [
      ...challenge.matchAll(/\b(Basic|Digest)\s+((?:[\w-]+\s*=\s*(?:"[^"]*"|[^\s,]*)\s*,?\s*)*)/gi),
    ];
    for (const [, scheme, fields] of offers) {
      if (scheme.toLowerCase() !== "digest") continue;
      const digest = parseDigest(fields);
      if (digest) return new Authorization(credentials, digest);
    }
    return offers.some(([, scheme]) => scheme.toLowerCase() === "basic")
      ? new Authorization(credentials, undefined)
      : undefined;
  }

  /** The header Authorization of a request; a different one each time. */
  header(method: string, uri: string): string {
    const { name, password } = this.#credentials;
    if (!this.#digest) return `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
    const { realm, nonce, opaque, algorithm, counts } = this.#digest;
    const hash = (text: string) => createHash(HASHES[algorithm]).update(text).digest("hex");
    const own = hash(`${name}:${realm}:${password}`);
    const asked = hash(`${method}:${uri}`);
    const quoted = { username: name, realm, nonce, uri };
    const fields = Object.entries(quoted).map(([key, value]) => `${key}="${value}"`);
    if (counts) {
      const count = (++this.#uses).toString(16).padStart(8, "0");
      const own2 = randomBytes(8).toString("hex");
      fields.push(`response="${hash(`${own}:${nonce}:${count}:${own2}:auth:${asked}`)}"`);
      fields.push("qop=auth", `nc=${count}`, `cnonce="${own2}"`);
    } else fields.push(`response="${hash(`${own}:${nonce}:${asked}`)}"`);
    // Some cameras know no algorithm, and not even its name.
    if (algorithm !== "MD5") fields.push(`algorithm=${algorithm}`);
    if (opaque !== undefined) fields.push(`opaque="${opaque}"`);
    return `Digest ${fields.join(", ")}`;
  }
}

function parseDigest(text: string): Digest | undefined {
  const fields = new Map<string, string>();
  for (const [, key, quoted, plain] of text.matchAll(/([\w-]+)\s*=\s*(?:"([^"]*)"|([^\s,]*))/g))
    fields.set(key.toLowerCase(), quoted ?? plain);
  const algorithm = fields.get("algorithm")?.toUpperCase() ?? "MD5";
  const [realm, nonce, qop] = ["realm", "nonce", "qop"].map((key) => fields.get(key));
  if (realm === undefined || nonce === undefined || !Object.hasOwn(HASHES, algorithm)) return undefined;
  const counts = qop?.split(",").some((one) => one.trim().toLowerCase() === "auth") ?? false;
  if (qop !== undefined && !counts) return undefined;
  return { realm, nonce, opaque: fields.get("opaque"), algorithm: algorithm as "MD5", counts };
}
