/**
 * @file The entry `adjoint/register`, for `node --import adjoint/register` and `tsx --import adjoint/register`: plain code is
 * transformed as it is loaded. Files with a directive are, and what `include` lists: in `package.json` of the working folder,
 * `{ "adjoint": { "include": ["some-package", "./src/physics"] } }`, or in the variable ADJOINT_INCLUDE, with commas.
 *
 * ES modules go through a hook of the loader, which runs in a thread of its own and is this module as well (its address ends
 * in `?hooks` there); files of CommonJS are compiled by `Module.prototype._compile`, which is replaced.
 */
import { readFileSync } from "node:fs";
import Module, { createRequire, register } from "node:module";
import { relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ArgumentError } from "../../base/errors.ts";
import { type PlainFile, transformPlain } from "../transform/file.ts";
import { isIncluded } from "../transform/include.ts";
import type { Compiler } from "../transform/scope.ts";

/** What a hook gets and gives. */
interface Loaded {
  readonly format: string;
  readonly source?: unknown;
  readonly shortCircuit?: boolean;
}
type NextLoad = (url: string, context: unknown) => Promise<Loaded>;

/** Where modules of CommonJS find the runtime: a `require` of it may load the library a second time (under tsx it does). */
const key = "adjoint.plain.runtime";
const kept = `globalThis[Symbol.for("${key}")]`;

/** The runtime is an entry point of its own, beside this one: a bundler that saw the import would make another of it. */
const runtimeFile = import.meta.url.replace(/node\/register(\.\w+)(?:\?.*)?$/, "runtime/index$1");

const root = process.cwd();
let compiler: Compiler | null = null;

function compilerHere(): Compiler {
  if (compiler !== null) return compiler;
  try {
    compiler = createRequire(import.meta.url)("typescript") as Compiler;
    return compiler;
  } catch {
    throw new ArgumentError(
      "adjoint/register reads files with the package typescript, which is not installed: npm install --save-dev typescript.",
    );
  }
}

let listed: readonly string[] | null = null;

/** The list of packages and files. */
function include(): readonly string[] {
  if (listed !== null) return listed;
  const more = (process.env.ADJOINT_INCLUDE ?? "").split(",").filter((s) => s !== "");
  let own: unknown = [];
  try {
    const text = readFileSync(`${root}/package.json`, "utf8");
    own = (JSON.parse(text) as { readonly adjoint?: { readonly include?: unknown } }).adjoint?.include ?? [];
  } catch {
    // A folder without package.json lists nothing.
  }
  listed = [...(Array.isArray(own) ? own.map(String) : []), ...more];
  return listed;
}

/** Transforms a file; null if it is not opted in. */
function transformed(path: string, code: string, as = path): PlainFile | null {
  if (/[\\/]node_modules[\\/]adjoint[\\/]/.test(path)) return null;
  const all = isIncluded(path, include(), root);
  if (!all && (path.includes("node_modules") || !code.includes("use adjoint"))) return null;
  const shown = relative(root, path).replaceAll("\\", "/");
  return transformPlain(compilerHere(), as, code, { all, shown, runtime: kept });
}

/** Code with its source map, which names the file itself. */
function withMap(path: string, { code, map }: PlainFile): string {
  const text = JSON.stringify({ ...map, sources: [pathToFileURL(path).href] });
  return `${code}\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(text).toString("base64")}\n`;
}

/** The text that a loader before this one has read, if it has. */
const textOf = (source: unknown): string | null =>
  typeof source === "string" ? source : source instanceof Uint8Array ? Buffer.from(source).toString() : null;

/** The hook: for ES modules, and for those of CommonJS that another loader has read already. */
export async function load(url: string, context: unknown, next: NextLoad): Promise<Loaded> {
  const loaded = await next(url, context);
  if (!url.startsWith("file:")) return loaded;
  const path = fileURLToPath(url.replace(/[?#].*$/, ""));
  if (!/\.[cm]?[jt]sx?$/.test(path)) return loaded;
  const isModule = loaded.format.startsWith("module");
  const text = isModule ? readFileSync(path, "utf8") : textOf(loaded.source);
  if (text === null || (!isModule && loaded.format !== "commonjs")) return loaded;
  const file = isModule ? transformed(path, text) : transformed(path, text, scriptName(path));
  return file === null
    ? loaded
    : { ...loaded, format: isModule ? "module" : "commonjs", source: withMap(path, file) };
}

/** TypeScript that another loader has read has lost its types. */
const scriptName = (path: string): string => path.replace(/\.[cm]?[jt]sx?$/, ".js");

/** The part of CommonJS's modules that is replaced. */
interface Compiling {
  _compile(content: string, filename: string, ...more: readonly unknown[]): unknown;
}

/** Transforms files of CommonJS. What has been TypeScript has lost its types before. */
function compileTransformed(): void {
  const modules = Module.prototype as unknown as Compiling;
  const compile = Reflect.get<Compiling, "_compile">(modules, "_compile");
  modules._compile = function (this: unknown, content, filename, ...more) {
    const file = transformed(filename, content, scriptName(filename));
    const text = file === null ? content : withMap(filename, file);
    return Reflect.apply(compile, this, [text, filename, ...more]);
  };
}

if (!import.meta.url.endsWith("?hooks")) {
  register(`${import.meta.url}?hooks`);
  Object.assign(globalThis, { [Symbol.for(key)]: (await import(runtimeFile)) as unknown });
  compileTransformed();
}
