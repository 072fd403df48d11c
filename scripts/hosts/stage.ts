/**
 * @file A folder in which everything lies that hosts need: the packed package installed as a user does, the programs, and
 * bundles of both by each bundler in each format.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { type Format, bundlePath, bundlers } from "../bundles/bundlers.ts";
import { tourModule } from "./tour.ts";

/** What starts each program: `run(options)`, with the library however it is imported. */
const program = `
import * as adjoint from "adjoint";
import "adjoint/methods";
import { suite } from "./suite.mjs";
import { tour } from "./tour.mjs";
import { expected } from "./expected.mjs";
export const run = (options) => suite(adjoint, { tour, expected, ...options });
`;

/** Prints a report after a mark: other output is not it. */
export const mark = "@@report ";

const main = `
import { run } from "./program.mjs";
console.log(${JSON.stringify(`\n${mark}`)} + JSON.stringify(await run(JSON.parse(process.argv[2] ?? "{}"))));
`;

/** The package by \`require\`. */
const commonjs = `
const adjoint = require("adjoint");
require("adjoint/methods");
(async () => {
  const [{ suite }, { tour }, { expected }] = await Promise.all(["suite", "tour", "expected"].map((n) => import("./" + n + ".mjs")));
  const report = await suite(adjoint, { tour, expected, ...JSON.parse(process.argv[2] ?? "{}") });
  console.log(${JSON.stringify(`\n${mark}`)} + JSON.stringify(report));
})();
`;

const bundledCommonjs = (file: string): string => `
const { run } = require(${JSON.stringify(file)});
run(JSON.parse(process.argv[2] ?? "{}")).then((r) => console.log(${JSON.stringify(`\n${mark}`)} + JSON.stringify(r)));
`;

/** A worker of workerd: programs run when it is asked. */
const edge = `
import { run } from "./program.mjs";
export default { fetch: async (request) => Response.json(await run(await request.json())) };
`;

export interface Stage {
  readonly folder: string;
  readonly write: (name: string, text: string) => string;
}

/** Packs the built library and installs it in a new folder. */
export async function stageLibrary(root: string, folder: string): Promise<Stage> {
  const npm = (args: readonly string[], cwd: string): void => {
    execFileSync("npm", args, { cwd, stdio: ["ignore", "ignore", "inherit"] });
  };
  npm(["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], root);
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  if (tarball === undefined) throw new Error("npm pack made no tarball");
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  write("package.json", '{ "name": "user", "private": true, "type": "module" }\n');
  npm(["install", "--silent", "--no-audit", "--no-fund", join(folder, tarball)], folder);
  write("tour.mjs", tourModule(root));
  write("expected.mjs", "export const expected = {};\n");
  write("program.mjs", program);
  write("main.mjs", main);
  write("main.cjs", commonjs);
  write("edge.mjs", edge);
  await esbuild.build({
    entryPoints: [join(root, "scripts/hosts/suite.ts")],
    outfile: join(folder, "suite.mjs"),
    bundle: true,
    format: "esm",
    target: "es2022",
  });
  return { folder, write };
}

/** What other hosts' results are compared with. */
export const stageExpected = (stage: Stage, results: unknown): string =>
  stage.write("expected.mjs", `export const expected = ${JSON.stringify(results)};\n`);

export interface Bundle {
  readonly bundler: string;
  readonly format: Format;
  /** Path relative to the stage's folder; null if the bundler failed. */
  readonly file: string | null;
  readonly error: string;
}

/** Bundles by all bundlers. */
export async function stageBundles({ folder, write }: Stage): Promise<Bundle[]> {
  const out: Bundle[] = [];
  for (const [bundler, bundle] of Object.entries(bundlers)) {
    for (const format of ["esm", "cjs", "iife"] as const) {
      const at = join("bundles", bundler);
      mkdirSync(join(folder, at), { recursive: true });
      const file = bundlePath(at, "program", format);
      try {
        await bundle(join(folder, "program.mjs"), join(folder, file), format);
        if (format === "cjs") write(`main-${bundler}.cjs`, bundledCommonjs(`./${file}`));
        out.push({ bundler, format, file, error: "" });
      } catch (e) {
        out.push({ bundler, format, file: null, error: e instanceof Error ? e.message : String(e) });
      }
    }
  }
  return out;
}

/** What pages and workers without a module system load, and workerd. */
export async function stageParts({ folder, write }: Stage): Promise<void> {
  const common = { bundle: true, target: "es2022", logLevel: "error" } as const;
  write(
    "parts.mjs",
    `export * from "./suite.mjs"; export * from "./tour.mjs"; export * from "./expected.mjs";`,
  );
  await esbuild.build({
    ...common,
    entryPoints: [join(folder, "parts.mjs")],
    outfile: join(folder, "parts.js"),
    format: "iife",
    globalName: "parts",
  });
  await esbuild.build({
    ...common,
    entryPoints: [join(folder, "program.mjs")],
    outfile: join(folder, "bundle.mjs"),
    format: "esm",
    minify: true,
  });
  await esbuild.build({
    ...common,
    entryPoints: [join(folder, "edge.mjs")],
    outfile: join(folder, "workerd.mjs"),
    format: "esm",
    minify: true,
  });
}
