/**
 * @file The transformation of a file, a pure function of its text: TypeScript's types are taken off, functions that are opted in
 * get conversions, and the file imports the runtime. Nothing changes in a file without any.
 */
import type TypeScript from "typescript";
import { Emitter, forceName, runtimeName, tracedName } from "./emit.ts";
import { Expressions } from "./expressions.ts";
import { Functions } from "./functions.ts";
import {
  type Position,
  type SourceMap,
  decodeMappings,
  flatten,
  lineStarts,
  positionIn,
  rope,
  type Rope,
} from "./rope.ts";
import { type Compiler, type FunctionNode, type Node, Scopes } from "./scope.ts";
import { Statements } from "./statements.ts";

/** How to transform a file. */
export interface FileOptions {
  /** Every function of the file is meant, with no directive: the file is on a list of the user's. */
  readonly all?: boolean | undefined;
  /** The path for messages; that of the file by default. */
  readonly shown?: string | undefined;
  /** The runtime, as an expression for modules of CommonJS: a `require` of it by default. */
  readonly runtime?: string | undefined;
}

/** A file that has been transformed. */
export interface PlainFile {
  readonly code: string;
  readonly map: SourceMap;
  /** How many functions have a conversion. */
  readonly functions: number;
}

const directive = "use adjoint";

const isTypeScript = (path: string): boolean => /\.(?:[cm]?ts|[jt]sx)$/.test(path);

/** JavaScript, and which place of the file each of its own is from. */
interface Script {
  readonly code: string;
  readonly original: (offset: number) => Position;
}

function withoutTypes(ts: Compiler, path: string, code: string): Script {
  const starts = lineStarts(code);
  if (!isTypeScript(path)) return { code, original: (offset) => positionIn(starts, offset) };
  const { outputText, sourceMapText } = ts.transpileModule(code, {
    fileName: path,
    compilerOptions: {
      target: ts.ScriptTarget.ESNext,
      module: ts.ModuleKind.ESNext,
      jsx: ts.JsxEmit.Preserve,
      sourceMap: true,
      removeComments: false,
    },
  });
  const lines = decodeMappings((JSON.parse(sourceMapText!) as { readonly mappings: string }).mappings);
  const own = lineStarts(outputText);
  const original = (offset: number): Position => {
    const { line, column } = positionIn(own, offset);
    const segments = lines.at(line) ?? [];
    const found = segments.filter(([at]) => at <= column).at(-1) ?? segments.at(0);
    return found === undefined ? { line, column } : { line: found[1], column: found[2] };
  };
  return { code: outputText.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n"), original };
}

function hasDirective(ts: Compiler, list: readonly TypeScript.Statement[]): boolean {
  for (const s of list) {
    if (!ts.isExpressionStatement(s) || !ts.isStringLiteral(s.expression)) return false;
    if (s.expression.text === directive) return true;
  }
  return false;
}

/** Whether a function, or one around it, has the directive. */
function isOptedIn(ts: Compiler, scopes: Scopes): (n: FunctionNode) => boolean {
  return (n) => {
    for (let node: Node | undefined = n; node !== undefined; node = node.parent)
      if (scopes.isFunction(node) && node.body !== undefined && ts.isBlock(node.body))
        if (hasDirective(ts, node.body.statements)) return true;
    return false;
  };
}

/** Whether a file is one of CommonJS: it does not import or export, and it, or its name, says so. */
function isCommonJs(ts: Compiler, file: TypeScript.SourceFile, path: string): boolean {
  if (
    file.statements.some(
      (s) => ts.isImportDeclaration(s) || ts.isExportDeclaration(s) || ts.isExportAssignment(s),
    )
  )
    return false;
  const exported = file.statements.some(
    (s) =>
      ts.canHaveModifiers(s) &&
      ts.getModifiers(s)?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword) === true,
  );
  if (exported || /\.m[jt]s$/.test(path) || /import\.meta\b/.test(file.text)) return false;
  return (
    path.endsWith(".cjs") || (path.endsWith(".js") && /\b(?:module|exports|require|define)\b/.test(file.text))
  );
}

const runtime = "adjoint/plain/runtime";

/** What makes the runtime known: a declaration at the top, or an import at the end, where lines stay as they are. */
function prelude(commonJs: boolean, own: string | undefined): { readonly top: Rope; readonly end: Rope } {
  const names = `inForce as ${forceName}, Traced as ${tracedName}`;
  return commonJs
    ? {
        top: `; var ${runtimeName} = ${own ?? `require("${runtime}")`}, ${forceName} = ${runtimeName}.inForce, ${tracedName} = ${runtimeName}.Traced; `,
        end: "",
      }
    : {
        top: "",
        end: `\nimport * as ${runtimeName} from "${runtime}";\nimport { ${names} } from "${runtime}";\n`,
      };
}

/**
 * Transforms a file; null if none of its functions is opted in, or none needs a conversion.
 * @param ts the package typescript
 * @param path of the file: tells TypeScript from JavaScript, and stands in messages
 */
export function transformPlain(
  ts: Compiler,
  path: string,
  code: string,
  options: FileOptions = {},
): PlainFile | null {
  if (options.all !== true && !code.includes(directive)) return null;
  // Once is enough: more than one loader may hand a file on.
  if (code.includes(forceName)) return null;
  const script = withoutTypes(ts, path, code);
  const kind = path.endsWith("x") ? ts.ScriptKind.JSX : ts.ScriptKind.JS;
  const file = ts.createSourceFile(path, script.code, ts.ScriptTarget.Latest, true, kind);
  const scopes = new Scopes(ts, file);
  const site = (offset: number): string => {
    const { line, column } = script.original(offset);
    return `${options.shown ?? path}:${line + 1}:${column + 1}`;
  };
  const e = new Emitter(ts, file, scopes, site);
  const all = options.all === true || hasDirective(ts, file.statements);
  const functions = new Functions(e, all ? () => true : isOptedIn(ts, scopes));
  const expressions = new Expressions(e);
  const statements = new Statements(e);
  e.parts = {
    expression: (n) => expressions.write(n),
    assign: (target, value) => expressions.assign(target, value),
    statements: (list, c) => statements.list(list, c),
    converted: (n) => functions.inside(n),
    original: (n) => functions.original(n),
  };
  const body = functions.original(file);
  if (functions.converted === 0) return null;
  const { top, end } = prelude(isCommonJs(ts, file, path), options.runtime);
  const after = Math.max(topOf(ts, file), file.getStart());
  const whole = rope`${{ from: 0, to: after }}${top}${afterOffset(body, after)}${end}`;
  const { text, mappings } = flatten(script.code, whole, script.original);
  const map: SourceMap = { version: 3, sources: [path], sourcesContent: [code], names: [], mappings };
  return { code: text, map, functions: functions.converted };
}

/** The offset behind a `#!` line and directives. */
function topOf(ts: Compiler, file: TypeScript.SourceFile): number {
  let at = ts.getShebang(file.text)?.length ?? 0;
  for (const s of file.statements) {
    if (!ts.isExpressionStatement(s) || !ts.isStringLiteral(s.expression)) break;
    at = s.getEnd();
  }
  return at;
}

/** The part of a rope that is from behind an offset: what is before is text as it stood. */
function afterOffset(whole: Rope, offset: number): Rope {
  if (typeof whole === "string") return whole;
  if ("from" in whole) return { from: Math.max(whole.from, offset), to: Math.max(whole.to, offset) };
  return whole.map((part) => afterOffset(part, offset));
}
