/** @file The bundlers that people use, each as one function: a program in, a minified module out. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import * as esbuild from "esbuild";
import { rollup } from "rollup";
import { minify } from "terser";
import { build as vite } from "vite";
import webpack from "webpack";

export type Format = "esm" | "cjs" | "iife";

/** Bundles the program at `entry` for browsers into `file`, minified. */
export type Bundler = (entry: string, file: string, format: Format) => Promise<void>;

const withEsbuild: Bundler = async (entry, file, format) => {
  await esbuild.build({
    entryPoints: [entry],
    outfile: file,
    bundle: true,
    minify: true,
    format,
    globalName: "program",
    logLevel: "error",
  });
};

const withRollup: Bundler = async (entry, file, format) => {
  const bundle = await rollup({ input: entry, plugins: [nodeResolve({ browser: true })] });
  const { output } = await bundle.generate({ format, name: "program", inlineDynamicImports: true });
  await bundle.close();
  const { code = "" } = await minify(output[0].code, { module: format === "esm", compress: { passes: 2 } });
  writeFileSync(file, code);
};

const withVite: Bundler = async (entry, file, format) => {
  const at = file.lastIndexOf("/");
  await vite({
    configFile: false,
    logLevel: "error",
    root: file.slice(0, at),
    build: {
      outDir: file.slice(0, at),
      emptyOutDir: false,
      target: "es2022",
      modulePreload: false,
      rolldownOptions: {
        input: entry,
        preserveEntrySignatures: "strict",
        output: { format, name: "program", entryFileNames: file.slice(at + 1), codeSplitting: false },
      },
    },
  });
};

const withWebpack: Bundler = (entry, file, format) =>
  new Promise((resolve, reject) => {
    const at = file.lastIndexOf("/");
    webpack(
      {
        mode: "production",
        entry,
        target: ["web", "es2022"],
        experiments: { outputModule: format === "esm" },
        output: {
          path: file.slice(0, at),
          filename: file.slice(at + 1),
          ...(format === "esm"
            ? { library: { type: "module" } }
            : format === "cjs"
              ? { library: { type: "commonjs2" } }
              : { library: { type: "var", name: "program" } }),
        },
        performance: { hints: false },
      },
      (error, stats) => {
        if (error !== null) reject(error);
        else if (stats?.hasErrors() === true) reject(new Error(stats.toString("errors-only")));
        else resolve();
      },
    );
  });

export const bundlers: Readonly<Record<string, Bundler>> = {
  esbuild: withEsbuild,
  rollup: withRollup,
  vite: withVite,
  webpack: withWebpack,
};

/** The path of a bundle in a folder. */
export const bundlePath = (folder: string, name: string, format: Format): string =>
  join(folder, `${name}.${format === "cjs" ? "cjs" : format === "esm" ? "mjs" : "js"}`);
