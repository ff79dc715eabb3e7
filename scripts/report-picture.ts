/**
 * Takes the README's pictures of a report, of samples/pets.mp4 in light and dark:
 *
 *     npm run build && npx tsx scripts/report-picture.ts
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import sharp from "sharp";

const repository = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "throughline-picture-"));
const at = (name: string): string => join(folder, name);
try {
  const line = { name: "path", from: [330, 330], to: [620, 200] };
  writeFileSync(at("zones.json"), JSON.stringify({ units: "pixels", lines: [line] }));
  const track = [join(repository, "dist/cli/main.js"), "samples/pets.mp4", "--quiet"];
  const out = ["--out", at("pets.json"), "--zones", at("zones.json"), "--report", at("pets.html")];
  execFileSync(process.execPath, [...track, ...out], { cwd: repository, stdio: "inherit" });
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  for (const colorScheme of ["light", "dark"] as const) {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 }, colorScheme });
    await page.goto(pathToFileURL(at("pets.html")).href);
    await page.getByRole("combobox", { name: "Trails" }).selectOption({ index: 2 });
    await page.getByRole("row").nth(1).click();
    await page.getByRole("tab", { name: "Details" }).click();
    await page.getByRole("spinbutton", { name: "Frame" }).fill("70");
    await page.keyboard.press("Enter");
    // Until the video, the film strip and the counts are there.
    await page.waitForTimeout(2000);
    const shot = await page.screenshot({ animations: "disabled" });
    const path = join(repository, `docs/report-${colorScheme}.png`);
    await sharp(shot).png({ palette: true, colours: 160, effort: 10 }).toFile(path);
    await page.close();
  }
  await browser.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
