/**
 * Events to an address: one POST after the other, from a queue, until each is taken.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { EventQueue } from "./queue.js";

/** Where events go. */
export interface WebhookOptions {
  /** With user and password where the receiver asks for them. */
  readonly url: URL;
  readonly queue: EventQueue;
  /** Told when the receiver stops taking events, and when it takes them again. */
  readonly onChange?: (state: { readonly ok: boolean; readonly reason?: string }) => void;
}

/** What became of events so far. */
export interface WebhookStats {
  readonly delivered: number;
  /** Tries that failed. */
  readonly failures: number;
  /** Events that the receiver will never take (400, 413, 422). */
  readonly refused: number;
}

export interface Webhook {
  stats(): WebhookStats;
  /** Goes on until all is delivered, a try fails, or `seconds` are over; what is left stays in the queue. */
  finish(seconds: number): Promise<void>;
}

/** Seconds between two tries. */
const BACKOFF = { first: 1, longest: 60 };
/** Seconds that a receiver may take for one event, and that it may ask to be left alone for. */
const PATIENCE = { answer: 10, retryAfter: 300 };
/** It is the event that is wrong. Any other refusal (a token that ran out, a service that is gone) may pass. */
const NEVER = new Set([400, 413, 422]);

/**
 * Posts every line of a queue as `application/json`, in order, one at a time, with its id in `Idempotency-Key`: after a
 * crash an event may come twice, and this tells. 2xx takes it; redirects are not followed.
 */
export function startWebhook({ url, queue, onChange }: WebhookOptions): Webhook {
  const target = new URL(url);
  const { username, password } = target;
  target.username = "";
  target.password = "";
  const headers: Record<string, string> = { "content-type": "application/json", "user-agent": "throughline" };
  if (username !== "" || password !== "") {
    const plain = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    headers.authorization = `Basic ${Buffer.from(plain).toString("base64")}`;
  }
  const stop = new AbortController();
  let finishing = false;
  const empty = new AbortController();
  let [delivered, failures, refused] = [0, 0, 0];
  let isOk = true;

  const post = async (line: string): Promise<{ readonly ok: boolean; reason?: string; after?: number }> => {
    const id = idOf(line);
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), PATIENCE.answer * 1e3);
    const onStop = () => late.abort();
    stop.signal.addEventListener("abort", onStop);
    try {
      const response = await fetch(target, {
        ...{ method: "POST", body: line, redirect: "manual", signal: late.signal },
        headers: id === undefined ? headers : { ...headers, "idempotency-key": id },
      });
      await response.body?.cancel();
      const { status } = response;
      if (response.ok) {
        delivered++;
        return { ok: true };
      }
      if (NEVER.has(status)) {
        refused++;
        return { ok: true };
      }
      const after = Number(response.headers.get("retry-after") ?? Number.NaN);
      return {
        ok: false,
        reason: `the receiver answers ${status}`,
        ...(after > 0 ? { after: Math.min(after, PATIENCE.retryAfter) } : {}),
      };
    } catch (error) {
      const { cause } = error as { readonly cause?: NodeJS.ErrnoException };
      const reason = late.signal.aborted ? `no answer within ${PATIENCE.answer} s` : cause?.code;
      return { ok: false, reason: reason ?? "the connection failed" };
    } finally {
      clearTimeout(timer);
      stop.signal.removeEventListener("abort", onStop);
    }
  };

  const work = async (): Promise<void> => {
    let delay = BACKOFF.first;
    while (!stop.signal.aborted) {
      const line = await queue.first(empty.signal);
      if (line === undefined) return;
      const { ok, reason, after } = await post(line);
      if (stop.signal.aborted && !ok) return;
      if (ok !== isOk) onChange?.({ ok, ...(reason === undefined ? {} : { reason }) });
      isOk = ok;
      if (ok) {
        await queue.take(line);
        delay = BACKOFF.first;
        continue;
      }
      failures++;
      if (finishing) return;
      await wait((after ?? delay) * 1e3, undefined, { signal: empty.signal }).catch(() => {});
      delay = Math.min(BACKOFF.longest, delay * 2);
    }
  };
  const done = work();
  done.catch((error: Error) => onChange?.({ ok: false, reason: error.message }));

  return {
    stats: () => ({ delivered, failures, refused }),
    async finish(seconds) {
      finishing = true;
      empty.abort();
      const late = setTimeout(() => stop.abort(), seconds * 1e3);
      await done.catch(() => {});
      clearTimeout(late);
    },
  };
}

const idOf = (line: string): string | undefined => /^\{"event":"([\w-]+)"/.exec(line)?.[1];
