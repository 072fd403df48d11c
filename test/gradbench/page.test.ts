/** @file docs/gradbench.md shows the evals as they are in their files, and the figures measured last. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { page, pageFile } from "../../bench/gradbench/lib/page.ts";

it("docs/gradbench.md is up to date (npm run bench:gradbench -- --page writes it)", async () => {
  expect(readFileSync(pageFile, "utf8")).toBe(await page());
});
