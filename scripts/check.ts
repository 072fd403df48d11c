/**
 * @file Runs the project's checks and closes with one line, `N passed, N failed`.
 *
 *   tsx scripts/check.ts test   types and the vitest suite        (npm test)
 *   tsx scripts/check.ts wasm   the suite with all programs compiled to WebAssembly (binaryen: by Binaryen)
 *   tsx scripts/check.ts browser    the suite in Chromium
 *   tsx scripts/check.ts xla    random programs and golden vectors by XLA; golden vectors exported and imported, and as modules
 *   tsx scripts/check.ts all    types, lint, format, the package, sizes, the suite and that in WebAssembly, a sample of
 *                               programs by XLA (.ci/run)
 *   tsx scripts/check.ts everything    that, and all of xla, the suite by Binaryen and in Chromium, all hosts, the site
 *
 * Each vitest test counts as one, in each mode; every other step counts as one check. All steps run even when an earlier one
 * fails, so that one run shows everything. The exit code is 0 only if nothing failed.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { browserCommand } from "./hosts/installed.ts";

interface Tally {
  readonly passed: number;
  readonly failed: number;
}

interface Step {
  readonly name: string;
  readonly run: () => Tally;
}

const root = resolve(import.meta.dirname, "..");

/** Runs a command of node_modules/.bin in the root folder with inherited output; true if it succeeded. */
function succeeds(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): boolean {
  const path = [join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter);
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...env, PATH: path },
  });
  if (result.error !== undefined) console.error(`${command}: ${result.error.message}`);
  return result.status === 0;
}

function commandStep(name: string, command: string, args: readonly string[]): Step {
  return { name, run: () => (succeeds(command, args) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }) };
}

/** The part of vitest's JSON report that is read here. */
interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/** Counts tests; a file that failed outside its tests (it did not load) counts as one failure. */
function tallyReport(report: VitestReport): Tally {
  const broken = report.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed"),
  );
  return { passed: report.numPassedTests, failed: report.numFailedTests + broken.length };
}

function runVitest(more: readonly string[], env?: NodeJS.ProcessEnv): Tally {
  const folder = mkdtempSync(join(tmpdir(), "adjoint-check-"));
  const file = join(folder, "vitest.json");
  try {
    const args = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`, ...more];
    const ok = succeeds("vitest", args, env);
    const tally = tallyReport(JSON.parse(readFileSync(file, "utf8")) as VitestReport);
    return ok || tally.failed > 0 ? tally : { ...tally, failed: 1 };
  } catch (error) {
    console.error(`no vitest report: ${String(error)}`);
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const typecheck = commandStep("typecheck", "tsc", ["--noEmit"]);
const tests: Step = { name: "tests", run: () => runVitest([]) };

/**
 * Tests for which one mode is enough: they run programs in all modes themselves, or none; or programs of libraries whose
 * operations the others test. All others run a second time with everything compiled to WebAssembly, eager operations too.
 */
const onceIsEnough: readonly string[] = [
  "test/{architecture,errors,features}.test.ts",
  "test/{aot,bench,docs,examples,golden,gradbench,infer,io,loops/wasm,jit/memory,ode,optim,plain,scripts,source,xla}/**",
  "test/control-flow/{matrix,reverse}.test.ts",
  "test/fuzz/{exact,modes,threads}.test.ts",
  "test/{jit/{bare,jit},loops/generated-js}.test.ts",
  "test/lax/{fft,sort}.test.ts",
  "test/numpy/linalg-b*.test.ts",
  "test/primitives/{coverage,jaxprs,modes,wasm}.test.ts",
  "test/sparse/soundness.test.ts",
];
const wasmTests = (codegen: "encoder" | "binaryen"): Step => ({
  name: `tests compiled to WebAssembly, ${codegen}`,
  run: () =>
    runVitest(
      onceIsEnough.map((files) => `--exclude=${files}`),
      { ADJOINT_BACKEND: "wasm", ADJOINT_CODEGEN: codegen },
    ),
});

/** What a check runs in a browser, in some minutes; `npm run test:browser` runs all of the suite that can. */
const inBrowser = ["base", "core", "io", "jit", "lax", "loops", "nn", "tree"].map(
  (folder) => `test/${folder}/`,
);

/** The suite in a browser, and the programs of scripts/hosts in every host; loudly absent where there is none. */
const browserTests: Step = {
  name: "tests in Chromium",
  run: () => {
    if (browserCommand("Chromium") !== null)
      return runVitest(["--config", "vitest.browser.config.ts", ...inBrowser]);
    console.log("NOT RUN: no Chromium is installed (apt-get install chromium)");
    return { passed: 0, failed: 0 };
  },
};
const hosts = commandStep("hosts", "npm", ["run", "hosts"]);
/** Every page and every program of the gallery; says loudly that it did not run where there is no Chromium. */
const site = commandStep("site", "npm", ["run", "test:site"]);

/** The Python of what XLA judges: that of ADJOINT_PYTHON, which .ci/run sets, or python3. */
const python = process.env.ADJOINT_PYTHON ?? "python3";

/** A step that needs Python with JAX; says loudly that it did not run where there is none. */
function judgedByXla(name: string, args: readonly string[]): Step {
  const run = (): Tally => {
    if (spawnSync(python, ["-c", "import jax"], { stdio: "ignore" }).status !== 0) {
      console.log(`NOT RUN: ${python} has no JAX (pip install jax==0.10.2)`);
      return { passed: 0, failed: 0 };
    }
    return succeeds("tsx", args) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  };
  return { name, run };
}
const fuzzXla = judgedByXla("programs judged by XLA", ["test/fuzz/xla/main.ts", "--programs", "400"]);
const goldenByXla = judgedByXla("golden vectors by XLA", ["test/golden/cli.ts", "--mode", "xla"]);
const goldenAs = (what: string, mode: string): Step =>
  commandStep(`golden vectors, ${what}`, "tsx", ["test/golden/cli.ts", "--mode", mode]);
const goldenAgain = [
  goldenAs("exported and imported", "stablehlo"),
  goldenAs("written as modules", "source"),
];

const all: readonly Step[] = [
  typecheck,
  commandStep("lint", "eslint", [".", "--max-warnings", "0"]),
  commandStep("format", "prettier", ["--check", "--log-level", "warn", "."]),
  commandStep("package", "tsx", ["scripts/pack-smoke.ts"]),
  commandStep("sizes", "tsx", ["scripts/bundles/sizes.ts"]),
  tests,
  wasmTests("encoder"),
  fuzzXla,
];

const plans: Readonly<Record<string, readonly Step[]>> = {
  test: [typecheck, tests],
  wasm: [wasmTests("encoder")],
  binaryen: [wasmTests("binaryen")],
  browser: [browserTests],
  all,
  xla: [fuzzXla, goldenByXla, ...goldenAgain],
  everything: [...all, goldenByXla, ...goldenAgain, wasmTests("binaryen"), browserTests, hosts, site],
};

function main(planName: string): number {
  const plan = plans[planName];
  if (plan === undefined)
    throw new Error(`expected one of ${Object.keys(plans).join(", ")}, got "${planName}"`);
  let passed = 0;
  let failed = 0;
  const failedSteps: string[] = [];
  for (const step of plan) {
    console.log(`\n== ${step.name}`);
    const start = performance.now();
    const tally = step.run();
    passed += tally.passed;
    failed += tally.failed;
    if (tally.failed > 0) failedSteps.push(step.name);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`== ${step.name}: ${tally.failed === 0 ? "ok" : "FAILED"} (${seconds} s)`);
  }
  if (failedSteps.length > 0) console.log(`\nfailed: ${failedSteps.join(", ")}`);
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = main(process.argv[2] ?? "test");
