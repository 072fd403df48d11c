/**
 * @file Declarations as readers of the reference see them: functions as they are written in the source, without their bodies;
 * functions that are declared by their parameters (src/arguments) as if they were written out.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SourceReference, SomeType, Type } from "typedoc";
import ts from "typescript";
import { root } from "./library.ts";

const parsed = new Map<string, ts.SourceFile>();

function parse(file: string): ts.SourceFile {
  const known = parsed.get(file);
  if (known !== undefined) return known;
  const made = ts.createSourceFile(
    file,
    readFileSync(join(root, file), "utf8"),
    ts.ScriptTarget.ES2022,
    true,
  );
  parsed.set(file, made);
  return made;
}

/** The declaration whose name stands there. */
function declarationAt({ fileName, line, character }: SourceReference): ts.Node | null {
  const source = parse(fileName);
  const at = source.getPositionOfLineAndCharacter(line - 1, character);
  let found: ts.Node | null = null;
  const visit = (node: ts.Node): void => {
    if (at < node.getFullStart() || at >= node.end) return;
    const isDeclaration =
      ts.isFunctionDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);
    if (isDeclaration) found = node;
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** A declaration of the source as text, without bodies; null if it is none that can be shown so. */
export function declarationText(source: SourceReference | undefined): string | null {
  const node = source === undefined ? null : declarationAt(source);
  if (node === null) return null;
  const end = ts.isFunctionDeclaration(node) && node.body !== undefined ? node.body.getStart() : node.end;
  const text = node.getSourceFile().text.slice(node.getStart(), end);
  return text
    .replace(/^export (?:declare )?/, "")
    .trim()
    .replace(/;?$/, ts.isInterfaceDeclaration(node) ? "" : ";");
}

const dtypes = /"bool" \| (?:"\w+" \| )*"complex128"/g;

/** A type as text, with the union of all dtypes under its name. */
export const typeText = (type: Type): string => type.toString().replace(dtypes, "DType");

const elements = (type: SomeType): readonly SomeType[] =>
  type.type === "typeOperator" ? elements(type.target) : type.type === "tuple" ? type.elements : [];

/** A parameter that has a name, a type, and may be left out: `Param<"axis", [axis: Axis], false, Axis>`. */
function param(
  type: SomeType,
): { readonly name: string; readonly optional: boolean; readonly type: string } | null {
  if (type.type !== "reference") return null;
  const [name, , required, value] = type.typeArguments ?? [];
  if (name?.type !== "literal" || required?.type !== "literal" || value === undefined) return null;
  return { name: String(name.value), optional: required.value !== true, type: typeText(value) };
}

const list = (parts: readonly string[], open: string, close: string): string => {
  const line = `${open}${parts.join(", ")}${close}`;
  return line.length <= 76 ? line : `${open}\n  ${parts.join(",\n  ")},\n${close}`;
};

/** `Declared<required, params, onlyOptions, Result>` as a call; null for other types. */
export function declaredText(name: string, type: SomeType): string | null {
  if (type.type !== "reference" || type.name !== "Declared") return null;
  const [first, positional, only, result] = type.typeArguments ?? [];
  if (result === undefined) return null;
  const required = elements(first).map((e) => typeText(e));
  const show = (p: SomeType): string => {
    const { name: own, optional, type: text } = param(p)!;
    return `${own}${optional ? "?" : ""}: ${text}`;
  };
  if ([...elements(positional), ...elements(only)].some((p) => param(p) === null)) return null;
  const options = elements(only).map(show);
  const parts = [...required, ...elements(positional).map(show)];
  if (options.length > 0) parts.push(`options?: { ${options.join("; ")} }`);
  const text = `${list(parts, `${name}(`, ")")}: ${typeText(result)};`;
  return `${text}${byName(name, elements(first), [...elements(positional), ...elements(only)])}`;
}

/** The same call with its optional arguments by name, as a comment. */
function byName(name: string, required: readonly SomeType[], all: readonly SomeType[]): string {
  const params = all.map((p) => param(p)!);
  const options = params.filter((p) => p.optional).map((p) => p.name);
  if (options.length === 0) return "";
  const first = required.map((e, i) => (e.type === "namedTupleMember" ? e.name : `a${i}`));
  const needed = params.filter((p) => !p.optional).map((p) => p.name);
  return `\n// or by name:\n// ${name}(${[...first, ...needed, `{ ${options.join(", ")} }`].join(", ")})`;
}
