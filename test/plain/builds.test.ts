/** @file The plugin, the loader and the command: plain code in projects as users have them, and lines of errors and maps. */
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { SourceMap, createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { transformPlain } from "../../src/plain/transform/file.ts";
import { isIncluded } from "../../src/plain/transform/include.ts";
import { root } from "../util/source-graph.ts";
import { folderOf } from "../aot/util.ts";

const run = promisify(execFile);
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

const program = `import { grad } from "adjoint/plain";
import Spline from "cubic-spline";
interface Point { readonly x: number }
function f(p: Point): number {
  "use adjoint";
  return p.x > 0 ? p.x ** 3 : 0;
}
const at = (x: number, a: number): number => new Spline([0, 1, 2], [a, 1, 2]).at(x);
// With natural ends the values of the spline between 0 and 1 depend linearly on the first: by 0.40625 halfway.
console.log(grad(f)({ x: 2 }).x, Math.round(grad(at, 1)(0.5, 3) * 1e8) / 1e8);
`;

/** A folder with the library's sources as a package, and a package of npm. */
function project(files: Readonly<Record<string, string>>): string {
  const folder = folderOf({
    ...files,
    "package.json": `{ "type": "module", "adjoint": { "include": ["cubic-spline"] } }`,
  });
  const library = join(folder, "node_modules/adjoint");
  mkdirSync(library, { recursive: true });
  const entries = {
    "./plain": "plain/index",
    "./plain/runtime": "plain/runtime/index",
    "./plugin": "aot/build/plugin",
  };
  const exports = Object.fromEntries(Object.keys(entries).map((name) => [name, `${name}.js`]));
  writeFileSync(join(library, "package.json"), JSON.stringify({ name: "adjoint", type: "module", exports }));
  mkdirSync(join(library, "plain"));
  for (const [name, file] of Object.entries(entries))
    writeFileSync(
      join(library, `${name}.js`),
      `export * from ${JSON.stringify(`${root}/src/${file}.ts`)};\n`,
    );
  for (const name of ["cubic-spline", "esbuild", "rollup"])
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  return folder;
}

const expected = "12 0.40625";

describe("projects", () => {
  it("are bundled with what the plugin includes", async () => {
    const folder = project({
      "main.ts": program,
      "build.mjs": `import * as esbuild from "esbuild";
import { adjoint } from "adjoint/plugin";
await esbuild.build({ entryPoints: ["main.ts"], bundle: true, format: "esm", platform: "node", outfile: "out.mjs", sourcemap: true, preserveSymlinks: true, ignoreAnnotations: true, external: ["binaryen"], plugins: [adjoint.esbuild({ include: ["cubic-spline"] })] });
`,
    });
    await run(process.execPath, ["--import", tsx, "build.mjs"], { cwd: folder });
    const { stdout } = await run(process.execPath, ["out.mjs"], { cwd: folder });
    expect(stdout.trim()).toBe(expected);
  }, 180_000);

  it("are loaded by tsx with adjoint/register", async () => {
    const folder = project({ "main.ts": program });
    const hooks = pathToFileURL(join(root, "src/plain/node/register.ts")).href;
    const { stdout } = await run(
      process.execPath,
      ["--preserve-symlinks", "--import", tsx, "--import", hooks, "main.ts"],
      { cwd: folder },
    );
    expect(stdout.trim()).toBe(expected);
  }, 180_000);

  it("are written by the command", async () => {
    const folder = project({ "f.ts": "export const f = (x: number): number => x * x;\n" });
    const cli = join(root, "src/aot/build/cli.ts");
    const { stdout } = await run(process.execPath, ["--import", tsx, cli, "plain", "f.ts", "-o", "f.js"], {
      cwd: folder,
    });
    expect(stdout).toContain("f.js.map");
    expect(readFileSync(join(folder, "f.js"), "utf8")).toContain("adjoint/plain/runtime");
  }, 180_000);
});

describe("the transformation", () => {
  const transform = (code: string, path = "src/f.ts") => transformPlain(ts, path, code);

  it("leaves files without a directive, and functions that do not compute", () => {
    expect(transform("export const f = (x: number) => x * x;")).toBeNull();
    expect(transform(`"use adjoint"; export const f = (x: string) => x;`)).toBeNull();
  });

  it("takes functions with a directive alone", () => {
    const { code, functions } = transform(
      `export function f(x: number) { "use adjoint"; return x * x; }\nexport const g = (x: number) => x * x;`,
    )!;
    expect(functions).toBe(1);
    expect(code).toContain("const g = (x) => x * x;");
  });

  it("maps its lines to the user's", () => {
    const text = `interface P { x: number }\n\nexport function f(p: P): number {\n  "use adjoint";\n  const y = p.x;\n  return y * 2;\n}\n`;
    const { code, map } = transform(text)!;
    const lines = code.split("\n");
    const line = lines.findIndex((l) => l.includes("return y * 2;"));
    const from = new SourceMap(map as ConstructorParameters<typeof SourceMap>[0]).findEntry(
      line,
      lines[line].indexOf("return"),
    );
    expect(from).toMatchObject({ originalSource: "src/f.ts", originalLine: 5 });
    expect(map.sourcesContent).toEqual([text]);
  });

  it("speaks of the user's lines", () => {
    const { code } = transform(
      `"use adjoint";\ninterface P { x: number }\nexport const f = (p: P) =>\n  p.x > 0 ? 1 : 2;\n`,
    )!;
    expect(code).toContain(`"src/f.ts:4:3"`);
  });

  it("knows modules of CommonJS", () => {
    const { code } = transform(`"use strict"\n"use adjoint"\nmodule.exports = (x) => x * x`, "f.js")!;
    expect(code).toContain(`require("adjoint/plain/runtime")`);
    expect(code).not.toContain("import ");
  });
});

it("lists name packages, files, folders and patterns", () => {
  const is = (file: string, item: string | RegExp): boolean => isIncluded(file, [item], "/srv/app");
  expect(is("/srv/app/node_modules/ml-matrix/matrix.js", "ml-matrix")).toBe(true);
  expect(is("/srv/app/node_modules/ml-matrix-extra/matrix.js", "ml-matrix")).toBe(false);
  expect(is("/srv/app/src/physics/a.ts?v=1", "./src/physics")).toBe(true);
  expect(is("/srv/app/src/physics2/a.ts", "./src/physics")).toBe(false);
  expect(is("/srv/lib/a.ts", "../lib/a.ts")).toBe(true);
  expect(is("/srv/app/src/a.ts", /src\/[a-c]\.ts$/)).toBe(true);
});
