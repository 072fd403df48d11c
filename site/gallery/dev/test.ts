/**
 * @file Runs the programs of the gallery in Chromium: `npx tsx site/gallery/dev/test.ts [NAME …] [--shots DIRECTORY]`.
 *
 * Each must pass its check, then survive its buttons, its sliders and being dragged over, and print nothing to the console.
 * The time of its frames is printed, not asserted.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type Page, chromium } from "playwright-core";
import { build, preview } from "vite";
import { browserCommand } from "../../../scripts/hosts/installed.ts";

const here = import.meta.dirname;

export const programs = readdirSync(join(here, ".."))
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".paths.ts"))
  .map((file) => file.slice(0, -3));

export interface Visit {
  readonly errors: readonly string[];
  /** Milliseconds of work: the median frame and the longest of the last. */
  readonly frame: readonly [median: number, longest: number];
  readonly seconds: number;
}

async function dragAcross(page: Page): Promise<void> {
  const box = (await page.locator("canvas").boundingBox())!;
  const at = (u: number, v: number): [number, number] => [box.x + u * box.width, box.y + v * box.height];
  await page.mouse.move(...at(0.3, 0.4));
  await page.mouse.down();
  for (let i = 1; i <= 8; i++) await page.mouse.move(...at(0.3 + 0.04 * i, 0.4 + 0.03 * Math.sin(i)));
  await page.mouse.up();
}

/** Presses every button and moves every slider to both ends, with the canvas dragged over in between. */
async function tryControls(page: Page): Promise<void> {
  const controls = page.locator(".g-controls");
  for (const button of await controls.locator("button").all()) {
    await button.click();
    await dragAcross(page);
  }
  for (const slider of await controls.locator("input").all())
    for (const key of ["Home", "End"]) {
      await slider.press(key);
      await page.waitForTimeout(100);
    }
}

async function failure(page: Page): Promise<string | undefined> {
  return page.evaluate(() => {
    try {
      if (window.gallery === undefined) return "it has not started";
      window.gallery.check(window.gallery.demo.result());
      return undefined;
    } catch (e) {
      return String(e);
    }
  });
}

/** Screenshots on a desk and on a phone, light and dark. */
async function takeShots(page: Page, path: string): Promise<void> {
  for (const [width, height] of [
    [1440, 900],
    [390, 844],
  ])
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height });
      await page.waitForTimeout(500);
      await page.screenshot({ path: `${path}-${width}-${colorScheme}.png`, fullPage: true });
    }
}

/** Opens a program, waits for its check to pass, uses all that can be used. */
export async function visit(browser: Browser, url: string, name: string, shots?: string): Promise<Visit> {
  const errors: string[] = [];
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && errors.push(m.text()));
  page.on("pageerror", (e) => errors.push(e.stack ?? e.message));
  page.on("requestfailed", (r) => errors.push(`no answer: ${r.url()}`));
  const begin = performance.now();
  await page.goto(`${url}?name=${name}`);
  let wrong = await failure(page);
  while (wrong !== undefined && errors.length === 0 && performance.now() - begin < 90_000) {
    await page.waitForTimeout(250);
    wrong = await failure(page);
  }
  if (wrong !== undefined) errors.push(wrong);
  const seconds = (performance.now() - begin) / 1000;
  const times = await page.evaluate(() => [...(window.gallery?.demo.frameTimes() ?? [])]);
  const sorted = times.sort((a, b) => a - b);
  if (errors.length === 0) {
    if (shots !== undefined) await takeShots(page, join(shots, name));
    await tryControls(page);
    await page.evaluate(() => window.gallery?.demo.stop());
    if ((await page.locator("canvas").count()) > 0) errors.push("stop() leaves its canvas");
  }
  await page.close();
  const frame = [sorted[sorted.length >> 1] ?? NaN, sorted.at(-1) ?? NaN] as const;
  return { errors: [...new Set(errors)], frame, seconds };
}

/** Builds the gallery and runs the programs named; returns what went wrong. */
export async function visitAll(names: readonly string[], shots?: string): Promise<string[]> {
  const executablePath = browserCommand("Chromium");
  if (executablePath === null) throw new Error("No Chromium is installed: set CHROMIUM to the path of one.");
  const configFile = join(here, "vite.config.ts");
  await build({ configFile, logLevel: "warn" });
  const server = await preview({ configFile, logLevel: "warn", preview: { port: 0 } });
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const wrong: string[] = [];
  try {
    for (const name of names) {
      const { errors, frame, seconds } = await visit(browser, server.resolvedUrls!.local[0], name, shots);
      const [median, longest] = frame.map((t) => t.toFixed(1));
      console.log(
        `${name.padEnd(18)} checked after ${seconds.toFixed(1)} s; a frame ${median} ms, at most ${longest}`,
      );
      wrong.push(...errors.map((e) => `${name}: ${e}`));
    }
  } finally {
    await browser.close();
    await server.close();
  }
  return wrong;
}

if (process.argv[1] === import.meta.filename) {
  const args = process.argv.slice(2);
  const at = args.indexOf("--shots");
  const shots = at < 0 ? undefined : args.splice(at, 2)[1];
  const wrong = await visitAll(args.length > 0 ? args : programs, shots);
  for (const line of wrong) console.error(line);
  process.exitCode = wrong.length > 0 ? 1 : 0;
}
