/** The player shows the boxes of exactly the picture on the screen. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { toRun } from "../../src/report/run.js";
import { random } from "../_random.js";
import { axe, browserPath, closeBrowser, type OpenPage, openPage } from "./_browser.js";
import {
  HEIGHT,
  makeNumbered,
  numberedRun,
  pictureNumber,
  WIDTH,
  writePage,
  writeVideoPage,
} from "./_numbered.js";

const folder = mkdtempSync(join(tmpdir(), "throughline-player-"));
let opened: OpenPage | undefined;
afterEach(async () => {
  await opened?.close();
  opened = undefined;
});
afterAll(async () => {
  await closeBrowser();
  rmSync(folder, { recursive: true, force: true });
});

/** Number of the frame whose boxes are drawn; NaN where there are none. */
const drawn = (page: Page): Promise<number> =>
  page.locator(".overlay").evaluate((canvas) => Number((canvas as HTMLElement).dataset.frame || Number.NaN));

/** Waits until the boxes are a frame's. */
const isAt = (page: Page, frame: number): Promise<void> =>
  expect.poll(() => drawn(page), { timeout: 10_000, interval: 20 }).toBe(frame);

/** Types a frame's number. */
async function goTo(page: Page, frame: number): Promise<void> {
  await page.getByRole("spinbutton", { name: "Frame" }).fill(String(frame));
  await page.keyboard.press("Enter");
}

/** Stops, unless the end has come before. */
async function pause(page: Page): Promise<void> {
  const button = page.getByRole("button", { name: "Pause", exact: true });
  if ((await button.count()) > 0) await button.click({ timeout: 2000 }).catch(() => undefined);
  await page.getByRole("button", { name: "Play", exact: true }).waitFor();
}

/** Plays for a second and tells for each picture its number, as it is read from it, and that of the drawn boxes. */
async function watch(
  page: Page,
): Promise<{ readonly overlay: number; readonly picture: number; readonly media: number }[]> {
  const watched = page.evaluate(
    ([width, height]) =>
      new Promise<{ overlay: number; picture: number; media: number }[]>((done) => {
        const video = document.querySelector("video")!;
        const overlay = document.querySelector<HTMLElement>(".overlay")!;
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [width!, height!];
        const context = canvas.getContext("2d", { willReadFrequently: true })!;
        const seen: { overlay: number; picture: number; media: number }[] = [];
        const end = performance.now() + 1500;
        const look: VideoFrameRequestCallback = (_now, { mediaTime }) => {
          context.drawImage(video, 0, 0, width!, height!);
          let picture = 0;
          for (let bit = 0; bit < 16; bit++) {
            const [x, y] = [(bit % 8) * 32 + 16, (bit < 8 ? 0 : height! / 2) + height! / 4];
            if (context.getImageData(x, y, 1, 1).data[0]! > 127) picture |= 1 << bit;
          }
          seen.push({ overlay: Number(overlay.dataset.frame), picture, media: mediaTime });
          if (performance.now() < end) video.requestVideoFrameCallback(look);
          else done(seen);
        };
        video.requestVideoFrameCallback(look);
        // Where pictures end sooner.
        setTimeout(() => done(seen), 3000);
      }),
    [WIDTH, HEIGHT],
  );
  await page.keyboard.press("Space");
  const seen = await watched;
  await pause(page);
  return seen;
}

const videos = [
  { name: "even times and B-frames", file: "even.mp4", setpts: "40*N", time: (n: number) => n / 25 },
  {
    name: "uneven times",
    file: "uneven.mp4",
    setpts: "40*N+mod(N,3)*13+trunc(N/20)*300",
    time: (n: number) => (40 * n + (n % 3) * 13 + Math.trunc(n / 20) * 300) / 1000,
  },
  {
    name: "times that WebM rounds to the millisecond",
    file: "rounded.webm",
    setpts: "trunc(N*1001/30+0.5)",
    time: (n: number) => (n * 1001) / 30_000,
    type: "video/webm",
    codec: ["-c:v", "libvpx", "-cpu-used", "8", "-deadline", "realtime", "-g", "60", "-b:v", "300k"],
  },
  {
    name: "a clock that begins at five seconds, where the run's begins at one",
    file: "late.mp4",
    setpts: "40*N",
    more: ["-output_ts_offset", "5"],
    time: (n: number) => 1 + n / 25,
    offset: -4,
  },
];
const FRAMES = 120;

describe.skipIf(!browserPath)("the player", () => {
  describe.each(videos)("of a video with $name", ({ file, setpts, time, type, codec, more, offset }) => {
    const open = async (): Promise<Page> => {
      // One more than is told of: editing lists of this ffmpeg end before the last frame.
      const video = makeNumbered(join(folder, file), FRAMES + 1, setpts, { codec, more });
      const run = numberedRun(Array.from({ length: FRAMES }, (_, n) => time(n)));
      opened = await openPage(await writeVideoPage(folder, file, video, run, { type, offset }));
      const { page } = opened;
      await isAt(page, 0);
      return page;
    };

    it("shows the picture of every frame that is gone to, stepped to or played", async () => {
      const page = await open();
      const expectPicture = async (frame: number): Promise<void> => {
        await isAt(page, frame);
        // Of a video that begins late Chromium first believes that it is shorter.
        await page.locator(".stage:not(.plain)").waitFor();
        await isAt(page, frame);
        expect(await pictureNumber(page)).toBe(frame);
      };
      await expectPicture(0);
      const next = random(5);
      for (let turn = 0; turn < 5; turn++) {
        const frame = Math.floor(next() * FRAMES);
        await goTo(page, frame);
        await expectPicture(frame);
      }
      await page.locator(".scrubber").focus();
      await page.keyboard.press("End");
      await expectPicture(FRAMES - 1);
      await page.keyboard.press("Home");
      await expectPicture(0);
      await page.getByRole("button", { name: "Play", exact: true }).focus();
      for (let frame = 1; frame <= 3; frame++) {
        await page.keyboard.press("ArrowRight");
        await expectPicture(frame);
      }
      await page.keyboard.press("Shift+ArrowRight");
      await expectPicture(13);
      await page.keyboard.press("ArrowLeft");
      await expectPicture(12);

      const seen = await watch(page);
      expect(seen.length).toBeGreaterThan(5);
      // A slow machine may drop pictures, but boxes are never another picture's.
      for (const { overlay, media } of seen)
        expect(Math.abs(time(overlay) - media - (offset ?? 0))).toBeLessThan(1e-3);
      // When it is asked for its pixels a browser may be further already, where the page is slower than the video.
      for (const { overlay, picture } of seen) expect(picture).toBeGreaterThanOrEqual(overlay);
      // It stands still now, so that they become the same, as soon as the browser has painted, and stay so.
      const apart = async (): Promise<number> => (await pictureNumber(page)) - (await drawn(page));
      await expect.poll(apart, { timeout: 10_000 }).toBe(0);
      await page.waitForTimeout(300);
      expect(await apart()).toBe(0);
      opened!.expectQuiet();
    });
  });

  /** A report of 50 frames at 25 a second; without a video unless one is named. */
  const report = (name: string, more: Parameters<typeof writePage>[2] = {}, times = 50): Promise<string> =>
    writePage(
      join(folder, `${name}.html`),
      numberedRun(Array.from({ length: times }, (_, n) => n / 25)),
      more,
    );

  it("plays boxes by its own clock where there is no video, and says why", async () => {
    const noVideo =
      "The video “street.mp4” was not found: boxes are shown without the picture. Name it with --video.";
    opened = await openPage(await report("plain", { noVideo }));
    const { page } = opened;
    expect(await page.locator(".player .why").innerText()).toBe(noVideo);
    await isAt(page, 0);
    const speed = page.getByRole("combobox", { name: "Speed" });
    await speed.selectOption("0.25");
    await speed.blur();
    await page.keyboard.press("Space");
    await expect.poll(() => drawn(page), { timeout: 10_000 }).toBeGreaterThan(3);
    await pause(page);
    const frame = await drawn(page);
    await page.waitForTimeout(150);
    expect(await drawn(page)).toBe(frame);
    await page.keyboard.press("End");
    await isAt(page, 49);
    // At the end it begins anew, and stops there again.
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await expect.poll(() => drawn(page), { timeout: 5000 }).toBeLessThan(49);
    await speed.selectOption("8");
    await isAt(page, 49);
    await page.getByRole("button", { name: "Play", exact: true }).waitFor();
    opened.expectQuiet();
  });

  it("says so where a browser lacks the codec, the video is no video, or not there", async () => {
    const size = { width: WIDTH, height: HEIGHT, offset: 0 };
    const whyOf = async (html: string): Promise<string> => {
      opened = await openPage(html);
      const why = await opened.page.locator(".player .why").innerText();
      await isAt(opened.page, 0);
      await opened.page.keyboard.press("ArrowRight");
      await isAt(opened.page, 1);
      await opened.close();
      opened = undefined;
      return why;
    };
    const type = 'video/mp4; codecs="avc1.640028"';
    expect(
      await whyOf(
        await report("codec", {
          video: { ...size, from: { url: "a.mp4" }, type: 'video/mp4; codecs="zzzz.1"' },
        }),
      ),
    ).toMatch(/^This browser cannot play zzzz: boxes are shown without the picture\. Open the page/);
    expect(
      await whyOf(await report("lost", { video: { ...size, from: { url: "lost%20one.mp4" }, type } })),
    ).toMatch(/^“lost one\.mp4” is not where this page looks for it/);
    const broken = await writePage(
      join(folder, "broken.html"),
      numberedRun([0, 0.04, 0.08]),
      { video: { ...size, from: { part: "video" }, type } },
      [{ name: "video", data: new Uint8Array(5000).fill(7) }],
    );
    expect(await whyOf(broken)).toMatch(/^The video in this page cannot be played by this browser/);
  });

  it("says so where the video is of another shape or length, and shows the boxes beyond its end", async () => {
    const video = makeNumbered(join(folder, "short.mp4"), 51, "40*N");
    const run = numberedRun(Array.from({ length: 150 }, (_, n) => n / 25));
    opened = await openPage(
      await writeVideoPage(folder, "short", video, { ...run, width: 640, height: 480 }),
    );
    const { page } = opened;
    const notices = page.locator(".notices");
    await expect
      .poll(() => notices.innerText())
      .toContain("The video is 256 × 144 but the tracks are of 640 × 480");
    expect(await notices.innerText()).toMatch(/The tracks go on for 4\.0 s after the end of the video/);
    await goTo(page, 120);
    await page.locator(".stage.plain").waitFor();
    await isAt(page, 120);
    await goTo(page, 20);
    await page.locator(".stage:not(.plain)").waitFor();
    await isAt(page, 20);
    expect(await pictureNumber(page)).toBe(20);
    // Playing goes on where the video is over.
    await goTo(page, 45);
    await isAt(page, 45);
    await page.keyboard.press("Space");
    await expect.poll(() => drawn(page), { timeout: 10_000 }).toBeGreaterThan(60);
    await pause(page);
    opened.expectQuiet();
  });

  it("draws each identity where it is, tells of the one that is pointed at and picks it by a click", async () => {
    opened = await openPage(await report("boxes"));
    const { page } = opened;
    await goTo(page, 30);
    await isAt(page, 30);
    const stage = (await page.locator(".stage").boundingBox())!;
    // Its box is [50, 40, 80, 100].
    const on = (x: number, y: number): [number, number] => [
      stage.x + (x / WIDTH) * stage.width,
      stage.y + (y / HEIGHT) * stage.height,
    ];
    const colourAt = (x: number, y: number): Promise<readonly number[]> =>
      page.locator(".overlay").evaluate(
        (element, [px, py]) => {
          const canvas = element as HTMLCanvasElement;
          return [
            ...canvas
              .getContext("2d")!
              .getImageData(Math.round(px! * canvas.width), Math.round(py! * canvas.height), 1, 1).data,
          ];
        },
        [x / WIDTH, y / HEIGHT],
      );
    // The first look of the palette, orange.
    const [red = 0, green = 0, blue] = await colourAt(50, 70);
    expect([red > 150, green / red, blue]).toEqual([true, expect.closeTo(159 / 230, 1), 0]);
    expect((await colourAt(65, 70))[3]).toBe(0);
    await page.mouse.move(...on(65, 70));
    expect(await page.locator(".box-facts").innerText()).toMatch(
      /^Identity 1\nperson, score 0\.90\n30 × 60 at 50, 40/,
    );
    await page.mouse.move(...on(120, 70));
    expect(await page.locator(".box-facts").count()).toBe(0);
    await page.mouse.click(...on(65, 70));
    expect((await colourAt(65, 70))[3]).toBeGreaterThan(0);
    await page.keyboard.press("Escape");
    expect((await colourAt(65, 70))[3]).toBe(0);
  });

  it("goes to where the picked identity comes into view, and repeats its life", async () => {
    const track = (id: number, x: number) =>
      ({ id, box: [x, 40, x + 40, 100], score: 0.9, class: 0, detection: 0 }) as const;
    const run = toRun(
      { input: "", width: WIDTH, height: HEIGHT, frameRate: 25, labels: ["person"], isTimed: true },
      Array.from({ length: 60 }, (_, index) => ({
        ...{ index, time: index / 25 },
        tracks: [...(index < 5 || (index >= 20 && index < 30) ? [track(1, 20)] : []), track(2, 150)],
      })),
    );
    opened = await openPage(await writePage(join(folder, "lives.html"), run));
    const { page } = opened;
    const { x, y, width, height } = (await page.locator(".stage").boundingBox())!;
    await page.mouse.click(x + (40 / WIDTH) * width, y + (70 / HEIGHT) * height);
    await page.keyboard.press("]");
    await isAt(page, 20);
    await page.keyboard.press("[");
    await isAt(page, 0);
    await page.getByRole("button", { name: "Repeat" }).click();
    await goTo(page, 26);
    await isAt(page, 26);
    await page.keyboard.press("Space");
    // Beyond its last frame it begins with its first.
    await expect.poll(() => drawn(page), { timeout: 10_000, interval: 10 }).toBeLessThan(20);
    await page.keyboard.press("Space");
    expect(await drawn(page)).toBeLessThan(30);
  });

  it("follows the picture in browsers that do not tell of each one", async () => {
    const video = makeNumbered(join(folder, "old.mp4"), 61, "40*N");
    const run = numberedRun(Array.from({ length: 60 }, (_, n) => n / 25));
    opened = await openPage(await writeVideoPage(folder, "old", video, run), {
      async prepare(context) {
        await context.addInitScript(() => {
          Reflect.deleteProperty(HTMLVideoElement.prototype, "requestVideoFrameCallback");
        });
      },
    });
    const { page } = opened;
    await page.locator(".stage:not(.plain)").waitFor();
    for (const frame of [0, 17, 59, 33]) {
      await goTo(page, frame);
      await isAt(page, frame);
      expect(await pictureNumber(page)).toBe(frame);
    }
    // That it has arrived is told late: by then it may be on its way elsewhere.
    const early = await page.evaluate(() => {
      const input = document.querySelector<HTMLInputElement>("input[aria-label=Frame]")!;
      input.value = "12";
      input.dispatchEvent(new Event("change", { bubbles: true }));
      const video = document.querySelector("video")!;
      video.dispatchEvent(new Event("seeked"));
      return [video.seeking, document.querySelector<HTMLElement>(".overlay")!.dataset.frame];
    });
    expect(early).toEqual([true, "33"]);
    await isAt(page, 12);
    expect(await pictureNumber(page)).toBe(12);
    await page.keyboard.press("Space");
    // The video has one picture more than the run, which is not stayed at.
    await isAt(page, 59);
    await page.getByRole("button", { name: "Play", exact: true }).waitFor();
    await isAt(page, 59);
    expect(await pictureNumber(page)).toBe(59);
    opened.expectQuiet();
  });

  it("lists its keys, and leaves them to whoever types", async () => {
    opened = await openPage(await report("keys"));
    const { page } = opened;
    await page.keyboard.press("?");
    const help = page.getByRole("dialog", { name: "Keys" });
    await help.waitFor();
    expect(await help.innerText()).toMatch(/Space\s+Play or pause/);
    expect(await axe(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await help.waitFor({ state: "hidden" });
    await page.getByRole("spinbutton", { name: "Frame" }).fill("7");
    await page.keyboard.press("f");
    await page.keyboard.press("Home");
    await page.keyboard.press("Enter");
    await isAt(page, 7);
    opened.expectQuiet();
  });
});
