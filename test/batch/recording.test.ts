import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type FetchOptions, fetchRecording, filesOf, removePart } from "../../src/batch/recording.js";
import { InputError, OutputError } from "../../src/errors.js";
import { isSame, lookAtRecording } from "../../src/video/recording.js";
import { parseNetworkAddress } from "../../src/video/stream-address.js";
import { random } from "../_random.js";
import { type Behaviour, type RecordingServer, serveRecordings } from "./_server.js";

const next = random(7);
const bytes = Buffer.from(Uint8Array.from({ length: 300_000 }, () => next() * 256));
const MODIFIED = "Tue, 03 Mar 2026 10:00:00 GMT";

let folder: string;
let server: RecordingServer;
beforeAll(async () => {
  server = await serveRecordings();
});
afterAll(() => server.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "throughline-recording-"));
  server.asked.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = () => join(folder, "part");
function put(behaviour: Partial<Behaviour> = {}): Behaviour {
  const file = { bytes, etag: '"one"', modified: MODIFIED, ...behaviour };
  server.files.set("/a.mp4", file);
  return file;
}
const notices: string[] = [];
const bring = (options: FetchOptions = {}, address = `${server.url}/a.mp4`) => {
  notices.length = 0;
  return fetchRecording(parseNetworkAddress(address), path(), {
    ...{ delay: 0.01, timeout: 1, onNotice: (line: string) => notices.push(line) },
    ...options,
  });
};
const isWhole = () => expect(readFileSync(path()).equals(bytes)).toBe(true);
const ranges = () => server.asked.map(({ range }) => range);

describe("a recording behind http", () => {
  it("comes whole, with the time that the server tells, and says what it is", async () => {
    put();
    expect(await bring()).toEqual({ size: bytes.length, etag: '"one"', modified: MODIFIED });
    isWhole();
    expect(statSync(path()).mtime).toEqual(new Date(MODIFIED));
    expect(ranges()).toEqual([undefined]);
  });

  it("is gone on with where a connection broke", async () => {
    put({ breaks: [100_000, 1, 0, 70_000] });
    await bring();
    isWhole();
    const [first, ...others] = server.asked;
    expect(first).toMatchObject({ range: undefined, ifRange: undefined });
    expect(others.map(({ ifRange }) => ifRange)).toEqual(others.map(() => '"one"'));
    // Bytes that were on their way may be lost with their connection.
    const from = others.map(({ range }) => Number(/^bytes=(\d+)-$/.exec(range!)![1]));
    expect(from).toEqual(from.toSorted((a, b) => a - b));
    expect(Math.min(...from)).toBeGreaterThan(0);
    expect(Math.max(...from)).toBeLessThanOrEqual(170_001);
    expect(notices[0]).toMatch(
      /^"http:\/\/127.0.0.1:\d+\/a.mp4": the connection [^\n]+; trying again in 0.01 s$/,
    );
  });

  it.each([
    ["knows no ranges", { ranges: false }],
    ["says by nothing whether it is still the same", { etag: undefined, modified: undefined }],
    ["says so by a weak ETag only", { etag: 'W/"one"', modified: undefined }],
  ])("is begun anew where the server %s", async (_, behaviour) => {
    put({ ...behaviour, breaks: [200_000, 90_000] });
    await bring();
    isWhole();
    if (!("ranges" in behaviour)) expect(ranges()).toEqual([undefined, undefined, undefined]);
  });

  it("is told by Last-Modified where there is no ETag", async () => {
    put({ etag: undefined, breaks: [200_000] });
    await bring();
    isWhole();
    expect(server.asked[1]).toMatchObject({
      ...{ range: expect.stringMatching(/^bytes=\d+-$/), ifRange: MODIFIED },
    });
  });

  it("is gone on with by a later run, which asks for the rest only", async () => {
    const file = put({ stalls: [120_000] });
    const abort = new AbortController();
    const onProgress = (received: number) => received === 120_000 && abort.abort(new Error("enough"));
    await expect(bring({ signal: abort.signal, onProgress })).rejects.toThrow("enough");
    expect(readdirSync(folder).sort()).toEqual(["part", "part.json"]);
    // After a power cut there may be more than was there for good, and that may be anything.
    appendFileSync(path(), Buffer.alloc(5000));
    expect(file.stalls).toEqual([]);
    await bring();
    isWhole();
    expect(ranges()).toEqual([undefined, "bytes=120000-"]);
    // Nothing is fetched twice, only asked whether it is still the same.
    await bring();
    isWhole();
    expect(ranges()[2]).toBe("bytes=0-0");
    expect(server.asked).toHaveLength(3);
  });

  it("is begun anew by a later run where it has changed, or the run was told to", async () => {
    const leave = async () => {
      put({ stalls: [50_000] });
      const abort = new AbortController();
      const onProgress = (received: number) => received === 50_000 && abort.abort(new Error("enough"));
      await expect(bring({ resume: false, signal: abort.signal, onProgress })).rejects.toThrow("enough");
      server.asked.length = 0;
    };
    await leave();
    put({ etag: '"two"' });
    await bring();
    isWhole();
    expect(notices).toEqual([expect.stringContaining("has changed since an earlier run began to fetch it")]);
    await leave();
    await bring({ resume: false });
    isWhole();
    expect(ranges()).toEqual([undefined]);
    // Whole, and changed afterwards.
    put({ etag: '"three"' });
    await bring();
    isWhole();
    expect(notices).toEqual([expect.stringContaining("has changed since an earlier run fetched it")]);
    // What is said to be a part of another recording is not used.
    await leave();
    server.files.set("/b.mp4", { bytes, etag: '"one"' });
    await bring({}, `${server.url}/b.mp4`);
    isWhole();
    expect(ranges()).toEqual([undefined]);
  });

  it("fails where it changes meanwhile, and nothing of it stays", async () => {
    const file = put({ breaks: [100_000] });
    const onProgress = (received: number) => {
      if (received === 100_000) file.etag = '"two"';
    };
    await expect(bring({ onProgress })).rejects.toThrow(
      /a.mp4": it changed on the server while it was fetched; is it still being written\?$/,
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is never taken as whole where the server lies about its length", async () => {
    put({ length: bytes.length + 100 });
    await expect(bring()).rejects.toThrow(
      `it changed on the server while it was fetched (${bytes.length + 100} bytes, now ${bytes.length})`,
    );
    put({ length: bytes.length + 100, ranges: false });
    await expect(bring({ attempts: 3 })).rejects.toThrow(
      /; gave up after 3 tries; what came of it \(300000 bytes\) is kept for the next run$/,
    );
    expect(server.asked).toHaveLength(5);
  });

  it("may come in chunks without a length, but not without a sign of its end", async () => {
    put({ length: "chunked", breaks: [140_000] });
    await bring();
    isWhole();
    expect(ranges()).toEqual([undefined, expect.stringMatching(/^bytes=\d+-$/)]);
    await removePart(path());
    put({ length: "none" });
    await expect(bring()).rejects.toThrow(
      /a connection that breaks would look like its end \(no Content-Length\)$/,
    );
  });

  it.each<[string, Partial<Behaviour>, RegExp]>([
    ["is not there", { statuses: [404] }, /the server knows nothing under this address \(404\)$/],
    ["is for others", { statuses: [401] }, /the server asks for user and password \(401\); give them as in/],
    ["is for others still", { statuses: [403] }, /the server asks for user and password \(403\)/],
    ["is a web page", { headers: { "content-type": "text/html; charset=utf-8" } }, /found a web page$/],
    [
      "is a playlist",
      { headers: { "content-type": "application/x-mpegURL" } },
      /found a playlist \(HLS or DASH\)/,
    ],
    [
      "has no end",
      { headers: { "content-type": "multipart/x-mixed-replace; boundary=x" } },
      /cameras are watched with --online$/,
    ],
    ["is packed", { headers: { "content-encoding": "gzip" } }, /sends it packed \(gzip\)/],
    ["is empty", { bytes: Buffer.alloc(0) }, /found an empty file \(0 bytes\)$/],
  ])("is asked for once where it %s", async (_, behaviour, why) => {
    put(behaviour);
    const error = await bring({}, `${server.url}/a.mp4?key=hidden`).catch((error: Error) => error);
    expect(error).toBeInstanceOf(InputError);
    const message = (error as Error).message;
    expect(message).toMatch(why);
    expect(message).toMatch(/^Cannot read "http:\/\/127.0.0.1:\d+\/a.mp4\?\.\.\.": [^\n]+$/);
    expect(server.asked).toHaveLength(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is asked for again where the server has trouble, and given up in the end", async () => {
    put({ statuses: [500, 503, 429] });
    await bring();
    isWhole();
    expect(notices.map((line) => /\((\d+)\)|answers (\d+);/.exec(line)?.[2])).toEqual(["500", "503", "429"]);
    await removePart(path());
    put({ statuses: [502, 502, 502, 502] });
    await expect(bring({ attempts: 4 })).rejects.toThrow(/the server answers 502; gave up after 4 tries$/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is asked for again where nothing comes for too long", async () => {
    put({ stalls: [10_000] });
    await bring({ timeout: 0.2 });
    isWhole();
    expect(notices).toEqual([expect.stringContaining("the server sent nothing for 0.2 s; trying again")]);
    expect(ranges()).toEqual([undefined, expect.stringMatching(/^bytes=\d+-$/)]);
  });

  it("fails at once where nobody has ever answered", async () => {
    const nobody = await serveRecordings();
    await nobody.close();
    await expect(bring({ delay: 600 }, `${nobody.url}/a.mp4`)).rejects.toThrow(/: connection refused$/);
  });

  it("is given to nobody else: user and password stay with their host", async () => {
    put({ statuses: [401], headers: { "www-authenticate": 'Basic realm="x"' } });
    const secret = server.url.replace("//", "//me:hidden@");
    await bring({}, `${secret}/a.mp4`);
    isWhole();
    const basic = `Basic ${Buffer.from("me:hidden").toString("base64")}`;
    expect(server.asked.map(({ authorization }) => authorization)).toEqual([undefined, basic]);
    for (const file of filesOf(path())) expect(readFileSync(file, "latin1")).not.toContain("hidden");
  });

  it("says so where it cannot be written", async () => {
    put();
    const error = await fetchRecording(
      parseNetworkAddress(`${server.url}/a.mp4`),
      join(folder, "no", "part"),
    ).catch((error: Error) => error);
    expect(error).toBeInstanceOf(OutputError);
    expect(existsSync(join(folder, "no"))).toBe(false);
  });

  it("is looked at without its bytes, also by servers that know no ranges", async () => {
    const address = parseNetworkAddress(`${server.url}/a.mp4`);
    for (const ranges of [true, false]) {
      put({ ranges });
      expect(await lookAtRecording(address)).toEqual({
        ...{ size: bytes.length, etag: '"one"', modified: MODIFIED },
      });
    }
  });
});

describe("isSame", () => {
  it("compares what both say", () => {
    expect(isSame({ size: 1, etag: "a" }, { size: 1 })).toBe(true);
    expect(isSame({ size: 1, etag: "a" }, { size: 1, etag: "b" })).toBe(false);
    expect(isSame({ etag: "a" }, { size: 1 })).toBeUndefined();
  });
});
