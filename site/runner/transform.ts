/**
 * @file A program as the worker runs it: types removed, imports bound to the modules there are, and the values of statements
 * reported. Lines stay where they are, so that an error names the user's.
 */
import { type Comment, type ImportDeclaration, type Statement, type ModuleDeclaration, parse } from "acorn";
import { transform } from "sucrase";

type Node = Statement | ModuleDeclaration;

const withoutTypes = (code: string): string =>
  transform(code, { transforms: ["typescript"], disableESTransforms: true, keepUnusedImports: true }).code;

/** A comment that states a value, not prose: as in the tests of the documentation. */
const states = /^(?:[-+]?(?:\d|\.\d|Infinity)|NaN|\[|\{|"|'|true\b|false\b|null\b|undefined\b|Array\(|Key\()/;

/** An import as a pattern, without the names that are known already. */
function pattern(node: ImportDeclaration, known: Set<string>): string {
  const names: string[] = [];
  for (const s of node.specifiers) {
    const fresh = !known.has(s.local.name);
    known.add(s.local.name);
    if (s.type === "ImportNamespaceSpecifier") return fresh ? s.local.name : "{}";
    const imported =
      s.type === "ImportDefaultSpecifier"
        ? "default"
        : s.imported.type === "Identifier"
          ? s.imported.name
          : String(s.imported.value);
    if (fresh) names.push(`${JSON.stringify(imported)}: ${s.local.name}`);
  }
  return `{ ${names.join(", ")} }`;
}

const breaks = (text: string): string => text.replace(/[^\n]/g, "");

/** Code that reports what a statement gave. */
function reporting(code: string, node: Node, comment: string | null, line: number): string {
  const text = code.slice(node.start, node.end);
  if (comment?.startsWith("throws ") === true) return `await $.throws(${line}, async () => { ${text} });`;
  if (node.type === "ExpressionStatement") {
    const { expression } = node;
    const expr = code.slice(expression.start, expression.end);
    const isAssignment = expression.type === "AssignmentExpression" || expression.type === "UpdateExpression";
    if (isAssignment && comment === null) return text;
    return `$.value(${line}, ${JSON.stringify(expr)}, (${expr}));`;
  }
  if (node.type === "VariableDeclaration" && comment !== null && states.test(comment)) {
    const [first, ...more] = node.declarations;
    if (more.length === 0) {
      const name = code.slice(first.id.start, first.id.end);
      return `${text} $.value(${line}, ${JSON.stringify(name)}, ${name});`;
    }
  }
  return text;
}

/**
 * One piece of a program as the body of an asynchronous function with the parameters `$` (see worker.ts) and `$module`.
 *
 * @param known names that earlier pieces imported; grows
 */
export function prepare(piece: string, known: Set<string>): string {
  const code = withoutTypes(piece);
  const comments: Comment[] = [];
  const program = parse(code, {
    ecmaVersion: "latest",
    sourceType: "module",
    allowAwaitOutsideFunction: true,
    locations: true,
    onComment: comments,
  });
  const commentAfter = (node: Node): string | null => {
    const found = comments.find((c) => c.start >= node.end);
    if (found?.type !== "Line" || /[^ \t;]/.test(code.slice(node.end, found.start))) return null;
    return found.value.trim();
  };
  let out = "";
  let at = 0;
  for (const node of program.body) {
    out += code.slice(at, node.start);
    at = node.end;
    const text = code.slice(node.start, node.end);
    if (node.type === "ImportDeclaration")
      out += `const ${pattern(node, known)} = $module(${JSON.stringify(node.source.value)});${breaks(text)}`;
    else if (node.type === "ExportNamedDeclaration" && node.declaration)
      out += code.slice(node.declaration.start, node.end);
    else if (node.type.startsWith("Export")) out += breaks(text);
    else out += reporting(code, node, commentAfter(node), node.loc!.start.line);
  }
  return out + code.slice(at);
}
