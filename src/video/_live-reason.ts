const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "the connection was reset",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "the name of the host cannot be looked up now",
  ETIMEDOUT: "no answer",
  EPIPE: "the connection was closed",
  UND_ERR_CONNECT_TIMEOUT: "no answer",
  UND_ERR_HEADERS_TIMEOUT: "no answer",
  UND_ERR_SOCKET: "the connection was closed",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is self-signed; NODE_EXTRA_CA_CERTS names a file with it",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is self-signed; NODE_EXTRA_CA_CERTS names a file with it",
  CERT_HAS_EXPIRED: "its certificate has expired",
};

/** Whether a connection that failed may succeed later: not where the address or the server's certificate is wrong. */
export function isPassing(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; ) {
    const { code } = at as NodeJS.ErrnoException;
    if (code !== undefined && /^ENOTFOUND$|CERT|^ERR_(?:TLS|SSL|INVALID)/.test(code)) return false;
    at = at instanceof AggregateError ? at.errors[0] : at.cause;
  }
  return true;
}

/** Why a connection failed, in words; never with the address in them, which may hold a password. */
export function reasonOfNetwork(error: unknown): string {
  // fetch hides the reason behind "fetch failed", and several addresses of one host behind a list.
  for (let at: unknown = error; at instanceof Error; ) {
    const { code } = at as NodeJS.ErrnoException;
    if (code !== undefined && Object.hasOwn(REASONS, code)) return REASONS[code];
    const next: unknown = at instanceof AggregateError ? at.errors[0] : at.cause;
    if (next === undefined)
      return code ?? (at.message === "terminated" ? "the connection broke off" : at.message);
    at = next;
  }
  return "the connection failed";
}
