/** @file The command and the plugin: what they take out of a file, what is left, and that both run without the library. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { SourceMap, createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { sliceFile } from "../../src/aot/build/slice.ts";
import { errors } from "../../src/index.ts";
import { root } from "../util/source-graph.ts";
import { folderOf } from "./util.ts";

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const tsx = pathToFileURL(require.resolve("tsx")).href;

const app = `import { numpy as np, grad, customVjp, registerPytreeNode } from "adjoint";
import { aot } from "adjoint/aot";
import { factor } from "./factor.js";
import { show, twice as double } from "./show.js";

const target = np.array([1, 2, 3]);
/** The loss. */
const f = (x) => np.sum(np.square(g(x).sub(target))).mul(factor);
const g = customVjp((x) => np.sin(x));
g.defVjp((x) => [np.sin(x), x], (x, c) => [np.cos(x).mul(c)]);
class Unused {}
registerPytreeNode(Unused, { flatten: () => ({ children: [], aux: null }), unflatten: () => new Unused() });

export const loss = aot(f, np.zeros([3]));
const slope = aot(grad(f), np.zeros([3]));
const x = Float64Array.of(1, 2, 3);
show(double(loss(x)), [...slope(x)]);
`;

const files = {
  "main.js": app,
  "factor.js": "export const factor = 3;",
  "show.js":
    "export const show = (...x) => console.log(JSON.stringify(x)); export const twice = (x) => 2 * x;",
};

/** A folder with files and with the library as a package. */
function project(more: Readonly<Record<string, string>>): string {
  const folder = folderOf({ ...files, ...more });
  const library = join(folder, "node_modules/adjoint");
  mkdirSync(library, { recursive: true });
  const source = join(root, "src");
  writeFileSync(
    join(library, "package.json"),
    JSON.stringify({ name: "adjoint", type: "module", exports: { ".": "./index.js", "./aot": "./aot.js" } }),
  );
  writeFileSync(join(library, "index.js"), `export * from ${JSON.stringify(`${source}/index.ts`)};`);
  writeFileSync(join(library, "aot.js"), `export * from ${JSON.stringify(`${source}/aot/index.ts`)};`);
  return folder;
}

describe("a file is cut", () => {
  const cut = (code: string) => sliceFile(ts, "main.ts", `import { aot } from "adjoint/aot";\n${code}`);

  it("into what its functions need and what is left", () => {
    const { names, rest, slice } = sliceFile(ts, "main.js", app)!;
    expect(names).toEqual(["loss", "slope"]);
    expect(rest).not.toContain(`"adjoint`);
    expect(rest).not.toContain("factor");
    expect(rest).not.toContain("The loss");
    expect(rest).toContain("export const loss = $aot_loss;");
    expect(rest).toContain("const slope = $aot_slope;");
    expect(rest).toContain("show, twice as double");
    expect(slice).toContain("g.defVjp");
    expect(slice).toContain("export { loss, slope };");
    expect(slice).not.toContain("show");
  });

  it("keeping what both need", () => {
    const { rest } = cut(`import { numpy as np, grad } from "adjoint";
const n: number = 3;
const f = (x: unknown) => np.ones([n]);
export const a = aot(f, 1) as (x: number) => Float64Array;
console.log(n, grad);`)!;
    expect(rest).toContain(`import { grad } from "adjoint";`);
    expect(rest).toContain("const n: number = 3;");
    expect(rest).not.toContain("const f");
    expect(rest).toContain("export const a = $aot_a;");
  });

  it("under another name of aot, and not without it", () => {
    expect(
      sliceFile(ts, "m.ts", `import { aot as compile } from "adjoint/aot";\nconst f = compile((x) => x, 1);`)!
        .names,
    ).toEqual(["f"]);
    expect(cut("export const x = 1;")).toBeNull();
    expect(sliceFile(ts, "m.ts", `// adjoint/aot\nconst aot = (x) => x; const y = aot(1);`)).toBeNull();
  });

  it("but not where a function is declared elsewhere", () => {
    expect(() => cut("function g() {\n  return aot((x) => x, 1);\n}")).toThrow(errors.ArgumentError);
    expect(() => cut("export default { f: aot((x) => x, 1) };")).toThrow(
      "main.ts:2: aot(…) must be the value of a variable",
    );
  });

  it("with its default export", () => {
    const { names, rest, slice } = cut("const f = (x) => x;\nexport default aot(f, 1);")!;
    expect(names).toEqual(["default"]);
    expect(rest.trim()).toBe("export default $aot_default;");
    expect(slice).toContain("const $aot_default = aot(f, 1);");
    expect(slice).toContain("export { $aot_default as default };");
  });

  it("leaving every line where it was", () => {
    const { rest } = sliceFile(ts, "main.js", app)!;
    for (const [text, line] of [
      ["show, twice", 4],
      ["export const loss", 14],
      ["const slope", 15],
      ["show(double", 17],
    ] as const)
      expect(rest.split("\n")[line - 1], text).toContain(text);
  });

  it("without the library where types alone are left of it", () => {
    const { rest } = cut(`import { numpy as np, type Array, Key } from "adjoint";
import "adjoint/methods";
export interface State { readonly w: Array; readonly key: Key }
export const a = aot((x: Array) => np.sin(x), np.zeros([3]));
export const use = (s: State, grad: number) => ({ grad, np: s });`)!;
    expect(rest).toContain(`import type { Array, Key } from "adjoint";`);
    expect(rest).not.toContain("methods");
    const { diagnostics, outputText } = ts.transpileModule(rest, {
      compilerOptions: { verbatimModuleSyntax: true, module: ts.ModuleKind.ESNext },
      reportDiagnostics: true,
    });
    expect(diagnostics).toEqual([]);
    expect(outputText).not.toContain("adjoint");
  });

  it("with what sets up the library in both, if both use it", () => {
    const setup = `import { config, init, numpy as np } from "adjoint";
import "adjoint/methods";
config.update({ enableChecks: true });
const start = () => document.title;
init().then(start);
export const a = aot((x) => np.sin(x), 1);`;
    const alone = cut(setup.replace("init().then(start);", ""))!;
    expect(alone.slice).toContain("config.update");
    expect(alone.slice).toContain("adjoint/methods");
    expect(alone.rest).not.toContain(`"adjoint`);
    const both = cut(setup)!;
    expect(both.slice).not.toContain("start");
    for (const text of ["config.update", `"adjoint/methods"`, "init().then(start)", "const start"])
      expect(both.rest).toContain(text);
  });

  it("but for statements that use its functions", () => {
    const { rest, slice } = cut(`import { data } from "./data.js";
const show = (x) => { console.log(x); return x; };
const f = (x) => show(x);
const a = aot(f, 1);
show(a(2));
data.each((x) => a(x));`)!;
    expect(slice).not.toContain("show(a(2))");
    expect(rest).toContain("show(a(2));");
    expect(rest).toContain("const show");
    expect(rest).toContain(`import { data } from "./data.js";`);
  });

  it("with the attributes of imports, and where semicolons are left out", () => {
    const { rest, slice } = cut(`import { numpy as np } from "adjoint"
import table, { a as b } from "./table.json" with { type: "json" }
const f = (x) => np.sin(x).mul(table.x)
const g = aot(f, 1)
;[b].forEach(g)`)!;
    expect(slice).toContain(`import table from "./table.json" with { type: "json" };`);
    expect(rest).toContain(`import { a as b } from "./table.json" with { type: "json" };`);
    expect(rest).toMatch(/const g = \$aot_g\s*;\[b\]\.forEach\(g\);/);
  });
});

const expected = `[56.32775016061482,[-0.5139215547317932,2.7233545526419243,16.98161844421124]]`;

describe("the plugin", () => {
  it("leaves nothing of the library in a bundle", async () => {
    const folder = project({
      "build.mjs": `import { adjoint } from ${JSON.stringify(pathToFileURL(join(root, "src/aot/build/plugin.ts")).href)};
import * as esbuild from ${JSON.stringify(pathToFileURL(require.resolve("esbuild")).href)};
import { rollup } from ${JSON.stringify(import.meta.resolve("rollup"))};
import webpack from ${JSON.stringify(import.meta.resolve("webpack"))};
for (const format of ["js", "wasm"]) {
  await esbuild.build({ entryPoints: ["main.js"], bundle: true, minify: true, format: "esm", outfile: "esbuild-" + format + ".mjs", plugins: [adjoint.esbuild({ format })] });
  const bundle = await rollup({ input: "main.js", plugins: [adjoint.rollup({ format })] });
  await bundle.write({ file: "rollup-" + format + ".mjs", sourcemap: true });
}
// Twice, for what is kept on disk must not need what was in memory.
for (const _ of [1, 2]) {
  const compiler = webpack({
    mode: "production", context: process.cwd(), entry: "./main.js", experiments: { outputModule: true },
    output: { path: process.cwd(), filename: "webpack.mjs", library: { type: "module" } },
    cache: { type: "filesystem", cacheDirectory: process.cwd() + "/kept" },
    plugins: [adjoint.webpack()],
  });
  const stats = await new Promise((done, fail) => compiler.run((e, s) => (e ? fail(e) : done(s))));
  if (stats.hasErrors()) throw new Error(stats.toString("errors-only"));
  await new Promise((done) => compiler.close(done));
}
await esbuild.build({ entryPoints: ["main.js"], bundle: true, format: "iife", outfile: "esbuild-iife.cjs", plugins: [adjoint.esbuild()] });
`,
    });
    await run(process.execPath, ["--import", tsx, "build.mjs"], { cwd: folder });
    for (const name of [
      "esbuild-js.mjs",
      "esbuild-wasm.mjs",
      "rollup-js.mjs",
      "rollup-wasm.mjs",
      "webpack.mjs",
      "esbuild-iife.cjs",
    ]) {
      const text = readFileSync(join(folder, name), "utf8");
      expect(text.length, name).toBeLessThan(8_000);
      expect(text).not.toContain("Tracer");
      const { stdout } = await run(process.execPath, [
        "--disallow-code-generation-from-strings",
        join(folder, name),
      ]);
      expect(stdout.trim(), name).toBe(expected);
    }
    expect(existsSync(join(folder, "main.js"))).toBe(true);
    const [text, map] = ["", ".map"].map((e) => readFileSync(join(folder, `rollup-js.mjs${e}`), "utf8"));
    const line = text.split("\n").findIndex((l) => l.startsWith("show("));
    const from = new SourceMap(JSON.parse(map) as ConstructorParameters<typeof SourceMap>[0]).findEntry(
      line,
      0,
    );
    expect(from).toMatchObject({ originalSource: "main.js", originalLine: 16 });
  }, 180_000);
});

describe("the command", () => {
  const command = async (folder: string, ...args: readonly string[]) =>
    run(process.execPath, ["--import", tsx, join(root, "src/aot/build/cli.ts"), ...args], {
      cwd: folder,
    }).then(
      (r) => ({ ...r, code: 0 }),
      (e: unknown) => e as { stdout: string; stderr: string; code: number },
    );

  it("writes modules", async () => {
    const folder = project({
      "model.ts": `import { numpy as np, type Array } from "adjoint";
import { aot } from "adjoint/aot";
export const size: number = 3;
export const norm = aot<(x: Float64Array) => number>((x: Array) => np.sqrt(np.sum(np.square(x))), np.zeros([size]));
`,
      "use.js": `import { norm } from "./model.js"; import { norm as w } from "./w.mjs"; const x = Float64Array.of(2, 3, 6); console.log(norm(x), w(x));`,
    });
    const js = await command(folder, "compile", "model.ts", "-o", "model.js");
    expect(js.stderr).toBe("not compiled, for aot did not make them: size\n");
    expect(js.stdout).toContain("model.d.ts");
    const wasm = await command(folder, "compile", "model.ts", "-o", "w.mjs", "--format", "wasm");
    expect(wasm.stdout).toContain("w.wasm");
    expect(existsSync(join(folder, "w.d.mts"))).toBe(true);
    const { stdout } = await run(process.execPath, [join(folder, "use.js")]);
    expect(stdout.trim()).toBe("7 7");
  }, 180_000);

  it("says what is wrong", async () => {
    const folder = project({ "none.js": "export const x = 1;" });
    const wrong: readonly (readonly [args: string[], part: string])[] = [
      [["compile", "none.js"], "exports no function that is declared with aot"],
      [["compile", "missing.js"], "there is no file"],
      [["build", "none.js"], `unknown command "build"`],
      [["compile", "none.js", "-o", "none.js"], "is the input"],
      [["compile", "none.js", "--color"], "--color"],
    ];
    for (const [args, part] of wrong) {
      const { code, stderr } = await command(folder, ...args);
      expect(code).toBe(1);
      expect(stderr).toContain(part);
      expect(stderr.split("\n").length).toBeLessThan(4);
    }
    expect((await command(folder, "--help")).stdout).toContain("Usage: adjoint compile");
  }, 180_000);
});
