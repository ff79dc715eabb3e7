/** Lines and zones are drawn on the page, and counted there exactly as `track count` counts. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { runCount } from "../../src/cli/count.js";
import { readTracks } from "../../src/cli/tracks-file.js";
import { json } from "../../src/format/json.js";
import { frameOf, type Run, toRun } from "../../src/report/run.js";
import { axe, browserPath, closeBrowser, type OpenPage, openPage } from "./_browser.js";
import { crowd } from "./_crowd.js";
import { writePage } from "./_numbered.js";

const folder = mkdtempSync(join(tmpdir(), "throughline-counts-"));
let opened: OpenPage | undefined;
afterEach(async () => {
  await opened?.close();
  opened = undefined;
});
afterAll(async () => {
  await closeBrowser();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens a report without a video, at its panel of zones. */
async function open(run: Run, report: Parameters<typeof writePage>[2] = {}): Promise<Page> {
  opened = await openPage(await writePage(join(folder, "page.html"), run, report));
  const { page } = opened;
  await page.getByRole("tab", { name: "Zones" }).click();
  return page;
}

/** A place of the picture, in shares of it, on the page. */
async function at(page: Page, x: number, y: number): Promise<[number, number]> {
  const { x: left, y: top, width, height } = (await page.locator(".stage").boundingBox())!;
  return [left + x * width, top + y * height];
}

async function drag(
  page: Page,
  from: readonly [number, number],
  to: readonly [number, number],
): Promise<void> {
  await page.mouse.move(...from);
  await page.mouse.down();
  await page.mouse.move(...to, { steps: 5 });
  await page.mouse.up();
}

/** Waits until what is seen is what was counted. */
const isCounted = (page: Page): Promise<void> =>
  expect
    .poll(() => page.locator(".zones-panel [role=status]").textContent(), { timeout: 10_000 })
    .toMatch(/^Drag lines/);

/** What a button gives as a file. */
async function exported(page: Page, button: string): Promise<string> {
  const coming = page.waitForEvent("download");
  await page.getByRole("button", { name: button, exact: true }).click();
  return readFileSync((await (await coming).path())!, "utf8");
}

/** The same tracks as a file. */
function tracksFile(run: Run): string {
  const { input, width, height, frameRate = 25, labels } = run;
  const header = { input, width, height, frameRate, labels, run: {} };
  const frames = Array.from(run.index, (_, i) => json.frame(frameOf(run, i), header));
  const footer = { identities: 1, integrity: { complete: true, frames: frames.length, damage: [] } };
  const path = join(folder, "tracks.json");
  writeFileSync(path, json.begin!(header) + frames.join(json.separator) + json.end!(footer));
  return path;
}

const silent = { stdout: { write: () => true }, stderr: { write: () => true } } as unknown as Parameters<
  typeof runCount
>[2];

const GOLDEN = join(import.meta.dirname, "../../../shared/data/golden-tracks/MOT17-FRCNN/sort");
const real = ["MOT17-09-FRCNN.txt", "MOT17-09.txt"].map((name) => join(GOLDEN, name)).find(existsSync);
if (!real) console.log(`skipped: counts of a real run (${GOLDEN} is not there)`);

describe.skipIf(!browserPath)("lines and zones on the page", () => {
  const cases = [
    { name: "people who walk about", run: () => crowd(3) },
    ...(real
      ? [
          {
            name: "a real run",
            run: () => {
              const frames = readTracks(real).frames.map((frame) => ({ ...frame, time: frame.index / 30 }));
              const facts = {
                input: "MOT17-09",
                width: 1920,
                height: 1080,
                labels: ["person"],
                isTimed: true,
              };
              return toRun(facts, frames);
            },
          },
        ]
      : []),
  ];
  it.each(cases)("are counted as track count counts: $name", async ({ run: make }) => {
    const run = make();
    const page = await open(run);
    await page.getByRole("button", { name: "Add line" }).click();
    await drag(page, await at(page, 0.45, 0.1), await at(page, 0.5, 0.95));
    await page.getByRole("button", { name: "Add zone" }).click();
    for (const [x, y] of [
      [0.2, 0.2],
      [0.6, 0.25],
      [0.55, 0.8],
      [0.25, 0.75],
    ] as const)
      await page.mouse.click(...(await at(page, x, y)));
    await page.keyboard.press("Enter");
    await page.getByRole("textbox", { name: "Name of the zone" }).fill('hall, "left"');
    await isCounted(page);
    const zones = join(folder, "zones.json");
    writeFileSync(zones, await exported(page, "Export"));
    await page.getByRole("tab", { name: "Counts" }).click();
    const tracks = tracksFile(run);
    for (const [button, extension] of [
      ["Export CSV", ".csv"],
      ["Export JSON", ".json"],
      ["Export events", ".jsonl"],
    ] as const) {
      const out = join(folder, `counts${extension}`);
      await runCount(tracks, { zones, out }, silent);
      expect(await exported(page, button)).toBe(readFileSync(out, "utf8"));
    }
    const { totals } = JSON.parse(readFileSync(join(folder, "counts.json"), "utf8"));
    expect(totals.lines[0].in + totals.lines[0].out).toBeGreaterThan(0);
    expect(totals.zones[0].visits).toBeGreaterThan(0);
    // What is shown is what was written.
    expect(await page.locator(".totals table").first().locator("tbody tr").first().innerText()).toMatch(
      new RegExp(`^Line 1\\s+${totals.lines[0].in}\\s+${totals.lines[0].out}$`),
    );
    opened!.expectQuiet();
  });

  it("are counted anew while an end is dragged, and undone", async () => {
    const line = { name: "door", from: [0, 5], to: [640, 5] };
    const zones = { units: "pixels", lines: [line] };
    const page = await open(crowd(4), { zones });
    await isCounted(page);
    const label = page.locator(".place-label");
    const before = await label.innerText();
    await page.locator(".places .grip").focus();
    const end = page.getByRole("button", { name: /^Line door, end/ });
    const { x, y, width, height } = (await end.boundingBox())!;
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(...(await at(page, 0.9, 0.9)), { steps: 4 });
    // The button is still down.
    await expect.poll(() => label.innerText()).not.toBe(before);
    await page.mouse.up();
    await isCounted(page);
    const after = await label.innerText();
    expect(after).not.toBe(before);
    await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(() => label.innerText()).toBe(before);
    await page.getByRole("button", { name: "Redo" }).click();
    await expect.poll(() => label.innerText()).toBe(after);
    opened!.expectQuiet();
  });

  it("can be made and moved by the keyboard alone", async () => {
    const page = await open(crowd(4));
    await page.getByRole("button", { name: "Add line" }).focus();
    await page.keyboard.press("Enter");
    const beginning = page.getByRole("button", { name: /^Line Line 1, beginning at 224, 240/ });
    await beginning.waitFor();
    await expect.poll(() => beginning.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.press("Shift+ArrowUp");
    await page.keyboard.press("ArrowLeft");
    const zones = JSON.parse(await exported(page, "Export"));
    expect(zones.lines).toEqual([{ name: "Line 1", from: [223, 230], to: [416, 240] }]);
    // The keys moved the line's end and not the player.
    expect(await page.getByRole("spinbutton", { name: "Frame" }).inputValue()).toBe("0");
    await page.locator(".places .grip").focus();
    await page.keyboard.press("Delete");
    expect(await page.locator(".place-list li").count()).toBe(0);
    await page.getByRole("button", { name: "Add line" }).focus();
    await page.keyboard.press("Control+z");
    expect(await page.locator(".place-list li").count()).toBe(1);
  });

  it("are told to be wrong where track count would refuse them", async () => {
    const page = await open(crowd(4));
    await page.getByRole("button", { name: "Add zone" }).click();
    for (const [x, y] of [
      [0.2, 0.2],
      [0.6, 0.6],
      [0.6, 0.2],
      [0.2, 0.6],
    ] as const)
      await page.mouse.click(...(await at(page, x, y)));
    await page.keyboard.press("Enter");
    expect(await page.locator(".mistake").innerText()).toMatch(
      /edges that do not cross.*Nothing is counted here/,
    );
    const chooser = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Import" }).click();
    await (await chooser).setFiles({
      ...{ name: "mine.json", mimeType: "application/json" },
      buffer: Buffer.from('{"units":"pixels","lines":[{"name":"a","from":[1,1]}]}'),
    });
    await expect
      .poll(() => page.locator(".notices").innerText())
      .toContain('Cannot parse "mine.json": lines[0].to: expected a point [x, y]');
  });

  it("have nothing that axe-core finds wrong, in either theme and with an event chosen", async () => {
    const zones = {
      units: "fraction",
      lines: [{ name: "door", from: [0, 0.5], to: [1, 0.5] }],
      zones: [
        {
          name: "hall",
          polygon: [
            [0.2, 0.2],
            [0.8, 0.2],
            [0.8, 0.9],
          ],
        },
      ],
    };
    const page = await open(crowd(5), { zones });
    await isCounted(page);
    await page.getByRole("textbox", { name: "Name of the line" }).focus();
    expect(await axe(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: "dark" });
    await page.getByRole("tab", { name: "Counts" }).click();
    await page.locator("table[aria-label=Events] tbody tr:not(.space)").first().click();
    expect(await page.getByRole("spinbutton", { name: "Frame" }).inputValue()).not.toBe("");
    expect(await axe(page)).toEqual([]);
    opened!.expectQuiet();
  });
});
