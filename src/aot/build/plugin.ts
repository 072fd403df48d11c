/**
 * @file The plugin for bundlers: puts modules that are compiled ahead of time in the place of functions that `aot` declares.
 *
 * The compiled module has an id made from its text, so that what bundlers remember of an id is never out of date.
 */
import { createUnplugin } from "unplugin";
import { checkOneOf } from "../../base/checks.ts";
import { ArgumentError, checkOptions } from "../../base/errors.ts";
import type { ExportOptions, ExportedModule } from "../module.ts";
import { compileExports, evaluateFile } from "./evaluate.ts";
import { importedName, sliceFile } from "./slice.ts";

/** Options of the plugin: as of `exportModule`. The WebAssembly is part of the modules' text. */
export type PluginOptions = Pick<ExportOptions, "format" | "relaxedSimd">;

/** What becomes of a file. */
export interface TransformedFile {
  /** The rest of the file, */
  readonly code: string;
  /** and where its lines are from. */
  readonly map: SourceMap;
  /** The id that it imports, */
  readonly id: string;
  /** and the module behind it. */
  readonly module: string;
  /** The files whose changes matter, as far as they are known. */
  readonly imported: readonly string[];
}

/** A source map, by version 3 of its format. */
export interface SourceMap {
  readonly version: 3;
  readonly sources: string[];
  readonly sourcesContent: string[];
  readonly names: string[];
  readonly mappings: string;
}

/** Maps each line to the line of the same number: what leaves a file leaves its line ends behind. */
const lineByLine = (path: string, code: string): SourceMap => ({
  version: 3,
  sources: [path],
  sourcesContent: [code],
  names: [],
  mappings: `AAAA${";AACA".repeat(code.split("\n").length - 1)}`,
});

/** The part of what webpack and Rspack tell a plugin that is used. */
interface Caching {
  readonly loaderContext?: { cacheable(may: boolean): void };
}

/** Begins the ids of modules. With a colon in it, webpack would take it for the scheme of an address. */
const prefix = "~adjoint-aot/";

/** A name for the module of a file, by its text. */
async function idOf(path: string, module: string): Promise<string> {
  const { createHash } = await import("node:crypto");
  const paths = await import("node:path");
  const name = paths.parse(path).name.replaceAll(/[^\w-]/g, "_");
  return `${prefix}${name}-${createHash("sha256").update(module).digest("hex").slice(0, 16)}.js`;
}

/** Compiles the text of a slice: in a file beside the one that it is from, since it may import others by relative paths. */
async function compileSlice(
  path: string,
  text: string,
  options: PluginOptions,
  onImport: (path: string) => void,
): Promise<ExportedModule | null> {
  const { rm, writeFile } = await import("node:fs/promises");
  const { randomUUID } = await import("node:crypto");
  const paths = await import("node:path");
  const { dir, name, ext } = paths.parse(path);
  // Bundlers take files for modules whatever package.json says.
  const extension = ext.endsWith("x") ? ext : ext.replace(/^\.[cm]?/, ".m");
  const file = `${dir}/.${name}.aot-${randomUUID()}${extension}`;
  try {
    await writeFile(file, text);
    const exports = await evaluateFile(file, (imported) => {
      if (imported !== file) onImport(imported);
    });
    return compileExports(exports, { ...options, load: "inline" }).module;
  } catch (e) {
    throw new Error(
      `${path}: its functions cannot be compiled ahead of time: ${e instanceof Error ? e.message : String(e)}`,
      { cause: e },
    );
  } finally {
    await rm(file, { force: true });
  }
}

/**
 * Compiles the functions that a file declares with `aot`, and takes them out of it; null if there are none.
 * @param path of the file, absolute
 * @param code its text
 * @throws ArgumentError for declarations that cannot be compiled before the program runs, and where `typescript` is missing
 * @throws Error if evaluating or compiling them fails
 */
export async function transformFile(
  path: string,
  code: string,
  options: PluginOptions = {},
): Promise<TransformedFile | null> {
  if (!code.includes("adjoint/aot")) return null;
  const { default: ts } = await import("typescript").catch(() => {
    throw new ArgumentError(
      "the plugin of adjoint reads files with the package typescript, which is not installed: npm install --save-dev typescript.",
    );
  });
  const sliced = sliceFile(ts, path, code);
  if (sliced === null) return null;
  const imported = new Set<string>();
  const module = await compileSlice(path, sliced.slice, options, (file) => {
    if (!file.includes("node_modules")) imported.add(file);
  });
  if (module === null) throw new Error(`internal: ${path} declares functions, but none was found`);
  const id = await idOf(path, module.js);
  const imports = sliced.names.map((name) => `${name} as ${importedName(name)}`).join(", ");
  // At the end, so that lines stay where they are.
  const tail = `\nimport { ${imports} } from ${JSON.stringify(id)};\n`;
  return {
    code: sliced.rest + tail,
    map: lineByLine(path, code),
    id,
    module: module.js,
    imported: [...imported],
  };
}

/**
 * The plugin, for each bundler: `adjoint.vite()`, `.rollup()`, `.rolldown()`, `.webpack()`, `.rspack()`, `.esbuild()`, …
 *
 * In each file that imports `aot`, the functions declared at its top, `const f = aot(…)`, are evaluated in Node and compiled,
 * and what only they needed leaves the file.
 * @throws ArgumentError for unknown options
 */
export const adjoint = createUnplugin<PluginOptions | undefined>((given) => {
  const options = given ?? {};
  checkOptions("adjoint", options, ["format", "relaxedSimd"]);
  checkOneOf("adjoint", "format", options.format ?? "js", ["js", "wasm"]);
  const modules = new Map<string, string>();
  return {
    name: "adjoint-aot",
    enforce: "pre",
    resolveId: (id) => (modules.has(id) ? id : null),
    loadInclude: (id) => modules.has(id),
    load: (id) => modules.get(id) ?? null,
    transformInclude: (id) =>
      /\.[cm]?[jt]sx?$/.test(id) && !id.startsWith(prefix) && !id.includes("/node_modules/"),
    async transform(code, id) {
      const found = await transformFile(id, code, options);
      if (found === null) return null;
      modules.set(found.id, found.module);
      for (const file of found.imported) this.addWatchFile(file);
      // What webpack keeps on disk outlives the modules, which are known to this process alone.
      const native = this.getNativeBuildContext?.() as Caching | undefined;
      native?.loaderContext?.cacheable(false);
      return { code: found.code, map: found.map };
    },
  };
});
