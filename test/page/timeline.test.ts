/** The timeline of all identities: what is drawn where, the mouse, touch and keys. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { scene, type Walker, walk } from "../report/_scene.js";
import { axe, browserPath, closeBrowser, type OpenPage, openPage } from "./_browser.js";
import { writePage } from "./_numbered.js";

const folder = mkdtempSync(join(tmpdir(), "throughline-timeline-"));
let path = "";
let opened: OpenPage | undefined;

/** Forty seconds; identity n comes a second after the one before and stays for n / 2 seconds, then leaves. */
const people = Array.from({ length: 30 }, (_, i): Walker => {
  const [first, last] = [i * 25, i * 25 + Math.round((i + 1) * 12.5)];
  return {
    id: i + 1,
    at: walk([20 + i * 30, 300], [20 + i * 30, 320], first, last),
    class: i % 5 === 4 ? 1 : 0,
  };
});

beforeAll(async () => {
  const mistakes = [
    { kind: "switch", frame: 200, id: 8, before: 3, truth: 4, box: [0, 0, 1, 1] },
    { kind: "miss", frame: 300, truth: 4, box: [0, 0, 1, 1] },
  ] as const;
  const integrity = {
    complete: false,
    frames: 1000,
    damage: [{ kind: "corrupt", fromFrame: 500, toFrame: 550, reason: "bad bits" }],
  } as const;
  path = await writePage(join(folder, "timeline.html"), scene(people, 1000, { integrity }), {
    title: "timeline",
    scores: { truth: "gt.txt", benchmark: "custom", metrics: [], mistakes },
  });
});
afterEach(async () => {
  await opened?.close();
  opened = undefined;
});
afterAll(async () => {
  await closeBrowser();
  rmSync(folder, { recursive: true, force: true });
});

async function open(options: Parameters<typeof openPage>[1] = {}): Promise<Page> {
  opened = await openPage(path, options);
  await opened.page.locator(".lanes canvas").waitFor();
  return opened.page;
}

const frame = (page: Page) => page.getByRole("slider", { name: "Frame", exact: true }).last();
const frameNow = async (page: Page): Promise<number> =>
  Number(await frame(page).getAttribute("aria-valuenow"));
const lanes = (page: Page) => page.getByRole("listbox", { name: "Identities over time" });
const active = (page: Page) => page.locator("#active-lane");
const ids = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('[role="grid"] tr[aria-selected="true"] td:first-child')].map((cell) =>
      Number(cell.textContent),
    ),
  );

/** The share of a part of the canvas that has about this colour. */
const share = (
  page: Page,
  [x, y, w, h]: readonly [number, number, number, number],
  colour: readonly number[],
) =>
  page.locator(".lanes canvas").evaluate(
    (canvas: HTMLCanvasElement, { place: [x, y, w, h], colour }) => {
      const scale = canvas.width / canvas.clientWidth;
      const { data } = canvas.getContext("2d")!.getImageData(x * scale, y * scale, w * scale, h * scale);
      let same = 0;
      for (let at = 0; at < data.length; at += 4)
        if (colour.every((value, c) => Math.abs(value - data[at + c]!) < 12)) same++;
      return same / (data.length / 4);
    },
    { place: [x, y, w, h] as const, colour },
  );

const GUTTER = 84;
const RULER = 24;
const LANE = 20;

describe.skipIf(!browserPath)("the timeline", () => {
  it("draws each identity in its colour where it is there, and nothing where it is not", async () => {
    const page = await open();
    const { width } = (await lanes(page).boundingBox())!;
    const x = (seconds: number) => GUTTER + ((width - GUTTER - 15) / 40) * seconds;
    const orange = [230, 159, 0];
    // Identity 17 has the colour of identity 1, and is there from 16 s for 8.5 s.
    await lanes(page).evaluate((element) => {
      element.scrollTop = 16 * 20;
    });
    await page.waitForTimeout(100);
    const top = RULER + LANE / 2 - 3;
    expect(await share(page, [x(17), top, x(23) - x(17), 2], orange)).toBeGreaterThan(0.5);
    expect(await share(page, [x(2), top, x(14) - x(2), 2], orange)).toBe(0);
    expect(await share(page, [x(27), top, x(39) - x(27), 2], orange)).toBe(0);
    opened!.expectQuiet();
  });

  it("goes to where it is clicked and picks the identity", async () => {
    const page = await open();
    const { width } = (await lanes(page).boundingBox())!;
    const x = GUTTER + ((width - GUTTER - 15) / 40) * 10;
    await lanes(page).click({ position: { x, y: RULER + LANE * 4 + 10 } });
    expect(await ids(page)).toEqual([5]);
    expect(Math.abs((await frameNow(page)) - 250)).toBeLessThan(8);
    await lanes(page).click({ position: { x, y: RULER + LANE * 6 + 10 }, modifiers: ["Shift"] });
    expect(await ids(page)).toEqual([5, 7]);
    // A click on the name goes to where it begins.
    await lanes(page).click({ position: { x: 40, y: RULER + LANE * 8 + 10 } });
    expect([await ids(page), await frameNow(page)]).toEqual([[9], 200]);
  });

  it("is used by keys alone", async () => {
    const page = await open();
    await lanes(page).focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    expect(await active(page).textContent()).toBe("Identity 3, person, from 0:02.0 to 0:03.5, 0 gaps");
    await page.keyboard.press("Enter");
    expect([await ids(page), await frameNow(page)]).toEqual([[3], 50]);
    expect(await active(page).getAttribute("aria-selected")).toBe("true");
    await page.keyboard.press("ArrowRight");
    expect(await frameNow(page)).toBe(88);
    await page.keyboard.press("ArrowLeft");
    expect(await frameNow(page)).toBe(50);
    await page.keyboard.press("End");
    expect(await active(page).textContent()).toContain("Identity 30");
    await frame(page).focus();
    await page.keyboard.press("End");
    expect(await frame(page).getAttribute("aria-valuetext")).toBe("0:40.0, frame 999, 3 identities");
    await page.keyboard.press("ArrowLeft");
    expect(await frameNow(page)).toBe(998);
  });

  it("zooms where the wheel is, moves, keeps to those in the window, and shows the whole run again", async () => {
    const page = await open();
    const whole = page.getByRole("button", { name: "Whole run" });
    expect(await whole.isDisabled()).toBe(true);
    const box = (await lanes(page).boundingBox())!;
    await page.mouse.move(box.x + GUTTER + 20, box.y + 10);
    await page.mouse.wheel(0, -1500);
    await expect.poll(() => whole.isDisabled()).toBe(false);
    const count = async () => Number(await active(page).getAttribute("aria-setsize"));
    expect(await count()).toBeLessThan(8);
    const before = await count();
    await page.mouse.move(box.x + 600, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + 200, box.y + 60, { steps: 4 });
    await page.mouse.up();
    expect(await active(page).textContent()).not.toBe("");
    // A drag is no click.
    expect(await ids(page)).toEqual([]);
    await page.getByRole("checkbox", { name: "only those in view" }).uncheck();
    expect(await count()).toBe(30);
    expect(before).not.toBe(30);
    await whole.click();
    expect(await whole.isDisabled()).toBe(true);
    await page.keyboard.press("+");
    await expect.poll(() => whole.isDisabled()).toBe(false);
    await page.keyboard.press("0");
    await expect.poll(() => whole.isDisabled()).toBe(true);
  });

  it("zooms by two fingers", async () => {
    const page = await open({ width: 390, height: 844 });
    await lanes(page).scrollIntoViewIfNeeded();
    const { x, y } = (await lanes(page).boundingBox())!;
    const session = await page.context().newCDPSession(page);
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", xs: readonly number[]) =>
      session.send("Input.dispatchTouchEvent", {
        type,
        touchPoints: xs.map((at, id) => ({ x: x + at, y: y + 80, id })),
      });
    await touch("touchStart", [180, 220]);
    for (const by of [10, 20, 40, 60]) await touch("touchMove", [180 - by, 220 + by]);
    await touch("touchEnd", []);
    await expect.poll(() => page.getByRole("button", { name: "Whole run" }).isDisabled()).toBe(false);
    expect(await ids(page)).toEqual([]);
  });

  it("is ordered and filtered", async () => {
    const page = await open();
    const first = async () => {
      await lanes(page).focus();
      await page.keyboard.press("Home");
      return (await active(page).textContent())!.split(",")[0];
    };
    await page.getByRole("combobox", { name: "Order" }).selectOption("length");
    // 28 and those after it are cut off by the end.
    expect(await first()).toBe("Identity 27");
    await page.getByRole("combobox", { name: "At least" }).selectOption("10");
    expect(await active(page).getAttribute("aria-setsize")).toBe("11");
    await page.getByRole("combobox", { name: "Class" }).selectOption({ label: "car" });
    expect(await active(page).getAttribute("aria-setsize")).toBe("3");
    await page.getByRole("combobox", { name: "At least" }).selectOption("30");
    await page.getByText("No identity is there at these times").waitFor();
  });

  it("shows a window in the strip, which is made and moved by dragging", async () => {
    const page = await open();
    const box = (await page.locator(".overview").boundingBox())!;
    const at = (share: number) => box.x + GUTTER + (box.width - GUTTER) * share;
    const drag = async (from: number, to: number) => {
      await page.mouse.move(at(from), box.y + 20);
      await page.mouse.down();
      await page.mouse.move(at(to), box.y + 20, { steps: 3 });
      await page.mouse.up();
    };
    const first = async () => {
      await lanes(page).focus();
      await page.keyboard.press("Home");
      return (await active(page).textContent())!.split(",")[0];
    };
    await drag(0.25, 0.3);
    // From 10 to 12 s: the first who is still there came at 7 s.
    expect(await first()).toBe("Identity 8");
    await drag(0.275, 0.55);
    // From 21 to 23 s: the first came at 14 s.
    expect(await first()).toBe("Identity 15");
  });

  it("tells what is under the mouse, marks included", async () => {
    const page = await open();
    const { width } = (await lanes(page).boundingBox())!;
    const x = GUTTER + ((width - GUTTER) / 40) * 8;
    await lanes(page).hover({ position: { x, y: RULER + LANE * 7 + 10 } });
    const tip = page.locator(".tooltip");
    await tip.waitFor();
    expect(await tip.textContent()).toContain("8 person");
    expect(await tip.textContent()).toContain("switch: 3 had the object before");
  });

  it("follows the playhead when another part of the page moves it", async () => {
    const page = await open();
    await lanes(page).focus();
    for (let i = 0; i < 6; i++) await page.keyboard.press("+");
    await page.getByRole("searchbox", { name: "Search identities" }).fill("30");
    await page.getByRole("grid").focus();
    await page.keyboard.press("Enter");
    expect(await frameNow(page)).toBe(725);
    await expect.poll(() => active(page).textContent()).toContain("Identity 30");
    await expect.poll(() => page.locator(".lanes-frame > .playhead").isVisible()).toBe(true);
  });

  it.each(["light", "dark"] as const)(
    "has nothing for axe to find, %s and on a phone",
    async (colorScheme) => {
      const page = await open({ colorScheme, width: 390, height: 844 });
      expect(await axe(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
      opened!.expectQuiet();
    },
  );
});
