import { describe, expect, test } from "vitest";
import { Histogram, metricsText } from "../../src/live/metrics.js";
import { serveMetrics } from "../../src/live/server.js";

describe("metrics", () => {
  test("are written as Prometheus' documentation has it", () => {
    const latency = new Histogram([0.1, 1]);
    for (const value of [0.05, 0.1, 0.5, 7]) latency.add(value);
    const text = metricsText([
      {
        ...{ name: "http_requests_total", type: "counter", help: "The total\nnumber of \\ requests." },
        samples: [
          { labels: { method: "post", path: 'C:\\DIR\\"FILE"\n' }, value: 1027 },
          { labels: { method: "get" }, value: Number.POSITIVE_INFINITY },
        ],
      },
      { name: "latency_seconds", type: "histogram", help: "Late", samples: latency.samples },
    ]);
    expect(text).toBe(
      [
        "# HELP http_requests_total The total\\nnumber of \\\\ requests.",
        "# TYPE http_requests_total counter",
        'http_requests_total{method="post",path="C:\\\\DIR\\\\\\"FILE\\"\\n"} 1027',
        'http_requests_total{method="get"} +Inf',
        "# HELP latency_seconds Late",
        "# TYPE latency_seconds histogram",
        'latency_seconds_bucket{le="0.1"} 2',
        'latency_seconds_bucket{le="1"} 3',
        'latency_seconds_bucket{le="+Inf"} 4',
        "latency_seconds_sum 7.65",
        "latency_seconds_count 4",
        "",
      ].join("\n"),
    );
  });
});

describe("the server of metrics", () => {
  test("answers /metrics and /healthz on this machine only, and nothing else", async () => {
    let ok = true;
    const server = await serveMetrics({
      port: 0,
      metrics: () => "a 1\n",
      health: () => ({ ok, state: "open" }),
    });
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const get = async (path: string, method = "GET") => {
      const response = await fetch(server.url + path, { method });
      return [response.status, await response.text()];
    };
    expect(await get("/metrics")).toEqual([200, "a 1\n"]);
    expect(await get("/metrics?x=1", "HEAD")).toEqual([200, ""]);
    expect(await get("/healthz")).toEqual([200, '{"ok":true,"state":"open"}\n']);
    ok = false;
    expect(await get("/healthz")).toEqual([503, '{"ok":false,"state":"open"}\n']);
    expect((await get("/"))[0]).toBe(404);
    expect((await get("/metrics", "POST"))[0]).toBe(405);
    const port = Number(new URL(server.url).port);
    await expect(serveMetrics({ port, metrics: () => "", health: () => ({ ok }) })).rejects.toThrow(
      `Cannot serve metrics at 127.0.0.1:${port}: something else listens there`,
    );
    await server.close();
  });
});
