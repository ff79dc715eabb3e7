import { existsSync } from "node:fs";
import { readdir, readFile, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ModelError } from "../../src/errors.js";
import { explainFile } from "../../src/models/_download.js";
import { type PullOptions, pullModel } from "../../src/models/pull.js";
import {
  breakAfter,
  closedPort,
  folder,
  modelsDirFor,
  rangeOf,
  serve,
  someBytes,
  wellBehaved,
} from "./_server.js";

const content = someBytes(300_000);

async function setup(overrides: Record<string, unknown> = {}) {
  const notices: string[] = [];
  const cacheDir = await folder();
  const options = {
    modelsDir: await modelsDirFor(content, overrides),
    cacheDir,
    attempts: 3,
    idleTimeout: 5000,
    retryDelay: 1,
    onNotice: (line: string) => notices.push(line),
  } satisfies PullOptions;
  return { options, notices, cacheDir, target: join(cacheDir, "thing.onnx") };
}

/** The one line of a pull that fails, which must leave no file under the model's name. */
async function failure(pulled: Promise<unknown>, target: string): Promise<string> {
  const error = await pulled.then(
    () => new Error("it worked"),
    (e) => e,
  );
  expect(error).toBeInstanceOf(ModelError);
  expect(error.message).toMatch(/^Cannot pull "thing": [^\n]+$/);
  expect(existsSync(target)).toBe(false);
  return error.message;
}

describe("pullModel", () => {
  it("downloads a model under its name and leaves nothing else", async () => {
    const { options, cacheDir, target, notices } = await setup();
    const server = await serve(wellBehaved(content));
    const progress: number[] = [];
    const pulled = await pullModel("thing", {
      ...options,
      urlOverride: server.url,
      onProgress: ({ received, total }) => {
        expect(total).toBe(content.length);
        progress.push(received);
      },
    });
    expect(pulled).toMatchObject({ path: target, already: false });
    expect(pulled.sha256).toBe(pulled.card.sha256);
    expect((await readFile(target)).equals(content)).toBe(true);
    expect(await readdir(cacheDir)).toEqual(["thing.onnx"]);
    expect(progress[0]).toBe(0);
    expect(progress.at(-1)).toBe(content.length);
    expect(notices).toEqual([]);
  });

  it("asks for nothing when the file is there and right", async () => {
    const { options, target } = await setup();
    const server = await serve(wellBehaved(content));
    await writeFile(target, content);
    expect(await pullModel("thing", { ...options, urlOverride: server.url })).toMatchObject({
      already: true,
    });
    expect(server.asked).toEqual([]);
  });

  it("replaces a file of the right size and the wrong bytes", async () => {
    const { options, target } = await setup();
    const server = await serve(wellBehaved(content));
    await writeFile(target, someBytes(content.length, 2));
    await pullModel("thing", { ...options, urlOverride: server.url });
    expect((await readFile(target)).equals(content)).toBe(true);
  });

  it("continues where the connection broke off", async () => {
    const { options, target, notices } = await setup();
    const server = await serve((request, response, n) =>
      n === 0 ? breakAfter(response, content, 100_000) : wellBehaved(content)(request, response, n),
    );
    await pullModel("thing", { ...options, urlOverride: server.url });
    expect((await readFile(target)).equals(content)).toBe(true);
    expect(server.asked).toEqual(["all", "bytes=100000-"]);
    expect(notices).toEqual([expect.stringMatching(/broke off.*trying again/)]);
  });

  it("starts again when the file changed on the server in between", async () => {
    const { options, target } = await setup();
    const server = await serve((request, response, n) =>
      n === 0
        ? breakAfter(response, someBytes(content.length, 2), 100_000, '"old"')
        : wellBehaved(content, '"new"')(request, response, n),
    );
    await pullModel("thing", { ...options, urlOverride: server.url });
    expect((await readFile(target)).equals(content)).toBe(true);
  });

  it("starts again when the server ignores the range", async () => {
    const { options, target } = await setup();
    const server = await serve((_, response, n) =>
      n === 0
        ? breakAfter(response, content, 100_000)
        : response.writeHead(200, { "content-length": content.length }).end(content),
    );
    await pullModel("thing", { ...options, urlOverride: server.url });
    expect((await readFile(target)).equals(content)).toBe(true);
    expect(server.asked).toHaveLength(2);
  });

  it("starts again when the server continues somewhere else", async () => {
    const { options, target } = await setup();
    const server = await serve((request, response, n) => {
      if (n === 0) return breakAfter(response, content, 100_000);
      if (n > 1) return wellBehaved(content)(request, response, n);
      const range = `bytes 5-${content.length - 1}/${content.length}`;
      response.writeHead(206, { "content-range": range }).end(content.subarray(5));
    });
    await pullModel("thing", { ...options, urlOverride: server.url });
    expect((await readFile(target)).equals(content)).toBe(true);
    expect(server.asked).toEqual(["all", "bytes=100000-", "all"]);
  });

  it("goes on as long as each attempt brings something, however many it takes", async () => {
    const { options, target } = await setup();
    const step = 70_000;
    const server = await serve((request, response) => {
      const from = rangeOf(request) ?? 0;
      const part = content.subarray(from, from + step);
      const rest = content.length - from;
      response.writeHead(from ? 206 : 200, {
        "content-length": rest,
        etag: '"one"',
        ...(from ? { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
      });
      response.write(part, () =>
        part.length === rest ? response.end() : setTimeout(() => response.destroy(), 20),
      );
    });
    await pullModel("thing", { ...options, attempts: 2, urlOverride: server.url });
    expect((await readFile(target)).equals(content)).toBe(true);
    expect(server.asked).toHaveLength(Math.ceil(content.length / step));
  });

  it("gives up a server that stalls, keeps what came, and the next pull continues", async () => {
    const { options, target, cacheDir } = await setup();
    const stalling = await serve((request, response) => {
      const from = rangeOf(request);
      if (from !== undefined) return;
      response.writeHead(200, { "content-length": content.length, etag: '"one"' });
      response.write(content.subarray(0, 100_000));
    });
    const why = await failure(
      pullModel("thing", { ...options, idleTimeout: 200, urlOverride: stalling.url }),
      target,
    );
    expect(why).toMatch(/sent nothing for 0\.2 s; gave up after 3 attempts/);
    expect(await readdir(cacheDir)).toEqual(["thing.onnx.part"]);
    expect((await stat(`${target}.part`)).size).toBe(100_000);

    const server = await serve(wellBehaved(content));
    await pullModel("thing", { ...options, urlOverride: server.url });
    expect(server.asked).toEqual(["bytes=100000-"]);
    expect((await readFile(target)).equals(content)).toBe(true);
    expect(await readdir(cacheDir)).toEqual(["thing.onnx"]);
  });

  it("continues what a killed process left", async () => {
    const { options, target, cacheDir } = await setup();
    // No process has this number: they end at 2^22 on Linux and lower elsewhere.
    await writeFile(`${target}.${hostname()}-99999999-1.part`, content.subarray(0, 50_000));
    const server = await serve(wellBehaved(content));
    await pullModel("thing", { ...options, urlOverride: server.url });
    expect(server.asked).toEqual(["bytes=50000-"]);
    expect(await readdir(cacheDir)).toEqual(["thing.onnx"]);
  });

  it("leaves alone what another machine is downloading, until that is long ago", async () => {
    const { options, target } = await setup();
    const other = `${target}.elsewhere-1-1.part`;
    await writeFile(other, content.subarray(0, 50_000));
    const server = await serve(wellBehaved(content));
    await pullModel("thing", { ...options, urlOverride: server.url });
    expect(server.asked).toEqual(["all"]);
    expect(existsSync(other)).toBe(true);
    await truncate(target, 0);
    await utimes(other, 0, 0);
    await pullModel("thing", { ...options, urlOverride: server.url });
    expect(server.asked).toEqual(["all", "bytes=50000-"]);
  });

  it("starts again when what was left does not belong to the file", async () => {
    const { options, target } = await setup();
    await writeFile(`${target}.part`, someBytes(50_000, 3));
    const server = await serve(wellBehaved(content));
    await pullModel("thing", { ...options, urlOverride: server.url });
    expect(server.asked).toEqual(["bytes=50000-", "all"]);
    expect((await readFile(target)).equals(content)).toBe(true);
  });

  it("starts again when what was left is larger than the file", async () => {
    const { options, target } = await setup();
    await writeFile(`${target}.part`, Buffer.concat([content, content]));
    const server = await serve(wellBehaved(content));
    await pullModel("thing", { ...options, urlOverride: server.url });
    expect((await readFile(target)).equals(content)).toBe(true);
  });

  it("finishes a download that only lacked its name", async () => {
    const { options, target } = await setup();
    await writeFile(`${target}.part`, content);
    const server = await serve(wellBehaved(content));
    await pullModel("thing", { ...options, urlOverride: server.url });
    expect(server.asked).toEqual([]);
    expect((await readFile(target)).equals(content)).toBe(true);
  });

  it("refuses other bytes of the right length, and keeps none of them", async () => {
    const { options, target, cacheDir } = await setup();
    const server = await serve(wellBehaved(someBytes(content.length, 2)));
    const why = await failure(pullModel("thing", { ...options, urlOverride: server.url }), target);
    expect(why).toMatch(/wrong SHA-256: expected [0-9a-f]{64}, got [0-9a-f]{64}$/);
    expect(server.asked).toEqual(["all"]);
    expect(await readdir(cacheDir)).toEqual([]);
  });

  it("refuses a file of another length before reading it", async () => {
    const { options, target } = await setup();
    const server = await serve(wellBehaved(someBytes(123)));
    const why = await failure(pullModel("thing", { ...options, urlOverride: server.url }), target);
    expect(why).toBe('Cannot pull "thing": expected 300000 bytes, the server has 123');
    expect(server.asked).toHaveLength(1);
  });

  it("refuses a body that is longer than the file", async () => {
    const { options, target } = await setup();
    // No length is promised: the body just never ends.
    const server = await serve((_, response) => {
      response.writeHead(200);
      const more = () => {
        while (response.writable && response.write(content));
      };
      response.on("drain", more);
      more();
    });
    const why = await failure(pullModel("thing", { ...options, urlOverride: server.url }), target);
    expect(why).toMatch(/expected 300000 bytes, the server sent more$/);
  });

  it("calls a short body short", async () => {
    const { options, target } = await setup();
    const server = await serve((request, response) => {
      // Chunked, so that it ends in order; and again nothing when asked for the rest.
      if (rangeOf(request) === undefined) response.writeHead(200).write(content.subarray(0, 1000));
      else
        response.writeHead(206, {
          "content-range": `bytes 1000-${content.length - 1}/${content.length}`,
          "transfer-encoding": "chunked",
        });
      response.end();
    });
    const why = await failure(pullModel("thing", { ...options, urlOverride: server.url }), target);
    expect(why).toMatch(/broke off after 1000 of 300000 bytes; gave up after 3 attempts$/);
  });

  it("follows redirects, and continues through them", async () => {
    const { options, target } = await setup();
    let first = true;
    const server = await serve((request, response, n) => {
      if (request.url === "/model.onnx") return response.writeHead(302, { location: "/real?token=1" }).end();
      if (first) {
        first = false;
        return breakAfter(response, content, 100_000);
      }
      wellBehaved(content)(request, response, n);
    });
    await pullModel("thing", { ...options, urlOverride: server.url });
    expect((await readFile(target)).equals(content)).toBe(true);
    expect(server.asked).toEqual(["all", "all", "bytes=100000-", "bytes=100000-"]);
  });

  it("says so when redirects go round in a circle", async () => {
    const { options, target } = await setup();
    const server = await serve((_, response) => response.writeHead(302, { location: "/again" }).end());
    const why = await failure(pullModel("thing", { ...options, urlOverride: server.url }), target);
    expect(why).toMatch(/does not work: redirect count exceeded$/);
  });

  it("asks once where the answer is final (404), again where it may change (503)", async () => {
    const { options, target } = await setup();
    const missing = await serve((_, response) => response.writeHead(404).end("no such thing"));
    expect(await failure(pullModel("thing", { ...options, urlOverride: missing.url }), target)).toMatch(
      /the server answered 404 Not Found$/,
    );
    expect(missing.asked).toHaveLength(1);
    const busy = await serve((request, response, n) =>
      n < 2 ? response.writeHead(503).end() : wellBehaved(content)(request, response, n),
    );
    await pullModel("thing", { ...options, urlOverride: busy.url });
    expect(busy.asked).toHaveLength(3);
  });

  it("names the host that refuses connections, and the one that does not exist", async () => {
    const { options, target } = await setup();
    const refused = pullModel("thing", { ...options, urlOverride: await closedPort() });
    expect(await failure(refused, target)).toMatch(/"127\.0\.0\.1:\d+" refuses the connection/);
    const lookup = Object.assign(new Error("getaddrinfo ENOTFOUND no.such.host"), { code: "ENOTFOUND" });
    const fetch = () => Promise.reject(new TypeError("fetch failed", { cause: lookup }));
    const unknown = pullModel("thing", { ...options, fetch, urlOverride: "http://no.such.host/x" });
    expect(await failure(unknown, target)).toMatch(/there is no server "no\.such\.host"/);
    const invalid = pullModel("thing", { ...options, urlOverride: "not an address" });
    expect(await failure(invalid, target)).toMatch(/the address "not an address" does not work/);
  });

  it("stops at once when told to, and keeps what came", async () => {
    const { options, target, cacheDir } = await setup();
    const stop = new AbortController();
    const server = await serve((_, response) => {
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 100_000));
    });
    const pulled = pullModel("thing", {
      ...options,
      urlOverride: server.url,
      signal: stop.signal,
      onProgress: ({ received }) => received >= 100_000 && stop.abort(new Error("enough")),
    });
    await expect(pulled).rejects.toThrow("enough");
    expect(await readdir(cacheDir)).toEqual(["thing.onnx.part"]);
    expect(existsSync(target)).toBe(false);
  });

  it("can run several times at once", async () => {
    const { options, cacheDir, target } = await setup();
    const server = await serve((request, response, n) => {
      setTimeout(() => wellBehaved(content)(request, response, n), 5 * n);
    });
    const all = await Promise.all(
      Array.from({ length: 6 }, () => pullModel("thing", { ...options, urlOverride: server.url })),
    );
    expect(all.map((pulled) => pulled.path)).toEqual(Array(6).fill(target));
    expect((await readFile(target)).equals(content)).toBe(true);
    expect(await readdir(cacheDir)).toEqual(["thing.onnx"]);
  });

  it("says what to read before use, and what cannot be checked", async () => {
    const { options, notices, target } = await setup({
      sha256: undefined,
      bytes: undefined,
      licence: "unclear: read the model page before use",
    });
    const server = await serve(wellBehaved(content));
    const { sha256 } = await pullModel("thing", { ...options, urlOverride: server.url });
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect((await readFile(target)).equals(content)).toBe(true);
    expect(notices).toEqual([
      expect.stringMatching(/read the model page before use/),
      expect.stringMatching(/no full SHA-256/),
    ]);
  });

  it("does not write where it may not, and does not pull what is embedded", async () => {
    const { options, target, cacheDir } = await setup();
    const server = await serve(wellBehaved(content));
    await writeFile(join(cacheDir, "file"), "");
    const inFile = { ...options, cacheDir: join(cacheDir, "file", "cache"), urlOverride: server.url };
    expect(await failure(pullModel("thing", inFile), target)).toMatch(/ENOTDIR|EEXIST/);
    expect(server.asked).toEqual([]);
    await expect(pullModel("nanodet-g", { cacheDir })).rejects.toThrow(
      'Cannot pull "nanodet-g": it is part of the package, nothing is to be downloaded',
    );
    await expect(pullModel("no-such-thing", { cacheDir })).rejects.toThrow(/expected one of d-fine-m, /);
  });

  it("calls a full disk full", () => {
    const error = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    expect(explainFile(error, "/cache/thing.part").message).toBe("the disk is full");
  });
});
