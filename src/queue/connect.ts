import { Redis } from "ioredis";
import { EnvironmentError } from "../errors.js";
import type { QueueAddress } from "./address.js";

/** A Redis that answers, or is waited for where it does not any more. */
export interface QueueConnection {
  readonly redis: Redis;
  /** What is wrong with how it is set up, though it works. */
  readonly warning: string | undefined;
  /** Never waits. */
  close(): void;
}

export interface ConnectOptions {
  /** It does not answer any more; commands wait until it does. */
  readonly onLost?: () => void;
  readonly onBack?: () => void;
}

/** Milliseconds until a Redis that does not answer counts as absent, and between two tries to find it again. */
const PATIENCE = 10_000;
const RETRY = 500;

/** The oldest that the queue's scripts are made for. */
const OLDEST = [6, 2] as const;

/**
 * Connects to Redis. Where it is lost later on, commands are kept until it is back.
 *
 * @throws {EnvironmentError} where it cannot be reached, or is too old; one line without passwords
 */
export async function connectQueue(
  { shown, tls, ...address }: QueueAddress,
  { onLost = () => {}, onBack = () => {} }: ConnectOptions = {},
): Promise<QueueConnection> {
  const redis = new Redis({
    ...address,
    ...(tls ? { tls: {} } : {}),
    lazyConnect: true,
    connectTimeout: PATIENCE,
    maxRetriesPerRequest: null,
    retryStrategy: () => RETRY,
  });
  let reason: Error | undefined;
  redis.on("error", (error) => {
    reason = error;
  });
  const refuse = (why: string, cause?: unknown) => {
    redis.disconnect();
    return new EnvironmentError(`Cannot use Redis at ${shown}: ${why}`, { cause });
  };
  let facts: string;
  try {
    await redis.connect();
    facts = await redis.info();
  } catch (error) {
    const cause = reason ?? (error as Error);
    throw refuse(explain(cause, tls), cause);
  }
  const version = /^redis_version:(\S+)/m.exec(facts)?.[1] ?? "0";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
    throw refuse(`expected version ${OLDEST.join(".")} or later, found ${version}`);
  const policy = /^maxmemory_policy:(\S+)/m.exec(facts)?.[1] ?? "noeviction";

  // The queue makes itself further connections, and would keep them while Redis is away.
  const all: Redis[] = [redis];
  const duplicate = redis.duplicate.bind(redis);
  redis.duplicate = (options) => {
    const made = duplicate(options);
    all.push(made);
    return made;
  };
  let closed = false;
  let lost = false;
  redis.on("close", () => {
    if (!closed && !lost) onLost();
    lost = true;
  });
  redis.on("ready", () => {
    lost = false;
    onBack();
  });
  return {
    redis,
    warning:
      policy === "noeviction"
        ? undefined
        : `Redis at ${shown} throws jobs away when it is full (maxmemory-policy ${policy}); set it to noeviction`,
    close() {
      closed = true;
      for (const one of all) one.disconnect();
    },
  };
}

function explain(cause: Error, tls: boolean): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === "ECONNREFUSED")
    return "nothing listens there; start it with `redis-server`, or check the address";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return "its certificate is for another host";
  if (/SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)/.test(code ?? ""))
    return "its certificate is signed by nobody who is trusted here; NODE_EXTRA_CA_CERTS names a file with who signed it";
  if (tls && /^EPROTO$|SSL/.test(code ?? ""))
    return "it does not speak TLS there; redis:// is without, or check the port";
  return message || String(code);
}
