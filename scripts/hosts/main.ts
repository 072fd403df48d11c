/**
 * @file Runs the same programs in every host that can be had here, on the package as it is published, and prints a table
 * "where | result". What is not there is said, loudly; what fails makes the exit code 1.
 *
 *   npm run hosts [-- NAME…]     only rows whose group's name begins so: node, deno, bun, workerd, bundle, chromium, firefox, measures
 *   npm run hosts -- --write     writes docs/hosts.md
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { browserRows } from "./browsers.ts";
import { writeDocument } from "./document.ts";
import { measureRows } from "./measures.ts";
import { bundleRows, commandRows, firstReport, workerdRow } from "./processes.ts";
import { type Row, failedRow, printRows } from "./rows.ts";
import { type Bundle, stageBundles, stageExpected, stageLibrary, stageParts } from "./stage.ts";

const root = resolve(import.meta.dirname, "../..");
const write = process.argv.includes("--write");
const names = process.argv
  .slice(2)
  .filter((n) => n !== "--write")
  .map((n) => n.toLowerCase());
const wanted = (where: string): boolean =>
  names.length === 0 || names.some((n) => where.toLowerCase().startsWith(n));

const failedBundles = (bundles: readonly Bundle[]): Row[] =>
  bundles.flatMap((b) =>
    b.file === null ? [failedRow(`bundle by ${b.bundler}, ${b.format}`, b.error)] : [],
  );

interface Outcome {
  readonly rows: readonly Row[];
  readonly measures: readonly Row[];
}

async function main(folder: string): Promise<Outcome> {
  // What is downloaded is kept; nothing of it is a dependency.
  const cache = join(tmpdir(), "adjoint-hosts");
  const stage = await stageLibrary(root, folder);
  const first = await firstReport(stage);
  if (typeof first === "string") return { rows: [failedRow("this Node", first)], measures: [] };
  stageExpected(stage, first.results);
  await stageParts(stage);
  const measures = wanted("measures") ? await measureRows(root, stage) : [];
  const rows = await commandRows(stage, cache, wanted);
  if (wanted("workerd")) rows.push(await workerdRow(stage, cache));
  const bundles = wanted("bundle") ? await stageBundles(stage) : [];
  rows.push(...failedBundles(bundles), ...(await bundleRows(stage, bundles)));
  rows.push(...(await browserRows(stage, bundles, wanted)));
  return { rows, measures };
}

const folder = mkdtempSync(join(tmpdir(), "adjoint-hosts-"));
try {
  const outcome = await main(folder);
  const rows = [...outcome.rows, ...outcome.measures];
  printRows(rows);
  if (write) await writeDocument(root, outcome.rows, outcome.measures);
  const failed = rows.filter((r) => r.state === "failed").length;
  console.log(`\n${rows.filter((r) => r.state === "ok").length} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
