/**
 * The report of an hour of video in a real browser: 90,000 frames, 1,000 identities, about a million boxes. How long the
 * page takes to open, and how long each thing that a person does with it.
 *
 *   npm run build && npx tsx scripts/bench/page.ts
 */
import { createWriteStream, existsSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { chromium, type Page } from "playwright-core";
import { fillPage } from "../../src/report/boot.js";
import { pack } from "../../src/report/pack.js";
import { hour } from "./_hour.js";
import { machine, median } from "./_machine.js";

const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
if (!existsSync(executablePath)) {
  console.log("No browser: install Chromium as /usr/bin/chromium, or name one in CHROMIUM_PATH");
  process.exit(0);
}
const folder = await mkdtemp(join(tmpdir(), "throughline-bench-"));
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--enable-precise-memory-info"],
});
try {
  const run = hour();
  const file = join(folder, "hour.html");
  const template = readFileSync(new URL("../../dist/page/index.html", import.meta.url), "utf8");
  const report = {
    ...{ title: "hour.mp4", tracks: "hour.json", made: "2026-01-01T00:00:00Z", version: "0" },
    ...{ settings: {}, notices: [], noVideo: "Made up for this benchmark" },
  };
  await pipeline(
    fillPage(template, { page: "report", report }, [{ name: "run", data: [gzipSync(pack(run))] }]),
    createWriteStream(file),
  );
  console.log(
    `${machine()}, Chromium ${browser.version()} without a GPU, window 1400x900\n` +
      `${run.index.length} frames, 1000 identities, ${run.id.length} boxes: page of ${(statSync(file).size / 1e6).toFixed(1)} MB`,
  );
  const opened: number[] = [];
  const checked: number[] = [];
  for (let round = 0; round < 3; round++) {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    // tsx names functions by a helper that is not in the page.
    await page.addInitScript("globalThis.__name = (value) => value");
    await page.goto(pathToFileURL(file).href, { waitUntil: "commit" });
    opened.push(await whenTrue(page, () => document.querySelector(".lanes canvas") !== null));
    await page.getByRole("tab", { name: "Health" }).click();
    checked.push(await whenTrue(page, () => document.querySelector(".summary") !== null));
    if (round < 2) await page.close();
    else await measure(page);
  }
  say("open, until the timeline is drawn", median(opened));
  say("open, until doubtful places are found (in a thread of its own)", median(checked));
} finally {
  await browser.close();
  await rm(folder, { recursive: true });
}

function say(what: string, milliseconds: number, most?: number): void {
  const worst = most === undefined ? "" : `, at most ${most.toFixed(1)} ms`;
  console.log(`  ${what}: ${milliseconds.toFixed(milliseconds < 100 ? 1 : 0)} ms${worst}`);
}

/** Milliseconds since the page began, as soon as it says so and has been painted. */
function whenTrue(page: Page, test: () => boolean): Promise<number> {
  return page.evaluate(
    (text) =>
      new Promise<number>((done) => {
        const test = new Function(`return (${text})()`) as () => boolean;
        const look = () =>
          test() ? requestAnimationFrame(() => done(performance.now())) : setTimeout(look, 10);
        look();
      }),
    test.toString(),
  );
}

async function measure(page: Page): Promise<void> {
  await page.getByRole("tab", { name: "Identities" }).click();
  const zoomed = await perFrame(page, "wheel");
  say("zoom of the timeline, script and drawing of a step", median(zoomed.work), Math.max(...zoomed.work));
  say("zoom, time between two pictures", median(zoomed.apart));
  const moved = await perFrame(page, "pan");
  say("move to the side, script and drawing of a step", median(moved.work), Math.max(...moved.work));
  const scrolled = await perFrame(page, "scroll");
  say("scroll through the rows, time between two pictures", median(scrolled.apart));
  for (const column of ["For", "Class", "Way"])
    say(
      `sort the table by "${column}"`,
      await doing(page, () => page.getByRole("button", { name: column, exact: true }).click()),
    );
  say(
    "search the table, for each letter",
    await doing(page, () => page.getByRole("searchbox").pressSequentially("7", { delay: 0 })),
  );
  await page.getByRole("searchbox").fill("");
  for (const name of ["Map", "Activity", "Health"])
    say(`open ${name}`, await doing(page, () => page.getByRole("tab", { name }).click()));
  await page.getByRole("tab", { name: "Map" }).click();
  say(
    "map of all ways",
    await doing(page, () =>
      page
        .getByRole("combobox", { name: "Show" })
        .selectOption("paths")
        .then(() => undefined),
    ),
  );
  for (const kind of ["line", "zone"] as const) {
    const { longest, apart, latency } = await drag(page, kind);
    console.log(
      `  drag a ${kind}: longest task ${longest.toFixed(0)} ms, time between two pictures ${median(apart).toFixed(1)} ms, at most ${Math.max(...apart).toFixed(0)} ms; counts are there ${latency.toFixed(0)} ms after the last move`,
    );
  }
  await page.getByRole("tab", { name: "Identities" }).click();
  const { share, frames } = await playback(page);
  console.log(
    `  play at usual speed: ${(share * 100).toFixed(0)} % of one core, ${frames} of 75 frames shown in 3 s`,
  );
  const memory = await page.evaluate(
    () => (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize,
  );
  console.log(`  memory of scripts: ${(memory / 1e6).toFixed(0)} MB`);
}

/** Does one thing in each of 60 pictures: how long each step takes by itself, and how far apart the pictures are. */
function perFrame(
  page: Page,
  what: "wheel" | "pan" | "scroll",
): Promise<{ work: number[]; apart: number[] }> {
  return page.evaluate(
    (what) =>
      new Promise<{ work: number[]; apart: number[] }>((done) => {
        const lanes = document.querySelector<HTMLElement>(".lanes")!;
        const box = lanes.getBoundingClientRect();
        const work: number[] = [];
        const apart: number[] = [];
        let last = performance.now();
        let step = 0;
        const next = () => {
          const now = performance.now();
          apart.push(now - last);
          last = now;
          if (step === 60) return done({ work, apart });
          const place = {
            clientX: box.left + box.width / 2,
            clientY: box.top + 80,
            bubbles: true,
            cancelable: true,
          };
          if (what === "wheel")
            lanes.dispatchEvent(
              new WheelEvent("wheel", { ...place, ctrlKey: true, deltaY: step < 30 ? -120 : 60 }),
            );
          if (what === "pan")
            lanes.dispatchEvent(new WheelEvent("wheel", { ...place, deltaX: step < 30 ? 40 : -40 }));
          if (what === "scroll") lanes.scrollTop = step * 300;
          // Where signals are changed the canvases are drawn at once.
          work.push(performance.now() - now);
          step++;
          requestAnimationFrame(next);
        };
        requestAnimationFrame(next);
      }),
    what,
  );
}

/** Moves a line or zone across the picture, 90 moves of the pointer in as many pictures. */
async function drag(
  page: Page,
  kind: "line" | "zone",
): Promise<{ longest: number; apart: number[]; latency: number }> {
  await page.getByRole("tab", { name: "Zones" }).click();
  await page.getByRole("button", { name: `Add ${kind}` }).focus();
  await page.keyboard.press("Enter");
  const isCounted = () => page.getByText("Counting …").waitFor({ state: "detached" });
  // A level line has no height, and so is not "visible".
  await page.locator(`.place.${kind} .grip`).waitFor({ state: "attached" });
  await isCounted();
  return page.evaluate(async (kind) => {
    const grip = document.querySelector(`.place.${kind} .grip`)!;
    const box = grip.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    const send = (type: string, by: number) => {
      const place = { clientX: x + by, clientY: y + by / 3, pointerId: 7, bubbles: true, cancelable: true };
      (type === "pointerdown" ? grip : window).dispatchEvent(new PointerEvent(type, place));
    };
    const picture = () => new Promise<number>((done) => requestAnimationFrame(done));
    let longest = 0;
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
    });
    observer.observe({ type: "longtask" });
    const apart: number[] = [];
    send("pointerdown", 0);
    let before = await picture();
    for (let step = 1; step <= 90; step++) {
      send("pointermove", (step < 45 ? step : 90 - step) * 3);
      const now = await picture();
      apart.push(now - before);
      before = now;
    }
    const last = performance.now();
    send("pointerup", 0);
    const isCounting = () =>
      document.querySelector(".zones-panel [role=status]")!.textContent === "Counting …";
    do await new Promise((done) => setTimeout(done, 5));
    while (isCounting());
    const latency = performance.now() - last;
    observer.disconnect();
    return { longest, apart, latency };
  }, kind);
}

/** Milliseconds from before something is done until the picture after it. */
async function doing(page: Page, act: () => Promise<void>): Promise<number> {
  const told = page.evaluate(
    () =>
      new Promise<number>((done) => {
        const began = (event: Event) => {
          for (const type of ["pointerdown", "keydown", "change"]) removeEventListener(type, began, true);
          const start = event.timeStamp;
          // Two pictures: what is done in an effect after the first counts too.
          requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)));
        };
        for (const type of ["pointerdown", "keydown", "change"]) addEventListener(type, began, true);
      }),
  );
  await act();
  return told;
}

async function playback(page: Page): Promise<{ share: number; frames: number }> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const busy = async () =>
    (await session.send("Performance.getMetrics")).metrics.find(({ name }) => name === "TaskDuration")!.value;
  const shown = () =>
    page.evaluate(() => Number(document.querySelector(".scrub")!.getAttribute("aria-valuenow")));
  await page.getByRole("button", { name: "Play" }).first().click();
  await page.waitForTimeout(500);
  const [before, first] = [await busy(), await shown()];
  await page.waitForTimeout(3000);
  const [after, last] = [await busy(), await shown()];
  await page.keyboard.press("Space");
  return { share: (after - before) / 3, frames: last - first };
}
