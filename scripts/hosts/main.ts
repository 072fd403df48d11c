/**
 * @file Runs the same programs in every host that can be had here, on the package as it is published, and prints a table
 * "where | result". What is not there is said, loudly; what fails makes the exit code 1.
 *
 *   npm run hosts [-- NAME…]     only rows whose group's name begins so: node, deno, bun, workerd, bundle, chromium, firefox
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { browserRows } from "./browsers.ts";
import { bundleRows, commandRows, firstReport, workerdRow } from "./processes.ts";
import { type Row, failedRow, printRows } from "./rows.ts";
import { type Bundle, stageBundles, stageExpected, stageLibrary, stageParts } from "./stage.ts";

const root = resolve(import.meta.dirname, "../..");
const names = process.argv.slice(2).map((n) => n.toLowerCase());
const wanted = (where: string): boolean =>
  names.length === 0 || names.some((n) => where.toLowerCase().startsWith(n));

const failedBundles = (bundles: readonly Bundle[]): Row[] =>
  bundles.flatMap((b) =>
    b.file === null ? [failedRow(`bundle by ${b.bundler}, ${b.format}`, b.error)] : [],
  );

async function main(folder: string): Promise<readonly Row[]> {
  // What is downloaded is kept; nothing of it is a dependency.
  const cache = join(tmpdir(), "adjoint-hosts");
  const stage = await stageLibrary(root, folder);
  const first = await firstReport(stage);
  if (typeof first === "string") return [failedRow("this Node", first)];
  stageExpected(stage, first.results);
  await stageParts(stage);
  const rows = await commandRows(stage, cache, wanted);
  if (wanted("workerd")) rows.push(await workerdRow(stage, cache));
  const bundles = wanted("bundle") ? await stageBundles(stage) : [];
  rows.push(...failedBundles(bundles), ...(await bundleRows(stage, bundles)));
  rows.push(...(await browserRows(stage, bundles, wanted)));
  return rows;
}

const folder = mkdtempSync(join(tmpdir(), "adjoint-hosts-"));
try {
  const rows = await main(folder);
  printRows(rows);
  const failed = rows.filter((r) => r.state === "failed").length;
  console.log(`\n${rows.filter((r) => r.state === "ok").length} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
