/** @file Plain code in builds: which files are transformed, and the command that transforms some. */
import { ArgumentError } from "../../base/errors.ts";
import { type PlainFile, transformPlain } from "../../plain/transform/file.ts";
import { type Include, isIncluded } from "../../plain/transform/include.ts";
import type { Compiler } from "../../plain/transform/scope.ts";

/** @throws ArgumentError where the package typescript is missing */
export async function loadCompiler(): Promise<Compiler> {
  const { default: ts } = await import("typescript").catch(() => {
    throw new ArgumentError(
      "adjoint reads files with the package typescript, which is not installed: npm install --save-dev typescript.",
    );
  });
  return ts;
}

/** Files of the library itself are never transformed. */
const isOwn = (path: string): boolean => path.includes("/node_modules/adjoint/");

/** Whether a file may be: it is on the list, or it is the user's own, who may have written a directive. */
export const mayBePlain = (path: string, include: readonly Include[]): boolean =>
  !isOwn(path) && (!path.includes("/node_modules/") || isIncluded(path, include, process.cwd()));

/** Transforms a file; null if it is not opted in. */
export async function plainFile(
  path: string,
  code: string,
  include: readonly Include[],
): Promise<PlainFile | null> {
  const all = isIncluded(path, include, process.cwd());
  if (isOwn(path) || (!all && !code.includes("use adjoint"))) return null;
  const paths = await import("node:path");
  const shown = paths.relative(process.cwd(), path).replaceAll("\\", "/");
  return transformPlain(await loadCompiler(), path, code, {
    all,
    shown: shown.startsWith("..") ? path : shown,
  });
}

/** What `adjoint plain` does: FILE, transformed, and its source map. @returns the paths written */
export async function writePlain(file: string, output: string): Promise<string[]> {
  const { readFile, writeFile } = await import("node:fs/promises");
  const paths = await import("node:path");
  const shown = paths.relative(process.cwd(), file).replaceAll("\\", "/");
  const code = await readFile(file, "utf8");
  const plain = transformPlain(await loadCompiler(), file, code, { all: true, shown });
  if (plain === null)
    throw new ArgumentError(`${shown}: nothing in it computes, so there is nothing to transform.`);
  const map = { ...plain.map, sources: [paths.relative(paths.dirname(output), file).replaceAll("\\", "/")] };
  const name = `${paths.basename(output)}.map`;
  await writeFile(output, `${plain.code}\n//# sourceMappingURL=${name}\n`);
  await writeFile(`${output}.map`, JSON.stringify(map));
  return [output, `${output}.map`];
}
