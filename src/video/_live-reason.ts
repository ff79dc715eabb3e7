const UNTRUSTED =
  "its certificate is signed by nobody who is trusted here; NODE_EXTRA_CA_CERTS names a file with who signed it";

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
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another host",
  CERT_HAS_EXPIRED: "its certificate has expired",
};

/** Whether a connection that failed may succeed later: not where the address or the server's certificate is wrong. */
export function isPassing(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; ) {
    const { code } = at as NodeJS.ErrnoException;
    if (code !== undefined && /^ENOTFOUND$|CERT|UNABLE_TO|^ERR_(?:TLS|SSL|INVALID)/.test(code)) return false;
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
