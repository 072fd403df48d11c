/**
 * @file The types of the library and of the language in one file, for the editor of the playground: a JSON object from paths
 * to texts.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { root } from "./library.ts";

/** The declarations of the language that programs see. */
const libraries = /^lib\.(?:es\d+|esnext\.disposable|decorators)(?:\.|$)/;

export function makeDeclarations(file: string): void {
  const path = join(root, "tsconfig.build.json");
  const parsed = ts.getParsedCommandLineOfConfigFile(
    path,
    { declarationMap: false, noEmit: false, stripInternal: true },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined },
  );
  if (parsed === undefined) throw new Error(`${path} cannot be read.`);
  const files: Record<string, string> = {};
  const out = parsed.options.outDir!;
  ts.createProgram(parsed.fileNames, parsed.options).emit(undefined, (name, text) => {
    if (name.endsWith(".d.ts")) files[`/adjoint/${relative(out, name).replaceAll("\\", "/")}`] = text;
  });
  const lib = dirname(ts.getDefaultLibFilePath({}));
  for (const name of ts.sys.readDirectory(lib, [".d.ts"], undefined, undefined, 1)) {
    const base = name.slice(name.lastIndexOf("/") + 1);
    if (libraries.test(base) && !/esnext\.(?!disposable)|es202[3-9]|\.full\./.test(base))
      files[`/lib/${base}`] = readFileSync(name, "utf8");
  }
  writeFileSync(file, JSON.stringify(files));
}
