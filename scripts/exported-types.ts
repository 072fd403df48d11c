/**
 * @file The types that the package exports, by namespace, read from the source: at run time there is no trace of them.
 *
 * A small reader of `export` declarations, without a type checker: it follows re-exports by name, by star and as namespaces.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import ts from "typescript";

/** Names of types by the dotted path of the namespace that has them; "" is the package itself. */
export type ExportedTypes = ReadonlyMap<string, ReadonlySet<string>>;

interface Module {
  readonly types: Set<string>;
  readonly namespaces: Map<string, string>;
}

const modules = new Map<string, Module>();

function targetOf(file: string, node: ts.ExportDeclaration): string | null {
  const { moduleSpecifier } = node;
  if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) return null;
  const target = resolve(dirname(file), moduleSpecifier.text);
  return existsSync(target) ? target : null;
}

function readReexport(file: string, node: ts.ExportDeclaration, to: Module): void {
  const target = targetOf(file, node);
  const { exportClause } = node;
  if (exportClause === undefined) {
    if (target === null) return;
    const { types, namespaces } = read(target);
    for (const name of types) to.types.add(name);
    for (const [name, of] of namespaces) if (!to.namespaces.has(name)) to.namespaces.set(name, of);
  } else if (ts.isNamespaceExport(exportClause)) {
    if (target !== null) to.namespaces.set(exportClause.name.text, target);
  } else {
    for (const element of exportClause.elements) {
      const original = (element.propertyName ?? element.name).text;
      const isType = node.isTypeOnly || element.isTypeOnly;
      if (isType || (target !== null && read(target).types.has(original))) to.types.add(element.name.text);
    }
  }
}

const isExported = (node: ts.Statement): boolean =>
  ts.canHaveModifiers(node) &&
  (ts.getModifiers(node) ?? []).some((m) => m.kind === ts.SyntaxKind.ExportKeyword);

function read(file: string): Module {
  const known = modules.get(file);
  if (known !== undefined) return known;
  const found: Module = { types: new Set(), namespaces: new Map() };
  modules.set(file, found);
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest);
  for (const node of source.statements) {
    if (ts.isExportDeclaration(node)) readReexport(file, node, found);
    else if ((ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node)) && isExported(node))
      found.types.add(node.name.text);
  }
  return found;
}

/** The types that the module exports, and those of its namespaces. */
export function exportedTypes(entry: string): ExportedTypes {
  const out = new Map<string, ReadonlySet<string>>();
  const visit = (path: string, file: string): void => {
    const { types, namespaces } = read(file);
    out.set(path, types);
    for (const [name, target] of namespaces) {
      const inner = path === "" ? name : `${path}.${name}`;
      if (!out.has(inner)) visit(inner, target);
    }
  };
  visit("", entry);
  return out;
}
