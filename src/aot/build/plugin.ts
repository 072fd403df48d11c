/**
 * @file The plugin for bundlers: puts modules that are compiled ahead of time in the place of functions that `aot` declares.
 *
 * The compiled module has an id made from its text, so that what bundlers remember of an id is never out of date.
 */
import { createUnplugin } from "unplugin";
import { checkListOf, checkOneOf } from "../../base/checks.ts";
import { checkOptions } from "../../base/errors.ts";
import type { ExportOptions, ExportedModule } from "../module.ts";
import { compileExports, evaluateFile } from "./evaluate.ts";
import type { Include } from "../../plain/transform/include.ts";
import { loadCompiler, mayBePlain, plainFile } from "./plain.ts";
import { importedName, sliceFile } from "./slice.ts";

/** Options of the plugin: as of `exportModule`. The WebAssembly is part of the modules' text. */
export interface PluginOptions extends Pick<ExportOptions, "format" | "relaxedSimd"> {
  /**
   * Packages (by name), files and folders (by paths that begin with `.` or `/`) and patterns of paths whose functions become
   * traceable as they stand, without the directive `"use adjoint"`.
   */
  readonly include?: readonly Include[] | undefined;
}

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
    return compileExports(exports, {
      format: options.format,
      relaxedSimd: options.relaxedSimd,
      load: "inline",
    }).module;
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
  const sliced = sliceFile(await loadCompiler(), path, code);
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

/** Transforms plain code, and compiles what `aot` declares; null for files with neither. */
async function transformBoth(
  path: string,
  code: string,
  options: PluginOptions,
): Promise<(Pick<TransformedFile, "code" | "map"> & { readonly compiled: TransformedFile | null }) | null> {
  const plain = await plainFile(path, code, options.include ?? []);
  const compiled = await transformFile(path, plain?.code ?? code, options);
  if (compiled === null) return plain === null ? null : { code: plain.code, map: plain.map, compiled };
  // Compiling leaves lines where they are.
  return { code: compiled.code, map: plain?.map ?? compiled.map, compiled };
}

/**
 * The plugin, for each bundler: `adjoint.vite()`, `.rollup()`, `.rolldown()`, `.webpack()`, `.rspack()`, `.esbuild()`, …
 *
 * In each file that imports `aot`, the functions declared at its top, `const f = aot(…)`, are evaluated in Node and compiled,
 * and what only they needed leaves the file. Functions with the directive `"use adjoint"`, and those of what `include` lists,
 * become traceable as they stand.
 * @throws ArgumentError for unknown options
 */
export const adjoint = createUnplugin<PluginOptions | undefined>((given) => {
  const options = given ?? {};
  checkOptions("adjoint", options, ["format", "relaxedSimd", "include"]);
  checkOneOf("adjoint", "format", options.format ?? "js", ["js", "wasm"]);
  const include = options.include ?? [];
  checkListOf("adjoint", "include", include);
  const modules = new Map<string, string>();
  return {
    name: "adjoint",
    enforce: "pre",
    resolveId: (id) => (modules.has(id) ? id : null),
    loadInclude: (id) => modules.has(id),
    load: (id) => modules.get(id) ?? null,
    transformInclude: (id) => /\.[cm]?[jt]sx?$/.test(id) && !id.startsWith(prefix) && mayBePlain(id, include),
    async transform(code, id) {
      const both = await transformBoth(id, code, options);
      if (both === null) return null;
      const { compiled: found } = both;
      if (found !== null) {
        modules.set(found.id, found.module);
        for (const file of found.imported) this.addWatchFile(file);
        // What webpack keeps on disk outlives the modules, which are known to this process alone.
        const native = this.getNativeBuildContext?.() as Caching | undefined;
        native?.loaderContext?.cacheable(false);
      }
      return { code: both.code, map: both.map };
    },
  };
});
