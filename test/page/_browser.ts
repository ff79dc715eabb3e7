/**
 * Pages in a real browser: Debian's Chromium, or the one that CHROMIUM_PATH names. What a page asks the network for and what
 * it complains about are collected, since a report asks for nothing and has no complaints.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import pixelmatch from "pixelmatch";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import sharp from "sharp";
import { expect } from "vitest";

/** The browser; undefined where there is none: `describe.skipIf(!browserPath)`. */
export const browserPath: string | undefined = [
  process.env.CHROMIUM_PATH,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
].find((path) => path && existsSync(path));
if (!browserPath)
  console.log("skipped: no browser (install Chromium as /usr/bin/chromium, or name one in CHROMIUM_PATH)");

export interface PageOptions {
  /** @default 1400 */
  readonly width?: number;
  /** @default 900 */
  readonly height?: number;
  /** @default "light" */
  readonly colorScheme?: "light" | "dark";
  /** Called before the page is opened, such as to take something away from it. */
  readonly prepare?: (context: BrowserContext) => Promise<unknown>;
  /** Whether waiting ends when the page's first real content is there. @default true */
  readonly waits?: boolean;
}

/** A page under test. */
export interface OpenPage {
  readonly page: Page;
  /** What the page complained about: console errors and exceptions. */
  readonly errors: readonly string[];
  /** Addresses behind the network that it asked for, besides those of its own server. */
  readonly requests: readonly string[];
  /** Fails unless there were no complaints and nothing was asked for. */
  expectQuiet(): void;
  close(): Promise<void>;
}

let browser: Promise<Browser> | undefined;

/** Opens a file, or an address. Close the page, and after the last test the browser. */
export async function openPage(target: string, options: PageOptions = {}): Promise<OpenPage> {
  const { width = 1400, height = 900, colorScheme = "light", prepare, waits = true } = options;
  browser ??= chromium.launch({
    executablePath: browserPath,
    // Containers have neither the sandbox's rights nor a large /dev/shm.
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--autoplay-policy=no-user-gesture-required"],
  });
  const context = await (await browser).newContext({
    ...{ viewport: { width, height }, colorScheme, reducedMotion: "reduce", acceptDownloads: true },
    ...{ locale: "en-GB", timezoneId: "UTC" },
  });
  await prepare?.(context);
  const page = await context.newPage();
  const errors: string[] = [];
  const requests: string[] = [];
  const address = /^https?:/.test(target) ? target : pathToFileURL(resolve(target)).href;
  const own = new URL(address).origin;
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (!["file:", "data:", "blob:"].includes(protocol) && origin !== own) requests.push(request.url());
  });
  await page.goto(address);
  if (waits) await page.locator(".opening").waitFor({ state: "detached" });
  return {
    ...{ page, errors, requests },
    expectQuiet() {
      expect(errors, "complaints of the page").toEqual([]);
      expect(requests, "requests to the network").toEqual([]);
    },
    close: () => context.close(),
  };
}

/** Ends the browser, where one was started. */
export async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
  browser = undefined;
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe-core finds wrong with a page for people who hear it, or use the keyboard: a line for each element. */
export async function axe(page: Page): Promise<string[]> {
  // By the debugger, which the page's content security policy does not bind.
  await page.evaluate(`${axeSource};undefined`);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${target.join(" ")}: ${failureSummary}`),
    );
  });
}

/** Pictures as the pages once looked, seen by a person; `UPDATE_PICTURES=1` takes them anew. */
const PICTURES = fileURLToPath(new URL("./pictures/", import.meta.url));

/** Share of the pixels that may look different: letters are drawn a little differently on every machine. */
const TOLERANCE = 0.06;

/** Fails where a page does not look like the kept picture of this name. */
export async function looksLike(
  page: Page,
  name: string,
  { tolerance = TOLERANCE, mask = [] as readonly string[] } = {},
): Promise<void> {
  const kept = join(PICTURES, `${name}.png`);
  const shot = await page.screenshot({
    ...{ animations: "disabled", caret: "hide", scale: "css" },
    mask: mask.map((selector) => page.locator(selector)),
  });
  if (process.env.UPDATE_PICTURES) {
    mkdirSync(PICTURES, { recursive: true });
    await sharp(shot).png({ palette: true, effort: 10 }).toFile(kept);
    return;
  }
  expect(existsSync(kept), `${kept} is not there: look at the page, then UPDATE_PICTURES=1`).toBe(true);
  const [now, before] = await Promise.all([pixels(shot), pixels(kept)]);
  expect([now.width, now.height], `size of ${name}`).toEqual([before.width, before.height]);
  const { width, height } = now;
  const different = pixelmatch(now.data, before.data, undefined, width, height, { threshold: 0.2 });
  const share = different / (width * height);
  if (share > tolerance) {
    const path = join(tmpdir(), `throughline-${name}.png`);
    writeFileSync(path, shot);
    expect.fail(
      `${name} looks different in ${(share * 100).toFixed(1)} % of its pixels, see ${path}; UPDATE_PICTURES=1 keeps it`,
    );
  }
}

async function pixels(
  picture: Buffer | string,
): Promise<{ readonly data: Uint8Array; readonly width: number; readonly height: number }> {
  const { data, info } = await sharp(picture).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}
