/**
 * What `/metrics` and `/healthz` of a live run say.
 */
import { type Metric, metricsText } from "../live/metrics.js";
import type { EventQueue } from "../live/queue.js";
import type { Health } from "../live/server.js";
import type { Webhook } from "../live/webhook.js";
import type { LiveStatus } from "./live-status.js";
import { version } from "./version.js";

/** Where events wait for their receiver, where there is one. */
export interface Delivery {
  readonly queue: EventQueue;
  readonly webhook: Webhook;
}

export function metricsOf(status: LiveStatus, delivery: Delivery | undefined): string {
  const { state, received, dropped, reconnects } = status.stats;
  const one = (type: Metric["type"], name: string, help: string, value: number): Metric => ({
    ...{ type, name: `throughline_${name}`, help },
    samples: [{ value }],
  });
  const metrics: Metric[] = [
    {
      ...{ type: "gauge", name: "throughline_info", help: "The input and the version of the program" },
      samples: [{ labels: { version, input: status.input }, value: 1 }],
    },
    one("gauge", "connected", "1 where pictures come", state === "open" ? 1 : 0),
    one("counter", "frames_received_total", "Frames that came from the input", received),
    one("counter", "frames_dropped_total", "Frames left out because a newer one was there", dropped),
    one("counter", "frames_tracked_total", "Frames that were tracked", status.frames),
    one("counter", "reconnects_total", "Connections after the first that brought pictures", reconnects),
    one("counter", "identity_restarts_total", "Gaps after which identities began anew", status.restarts),
    one("counter", "identities_total", "Identities that were reported", status.identities),
    one("gauge", "identities", "Identities in the latest frame", status.live),
    one("gauge", "fps", "Frames tracked per second over the last 5 seconds", status.fps),
    one("gauge", "seconds_since_frame", "Seconds since the latest frame was tracked", status.silence),
    {
      ...{ type: "histogram", name: "throughline_latency_seconds" },
      help: "From the arrival of a frame to its tracks, and what the frame was late by",
      samples: status.latencies.samples,
    },
    {
      ...{ type: "counter", name: "throughline_events_total", help: "Events by type" },
      samples: [...status.events].map(([type, value]) => ({ labels: { type }, value })),
    },
  ];
  if (delivery) {
    const { queue, webhook } = delivery;
    const { delivered, failures, refused } = webhook.stats();
    metrics.push(
      one("gauge", "webhook_waiting", "Events that wait on the disk for the receiver", queue.waiting),
      one("counter", "webhook_delivered_total", "Events that the receiver took", delivered),
      one("counter", "webhook_failures_total", "Tries that failed", failures),
      one("counter", "webhook_refused_total", "Events that the receiver refused for good", refused),
      one("counter", "webhook_dropped_total", "Events given up because too many waited", queue.dropped),
    );
  }
  const { rss } = process.memoryUsage();
  metrics.push(
    {
      ...{ type: "gauge", name: "process_resident_memory_bytes", help: "Resident memory size in bytes" },
      samples: [{ value: rss }],
    },
    {
      ...{
        type: "gauge",
        name: "process_start_time_seconds",
        help: "Start time of the process since the epoch",
      },
      samples: [{ value: status.startedAt / 1e3 }],
    },
  );
  return metricsText(metrics);
}

/** All is well where pictures come and are tracked. @param timeout seconds without a picture that are too many */
export function healthOf(status: LiveStatus, timeout: number): Health {
  const { state, reason } = status.stats;
  const { silence, lastFrameAt } = status;
  const ok = state === "open" && lastFrameAt !== undefined && silence <= timeout;
  return {
    ok,
    state,
    input: status.input,
    secondsSinceFrame: lastFrameAt === undefined ? null : Math.round(silence * 10) / 10,
    ...(ok || reason === undefined ? {} : { reason }),
  };
}
