/** The page of `track report`, made by the command from a real run, in a real browser. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { run, temporaryFolder } from "../cli/_cli.js";
import { axe, browserPath, closeBrowser, looksLike, type OpenPage, openPage } from "./_browser.js";
import { makeNumbered, pictureNumber } from "./_numbered.js";

const repository = new URL("../../", import.meta.url);
const VIDEO = fileURLToPath(new URL("samples/pets.mp4", repository));
const TRACKS = fileURLToPath(new URL("test/golden/pets/sort.csv", repository));

const folder = temporaryFolder();
const at = (name: string): string => `${folder.path}/${name}`;
let opened: OpenPage | undefined;

afterEach(async () => {
  await opened?.close();
  opened = undefined;
});
afterAll(async () => {
  await closeBrowser();
  folder.remove();
});

async function report(...args: readonly string[]): Promise<void> {
  expect(await run(["report", ...args, "--quiet"])).toEqual({ code: 0, stdout: "", stderr: "" });
}

const videoTime = (page: Page): Promise<number> =>
  page.locator("video").evaluate((video: HTMLVideoElement) => video.currentTime);

async function goTo(page: Page, frame: number): Promise<void> {
  await page.getByRole("spinbutton", { name: "Frame" }).fill(String(frame));
  await page.keyboard.press("Enter");
}

describe.skipIf(!browserPath)("the page of a report", () => {
  beforeAll(async () => {
    // The tracks as their own truth, but that one person there is two here.
    const rows = readFileSync(TRACKS, "utf8").trim().split("\n").slice(1);
    const truth = rows.map((row) => {
      const [frame, , id, x1, y1, x2, y2] = row.split(",").map(Number) as number[];
      return `${frame! + 1},${id === 14 ? 3 : id},${x1},${y1},${x2! - x1!},${y2! - y1!},1,1,1`;
    });
    // Where both are seen at once the truth has the first.
    const keys = truth.map((row) => row.split(",", 2).join());
    writeFileSync(at("gt.txt"), truth.filter((_, i) => keys.indexOf(keys[i]!) === i).join("\n"));
    const line = { name: "path", from: [330, 330], to: [620, 200] };
    writeFileSync(at("zones.json"), JSON.stringify({ units: "pixels", lines: [line] }));
    const more = ["--zones", at("zones.json"), "--gt", at("gt.txt"), "--benchmark", "custom"];
    await report(TRACKS, "--video", VIDEO, "--out", at("pets.html"), ...more);
  });

  it("plays, seeks, and shows every panel, without the network and without a complaint", async () => {
    opened = await openPage(at("pets.html"));
    const { page } = opened;
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await expect.poll(() => videoTime(page), { timeout: 20_000 }).toBeGreaterThan(0.3);
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    await goTo(page, 100);
    await expect.poll(() => videoTime(page), { timeout: 10_000 }).toBeCloseTo(10.05, 1);
    const names = await page.getByRole("tab").allInnerTexts();
    for (const name of ["Identities", "Details", "Zones", "Counts", "Map", "Activity", "Health", "Scores"])
      expect(names).toContain(name);
    for (const name of names) {
      await page.getByRole("tab", { name, exact: true }).click();
      expect((await page.getByRole("tabpanel").innerText()).trim()).not.toBe("");
    }
    await page.getByRole("tab", { name: "Scores" }).click();
    expect(await page.getByRole("tabpanel").innerText()).toMatch(/from 3 to 14/);
    opened.expectQuiet();
  });

  it.each([
    ["light", 1400, 900],
    ["dark", 1400, 900],
    ["light", 390, 844],
    ["dark", 390, 844],
  ] as const)(
    "has nothing that axe finds, and its looks, in %s, %i wide",
    async (colorScheme, width, height) => {
      opened = await openPage(at("pets.html"), { width, height, colorScheme });
      const { page } = opened;
      await expect.poll(() => page.locator(".overlay").getAttribute("data-frame")).toBe("0");
      expect(await axe(page)).toEqual([]);
      // Nothing is wider than the screen.
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await looksLike(page, `report-${colorScheme}-${width}`, { mask: ["video"] });
      opened.expectQuiet();
    },
  );

  it("shows the very picture of each frame, of a video that browsers do not play as it is", async () => {
    // Matroska with uneven times, frames out of order, and a clock that begins at seven seconds.
    const more = ["-output_ts_offset", "7"];
    const video = makeNumbered(at("odd.mkv"), 60, "40*N+mod(N,3)*13+trunc(N/20)*300", { more });
    const rows = Array.from({ length: 60 }, (_, i) => `${i + 1},1,${20 + i},40,30,60,0.9,-1,-1,-1\n`);
    writeFileSync(at("odd.txt"), rows.join(""));
    await report(at("odd.txt"), "--video", video);
    opened = await openPage(at("odd.html"));
    const { page } = opened;
    for (const frame of [37, 0, 19, 20, 59, 41]) {
      await goTo(page, frame);
      await expect
        .poll(() => page.locator(".overlay").getAttribute("data-frame"), { timeout: 10_000 })
        .toBe(String(frame));
      await expect.poll(() => pictureNumber(page)).toBe(frame);
    }
    opened.expectQuiet();
  });

  it("plays a video that lies beside it", async () => {
    writeFileSync(at("linked #1.mp4"), readFileSync(VIDEO));
    await report(TRACKS, "--video", at("linked #1.mp4"), "--link", "--out", at("linked.html"));
    opened = await openPage(at("linked.html"));
    const { page } = opened;
    await expect
      .poll(() => page.locator("video").evaluate((video: HTMLVideoElement) => video.videoWidth))
      .toBe(768);
    opened.expectQuiet();
  });

  it("says in a sentence what is wrong with a page that is cut off, damaged, empty or too new", async () => {
    const html = readFileSync(at("pets.html"), "utf8");
    const run = html.indexOf('data-part="run">') + 40;
    const boot = '<script type="application/json" id="boot">';
    for (const [name, text, what] of [
      ["empty", html.replace(/(id="boot">)[^<]*/, "$1"), /no data: make it with track report/],
      ["boot", html.replace(boot, `${boot}{`), /damaged: copy it again/],
      ["tracks", `${html.slice(0, run)}AAAA${html.slice(run + 4)}`, /tracks in this page are damaged/],
      ["cut", html.slice(0, run + 100), /(ends too early|no run): copy it again/],
    ] as const) {
      writeFileSync(at(`${name}.html`), text);
      opened = await openPage(at(`${name}.html`));
      expect(await opened.page.getByRole("alert").innerText(), name).toMatch(what);
      expect(opened.requests).toEqual([]);
      await opened.close();
    }
    // Where only the video is cut off the rest is there.
    writeFileSync(at("half.html"), html.slice(0, html.indexOf('data-part="video"') + 5000));
    opened = await openPage(at("half.html"));
    const why = opened.page.locator(".player .why");
    await expect.poll(() => why.innerText()).toMatch(/cannot be opened: .*copy it again/);
    await opened.close();
    opened = await openPage(at("pets.html"), {
      prepare: (context) =>
        context.addInitScript(() => Reflect.deleteProperty(globalThis, "DecompressionStream")),
    });
    const alert = opened.page.getByRole("alert");
    expect(await alert.innerText()).toMatch(/too old for this page: open it with a Chrome/);
    await opened.close();
    // What this browser does not understand stands for what an old one does not.
    writeFileSync(at("new.html"), html.replace(/<script type="module"[^>]*>/, "$&let let = 1;"));
    opened = await openPage(at("new.html"), { waits: false });
    const app = opened.page.locator("#app");
    await expect.poll(() => app.innerText()).toMatch(/cannot be shown by this browser .*2024 or later/);
  });
});
