/**
 * @file Opens the built site in Chromium as readers would: `npm run test:site`. It builds the site, unless `--built` is given;
 * `--shots FOLDER` keeps pictures of the main pages. Without Chromium nothing is tested, and it says so.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { browserCommand } from "../../scripts/hosts/installed.ts";
import { root } from "../make/library.ts";
import { makeChecks } from "./checks.ts";
import { testGallery } from "./gallery.ts";
import { testPages } from "./pages.ts";
import { testPrograms } from "./programs.ts";
import { serve } from "./serve.ts";

const dist = join(root, "site/dist");
const shotsAt = process.argv.indexOf("--shots");
const shots = shotsAt === -1 ? null : process.argv[shotsAt + 1];

async function launch(): Promise<Browser | null> {
  const executablePath = browserCommand("Chromium");
  if (executablePath === null) return null;
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}

if (!process.argv.includes("--built")) {
  const built = spawnSync("npm", ["run", "site", "--silent"], { cwd: root, stdio: "inherit" });
  if (built.status !== 0) process.exit(1);
}
const browser = await launch();
if (browser === null) {
  console.warn(`The site's tests did NOT run: no Chromium is installed, and CHROMIUM names none.`);
  process.exit(0);
}
if (shots !== null) mkdirSync(shots, { recursive: true });
const checks = makeChecks();
const served = await serve(dist, "/some/where/");
const pages = readdirSync(dist, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".html") && name !== "404.html")
  .map((name) => name.replaceAll("\\", "/"))
  .sort();
try {
  await testPrograms(browser, served.address, checks);
  await testGallery(browser, served.address, pages, checks, shots);
  await testPages(browser, served.address, pages, checks, shots);
} finally {
  await browser.close();
  served.close();
}
process.exit(checks.close() === 0 ? 0 : 1);
