/**
 * @file A built package's declarations as the compiler sees them, and the public names among them.
 *
 * Files may be given another text than they have (an overlay), so that a comparison can put questions to a scope without
 * writing anything.
 */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";

const root = resolve(import.meta.dirname, "../..");

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2022.d.ts", "lib.esnext.disposable.d.ts", "lib.es2021.weakref.d.ts"],
  types: ["node"],
  typeRoots: [join(root, "node_modules/@types")],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  allowImportingTsExtensions: true,
  strict: true,
  noEmit: true,
  skipLibCheck: false,
};

const parsed = new Map<string, ts.SourceFile>();

/** A program of the files, some with the text of the overlay. Texts from disk are parsed once in a process. */
export function programOf(
  files: readonly string[],
  overlay: ReadonlyMap<string, string> = new Map(),
): ts.Program {
  const host = ts.createCompilerHost(options);
  host.fileExists = (name) => overlay.has(name) || ts.sys.fileExists(name);
  host.readFile = (name) => overlay.get(name) ?? ts.sys.readFile(name);
  host.getSourceFile = (name, version) => {
    const known = overlay.has(name) ? undefined : parsed.get(name);
    if (known !== undefined) return known;
    const text = host.readFile(name);
    const file = text === undefined ? undefined : ts.createSourceFile(name, text, version, true);
    if (file !== undefined && !overlay.has(name)) parsed.set(name, file);
    return file;
  };
  return ts.createProgram([...files], options, host);
}

/** A module that users import: what its names begin with here, and its file. */
export interface EntryPoint {
  readonly prefix: string;
  readonly file: string;
}

/** The entry points of the package, in a build. */
export function entryPoints(dist: string): EntryPoint[] {
  const text = readFileSync(join(root, "package.json"), "utf8");
  const { exports } = JSON.parse(text) as { exports: Record<string, string | { types: string }> };
  return Object.entries(exports).flatMap(([path, target]) => {
    if (typeof target === "string") return [];
    const file = resolve(dist, target.types.replace(/^\.\/dist\//, ""));
    const prefix = path === "." ? "" : `${path.slice(2)}/`;
    return existsSync(file) ? [{ prefix, file }] : [];
  });
}

/** The names that entry points export, with what they stand for; the names in namespaces are dotted. */
export function exportedNames(program: ts.Program, entries: readonly EntryPoint[]): Map<string, ts.Symbol> {
  const checker = program.getTypeChecker();
  const names = new Map<string, ts.Symbol>();
  const visit = (module: ts.Symbol, prefix: string): void => {
    for (const exported of checker.getExportsOfModule(module)) {
      const symbol = resolveAlias(checker, exported);
      const name = prefix + exported.name;
      if ((symbol.flags & ts.SymbolFlags.ValueModule) !== 0) visit(symbol, `${name}.`);
      else names.set(name, symbol);
    }
  };
  for (const { prefix, file } of entries) {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    if (module !== undefined) visit(module, prefix);
  }
  return names;
}

/** The public names of a build. */
export function publicNames(program: ts.Program, dist: string): Map<string, ts.Symbol> {
  const names = exportedNames(program, entryPoints(dist));
  if (names.size === 0)
    throw new Error(`${dist}: expected the declarations of a build, found no public names.`);
  return names;
}

export function resolveAlias(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol {
  return (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
}

export const isValue = (symbol: ts.Symbol): boolean => (symbol.flags & ts.SymbolFlags.Value) !== 0;
export const isType = (symbol: ts.Symbol): boolean => (symbol.flags & ts.SymbolFlags.Type) !== 0;

/** The files of a build in a program. */
export const filesOf = (program: ts.Program, dist: string): ts.SourceFile[] =>
  program.getSourceFiles().filter((file) => file.fileName.startsWith(`${resolve(dist)}/`));

/** True for the declaration of a private or protected member. */
export function isHidden(member: ts.Declaration): boolean {
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  const isPrivate = ts.isPropertyDeclaration(member) && ts.isPrivateIdentifier(member.name);
  return isPrivate || (ts.getCombinedModifierFlags(member) & hidden) !== 0;
}

/** The type parameters of a declaration, as written. */
export function typeParametersOf(declaration: ts.Declaration): readonly ts.TypeParameterDeclaration[] {
  const { typeParameters } = declaration as { typeParameters?: ts.NodeArray<ts.TypeParameterDeclaration> };
  return typeParameters ?? [];
}

/** The aliases of a build that refer to themselves, if only through others. */
export function recursiveAliases(program: ts.Program, dist: string): Set<ts.Symbol> {
  const checker = program.getTypeChecker();
  const uses = new Map<ts.Symbol, Set<ts.Symbol>>();
  for (const file of filesOf(program, dist)) {
    for (const statement of file.statements) {
      if (!ts.isTypeAliasDeclaration(statement)) continue;
      const used = new Set<ts.Symbol>();
      const visit = (node: ts.Node): void => {
        const symbol = ts.isIdentifier(node) ? checker.getSymbolAtLocation(node) : undefined;
        if (symbol !== undefined) used.add(resolveAlias(checker, symbol));
        ts.forEachChild(node, visit);
      };
      visit(statement.type);
      uses.set(checker.getSymbolAtLocation(statement.name)!, used);
    }
  }
  const reaches = (from: ts.Symbol, to: ts.Symbol, seen = new Set<ts.Symbol>()): boolean =>
    [...(uses.get(from) ?? [])].some(
      (next) => next === to || (!seen.has(next) && reaches(next, to, seen.add(next))),
    );
  return new Set([...uses.keys()].filter((alias) => reaches(alias, alias)));
}
