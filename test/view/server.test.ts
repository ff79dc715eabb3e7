import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadRun } from "../../src/cli/view-load.js";
import { json } from "../../src/format/json.js";
import { PLACE } from "../../src/report/boot.js";
import { unpack } from "../../src/report/pack.js";
import type { Track } from "../../src/types.js";
import { Cache } from "../../src/view/cache.js";
import { compareRuns, type Makers, openView, type View, type ViewOptions } from "../../src/view/index.js";

const root = mkdtempSync(join(tmpdir(), "throughline-view-"));
const folder = join(root, "results");
const outside = join(root, "secret");

const template = `<!doctype html><script type="module">run()</script>${PLACE}</html>`;

/** What was asked to be made, to be told and ended from here. */
const made: {
  readonly what: string;
  readonly signal: AbortSignal;
  readonly end: (error?: Error) => void;
  readonly means: Parameters<Makers["strips"]>[1] | Parameters<Makers["copy"]>[1];
}[] = [];
const makers: Makers = {
  strips: ({ video, made: there }, means) =>
    work([`strips of ${basename(video)}`, ...there.map(({ id }) => id)].join(" "), means),
  async copy({ video, to }, means) {
    await work(`copy of ${basename(video)}`, means);
    writeFileSync(to, "a copy");
  },
};

function work(what: string, means: (typeof made)[number]["means"]): Promise<void> {
  const { signal } = means;
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
    made.push({ what, signal, means, end: (error) => (error ? reject(error) : resolve()) });
  });
}

/** What all servers here have; what takes long is made up. */
const common = {
  ...{ template, load: loadRun, cache: join(root, "cache") },
  compare: async (...[a, b]: Parameters<ViewOptions["compare"]>) => compareRuns(a, b),
  makers,
};

/** Two that walk, in 10 frames; 1 becomes 2 after frame 4. */
function tracksText(input = "street.mp4"): string {
  const header = {
    input,
    width: 640,
    height: 480,
    frameRate: 10,
    labels: ["person"],
    run: { tracker: "sort" },
  };
  const lines = Array.from({ length: 10 }, (_, index) => {
    const track = (id: number, x: number): Track => ({
      ...{ id, box: [x, 10, x + 20, 50] as const, score: 0.9, class: 0, detection: 0 },
    });
    return json.frame(
      { index, time: index / 10, tracks: [track(index < 5 ? 1 : 2, 10), track(3, 100)] },
      header,
    );
  });
  const footer = { identities: 3, integrity: { complete: true, frames: 10, damage: [] } };
  return json.begin!(header) + lines.join(json.separator) + json.end!(footer);
}

let view: View;
let port: number;
let token: string;

beforeAll(async () => {
  mkdirSync(join(folder, "deep"), { recursive: true });
  mkdirSync(outside);
  writeFileSync(join(folder, "a.tracks.json"), tracksText());
  writeFileSync(join(folder, "deep", "ünï code.json"), tracksText("other.mp4"));
  writeFileSync(join(folder, "street.mp4"), Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 256)));
  writeFileSync(join(outside, "tracks.json"), tracksText());
  writeFileSync(join(outside, "other.mp4"), "not to be seen");
  symlinkSync(join(outside, "tracks.json"), join(folder, "leads-out.json"));
  symlinkSync(outside, join(folder, "way-out"));
  symlinkSync(join(folder, "a.tracks.json"), join(folder, "stays-in.json"));
  view = await openView(folder, {
    ...common,
    describe: async () => ({ type: "video/mp4", width: 640, height: 480, offset: 0 }),
  });
  const url = new URL(view.urlOf("/"));
  port = Number(url.port);
  token = url.searchParams.get("token")!;
});
afterAll(async () => {
  await view.close();
  rmSync(root, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  readonly text: string;
}

/** Asks exactly what is told: fetch would put the address and the headers right. */
function ask(
  path: string,
  {
    method = "GET",
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string>; body?: string | Buffer } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path, method, headers, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => {
        const all = Buffer.concat(parts);
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          body: all,
          text: all.toString("utf8"),
        });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const cookie = () => `throughline-${port}=${token}`;
const get = (path: string, headers: Record<string, string> = {}) =>
  ask(path, { headers: { cookie: cookie(), ...headers } });
const getJson = async (path: string) => JSON.parse((await get(path)).text);

describe("who may ask", () => {
  it("whoever has the token in the address gets a cookie, and an address without it", async () => {
    const { status, headers } = await ask(`/run/a.tracks.json?token=${token}&x=1`);
    expect(status).toBe(303);
    expect(headers.location).toBe("/run/a.tracks.json?x=1");
    expect(headers["set-cookie"]).toEqual([`${cookie()}; HttpOnly; SameSite=Lax; Path=/`]);
    expect((await get("/")).status).toBe(200);
  });

  it("nobody else: not without a token, not with another, not with a part of it", async () => {
    for (const path of [
      "/",
      "/api/runs",
      "/run/a.tracks.json",
      "/parts/a.tracks.json/run",
      "/video/a.tracks.json",
    ]) {
      expect((await ask(path)).status).toBe(403);
      expect((await ask(`${path}?token=`)).status).toBe(403);
      expect((await ask(`${path}?token=${token.slice(0, -1)}`)).status).toBe(403);
      expect((await ask(path, { headers: { cookie: `throughline-${port}=${token}x` } })).status).toBe(403);
    }
  });

  it("nobody by another name than this machine's: names can be made to mean it", async () => {
    for (const host of ["evil.example", `evil.example:${port}`, "127.0.0.1.evil.example", "169.254.169.254"])
      expect((await get("/", { host })).status, host).toBe(421);
    for (const host of [`localhost:${port}`, `[::1]:${port}`, "127.0.0.1:8080"])
      expect((await get("/", { host })).status, host).toBe(200);
  });

  it("is not asked to change anything but by a page of its own", async () => {
    const path = "/edits/a.tracks.json";
    const body = JSON.stringify({ after: 0, entry: { type: "delete", id: 3 } });
    const good = {
      ...{ cookie: cookie(), origin: `http://127.0.0.1:${port}`, "content-type": "application/json" },
      "x-throughline-token": token,
    };
    const post = (headers: Record<string, string>, to = path) => ask(to, { method: "POST", headers, body });
    const without = (name: keyof typeof good) =>
      Object.fromEntries(Object.entries(good).filter(([key]) => key !== name));
    expect((await post(without("origin"))).status).toBe(403);
    expect((await post({ ...good, origin: "http://evil.example" })).status).toBe(403);
    expect((await post({ ...good, origin: "null" })).status).toBe(403);
    expect((await post({ ...good, "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await post(without("x-throughline-token"))).status).toBe(403);
    expect((await post({ ...good, "x-throughline-token": "x" })).status).toBe(403);
    expect((await post(without("cookie"))).status).toBe(403);
    expect((await post({ ...good, "content-type": "text/plain" })).status).toBe(415);
    expect((await post(good, "/run/a.tracks.json")).status).toBe(405);
    for (const method of ["PUT", "DELETE", "OPTIONS", "PATCH"])
      expect((await ask(path, { method, headers: good })).status).toBe(405);
    expect(existsSync(join(folder, "a.tracks.json.edits.json"))).toBe(false);
  });
});

describe("what is shown", () => {
  it("nothing outside of the folder, whatever the way", async () => {
    for (const path of [
      "/run/../secret/tracks.json",
      "/run/..%2fsecret%2ftracks.json",
      "/run/%2e%2e/secret/tracks.json",
      "/parts/..%2f..%2fsecret%2ftracks.json/run",
      "/run/deep/..%2f..%2f..%2fsecret/tracks.json",
      `/run/${encodeURIComponent(join(outside, "tracks.json"))}`,
      "/run/leads-out.json",
      "/run/way-out/tracks.json",
      "/run/..%5csecret%5ctracks.json",
      "/run/a.tracks.json%00.json",
      "/run/.hidden.json",
      "/edits/way-out/tracks.json",
      "/video/leads-out.json",
      "/compare?a=leads-out.json&b=a.tracks.json",
    ]) {
      const { status, text } = await get(path);
      expect(status, path).toBe(404);
      expect(text, path).toMatch(/^There (?:is|are) no [^\n]+\n$/);
    }
  });

  it("no files but tracks, and no list of a folder", async () => {
    for (const path of [
      "/run/street.mp4",
      "/run/deep",
      "/run/",
      "/street.mp4",
      "/deep/",
      "/api/",
      "/etc/passwd",
    ])
      expect((await get(path)).status, path).toBe(404);
    expect((await get("/%ff")).status).toBe(400);
  });

  it("links that stay inside, and names of all letters", async () => {
    expect((await get("/run/stays-in.json")).status).toBe(200);
    expect((await get(`/run/deep/${encodeURIComponent("ünï code.json")}`)).status).toBe(200);
  });

  it("the page with its data, under a policy that runs its own script only", async () => {
    const { text, headers } = await get("/run/a.tracks.json");
    const hash = createHash("sha256").update("run()").digest("base64");
    expect(headers["content-security-policy"]).toContain(`script-src 'sha256-${hash}';`);
    expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
    expect(headers["content-security-policy"]).not.toMatch(/script-src[^;]*unsafe/);
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" });
    const boot = JSON.parse(/id="boot">([^<]*)</.exec(text)![1]!);
    expect(boot).toMatchObject({
      page: "report",
      base: "/parts/a.tracks.json/",
      report: { title: "a.tracks.json", video: { from: { url: "/video/a.tracks.json" } } },
      editing: { server: { url: "/edits/a.tracks.json", token } },
    });
    const { body } = await get(`${boot.base}run`);
    expect(unpack(gunzipSync(body)).id).toHaveLength(20);
    expect((await get(`${boot.base}strips`)).status).toBe(404);
  });

  it("a broken tracks file by one line that names it", async () => {
    writeFileSync(join(folder, "cut.json"), tracksText().slice(0, 900));
    const { status, text } = await get("/run/cut.json");
    expect(status).toBe(422);
    expect(text).toMatch(/^Cannot parse "[^"]*cut\.json:\d+": not JSON: [^\n]+\n$/);
    rmSync(join(folder, "cut.json"));
  });

  it("only the video that the tracks name, and says where it is otherwise", async () => {
    const other = `/run/deep/${encodeURIComponent("ünï code.json")}`;
    const boot = JSON.parse(/id="boot">([^<]*)</.exec((await get(other)).text)![1]!);
    expect(boot.report.video).toBeUndefined();
    expect(boot.report.noVideo).toMatch(/The video "other\.mp4" is not here\..*--video/);
    expect((await get(other.replace("run", "video"))).status).toBe(404);
    const given = await openView(folder, {
      ...{ ...common, video: outside },
      describe: async (path) => ({ noVideo: `found ${path}` }),
    });
    try {
      const url = given.urlOf(other);
      const [, cookies = ""] = /^(.*?);/.exec(
        (await fetch(url, { redirect: "manual" })).headers.get("set-cookie")!,
      )!;
      const page = await (await fetch(url.replace(/\?.*/, ""), { headers: { cookie: cookies } })).text();
      expect(page).toContain("found ");
      expect(page).toContain("secret/other.mp4");
    } finally {
      await given.close();
    }
  });
});

describe("a video in parts", () => {
  const path = "/video/a.tracks.json";
  const all = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 256));

  it("is sent whole, or the part that is asked for", async () => {
    const whole = await get(path);
    expect(whole.status).toBe(200);
    expect(whole.headers).toMatchObject({ "accept-ranges": "bytes", "content-type": "video/mp4" });
    expect(Buffer.compare(whole.body, all)).toBe(0);
    for (const [range, from, to] of [
      ["bytes=0-", 0, 999],
      ["bytes=10-19", 10, 19],
      ["bytes=990-5000", 990, 999],
      ["bytes=-5", 995, 999],
      ["bytes=-5000", 0, 999],
    ] as const) {
      const { status, headers, body } = await get(path, { range });
      expect([range, status]).toEqual([range, 206]);
      expect(headers["content-range"]).toBe(`bytes ${from}-${to}/1000`);
      expect(Buffer.compare(body, all.subarray(from, to + 1))).toBe(0);
    }
  });

  it("refuses parts that are not there, and sends all where the words mean nothing", async () => {
    for (const range of ["bytes=1000-", "bytes=-0"]) {
      const { status, headers } = await get(path, { range });
      expect([range, status, headers["content-range"]]).toEqual([range, 416, "bytes */1000"]);
    }
    for (const range of ["bytes=20-10", "bytes=a-b", "lines=1-2", "bytes=0-1,5-6", "bytes=-"])
      expect((await get(path, { range })).status, range).toBe(200);
  });

  it("sends all where the file has changed since the first part", async () => {
    const { headers } = await get(path, { range: "bytes=0-0" });
    const etag = String(headers.etag);
    expect((await get(path, { range: "bytes=5-9", "if-range": etag })).status).toBe(206);
    expect((await get(path, { range: "bytes=5-9", "if-range": '"old"' })).status).toBe(200);
    expect((await get(path, { "if-none-match": etag })).status).toBe(304);
    const head = await ask(path, { method: "HEAD", headers: { cookie: cookie() } });
    expect([head.status, head.headers["content-length"], head.body.length]).toEqual([200, "1000", 0]);
  });
});

describe("corrections", () => {
  const path = "/edits/a.tracks.json";
  const file = join(folder, "a.tracks.json.edits.json");
  const append = async (after: number, entry: unknown) => {
    const { status, text } = await ask(path, {
      method: "POST",
      headers: {
        ...{ cookie: cookie(), origin: `http://127.0.0.1:${port}`, "content-type": "application/json" },
        ...{ "x-throughline-token": token, accept: "application/json" },
      },
      body: JSON.stringify({ after, entry }),
    });
    return { status, ...JSON.parse(text) };
  };

  it("are kept beside the tracks, which stay as they are", async () => {
    const before = readFileSync(join(folder, "a.tracks.json"));
    expect((await getJson(path)).entries).toEqual([]);
    const merge = { type: "merge", into: 1, ids: [2] };
    expect(await append(0, merge)).toEqual({ status: 200, length: 1 });
    expect(await append(1, { type: "undo" })).toEqual({ status: 200, length: 2 });
    expect((await getJson(path)).entries).toEqual([merge, { type: "undo" }]);
    const log = JSON.parse(readFileSync(file, "utf8"));
    expect(log.tracks).toEqual({
      ...{ file: "a.tracks.json", bytes: before.length },
      sha256: createHash("sha256").update(before).digest("hex"),
    });
    expect(Buffer.compare(readFileSync(join(folder, "a.tracks.json")), before)).toBe(0);
  });

  it("of two tabs do not overwrite each other", async () => {
    const { status, message, entries } = await append(1, { type: "delete", id: 3 });
    expect([status, message]).toEqual([
      409,
      "The corrections were changed elsewhere meanwhile; this one was not made",
    ]);
    expect(entries).toHaveLength(2);
    const all = await Promise.all([1, 2, 3].map((id) => append(2, { type: "rename", id, name: `n${id}` })));
    expect(all.map((one) => one.status).sort()).toEqual([200, 409, 409]);
    expect((await getJson(path)).entries).toHaveLength(3);
  });

  it("that cannot be done, or are none, are refused in a line", async () => {
    expect(await append(3, { type: "merge", into: 1, ids: [3] })).toMatchObject({
      status: 422,
      message: expect.stringMatching(/^Cannot merge 1 and 3: both are there in frames 0 to 4;/),
    });
    expect(await append(3, { type: "split", id: 3, frame: 5, new: 2 })).toMatchObject({ status: 422 });
    expect(await append(3, { type: "redo" })).toMatchObject({
      status: 422,
      message: "There is nothing to redo",
    });
    expect(await append(3, { type: "explode" })).toMatchObject({ status: 400 });
    expect(await append(-1, { type: "undo" })).toMatchObject({ status: 400 });
    expect(await append(3, { type: "rename", id: 1, name: "x".repeat(70_000) })).toMatchObject({
      status: 413,
    });
    expect((await getJson(path)).entries).toHaveLength(3);
  });

  it("of another version of the tracks are neither shown nor overwritten", async () => {
    const kept = readFileSync(file, "utf8");
    writeFileSync(file, kept.replace(/"sha256":"[^"]*"/, `"sha256":"${"0".repeat(64)}"`));
    const { status, text } = await get(path);
    expect([status, text]).toEqual([409, expect.stringContaining("are of another version of the tracks")]);
    expect(await append(3, { type: "undo" })).toMatchObject({ status: 409 });
    writeFileSync(file, "{broken");
    expect((await get(path)).text).toMatch(/^Cannot parse "a\.tracks\.json\.edits\.json": not JSON/);
    expect((await get("/run/a.tracks.json")).status).toBe(200);
    writeFileSync(file, kept);
  });

  it("come with the comparison", async () => {
    writeFileSync(join(folder, "b.tracks.json"), tracksText());
    const url = "/api/compare?a=a.tracks.json&b=b.tracks.json";
    expect(await getJson(url)).toMatchObject({ isEqual: true, boxes: { a: 20, b: 20, both: 20 } });
    const { entries } = await getJson(path);
    await append(entries.length, { type: "delete", id: 3, from: 2, to: 4 });
    expect(await getJson(url)).toMatchObject({
      isEqual: false,
      differences: [{ kind: "gap", from: 2, to: 4, missingIn: "a", b: [3] }],
      boxes: { a: 17, b: 20, both: 17 },
    });
    rmSync(join(folder, "b.tracks.json"));
  });
});

describe("what is made of a video", () => {
  /** Asks for it as a page does. */
  const follow = async (path: string, on: View = view) => {
    const url = new URL(on.urlOf("/"));
    const own = url.searchParams.get("token")!;
    const controller = new AbortController();
    const answer = await fetch(new URL(`/make/${path}`, url), {
      ...{ method: "POST", signal: controller.signal },
      headers: {
        ...{ cookie: `throughline-${url.port}=${own}`, origin: url.origin },
        "x-throughline-token": own,
      },
    });
    const lines = answer.text().then((text) =>
      text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    );
    lines.catch(() => undefined);
    return { lines, leave: () => controller.abort() };
  };
  const begun = async (count: number) => {
    await expect.poll(() => made.length).toBe(count);
    return made.at(-1)!;
  };

  it("is asked for by a page of ours only", async () => {
    expect((await get("/make/strips/a.tracks.json")).status).toBe(404);
    const posted = { method: "POST", headers: { cookie: cookie() } };
    expect((await ask("/make/strips/a.tracks.json", posted)).status).toBe(403);
    expect(made).toEqual([]);
  });

  it("is told of as it comes, also to whoever comes later, one thing at a time, and kept", async () => {
    const one = await follow("strips/a.tracks.json");
    const { means, end } = await begun(1);
    if (!("onStrip" in means)) throw new Error("expected strips");
    means.onSize({ width: 4, height: 6 });
    means.onStrip({ id: 3, frames: [1, 5], jpeg: Buffer.from("three") });
    const other = await follow("strips/stays-in.json");
    expect(await (await follow("copy/a.tracks.json")).lines).toEqual([{ type: "busy" }]);
    expect((await get("/strips/a.tracks.json?id=3")).text).toBe("three");
    expect((await get("/strips/a.tracks.json?id=1")).status).toBe(404);
    means.onStrip({ id: 1, frames: [2], jpeg: Buffer.from("one") });
    end();
    const all = [
      { type: "size", width: 4, height: 6 },
      { type: "strip", id: 3, frames: [1, 5] },
      { type: "strip", id: 1, frames: [2] },
      { type: "done" },
    ];
    expect(await one.lines).toEqual(all);
    expect(await other.lines).toEqual(all);
    // Another server, later.
    const next = await openView(folder, {
      ...common,
      describe: async () => ({ type: "video/mp4", width: 640, height: 480, offset: 0 }),
    });
    expect(await (await follow("strips/a.tracks.json", next)).lines).toEqual(all);
    await next.close();
    expect(made).toHaveLength(1);
  });

  it("ends when nobody waits for it and something else is asked for, and when it fails says why", async () => {
    utimesSync(join(folder, "street.mp4"), 1, 1);
    const one = await follow("strips/a.tracks.json");
    const { signal, means } = await begun(2);
    if (!("onStrip" in means)) throw new Error("expected strips");
    means.onSize({ width: 4, height: 6 });
    means.onStrip({ id: 3, frames: [1, 5], jpeg: Buffer.from("three") });
    one.leave();
    // The server hears of it in its own time; until then it is busy.
    let copy = await follow("copy/a.tracks.json");
    const isBusy = () =>
      Promise.race([
        copy.lines.then(() => true),
        begun(3).then(
          () => false,
          () => true,
        ),
      ]);
    while (await isBusy()) copy = await follow("copy/a.tracks.json");
    expect(signal.aborted).toBe(true);
    made.at(-1)!.end(new Error("no room left"));
    expect(await copy.lines).toEqual([{ type: "failed", message: "no room left" }]);
    expect(existsSync(join(root, "cache"))).toBe(true);
    expect(readdirSync(join(root, "cache")).every((name) => name.endsWith(".strips"))).toBe(true);
  });

  it("goes on with the strips that were made when it was ended before", async () => {
    const again = await follow("strips/a.tracks.json");
    const { what, means, end } = await begun(4);
    expect(what).toBe("strips of street.mp4 3");
    if (!("onStrip" in means)) throw new Error("expected strips");
    means.onSize({ width: 4, height: 6 });
    means.onStrip({ id: 1, frames: [2], jpeg: Buffer.from("one") });
    end();
    expect(await again.lines).toEqual([
      { type: "size", width: 4, height: 6 },
      { type: "strip", id: 3, frames: [1, 5] },
      { type: "strip", id: 1, frames: [2] },
      { type: "done" },
    ]);
    expect((await get("/strips/a.tracks.json?id=3")).text).toBe("three");
  });

  it("ends with the server", async () => {
    const short = await openView(folder, {
      ...common,
      describe: async () => ({ type: "video/mp4", width: 640, height: 480, offset: 0 }),
    });
    await follow("copy/a.tracks.json", short);
    const { signal } = await begun(5);
    await short.close();
    expect(signal.aborted).toBe(true);
  });
});

describe("the folder of what was made", () => {
  it("has so much in it at most: what nobody has used goes first, what is not ours stays", async () => {
    const place = join(root, "small");
    const cache = new Cache(place, 250);
    const names: string[] = [];
    for (const [i, ending] of (["mp4", "strips", "mp4"] as const).entries()) {
      const name = await cache.nameOf(join(folder, "street.mp4"), ending, String(i));
      names.push(name);
      await cache.make(name, async (path) => writeFileSync(path, "x".repeat(100)));
      utimesSync(join(place, name), 100 + i, 100 + i);
      if (i === 0) writeFileSync(join(place, "mine.mp4"), "y".repeat(1000));
    }
    expect(readdirSync(place).sort()).toEqual([...names.slice(1), "mine.mp4"].sort());
    expect(await cache.find(names[0]!)).toBeUndefined();
    const left = join(place, `${names[0]!}.1.part`);
    writeFileSync(left, "half");
    utimesSync(left, 1, 1);
    await expect(
      cache.make(names[0]!, async (path) => {
        writeFileSync(path, "half");
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    expect(readdirSync(place).filter((name) => name.startsWith(names[0]!))).toEqual([basename(left)]);
    await cache.make(names[0]!, async (path) => writeFileSync(path, "x"));
    expect(existsSync(left)).toBe(false);
  });
});
