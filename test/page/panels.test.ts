/** The panels beside the picture, and the frame that holds them. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { scene, walk } from "../report/_scene.js";
import { axe, browserPath, closeBrowser, type OpenPage, openPage } from "./_browser.js";
import { writePage } from "./_numbered.js";

const folder = mkdtempSync(join(tmpdir(), "throughline-panels-"));
let path = "";
let opened: OpenPage | undefined;

/** What the run is made of, so that the panels can be checked against it: 20 s at 25 frames/s. */
const way = walk([20, 300], [980, 300], 10, 250);
const run = scene(
  [
    // One person with two numbers: a break.
    { id: 1, at: (frame) => (frame <= 120 ? way(frame) : undefined) },
    {
      id: 2,
      at: (frame) => (frame >= 130 ? way(frame) : undefined),
      joined: (f) => (f >= 200 ? 7 : undefined),
    },
    { id: 3, at: walk([100, 100], [100, 100], 0, 499), class: 1, score: 0.6 },
    {
      id: 10,
      at: (frame) => (frame > 300 && frame < 340 ? undefined : walk([600, 500], [700, 500], 240, 450)(frame)),
    },
  ],
  500,
  { frameRate: 25 },
);

beforeAll(async () => {
  // Identity 1 in three plain pictures: red, green, blue.
  const strip = await sharp({ create: { width: 90, height: 60, channels: 3, background: "red" } })
    .composite([
      { input: { create: { width: 30, height: 60, channels: 3, background: "lime" } }, left: 30, top: 0 },
      { input: { create: { width: 30, height: 60, channels: 3, background: "blue" } }, left: 60, top: 0 },
    ])
    .jpeg()
    .toBuffer();
  const mistakes = [
    { kind: "switch", frame: 130, id: 2, before: 1, truth: 4, box: [0, 0, 1, 1] },
    { kind: "miss", frame: 125, truth: 4, box: [0, 0, 1, 1] },
    { kind: "false positive", frame: 400, id: 10, box: [0, 0, 1, 1] },
  ] as const;
  path = await writePage(
    join(folder, "panels.html"),
    run,
    {
      title: "street corner.mp4",
      notices: ["The video is one second shorter than the tracks."],
      strips: {
        ...{ part: "strips", width: 30, height: 60 },
        strips: [{ id: 1, frames: [10, 60, 120], from: 0, to: strip.length }],
      },
      scores: {
        ...{ truth: "gt.txt", benchmark: "mot17", mistakes },
        metrics: [
          { name: "HOTA", value: 61.25, isShare: true },
          { name: "IDSW", value: 1, isShare: false },
        ],
      },
    },
    [{ name: "strips", data: strip }],
  );
});
afterEach(async () => {
  await opened?.close();
  opened = undefined;
});
afterAll(async () => {
  await closeBrowser();
  rmSync(folder, { recursive: true, force: true });
});

async function open(panel?: string, options: Parameters<typeof openPage>[1] = {}): Promise<Page> {
  opened = await openPage(path, options);
  const { page } = opened;
  await page.locator(".lanes canvas").waitFor();
  if (panel) await page.getByRole("tab", { name: panel }).click();
  return page;
}

const cells = (page: Page, column: number) =>
  page.locator(`[role="grid"] tbody tr:not(.space) td:nth-child(${column})`).allTextContents();
const frameNow = async (page: Page): Promise<number> =>
  Number(await page.locator(".scrub").getAttribute("aria-valuenow"));
const row = (page: Page, text: string) => page.locator('[role="grid"] tbody tr', { hasText: text });

/** The row of an identity in the table. */
const person = (page: Page, id: number) =>
  page
    .locator('[role="grid"] tbody tr')
    .filter({ has: page.locator("td:first-child", { hasText: new RegExp(`^${id}$`) }) });

async function saved(page: Page, button: string): Promise<{ readonly name: string; readonly text: string }> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: button }).click(),
  ]);
  return { name: download.suggestedFilename(), text: readFileSync((await download.path())!, "utf8") };
}

describe.skipIf(!browserPath)("the frame of the page", () => {
  it("says what is shown, and what is wrong with it", async () => {
    const page = await open();
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("street corner.mp4");
    expect(await page.locator(".facts li").allTextContents()).toEqual([
      "4 identities",
      "500 frames",
      "20 s",
      "1000 × 600",
      "25 frames/s",
    ]);
    expect(await page.locator(".notices").textContent()).toContain("one second shorter");
    opened!.expectQuiet();
  });

  it("goes from panel to panel with the arrow keys", async () => {
    const page = await open();
    await page.getByRole("tab", { name: "Identities" }).focus();
    await page.keyboard.press("ArrowRight");
    expect(await page.getByRole("tab", { selected: true }).textContent()).toBe("Details");
    await page.keyboard.press("End");
    expect(await page.getByRole("tab", { selected: true }).textContent()).toBe("About");
    await page.keyboard.press("ArrowRight");
    expect(await page.getByRole("tab", { selected: true }).textContent()).toBe("Identities");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Identities");
  });

  it("remembers the chosen colours, and opens where nothing can be remembered", async () => {
    const page = await open();
    const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await paper();
    await page.getByRole("combobox", { name: "Colours of the page" }).selectOption("dark");
    expect(await paper()).not.toBe(light);
    await page.reload();
    await page.locator(".lanes canvas").waitFor();
    expect(await paper()).not.toBe(light);
    await opened!.close();
    await open(undefined, {
      prepare: async (context) => {
        await context.addInitScript(() => {
          Object.defineProperty(window, "localStorage", {
            get() {
              throw new DOMException("denied", "SecurityError");
            },
          });
        });
      },
    });
    await opened!.page.getByRole("combobox", { name: "Colours of the page" }).selectOption("dark");
    opened!.expectQuiet();
  });

  it("gives room by its splitters, by keys too", async () => {
    const page = await open();
    const width = async () => (await page.locator(".known").boundingBox())!.width;
    const before = await width();
    const bar = page.getByRole("separator", { name: "Width of the panels" });
    await bar.focus();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    expect(await width()).toBeGreaterThan(before + 40);
    const { x, y } = (await bar.boundingBox())!;
    await page.mouse.move(x + 2, y + 100);
    await page.mouse.down();
    await page.mouse.move(x + 102, y + 100, { steps: 3 });
    await page.mouse.up();
    expect(await width()).toBeLessThan(before);
  });
});

describe.skipIf(!browserPath)("a run with next to nothing in it", () => {
  it.each([
    { what: "no frame", run: scene([], 0) },
    { what: "frames without tracks", run: scene([], 50) },
    {
      what: "one frame, and no size of the picture",
      run: scene([{ id: 4e12, at: () => [5, 5] }], 1, { width: 0, height: 0 }),
    },
  ])("is shown all the same: $what", async ({ run }) => {
    opened = await openPage(await writePage(join(folder, "little.html"), run));
    const { page } = opened;
    for (const name of ["Details", "Map", "Activity", "Health", "About", "Identities"])
      await page.getByRole("tab", { name }).click();
    await page.getByRole("listbox").focus();
    for (const key of ["ArrowDown", "ArrowRight", "+", "Enter", "0"]) await page.keyboard.press(key);
    opened.expectQuiet();
  });
});

describe.skipIf(!browserPath)("the table of identities", () => {
  it("is sorted by its headers", async () => {
    const page = await open("Identities");
    expect(await cells(page, 1)).toEqual(["1", "2", "3", "10"]);
    await page.getByRole("button", { name: "For", exact: true }).click();
    expect(await cells(page, 1)).toEqual(["3", "10", "2", "1"]);
    expect(await page.getByRole("columnheader", { name: "For" }).getAttribute("aria-sort")).toBe(
      "descending",
    );
    await page.getByRole("button", { name: "For" }).click();
    expect(await cells(page, 1)).toEqual(["1", "2", "10", "3"]);
    await page.getByRole("button", { name: "Class" }).click();
    expect(await cells(page, 2)).toEqual(["car", "person", "person", "person"]);
  });

  it("is searched by number, class and time", async () => {
    const page = await open("Identities");
    const search = async (text: string) => {
      await page.getByRole("searchbox", { name: "Search identities" }).fill(text);
      return cells(page, 1);
    };
    expect(await search("1")).toEqual(["1", "10"]);
    expect(await search("car")).toEqual(["3"]);
    expect(await search("0:02")).toEqual(["1", "3"]);
    expect(await search("0:12")).toEqual(["3", "10"]);
    expect(await search("nobody")).toEqual([]);
    await page.getByText("No identity is found by that.").waitFor();
    expect(await page.getByRole("button", { name: "Export CSV" }).isDisabled()).toBe(true);
  });

  it("goes to the first frame of what is picked, alone or in addition, by mouse or keys", async () => {
    const page = await open("Identities");
    await person(page, 10).click();
    expect(await frameNow(page)).toBe(240);
    await page.getByRole("grid").focus();
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press(" ");
    expect(await frameNow(page)).toBe(130);
    expect(await page.locator('tr[aria-selected="true"]').count()).toBe(2);
    await page.getByRole("button", { name: "Pick none" }).click();
    expect(await page.locator('tr[aria-selected="true"]').count()).toBe(0);
  });

  it("is taken along as CSV and JSON, only what is picked where something is", async () => {
    const page = await open("Identities");
    await expect.poll(async () => (await cells(page, 10))[0]).toBe("1");
    const csv = await saved(page, "Export CSV");
    expect(csv.name).toBe("street-corner-identities.csv");
    const [head, ...lines] = csv.text.trim().split("\r\n");
    expect(head).toBe(
      "id,name,class,firstFrame,lastFrame,firstTime,lastTime,seconds,framesSeen,framesFilled,meanScore,gaps,pathPixels,doubts",
    );
    expect(lines).toHaveLength(4);
    expect(lines[2]).toMatch(/^3,,car,0,499,0,19.96,19.96,500,0,0.6,0,0,/);
    await person(page, 10).click();
    const json = JSON.parse((await saved(page, "Export JSON")).text);
    expect(json.identities).toHaveLength(1);
    expect(json.identities[0]).toMatchObject({
      id: 10,
      class: "person",
      firstFrame: 240,
      gaps: 1,
      doubts: 1,
    });
  });
});

describe.skipIf(!browserPath)("the other panels", () => {
  it("Details tells about one identity, with its pictures, joins and doubts", async () => {
    const page = await open("Identities");
    await person(page, 2).click();
    await page.getByRole("tab", { name: "Details" }).click();
    await page.getByText("Joined here: until then this part was 7").waitFor();
    expect(await page.locator(".facts-list").textContent()).toContain("121 seen, 0 filled in, 0 gaps");
    await page.locator(".places").getByRole("button").last().click();
    expect(await frameNow(page)).toBe(200);
    await page.getByRole("tab", { name: "Identities" }).click();
    await person(page, 1).click();
    await page.getByRole("tab", { name: "Details" }).click();
    const pictures = page.getByRole("list", { name: "Pictures" }).getByRole("button");
    expect(await pictures.count()).toBe(3);
    await expect
      .poll(() => pictures.first().evaluate((one) => getComputedStyle(one).backgroundImage))
      .toMatch(/^url/);
    await pictures.nth(1).click();
    expect(await frameNow(page)).toBe(60);
    opened!.expectQuiet();
  });

  it("Health lists doubtful places by kind, with what they mean, and goes there", async () => {
    const page = await open("Health");
    await page.locator(".summary").waitFor();
    await page.getByRole("button", { name: /^Ends where another begins/ }).click();
    expect(await cells(page, 3)).toEqual(["1 ends; 2 begins 0.4 s later"]);
    await page.getByText("often one object that was given a new number").waitFor();
    await row(page, "1 ends").click();
    expect(await frameNow(page)).toBe(120);
    await page.getByRole("tab", { name: "Identities" }).click();
    expect(await page.locator('tr[aria-selected="true"]').count()).toBe(2);
  });

  it("Map is drawn where they were, in the time that the timeline shows", async () => {
    const page = await open("Map");
    const ink = (x: number, y: number) =>
      page.locator(".map canvas").evaluate(
        (canvas: HTMLCanvasElement, [x, y]) => {
          const at = (px: number, py: number) =>
            [
              ...canvas.getContext("2d")!.getImageData(px * canvas.width, py * canvas.height, 1, 1).data,
            ].join();
          return at(x!, y!) !== at(0.5, 0.02);
        },
        [x, y],
      );
    // Identity 3 stands with its feet at (100, 150); nobody is ever at (800, 60).
    expect([await ink(0.1, 0.25), await ink(0.8, 0.1), await ink(0.7, 0.9)]).toEqual([true, false, true]);
    const box = (await page.locator(".overview").boundingBox())!;
    await page.mouse.move(box.x + 90, box.y + 10);
    await page.mouse.down();
    await page.mouse.move(box.x + 90 + (box.width - 84) * 0.3, box.y + 10, { steps: 3 });
    await page.mouse.up();
    // Identity 10 comes later.
    await expect.poll(() => ink(0.7, 0.9)).toBe(false);
    await page.getByText("as the timeline shows").waitFor();
    await page.getByRole("combobox", { name: "Show" }).selectOption("ways");
    expect(await ink(0.3, 350 / 600)).toBe(true);
  });

  it("Activity counts those who are there and those who come, and goes to where it is clicked", async () => {
    const page = await open("Activity");
    await page.getByRole("img", { name: "Identities at a time: at most 2.0" }).waitFor();
    await page.getByRole("img", { name: "Appearances per minute: at most 120" }).waitFor();
    const over = page.locator(".u-over").first();
    const { width, height } = (await over.boundingBox())!;
    await over.click({ position: { x: width / 2, y: height / 2 } });
    expect(Math.abs((await frameNow(page)) - 250)).toBeLessThan(10);
  });

  it("Activity has room on a phone too", async () => {
    const page = await open("Activity", { width: 390, height: 844 });
    await page.getByRole("img", { name: "Identities at a time" }).waitFor();
    for (const chart of await page.locator(".u-over").all())
      expect((await chart.boundingBox())!.height).toBeGreaterThan(100);
  });

  it("Scores list every mistake by kind, and go there", async () => {
    const page = await open("Scores");
    expect(await page.locator(".scores").textContent()).toBe("HOTA61.3IDSW1");
    expect(await cells(page, 3)).toEqual(["Object 4 goes from 1 to 2"]);
    await row(page, "Object 4").click();
    expect(await frameNow(page)).toBe(130);
    await page.getByRole("button", { name: "Misses 1" }).click();
    expect(await cells(page, 3)).toEqual(["Object 4 is not found"]);
    await page.getByRole("button", { name: "False positives 1" }).click();
    await row(page, "10 is on nothing").click();
    expect(await frameNow(page)).toBe(400);
  });

  it.each([
    { width: 1400, colorScheme: "light" },
    { width: 390, colorScheme: "dark" },
  ] as const)("have nothing for axe to find at a width of $width, $colorScheme", async (options) => {
    const page = await open(undefined, { ...options, height: 900 });
    await person(page, 10).click();
    for (const name of ["Identities", "Details", "Map", "Activity", "Health", "Scores", "About"]) {
      await page.getByRole("tab", { name }).click();
      expect(await axe(page), name).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
        options.width,
      );
    }
    opened!.expectQuiet();
  });
});
