/**
 * @file Reads the project's TypeScript files and their import statements, for tests about the architecture.
 *
 * Edges are classified as the compiler emits them under `verbatimModuleSyntax`: only `import type` and
 * `export type … from` vanish; `import { type T }` still loads the module and counts as a value edge.
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** The repository's root folder. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** How an import survives compilation. */
export type EdgeKind = "value" | "type" | "dynamic";

/** One import statement. `to` is a path relative to the root, or a bare package name. */
export interface Edge {
  readonly to: string;
  readonly kind: EdgeKind;
  readonly line: number;
}

/** One parsed file. */
export interface SourceFile {
  /** Path relative to the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  readonly ast: ts.SourceFile;
  readonly edges: readonly Edge[];
}

/** Paths of all files under `folder` whose name ends in `suffix`, relative to the root, sorted. */
export function listFiles(folder: string, suffix: string): string[] {
  const absolute = join(root, folder);
  if (!existsSync(absolute)) return [];
  return readdirSync(absolute, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(suffix))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .sort();
}

/** Parses one file, given relative to the root. */
export function parseFile(path: string): SourceFile {
  const text = readFileSync(join(root, path), "utf8");
  return parseText(path, text);
}

/** Parses a text as if it stood at `path`. */
export function parseText(path: string, text: string): SourceFile {
  const ast = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  return { path, text, lines, ast, edges: importEdges(path, ast) };
}

/** Calls `visit` on every node of the file. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** 1-based line of a node. */
export function lineOf(ast: ts.SourceFile, node: ts.Node): number {
  return ast.getLineAndCharacterOfPosition(node.getStart(ast)).line + 1;
}

function importEdges(path: string, ast: ts.SourceFile): Edge[] {
  const edges: Edge[] = [];
  const add = (specifier: ts.Node | undefined, kind: EdgeKind): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    edges.push({ to: target(path, specifier.text), kind, line: lineOf(ast, specifier) });
  };
  walk(ast, (node) => {
    if (ts.isImportDeclaration(node)) {
      const typeOnly = node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
      add(node.moduleSpecifier, typeOnly ? "type" : "value");
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly ? "type" : "value");
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, "type");
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], "dynamic");
    }
  });
  return edges;
}

function target(from: string, specifier: string): string {
  if (specifier.startsWith(".")) return join(dirname(from), specifier).replaceAll("\\", "/");
  const [scope, name] = specifier.split("/");
  return specifier.startsWith("@") && name !== undefined ? `${scope}/${name}` : scope;
}

/** A cycle in a directed graph as a list of nodes (first = last), or null. Iterative depth-first search. */
export function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] | null {
  const done = new Set<string>();
  for (const start of graph.keys()) {
    const path: { node: string; next: number }[] = [{ node: start, next: 0 }];
    const onPath = new Set([start]);
    while (path.length > 0 && !done.has(start)) {
      const top = path[path.length - 1];
      const successors = graph.get(top.node) ?? [];
      if (top.next === successors.length) {
        done.add(top.node);
        onPath.delete(top.node);
        path.pop();
        continue;
      }
      const node = successors[top.next++];
      if (onPath.has(node)) {
        const names = path.map((step) => step.node);
        return [...names.slice(names.indexOf(node)), node];
      }
      if (done.has(node)) continue;
      onPath.add(node);
      path.push({ node, next: 0 });
    }
  }
  return null;
}
