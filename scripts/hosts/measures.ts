/** @file What is measured beside the programs: sizes, times of loading, requests, what the package says of itself. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { measureInChromium } from "./browsers.ts";
import type { Page } from "./server.ts";
import { type Row, absentRow, failedRow } from "./rows.ts";
import type { Stage } from "./stage.ts";

const repeats = 7;

const median = (xs: readonly number[]): number => [...xs].sort((a, b) => a - b)[Math.floor(xs.length / 2)];

const row = (where: string, holds: boolean, result: string): Row => ({
  where,
  state: holds ? "ok" : "failed",
  result,
});

/** Every budget of scripts/bundles/sizes.ts, and the first size. */
function sizes(root: string): Row {
  const { stdout, status } = spawnSync(
    process.execPath,
    [join(root, "node_modules/tsx/dist/cli.mjs"), join(root, "scripts/bundles/sizes.ts")],
    { encoding: "utf8", cwd: root },
  );
  const cells = stdout
    .split("\n")[0]
    .split("|")
    .map((cell) => cell.trim());
  return row(
    "bundle of `grad` of a small function",
    status === 0,
    status === 0
      ? `${cells.slice(2, 6).join(", ")} kB gzip by esbuild, Rollup, Vite, webpack; all budgets hold ([sizes](sizes.md))`
      : "budgets are passed, or the sizes cannot be measured:\n" + stdout,
  );
}

/** Milliseconds of processors, those of all its threads, that a process needs, with a module or without. */
function processTime(module: string | null, folder: string): number {
  const text = `${module === null ? "" : `await import(${JSON.stringify(module)});`}
const { user, system } = process.cpuUsage();
console.log((user + system) / 1000);`;
  return Number(
    execFileSync(process.execPath, ["--input-type=module", "-e", text], { cwd: folder, encoding: "utf8" }),
  );
}

/** Of all in turn, so that what else the machine does meets all. */
function imports(root: string, { folder }: Stage): Row {
  const other = pathToFileURL(join(root, "node_modules/@jax-js/jax/dist/index.js")).href;
  const times = Array.from({ length: repeats }, () => [
    processTime(null, root),
    processTime("adjoint", folder),
    processTime(other, root),
  ]);
  const [nothing, own, theirs] = [0, 1, 2].map((k) => median(times.map((t) => t[k])));
  return row(
    "Node: import",
    own - nothing < 1.5 * (theirs - nothing),
    `${(own - nothing).toFixed(0)} ms of processors more than an empty program; jax-js ${(theirs - nothing).toFixed(0)} ms (medians of ${repeats} processes each)`,
  );
}

function metadata({ folder }: Stage): Row {
  const home = join(folder, "node_modules/adjoint");
  const about = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as Readonly<
    Record<string, unknown>
  >;
  const missing = ["repository", "homepage", "bugs", "license", "description"].filter(
    (k) => about[k] === undefined,
  );
  if (!existsSync(join(home, "docs"))) missing.push("docs");
  const pages = missing.length === 0 ? readdirSync(join(home, "docs")).length : 0;
  return row(
    "package",
    missing.length === 0,
    missing.length === 0
      ? `\`repository\`, \`homepage\`, \`bugs\`; ${pages} pages of documentation in the tarball`
      : `without ${missing.join(", ")}`,
  );
}

/**
 * The body of a page that reports milliseconds, and the requests that it made. In its first seconds a browser with a new
 * profile is busy with itself; a tab is measured once it is done.
 */
const timed = (before: string, measured: string): string => `
const requests = () => performance.getEntriesByType("resource").filter((r) => !/driver/.test(r.name)).length;
${before}
await new Promise((resolve) => setTimeout(resolve, 2000));
const start = performance.now();
${measured}
const milliseconds = performance.now() - start;
if (Math.abs(slope - (Math.sin(2) + 2 * Math.cos(2))) > 1e-12) throw new Error("the slope is " + slope);
return { passed: 1, failed: [], backend: "", threads: "", milliseconds, results: { requests: requests() } };`;

const gradient = `const slope = grad((x) => np.sin(x).mul(x))(2).item();`;

/** From the text of the prebuilt file, which is there, to a gradient. */
const firstGradient: Page = {
  where: "first gradient",
  script: timed(
    `const text = await (await fetch("/prebuilt/adjoint.iife.js")).text();`,
    `const script = document.createElement("script");
script.textContent = text;
document.head.append(script);
const { grad, numpy: np } = adjoint;
${gradient}`,
  ),
  options: {},
};

const noBundler: Page = {
  where: "no bundler",
  head: `<script type="importmap">{ "imports": { "adjoint": "/prebuilt/adjoint.js" } }</script>`,
  script: timed("", `const { grad, numpy: np } = await import("adjoint");\n${gradient}`),
  options: {},
};

async function pageRows(stage: Stage): Promise<Row[]> {
  const wheres = ['no bundler (`<script type="module">`)', "first gradient in a fresh Chromium tab"];
  const reports = [
    await measureInChromium(stage, noBundler, repeats),
    await measureInChromium(stage, firstGradient, repeats),
  ];
  return reports.map((got, k) => {
    if (got === null) return absentRow(wheres[k], "Chromium is not installed");
    const failed = got.find((r) => r?.report === undefined);
    if (failed !== undefined) return failedRow(wheres[k], failed?.error ?? "no report");
    const all = got.flatMap((r) => (r?.report === undefined ? [] : [r.report]));
    const time = median(all.map((r) => r.milliseconds));
    const requests = Number(all[0].results.requests);
    const of = `median of ${repeats} new browsers, ${Math.min(...all.map((r) => r.milliseconds)).toFixed(0)}–${Math.max(...all.map((r) => r.milliseconds)).toFixed(0)}`;
    return k === 0
      ? row(
          wheres[k],
          requests <= 3 && time < 400,
          `${requests} request, ${time.toFixed(0)} ms to the first gradient (${of})`,
        )
      : row(wheres[k], time < 150, `${time.toFixed(0)} ms after the script is there (${of}; at most 150)`);
  });
}

/** All of them; they take a minute or two. */
export async function measureRows(root: string, stage: Stage): Promise<Row[]> {
  return [...(await pageRows(stage)), imports(root, stage), sizes(root), metadata(stage)];
}
