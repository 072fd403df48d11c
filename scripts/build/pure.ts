/**
 * @file Tells bundlers that the modules of the library do nothing when they are loaded: every value that is computed at the
 * top of a module is marked, so that what a program does not use is dropped, value by value.
 *
 * That it is true is a rule of the sources: a statement at the top of a module that does something is an error here,
 * except in the modules named by `acting`.
 */
import type MagicString from "magic-string";
import type { ESTree } from "rolldown/utils";

/** A fault of the sources. */
export class SideEffectError extends Error {}

/** True if evaluating the expression does nothing, in the eyes of every bundler. */
function isPlain(e: ESTree.Expression | ESTree.SpreadElement | null): boolean {
  switch (e?.type) {
    case undefined:
    case "Literal":
    case "Identifier":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      return true;
    case "TemplateLiteral":
      return e.expressions.length === 0;
    case "ArrayExpression":
      return e.elements.every((x) => x?.type !== "SpreadElement" && isPlain(x));
    case "ObjectExpression":
      return e.properties.every((p) => p.type === "Property" && !p.computed && isPlain(p.value));
    case "UnaryExpression":
      return e.operator !== "delete" && e.argument.type === "Literal";
    default:
      return false;
  }
}

/** True if marking the call alone is enough: its arguments do nothing. */
const isPlainCall = (e: ESTree.Expression): boolean =>
  (e.type === "CallExpression" || e.type === "NewExpression") &&
  e.callee.type === "Identifier" &&
  e.arguments.every((a) => isPlain(a));

function markDeclaration(code: MagicString, d: ESTree.Declaration, where: string): void {
  if (d.type === "VariableDeclaration") {
    for (const { id, init } of d.declarations) {
      if (id.type !== "Identifier")
        throw new SideEffectError(`${where}: a pattern is taken apart at the top.`);
      if (init === null || isPlain(init)) continue;
      if (isPlainCall(init)) {
        code.appendLeft(init.start, "/* @__PURE__ */ ");
        continue;
      }
      code.appendLeft(init.start, "/* @__PURE__ */ (() => (");
      code.appendRight(init.end, "))()");
    }
  } else if (d.type === "ClassDeclaration") {
    for (const member of d.body.body) {
      const acts =
        member.type === "StaticBlock" ||
        (member.type === "PropertyDefinition" && member.static && !isPlain(member.value));
      if (acts) throw new SideEffectError(`${where}: class ${d.id?.name ?? ""} has a static part that acts.`);
    }
  }
}

/** True for a call that is marked already: its author says that it may be dropped. */
const isMarked = (text: string, at: number): boolean => text.slice(0, at).trimEnd().endsWith("@__PURE__ */");

/** Marks the values at the top of a module. */
export function markPure(code: MagicString, program: ESTree.Program, where: string, mayAct: boolean): void {
  for (const node of program.body) {
    switch (node.type) {
      case "ImportDeclaration":
      case "ExportAllDeclaration":
      case "FunctionDeclaration":
        break;
      case "ExportNamedDeclaration":
        if (node.declaration !== null) markDeclaration(code, node.declaration, where);
        break;
      case "VariableDeclaration":
      case "ClassDeclaration":
        markDeclaration(code, node, where);
        break;
      default:
        if (!mayAct && !isMarked(code.original, node.start))
          throw new SideEffectError(
            `${where}: a statement at the top of a module acts when it is loaded: ${code.original.slice(node.start, node.start + 80)}`,
          );
    }
  }
}
