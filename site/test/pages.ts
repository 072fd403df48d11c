/**
 * @file Every page, at three sizes, light and dark: no errors in the console, no requests to other hosts, nothing wider than the
 * screen; and for the main ones first content within a second, no shift of the layout, no serious finding of axe.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { type Checks, expect } from "./checks.ts";

export const sizes = [
  { name: "phone", width: 390, height: 844 },
  { name: "tablet", width: 820, height: 1180 },
  { name: "desktop", width: 1440, height: 900 },
] as const;
const schemes = ["light", "dark"] as const;

/** Pages that are measured and looked at closely. */
const main = [
  "index.html",
  "docs/start.html",
  "docs/coming-from.html",
  "docs/jit.html",
  "api/index.html",
  "api/numpy/reductions.html",
  "playground.html",
  "gallery/index.html",
  "measure.html",
];

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What a page did that it must not. */
export function watch(page: Page, address: string): string[] {
  const faults: string[] = [];
  page.on("console", (m) => {
    if (m.type() === "error" || m.type() === "warning") faults.push(`console: ${m.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("request", (request) => {
    const url = request.url();
    if (/^https?:/.test(url) && !url.startsWith(new URL(address).origin)) faults.push(`request to ${url}`);
  });
  page.on("response", (r) => {
    if (r.status() >= 400) faults.push(`${r.status()} for ${r.url()}`);
  });
  return faults;
}

export async function isReady(page: Page): Promise<void> {
  await page.waitForLoadState("load");
  await page.waitForFunction(() => "__vue_app__" in (document.querySelector("#app") ?? {}));
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  );
}

async function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** First contentful paint in milliseconds, and the sum of layout shifts. */
async function vitals(page: Page): Promise<{ paint: number; shift: number }> {
  return page.evaluate(async () => {
    const shift = await new Promise<number>((resolve) => {
      let sum = 0;
      new PerformanceObserver((list) => {
        for (const e of list.getEntries() as (PerformanceEntry & {
          value: number;
          hadRecentInput: boolean;
        })[])
          if (!e.hadRecentInput) sum += e.value;
      }).observe({ type: "layout-shift", buffered: true });
      setTimeout(() => resolve(sum), 300);
    });
    const paint = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Infinity;
    return { paint, shift };
  });
}

interface Finding {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = await page.evaluate<{ readonly violations: readonly Finding[] }>(
    "axe.run(document, { resultTypes: ['violations'] })",
  );
  return found.violations
    .filter((v) => v.impact === "serious" || v.impact === "critical")
    .map(
      (v) =>
        `${v.id} (${v.nodes.length}): ${v.nodes[0].html.slice(0, 200)} ${v.nodes[0].failureSummary.slice(0, 300)}`,
    );
}

export async function testPages(
  browser: Browser,
  address: string,
  pages: readonly string[],
  { check }: Checks,
  shots: string | null,
): Promise<void> {
  let [slowest, largest] = [0, 0];
  for (const size of sizes)
    for (const colorScheme of schemes) {
      const context = await browser.newContext({ viewport: size, colorScheme });
      // the pages of the reference are all of one kind: one look at each, and all looks at the main ones
      const once = size.name === "phone" && colorScheme === "light";
      for (const name of pages.filter((p) => once || main.includes(p) || !p.startsWith("api/"))) {
        const page = await context.newPage();
        const faults = watch(page, address);
        await check(`${name}, ${size.name}, ${colorScheme}`, async () => {
          await page.goto(address + name);
          if (main.includes(name)) {
            let { paint, shift } = await vitals(page);
            // a busy machine is not the page's fault: the best of three
            for (let again = 0; paint >= 1000 && again < 2; again++) {
              await page.reload();
              ({ paint, shift } = await vitals(page));
            }
            [slowest, largest] = [Math.max(slowest, paint), Math.max(largest, shift)];
            expect(paint < 1000, `first content after ${paint.toFixed(0)} ms`);
            expect(shift < 0.05, `layout shift ${shift.toFixed(3)}`);
          }
          await isReady(page);
          const wider = await overflow(page);
          if (shots !== null && (main.includes(name) || name.startsWith("gallery/")))
            await page.screenshot({
              path: join(shots, `${name.replaceAll("/", "-")}-${size.name}-${colorScheme}.png`),
            });
          expect(wider <= 0, `it is ${wider} px wider than the screen`);
          if (main.includes(name) && size.name !== "tablet") {
            const found = await findings(page);
            expect(found.length === 0, found.join("\n"));
          }
          expect(faults.length === 0, faults.join("\n"));
        });
        await page.close();
      }
      await context.close();
    }
  console.log(
    `first content after at most ${slowest.toFixed(0)} ms, layout shift at most ${largest.toFixed(3)}`,
  );
}
