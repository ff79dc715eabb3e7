/** Where a Redis is, as people write it: `redis://[user:password@]host[:port][/db]`, `rediss://` for TLS. */
export interface QueueAddress {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls: boolean;
  /** For people: without user and password. */
  readonly shown: string;
}

const USUAL_PORT = 6379;

/**
 * @throws {RangeError} without the password that may be in the text
 *
 * @example
 * parseAddress("redis://:secret@10.0.0.5/2").shown; // "redis://10.0.0.5:6379/2"
 */
export function parseAddress(text: string): QueueAddress {
  const refuse = () =>
    new RangeError(
      `expected redis://[user:password@]host[:port][/db] (rediss:// for TLS), got ${JSON.stringify(withoutSecrets(text))}`,
    );
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw refuse(); // its cause holds the text
  }
  const { protocol, hostname, port, username, password, pathname, search, hash } = url;
  if (
    !/^rediss?:$/.test(protocol) ||
    hostname === "" ||
    !/^\/?\d{0,6}$/.test(pathname) ||
    search + hash !== ""
  )
    throw refuse();
  const db = Number(pathname.slice(1));
  const at = port === "" ? USUAL_PORT : Number(port);
  return {
    // IPv6 stands in brackets in an address only.
    host: decode(hostname.replace(/^\[(.*)\]$/, "$1")),
    ...{ port: at, db, tls: protocol === "rediss:" },
    username: username === "" ? undefined : decode(username),
    password: password === "" ? undefined : decode(password),
    shown: `${protocol}//${hostname}:${at}/${db}`,
  };
}

/** Everything before the last @ goes, and whatever follows a question mark. */
const withoutSecrets = (text: string): string =>
  text.replace(/^([a-z]*:?(?:\/\/)?).*@/is, "$1***@").replace(/[?#].*$/s, "?***");

/** A percent sign may be just that in a password. */
const decode = (text: string): string =>
  text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
