/**
 * @file Builds the site into `site/dist`: `npm run site`. Static files, for any folder of any server.
 *
 * `npm run site -- --dev` serves it while it is written. `--keep-api` takes the API reference, and the types for
 * the editor, as they were made last: they take most of the time.
 */
import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build, createServer } from "vitepress";
import { makeApi } from "./api.ts";
import { makeDeclarations } from "./declarations.ts";
import { root } from "./library.ts";
import { makeRelative } from "./relative.ts";
import { makeRunner } from "./runner.ts";
import { sidebarFile } from "./sidebar.ts";

const site = join(root, "site");
const made = join(site, ".made/public");
const timed = async (what: string, f: () => Promise<void> | void): Promise<void> => {
  const start = performance.now();
  await f();
  console.log(`${what}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
};

mkdirSync(made, { recursive: true });
cpSync(join(site, "public"), made, { recursive: true });
await timed("sandbox", () => makeRunner(join(made, "runner.js")));
if (!process.argv.includes("--keep-api") || !existsSync(sidebarFile)) {
  await timed("types for the editor", () => makeDeclarations(join(made, "types.json")));
  await timed("API reference", () => makeApi(join(site, "api"), sidebarFile));
}

if (process.argv.includes("--dev")) {
  const server = await createServer(site);
  await server.listen();
  server.printUrls();
} else {
  rmSync(join(site, "dist"), { recursive: true, force: true });
  await timed("pages", () => build(site));
  await timed("relative base", () => makeRelative(join(site, "dist")));
  process.exit(0);
}
