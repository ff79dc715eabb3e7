/** `track view` in a real browser: the list, corrections, the comparison. */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { writeManifest } from "../../src/batch/manifest.js";
import { takeLock } from "../../src/checkpoint/lock.js";
import { runApply } from "../../src/cli/apply.js";
import { describeVideo, loadRun } from "../../src/cli/view-load.js";
import { makersOf } from "../../src/cli/view-make.js";
import { works } from "../../src/cli/view-work.js";
import { parseLog } from "../../src/edit/index.js";
import { json } from "../../src/format/json.js";
import { fillPage } from "../../src/report/boot.js";
import { pack } from "../../src/report/pack.js";
import type { Track } from "../../src/types.js";
import { findFfmpeg } from "../../src/video/find.js";
import { previewDefaults } from "../../src/video/preview.js";
import { openView, type View } from "../../src/view/index.js";
import { axe, browserPath, closeBrowser, looksLike, type OpenPage, openPage } from "./_browser.js";

// Nothing here is timed; a busy machine takes long to start a browser.
vi.setConfig({ testTimeout: 180_000 });

const template = readFileSync(new URL("../../dist/page/index.html", import.meta.url), "utf8");
const folder = mkdtempSync(join(tmpdir(), "throughline-view-page-"));
const cache = mkdtempSync(join(tmpdir(), "throughline-view-cache-"));
const FRAMES = 120;

/** People that walk across the picture of samples/pets.mp4; the second goes on as 7 from frame 60 on. */
function tracksText({ input = "pets.mp4", width = 768, height = 576, shift = 0, gap = false } = {}): string {
  const header = {
    ...{ input, width, height, frameRate: 10, labels: ["person"] },
    run: { tracker: "sort" },
  };
  const lines = Array.from({ length: FRAMES }, (_, index) => {
    const tracks = [1, 2, 3, 4].map((lane): Track => {
      const x = 40 + index * 5 + shift;
      const id = lane === 2 && index >= 60 ? 7 : lane;
      return { id, box: [x, lane * 110, x + 40, lane * 110 + 90], score: 0.9, class: 0, detection: lane };
    });
    const shown = tracks.filter(({ id }) => !(gap && id === 3 && index >= 30 && index < 50));
    return json.frame({ index, time: index / 10, tracks: shown.sort((a, b) => a.id - b.id) }, header);
  });
  const footer = { identities: 5, integrity: { complete: true, frames: FRAMES, damage: [] } };
  return json.begin!(header) + lines.join(json.separator) + json.end!(footer);
}

let view: View;
beforeAll(async () => {
  if (!browserPath) return;
  for (const name of ["a.tracks.json", "edit.tracks.json", "split.tracks.json", "tabs.tracks.json"])
    writeFileSync(join(folder, name), tracksText());
  writeFileSync(join(folder, "b.tracks.json"), tracksText({ shift: 2, gap: true }));
  writeFileSync(join(folder, "broken.json"), '{"a":');
  copyFileSync(new URL("../../samples/pets.mp4", import.meta.url), join(folder, "pets.mp4"));
  const ffmpeg = await findFfmpeg({ env: process.env });
  // What no browser plays.
  const old = ["-i", join(folder, "pets.mp4"), "-t", "4", "-an", "-c:v", "mpeg4", join(folder, "old.avi")];
  expect(spawnSync(ffmpeg.path, ["-v", "error", ...old]).status).toBe(0);
  writeFileSync(join(folder, "old.tracks.json"), tracksText({ input: "old.avi" }));
  // Wide enough to be called large, and quickly made.
  const picture = ["-f", "lavfi", "-i", `testsrc=s=2016x64:r=10:d=${FRAMES / 10}`];
  const sound = ["-f", "lavfi", "-i", `sine=d=${FRAMES / 10}`, "-c:a", "aac", "-strict", "-2"];
  const wide = [...picture, ...sound, "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p"];
  expect(spawnSync(ffmpeg.path, ["-v", "error", ...wide, join(folder, "wide.mp4")]).status).toBe(0);
  writeFileSync(join(folder, "wide.tracks.json"), tracksText({ input: "wide.mp4", width: 2016, height: 64 }));
  view = await openView(folder, {
    ...{ template, cache, load: works.load },
    compare: async (a, b) => works.compare(a, b),
    describe: (path, copy) => describeVideo(path, copy, { ffmpeg, env: process.env }),
    makers: makersOf({ ffmpeg, env: process.env, plan: async (run) => works.strips(run) }),
  });
});
afterAll(async () => {
  await closeBrowser();
  await view?.close();
  rmSync(folder, { recursive: true });
  rmSync(cache, { recursive: true });
});

/** The identities that the page lists, each with the number of its boxes. */
async function identitiesOf(page: Page): Promise<Record<string, number>> {
  const cells = await page
    .getByRole("grid", { name: "Identities" })
    .locator("tbody tr:not(.space)")
    .evaluateAll((rows) =>
      rows.map((row) => [...row.querySelectorAll("td")].map((cell) => cell.innerText.trim())),
    );
  return Object.fromEntries(cells.map((texts) => [texts[0], Number(texts[5])]));
}

const rowOf = (page: Page, name: string) =>
  page
    .getByRole("grid", { name: "Identities" })
    .locator("tbody tr", { has: page.getByText(name, { exact: true }) })
    .first();
/** Waits until everything is with the server. */
const saved = (page: Page) => page.getByText("Saving …").waitFor({ state: "detached" });

describe.skipIf(!browserPath)("the list", () => {
  let open: OpenPage;
  afterAll(() => open?.close());

  it("shows runs with what they are, broken ones with what is wrong, and opens them", async () => {
    open = await openPage(view.urlOf("/"));
    const { page } = open;
    expect(page.url()).not.toContain("token");
    const row = page.locator("tr", { hasText: "a.tracks.json" }).first();
    await row.waitFor();
    expect(await row.innerText()).toMatch(/pets\.mp4\s+768 × 576\s+0:12\s+120\s+5\s+sort/);
    expect(await page.locator("tr", { hasText: "broken.json" }).innerText()).toContain("Not JSON");
    expect(await axe(page)).toEqual([]);
    await looksLike(page, "view-runs", { mask: [".runs h1", "td:last-child"] });
    await page.getByPlaceholder("Name, input, tracker").fill("b.tr");
    expect(
      await page.getByRole("grid", { name: "Tracks files" }).locator("tbody tr:not(.space)").count(),
    ).toBe(1);
    await page.getByRole("link", { name: "b.tracks.json" }).click();
    await page.getByRole("grid", { name: "Identities" }).waitFor();
    await page.getByRole("link", { name: "All runs" }).click();
    await page.getByRole("grid", { name: "Tracks files" }).waitFor();
    open.expectQuiet();
  });

  it("follows a batch without being opened again", async () => {
    const { page } = open;
    mkdirSync(join(folder, "results"));
    const save = (state: "running" | "done" | "failed") =>
      writeManifest(join(folder, "results", "batch.json"), {
        ...{ tool: "0.1.0", jobs: 1, threads: 1 },
        files: [
          { ...{ name: "one.mp4", input: "/v/one.mp4", state, attempts: 1, outputs: [] } },
          { ...{ name: "two.mp4", input: "/v/two.mp4", state: "waiting", attempts: 0, outputs: [] } },
        ],
      });
    const lock = await takeLock(join(folder, "results", ".track-batch.lock"));
    await save("running");
    const batch = page.getByRole("region", { name: "Batch results" });
    await batch.getByText("1 waiting, 1 running").waitFor();
    await batch.getByText("going on", { exact: true }).waitFor();
    await save("failed");
    await batch.getByText("1 waiting, 1 failed").waitFor();
    if ("release" in lock) await lock.release();
    await batch.getByText("not going on").waitFor();
    expect(await axe(page)).toEqual([]);
    open.expectQuiet();
  });
});

describe.skipIf(!browserPath)("corrections in the page", () => {
  it("merge, undo, redo and name by the keyboard, are kept, and are what track apply writes", async () => {
    const open = await openPage(view.urlOf("/run/edit.tracks.json"));
    const { page } = open;
    const before = { 1: 120, 2: 60, 3: 120, 4: 120, 7: 60 };
    await rowOf(page, "2").waitFor();
    expect(await identitiesOf(page)).toEqual(before);
    await rowOf(page, "2").click();
    await rowOf(page, "7").click({ modifiers: ["Control"] });
    await page.getByRole("button", { name: "Merge into 2" }).click();
    const merged = { 1: 120, 2: 120, 3: 120, 4: 120 };
    expect(await identitiesOf(page)).toEqual(merged);
    await page.keyboard.press("Control+z");
    expect(await identitiesOf(page)).toEqual(before);
    await page.keyboard.press("Control+Shift+z");
    expect(await identitiesOf(page)).toEqual(merged);
    // The one that stayed is picked still.
    await page.getByText("Picked: 2", { exact: true }).waitFor();
    await page.keyboard.press("r");
    await page.getByLabel("Name of 2").waitFor();
    await page.keyboard.type("Anna");
    await page.keyboard.press("Enter");
    await page.getByText("Picked: Anna").waitFor();
    const { 2: _, ...others } = merged;
    expect(await identitiesOf(page)).toEqual({ ...others, Anna: 120 });
    expect(await axe(page)).toEqual([]);
    await saved(page);
    await page.reload();
    await page.getByRole("button", { name: "Corrections (2)" }).click();
    await page.getByText("Named 2 “Anna”").waitFor();
    expect(await identitiesOf(page)).toEqual({ ...others, Anna: 120 });
    const streams = { stdout: new PassThrough(), stderr: new PassThrough(), env: process.env } as never;
    const out = join(folder, "corrected.json");
    await runApply(join(folder, "edit.tracks.json.edits.json"), { out: [out] }, streams);
    const { header, frames } = json.parse!(readFileSync(out, "utf8"), out);
    expect(header!.names).toEqual({ 2: "Anna" });
    const seen: Record<string, number> = {};
    for (const { tracks } of frames)
      for (const { id } of tracks) {
        const name = header!.names![id] ?? String(id);
        seen[name] = (seen[name] ?? 0) + 1;
      }
    expect(seen).toEqual({ ...others, Anna: 120 });
    open.expectQuiet();
    await open.close();
  });

  it("split at the shown frame, delete, and say why something cannot be", async () => {
    const open = await openPage(view.urlOf("/run/split.tracks.json"));
    const { page } = open;
    await rowOf(page, "1").click();
    await page.getByRole("spinbutton", { name: "Frame" }).first().fill("40");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Split here" }).click();
    expect(await identitiesOf(page)).toMatchObject({ 1: 40, 8: 80 });
    await rowOf(page, "3").click();
    await rowOf(page, "4").click({ modifiers: ["Control"] });
    await page.getByRole("button", { name: "Merge into 3" }).click();
    const alert = page.getByRole("alert");
    await alert.waitFor();
    expect(await alert.innerText()).toMatch(/^Cannot merge 3 and 4: both are there in frames 0 to 119;/);
    await alert.getByRole("button").click();
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    expect(Object.keys(await identitiesOf(page))).toEqual(["1", "2", "7", "8"]);
    await rowOf(page, "2").click();
    await page.getByRole("button", { name: "Delete part …" }).click();
    await page.getByLabel("Delete 2 from frame").fill("10");
    await page.getByLabel("to", { exact: true }).fill("19");
    await page.getByRole("form").getByRole("button", { name: "Delete", exact: true }).click();
    expect(await identitiesOf(page)).toMatchObject({ 2: 50 });
    await page.getByRole("button", { name: "Corrections (4)" }).click();
    expect(await axe(page)).toEqual([]);
    await saved(page);
    await page.getByRole("region", { name: "Corrections" }).getByRole("button", { name: "Close" }).click();
    // What is below has pictures of its own.
    await looksLike(page, "view-edit", { mask: [".report > main"], tolerance: 0.01 });
    await open.close();
  });

  it("of another tab are noticed, and neither is lost", async () => {
    const [one, two] = [
      await openPage(view.urlOf("/run/tabs.tracks.json")),
      await openPage(view.urlOf("/run/tabs.tracks.json")),
    ];
    const remove = async ({ page }: OpenPage, name: string) => {
      await rowOf(page, name).click();
      await page.getByRole("button", { name: "Delete", exact: true }).click();
      await saved(page);
    };
    await remove(one, "7");
    await remove(two, "2");
    await two.page.getByText("changed elsewhere").waitFor();
    expect(Object.keys(await identitiesOf(two.page))).toEqual(["1", "2", "3", "4"]);
    await remove(two, "2");
    expect(Object.keys(await identitiesOf(two.page))).toEqual(["1", "3", "4"]);
    await one.page.evaluate(() => dispatchEvent(new Event("focus")));
    await one.page.getByText("changed elsewhere").waitFor();
    expect(Object.keys(await identitiesOf(one.page))).toEqual(["1", "3", "4"]);
    await one.close();
    await two.close();
  });

  it("work in a page without a server, and are saved as a file", async () => {
    const tracks = join(folder, "a.tracks.json");
    const { run, report, identity } = await loadRun(tracks);
    const path = join(folder, "page.html");
    let text = "";
    const boot = { page: "report" as const, report, editing: { tracks: identity } };
    for await (const part of fillPage(template, boot, [{ name: "run", data: [gzipSync(pack(run))] }]))
      text += part;
    writeFileSync(path, text);
    const open = await openPage(path);
    const { page } = open;
    await rowOf(page, "7").click();
    await page.keyboard.press("Delete");
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save corrections *" }).click();
    const file = await (await download).path();
    expect((await download).suggestedFilename()).toBe("a.tracks.json.edits.json");
    const log = parseLog(readFileSync(file, "utf8"), file);
    expect(log).toMatchObject({ tracks: identity, entries: [{ type: "delete", id: 7 }] });
    await page.keyboard.press("Control+z");
    expect(await identitiesOf(page)).toHaveProperty("7");
    await page.getByLabel("Corrections that were saved").setInputFiles(file);
    await page.getByRole("button", { name: "Corrections (1)" }).waitFor();
    expect(await identitiesOf(page)).not.toHaveProperty("7");
    open.expectQuiet();
    await open.close();
  });
});

describe.skipIf(!browserPath)("the comparison", () => {
  it("lists what differs, goes there, and shows both in step", async () => {
    const open = await openPage(view.urlOf("/compare?a=a.tracks.json&b=b.tracks.json"));
    const { page } = open;
    const table = page.getByRole("grid", { name: "Differences" });
    await table.waitFor();
    await page.getByText("460 boxes in both, 20 only in A, 0 only in B").waitFor();
    await page.getByLabel("Show").selectOption({ label: "Gap (1)" });
    await table.getByText("A’s 3 has no box in B").click();
    const [first, second] = [page.locator("canvas").nth(0), page.locator("canvas.second")];
    await expect.poll(() => first.getAttribute("data-frame"), { timeout: 20_000 }).toBe("30");
    await expect.poll(() => second.getAttribute("data-frame"), { timeout: 20_000 }).toBe("30");
    // The picture is on both sides.
    const colours = await second.evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size;
    });
    expect(colours).toBeGreaterThan(1000);
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => second.getAttribute("data-frame"), { timeout: 20_000 }).toBe("31");
    expect(await page.locator("tr.differs").allInnerTexts()).toEqual([
      expect.stringMatching(/^Boxes\s+480\s+460$/),
      expect.stringMatching(/^Boxes per identity\s+96\.0\s+92\.0$/),
    ]);
    expect(await axe(page)).toEqual([]);
    await looksLike(page, "view-compare");
    open.expectQuiet();
    await open.close();
  });
});

describe.skipIf(!browserPath)("what is made while a page is open", () => {
  it("are pictures of each identity, once somebody looks at one", async () => {
    const open = await openPage(view.urlOf("/run/a.tracks.json"));
    const { page } = open;
    await rowOf(page, "3").click();
    await page.getByRole("tab", { name: "Details" }).click();
    const strip = page.getByRole("list", { name: "Pictures" });
    await strip.waitFor();
    await expect.poll(() => strip.getByRole("button").count()).toBe(12);
    const [width, height] = await strip
      .getByRole("button")
      .first()
      .evaluate(async (button) => {
        const image = new Image();
        image.src = /url\("(.*)"\)/.exec((button as HTMLElement).style.backgroundImage)![1]!;
        await image.decode();
        return [
          image.width / (button as HTMLElement).offsetWidth,
          image.height / (button as HTMLElement).offsetHeight,
        ];
      });
    expect([width, height]).toEqual([12, 1]);
    expect(await axe(page)).toEqual([]);
    open.expectQuiet();
    await open.close();
    expect(readdirSync(cache).filter((name) => name.endsWith(".strips"))).toHaveLength(1);
  });

  it("is a copy of a video that browsers do not play, when somebody asks for it; the next page has it at once", async () => {
    const open = await openPage(view.urlOf("/run/old.tracks.json"));
    const { page } = open;
    await page.getByText("Browsers do not play “old.avi” as it is").waitFor();
    expect(await axe(page)).toEqual([]);
    await page.getByRole("button", { name: "Make a copy that plays" }).click();
    const video = page.getByLabel("Tracked video");
    await expect
      .poll(() => video.evaluate((v: HTMLVideoElement) => v.videoWidth), { timeout: 60_000 })
      .toBe(768);
    await page.getByText("A copy of “old.avi” that was made for this page").waitFor();
    await page.getByRole("spinbutton", { name: "Frame" }).first().fill("20");
    await page.keyboard.press("Enter");
    const canvas = page.locator("canvas.overlay");
    await expect.poll(() => canvas.getAttribute("data-frame"), { timeout: 20_000 }).toBe("20");
    open.expectQuiet();
    await open.close();
    const next = await openPage(view.urlOf("/run/old.tracks.json"));
    await expect
      .poll(() => next.page.getByLabel("Tracked video").evaluate((v: HTMLVideoElement) => v.videoWidth))
      .toBe(768);
    expect(await next.page.getByRole("button", { name: "Make a copy that plays" }).count()).toBe(0);
    await next.close();
  });
});

describe.skipIf(!browserPath)("a large video with sound", () => {
  let open: OpenPage;
  beforeAll(async () => {
    open = await openPage(view.urlOf("/run/wide.tracks.json"));
  });
  afterAll(() => open.close());
  const video = () => open.page.getByLabel("Tracked video");
  const isWide = (width: number) =>
    expect
      .poll(() => video().evaluate((v: HTMLVideoElement) => v.videoWidth), { timeout: 60_000 })
      .toBe(width);
  const isMuted = () => video().evaluate((v: HTMLVideoElement) => v.muted);
  const button = (name: string) => open.page.getByRole("button", { name });

  it("is heard when somebody asks for it, by a key or a button, also on the next page", async () => {
    await isWide(2016);
    expect(await isMuted()).toBe(true);
    await button("Sound on").waitFor();
    await open.page.keyboard.press("a");
    await button("Sound off").waitFor();
    expect(await isMuted()).toBe(false);
    await open.page.reload();
    await isWide(2016);
    expect(await isMuted()).toBe(false);
    await button("Sound off").click();
    await button("Sound on").waitFor();
    expect(await isMuted()).toBe(true);
  });

  it("gives every letter and sign one meaning only", async () => {
    await open.page.keyboard.press("?");
    const help = open.page.getByRole("dialog", { name: "Keys" });
    await help.getByText("Sound on or off").waitFor();
    const shown = (await help.locator("dt").allInnerTexts()).filter((keys) => keys.length === 1);
    expect(shown.length).toBeGreaterThan(8);
    expect(shown.filter((keys, i) => shown.indexOf(keys) !== i)).toEqual([]);
    await open.page.keyboard.press("Escape");
    await help.waitFor({ state: "hidden" });
  });

  it("has a small copy, in which the place stays, and is there again", async () => {
    const { page } = open;
    await page.getByRole("spinbutton", { name: "Frame" }).fill("20");
    await page.keyboard.press("Enter");
    const isAt = () =>
      expect
        .poll(() => page.locator("canvas.overlay").getAttribute("data-frame"), { timeout: 20_000 })
        .toBe("20");
    await isAt();
    await page.getByText("This video is large").waitFor();
    expect(await axe(page)).toEqual([]);
    await button("Play a small copy").click();
    await isWide(previewDefaults.longSide);
    await isAt();
    // Copies have no sound.
    expect(await button("Sound on").count()).toBe(0);
    await button("Play the original").click();
    await isWide(2016);
    await isAt();
    await button("Sound on").waitFor();
    open.expectQuiet();
  });
});

describe.skipIf(!browserPath)("in the dark and on a phone", () => {
  it.each([
    ["/", "Tracks files"],
    ["/run/a.tracks.json", "Identities"],
    ["/compare?a=a.tracks.json&b=b.tracks.json", "Differences"],
  ])("%s has nothing that cannot be read or reached", async (path, table) => {
    const open = await openPage(view.urlOf(path), { width: 390, height: 844, colorScheme: "dark" });
    await open.page.getByRole("grid", { name: table }).waitFor();
    expect(await axe(open.page)).toEqual([]);
    const { scrollWidth, clientWidth } = await open.page.evaluate(() => ({
      scrollWidth: document.documentElement.scrollWidth,
      clientWidth: document.documentElement.clientWidth,
    }));
    expect(scrollWidth).toBeLessThanOrEqual(clientWidth);
    open.expectQuiet();
    await open.close();
  });
});
