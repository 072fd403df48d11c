/** @file The programs of the gallery, by their sources: each is a module of site/gallery with a title and a summary. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { root } from "./library.ts";

export interface GalleryProgram {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly source: string;
}

const folder = join(root, "site/gallery");

/** The text that a module exports under a name. */
function exported(source: ts.SourceFile, name: string): string {
  for (const node of source.statements) {
    if (!ts.isVariableStatement(node)) continue;
    for (const { name: own, initializer } of node.declarationList.declarations)
      if (own.getText(source) === name && initializer !== undefined) {
        const text = concatenated(initializer);
        if (text !== null) return text;
      }
  }
  throw new Error(`${source.fileName}: expected \`export const ${name} = "…"\`.`);
}

function concatenated(node: ts.Expression): string | null {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return null;
  const [left, right] = [concatenated(node.left), concatenated(node.right)];
  return left === null || right === null ? null : left + right;
}

export function programs(): GalleryProgram[] {
  const files = readdirSync(folder).filter(
    (f) => f.endsWith(".ts") && !f.includes(".paths.") && !f.endsWith(".d.ts"),
  );
  return files.sort().map((file) => {
    const source = readFileSync(join(folder, file), "utf8");
    const parsed = ts.createSourceFile(file, source, ts.ScriptTarget.ES2022);
    return {
      name: file.replace(/\.ts$/, ""),
      title: exported(parsed, "title"),
      summary: exported(parsed, "summary"),
      source,
    };
  });
}
