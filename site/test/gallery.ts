/** @file The programs of the gallery run, and their results are as they say themselves (`check`). */
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { type Checks, expect } from "./checks.ts";
import { watch } from "./pages.ts";

interface Host extends HTMLElement {
  readonly demo: { readonly stop: () => void; readonly result: () => unknown };
  readonly check?: (result: unknown) => void;
}

export async function testGallery(
  browser: Browser,
  address: string,
  pages: readonly string[],
  { check }: Checks,
  shots: string | null,
): Promise<void> {
  const programs = pages.filter((p) => p.startsWith("gallery/") && p !== "gallery/index.html");
  await check("the gallery has programs", () => expect(programs.length > 0, "there are none"));
  for (const name of programs)
    await check(`${name} runs`, async () => {
      const page = await browser.newPage();
      const faults = watch(page, address);
      await page.goto(address + name);
      await page.waitForSelector('.demo[data-state="running"]', { timeout: 30_000 });
      // a program may need its time until its result is what it must be: `check` says what is still missing
      const result = await page.$eval(
        ".demo .host",
        async (host, seconds) => {
          const { demo, check: own } = host as Host;
          const end = performance.now() + seconds * 1000;
          for (;;)
            try {
              const got = demo.result();
              own?.(got);
              return JSON.stringify(got, (_, v: unknown) =>
                typeof v === "number" && !Number.isFinite(v) ? "not finite" : v,
              );
            } catch (error) {
              if (performance.now() > end) throw error;
              await new Promise((resolve) => setTimeout(resolve, 250));
            }
        },
        60,
      );
      expect(result !== undefined && !result.includes("not finite"), `its result is ${result}`);
      if (shots !== null)
        await page.screenshot({ path: join(shots, `${name.replaceAll("/", "-")}-running.png`) });
      await page.$eval(".demo .host", (host) => (host as Host).demo.stop());
      expect(faults.length === 0, faults.join("\n"));
      await page.close();
    });
}
