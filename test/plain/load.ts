/** @file Transforms text and packages as a build does, and runs them with the library of the tests. */
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { compileFunction } from "node:vm";
import { build, transformSync } from "esbuild";
import ts from "typescript";
import * as adjoint from "../../src/index.ts";
import * as plain from "../../src/plain/index.ts";
import * as runtime from "../../src/plain/runtime/index.ts";
import { transformPlain } from "../../src/plain/transform/file.ts";
import { root } from "../util/source-graph.ts";

const host = createRequire(import.meta.url);

/** The library's own entries, as transformed code imports them. */
const entries: Readonly<Record<string, unknown>> = {
  adjoint,
  "adjoint/plain": plain,
  "adjoint/plain/runtime": runtime,
};

/** Evaluates CommonJS. */
function evaluate(code: string): unknown {
  const module = { exports: {} as unknown };
  const require = (name: string): unknown => entries[name] ?? host(name);
  const run = compileFunction(code, ["module", "exports", "require"]) as (...args: unknown[]) => void;
  run(module, module.exports, require);
  return module.exports;
}

/** The exports of TypeScript of the user's, with a directive or all of it. */
export function load<T = Record<string, (...args: never[]) => unknown>>(code: string, all = true): T {
  const file = transformPlain(ts, "user.ts", code, { all });
  const { code: js } = transformSync(file?.code ?? code, {
    loader: "ts",
    format: "cjs",
    sourcefile: "user.ts",
  });
  return evaluate(js) as T;
}

/** The exports of TypeScript as it stands. */
export function loadUntransformed<T = Record<string, (...args: never[]) => unknown>>(code: string): T {
  return evaluate(transformSync(code, { loader: "ts", format: "cjs" }).code) as T;
}

/** A package, with all of its files and those that it imports transformed, or none. */
export async function loadPackage<T>(name: string, transformed = true): Promise<T> {
  const { outputFiles } = await build({
    stdin: { contents: `module.exports = require(${JSON.stringify(name)});`, resolveDir: root, loader: "js" },
    bundle: true,
    write: false,
    format: "cjs",
    platform: "node",
    external: Object.keys(entries),
    logLevel: "silent",
    plugins: [
      {
        name: "plain",
        setup(b) {
          b.onLoad({ filter: /\.[cm]?[jt]s$/ }, async ({ path }) => {
            const { readFile } = await import("node:fs/promises");
            const text = await readFile(path, "utf8");
            if (!transformed || !path.includes("node_modules")) return null;
            const shown = path.replace(/^.*\/node_modules\//, "");
            const file = transformPlain(ts, path, text, { all: true, shown });
            return { contents: file?.code ?? text, loader: "js", resolveDir: dirname(path) };
          });
        },
      },
    ],
  });
  return evaluate(outputFiles[0].text) as T;
}
