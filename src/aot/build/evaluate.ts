/** @file Evaluates a file in Node, and compiles what it exports that `aot` declared. */
import { ArgumentError } from "../../base/errors.ts";
import { type Declared, declarationOf } from "../declare.ts";
import type { ExportOptions, Exported, ExportedModule } from "../module.ts";

/** The exports of a module. */
type Exports = Readonly<Record<string, unknown>>;

/** The part of the package tsx that is used. */
interface Tsx {
  tsImport(
    specifier: string,
    options: { readonly parentURL: string; readonly onImport?: (url: string) => void },
  ): Promise<Exports>;
}

const isTypeScript = (path: string): boolean => /\.(?:[cm]?ts|[jt]sx)$/.test(path);

/** Whether Node reads TypeScript (without JSX) itself. */
const stripsTypes = (): boolean => {
  const { features } = process as { readonly features: { readonly typescript?: string | false } };
  return features.typescript !== undefined && features.typescript !== false;
};

async function loadTsx(): Promise<Tsx | null> {
  try {
    // A name in a variable: the package need not be there, neither now nor for the compiler.
    const name = "tsx/esm/api";
    return (await import(name)) as Tsx;
  } catch {
    return null;
  }
}

/**
 * The exports of the file, evaluated anew. TypeScript is read by tsx, which finds files as bundlers do; where that is not
 * installed, by Node.
 * @param path absolute
 * @param onImport is told the paths of the files that it imports, as far as they are known
 * @throws ArgumentError for TypeScript, where nothing reads it; whatever the file throws
 */
export async function evaluateFile(
  path: string,
  onImport: (path: string) => void = () => {},
): Promise<Exports> {
  const { fileURLToPath, pathToFileURL } = await import("node:url");
  const fresh = `${pathToFileURL(path).href}?adjoint=${Date.now()}`;
  if (!isTypeScript(path)) return (await import(fresh)) as Exports;
  const tsx = await loadTsx();
  if (tsx !== null)
    return tsx.tsImport(fresh, {
      parentURL: import.meta.url,
      onImport: (url) => {
        if (url.startsWith("file:")) onImport(fileURLToPath(url));
      },
    });
  if (stripsTypes() && !path.endsWith("x")) return (await import(fresh)) as Exports;
  throw new ArgumentError(
    `${path} is TypeScript${path.endsWith("x") ? " or JSX" : ""}, which Node ${process.version} does not read: install tsx${path.endsWith("x") ? "" : ", or use Node 22.18 or newer"}.`,
  );
}

/** What became of a file's exports: their module (null if `aot` made none of them), and the names of the others. */
export interface CompiledExports {
  readonly module: ExportedModule | null;
  readonly others: readonly string[];
}

/**
 * Compiles the exports that `aot` declared. It is done by the copy of the library that declared them, which may be another
 * one than this.
 */
export function compileExports(exports: Exports, options: ExportOptions): CompiledExports {
  const functions: Record<string, Exported> = {};
  const others: string[] = [];
  let first: Declared | null = null;
  for (const [name, value] of Object.entries(exports)) {
    const declared = declarationOf(value);
    if (declared === null) others.push(name);
    else {
      first ??= declared;
      functions[name] = declared.exported;
    }
  }
  return { module: first === null ? null : first.exportAll(functions, options), others };
}
