/**
 * @file Documented examples: found in Markdown and in docstrings, made into one function each, and run.
 *
 * Comments at the end of a statement say what it gives (see expectation.ts), or "throws SomeError: part of its message".
 * After a `console.log` the comment lines that follow say what it prints.
 */
import { dirname, join } from "node:path";
import { format } from "node:util";
import { compileFunction } from "node:vm";
import ts from "typescript";
import { entryOf } from "../../scripts/build/entries.ts";
import * as adjoint from "../../src/index.ts";
import * as plainRuntime from "../../src/plain/runtime/index.ts";
import { transformPlain } from "../../src/plain/transform/file.ts";
import * as infer from "../../src/infer/index.ts";
import { root } from "../util/source-graph.ts";
import { checkValue, statesError, statesValue } from "./expectation.ts";

export interface Snippet {
  readonly file: string;
  /** 1-based line of the first line of `code`. */
  readonly line: number;
  readonly code: string;
  /** Snippets of one scope run after one another and see each other's names. */
  readonly scope: string;
}

/**
 * The ```ts blocks of a Markdown text. They share a scope: a name that one block imports is known to the next. Blocks that
 * need more than Node (a Python) are ```mts, and run where that is.
 */
export function markdownSnippets(
  file: string,
  text: string,
  languages: readonly string[] = ["ts"],
): Snippet[] {
  const out: Snippet[] = [];
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const fence = /^```(\w*)$/.exec(lines[i]);
    if (fence === null) continue;
    const end = lines.indexOf("```", i + 1);
    if (languages.includes(fence[1]))
      out.push({ file, line: i + 2, code: lines.slice(i + 1, end).join("\n"), scope: file });
    i = end;
  }
  return out;
}

/** The `@example` blocks of a source text; each has a scope of its own. */
export function docstringSnippets(file: string, text: string): Snippet[] {
  const out: Snippet[] = [];
  for (const comment of text.matchAll(/\/\*\*[\s\S]*?\*\//g)) {
    const first = text.slice(0, comment.index).split("\n").length;
    const lines = comment[0]
      .split("\n")
      .map((line) => line.replace(/^\s*(?:\/\*\*|\*\/|\*) ?/, "").replace(/\s*\*\/$/, ""));
    lines.forEach((line, i) => {
      if (!/^@example\b/.test(line)) return;
      const rest = lines.slice(i + 1);
      const end = rest.findIndex((l) => /^@\w/.test(l));
      const code = (end === -1 ? rest : rest.slice(0, end)).filter((l) => !l.startsWith("```"));
      const at = first + i + 1;
      out.push({ file, line: at, code: code.join("\n").trimEnd(), scope: `${file}:${at}` });
    });
  }
  return out;
}

interface Expectation {
  readonly text: string;
  readonly place: string;
}

interface Prepared {
  /** The code with imports bound and checks inserted, on the same lines. */
  readonly code: string;
  /** The code for the type checker: as written, without the statements that are to throw. */
  readonly typed: string;
  readonly expectations: readonly Expectation[];
  /** Modules it imports: "adjoint", or files of this repository relative to the document. */
  readonly modules: readonly string[];
}

/** An import as a destructuring pattern and as a declaration, without the names that are known already. */
function importsOf(node: ts.ImportDeclaration, known: Set<string>): { pattern: string; declaration: string } {
  const bindings = node.importClause?.namedBindings;
  if (bindings === undefined) return { pattern: "{}", declaration: node.getText() };
  if (ts.isNamespaceImport(bindings)) {
    known.add(bindings.name.text);
    return { pattern: bindings.name.text, declaration: node.getText() };
  }
  const all = node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword ? "type " : "";
  const fresh = bindings.elements.filter((e) => !known.has(e.name.text));
  fresh.forEach((e) => known.add(e.name.text));
  const values = fresh.filter((e) => !e.isTypeOnly && all === "");
  const renamed = values.map((e) =>
    e.propertyName === undefined ? e.name.text : `${e.propertyName.getText()}: ${e.name.text}`,
  );
  const names = fresh.map((e) => e.getText()).join(", ");
  return {
    pattern: `{ ${renamed.join(", ")} }`,
    declaration: `import ${all}{ ${names} } from ${node.moduleSpecifier.getText()};`,
  };
}

/** The comment after a statement, and for a `console.log` the comment lines below it. */
function commentAfter(source: ts.SourceFile, node: ts.Statement): string | null {
  const ranges = ts.getTrailingCommentRanges(source.text, node.end) ?? [];
  const first = ranges.find((r) => r.kind === ts.SyntaxKind.SingleLineCommentTrivia);
  if (first !== undefined) return source.text.slice(first.pos + 2, first.end).trim();
  if (!isConsoleLog(node)) return null;
  const below = source.text.slice(node.end).split("\n").slice(1);
  const end = below.findIndex((line) => !line.startsWith("//"));
  const lines = (end === -1 ? below : below.slice(0, end)).map((line) => line.replace(/^\/\/ ?/, ""));
  return lines.length === 0 ? null : lines.join("\n");
}

function isConsoleLog(node: ts.Statement): node is ts.ExpressionStatement {
  return ts.isExpressionStatement(node) && node.expression.getText().startsWith("console.log(");
}

/** What a declaration bound, as an expression: `y` for `const y = …`, `[y, dy]` for `const [y, dy] = …`. */
function declared(node: ts.Statement): string | null {
  if (!ts.isVariableStatement(node)) return null;
  const [first, ...more] = node.declarationList.declarations;
  return more.length > 0 || first.initializer === undefined ? null : first.name.getText();
}

/** Text between two positions, as many line breaks as it has. */
const blank = (text: string): string => text.replace(/[^\n]/g, "");

/** @param known names imported by earlier snippets of the scope; grows. */
export function prepare(snippet: Snippet, known = new Set<string>()): Prepared {
  const source = ts.createSourceFile("snippet.ts", snippet.code, ts.ScriptTarget.ES2022, true);
  const expectations: Expectation[] = [];
  const modules: string[] = [];
  let code = "";
  let typed = "";
  let at = 0;
  for (const node of source.statements) {
    const start = node.getStart();
    const between = snippet.code.slice(at, start);
    const text = snippet.code.slice(start, node.end);
    at = node.end;
    code += between;
    typed += between;
    if (ts.isImportDeclaration(node)) {
      const name = (node.moduleSpecifier as ts.StringLiteral).text;
      modules.push(name);
      const { pattern, declaration } = importsOf(node, known);
      code += `const ${pattern} = $modules[${JSON.stringify(name)}];${blank(text)}`;
      typed += declaration + blank(text);
      continue;
    }
    const comment = commentAfter(source, node);
    const fails = comment === null ? null : statesError(comment);
    typed += fails === null ? text : blank(text);
    if (comment === null || (fails === null && !statesValue(comment) && !isConsoleLog(node))) {
      code += text;
      continue;
    }
    const line = snippet.line + source.getLineAndCharacterOfPosition(start).line;
    const i = expectations.push({ text: comment, place: `${snippet.file}:${line}` }) - 1;
    const name = declared(node);
    if (fails !== null) code += `$throws(${i}, () => { ${text} });`;
    else if (isConsoleLog(node)) code += `$prints(${i}, () => { ${text} });`;
    else if (name !== null) code += `${text} $value(${i}, ${name});`;
    else if (ts.isExpressionStatement(node)) code += `$value(${i}, ${node.expression.getText()});`;
    else code += text;
  }
  return {
    code: code + snippet.code.slice(at),
    typed: typed + snippet.code.slice(at),
    expectations,
    modules,
  };
}

type Names = Readonly<Record<string, unknown>>;

/** What examples in docstrings may use without importing it: all public names, and those of the module at hand. */
export function ambientNames(module: Names): Names {
  const reserved = ["default", "delete", "var"];
  const all = { ...module, ...adjoint, infer, np: adjoint.numpy };
  return Object.fromEntries(Object.entries(all).filter(([name]) => !reserved.includes(name)));
}

function checkThrows({ text, place }: Expectation, f: () => void): void {
  const expected = statesError(text)!;
  try {
    f();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const said = `${error.name}: ${error.message}`.replace(/\s+/g, " ");
    const parts = expected.message.split("…").map((part) => part.trim());
    if (error.name === expected.name && parts.every((part) => said.includes(part))) return;
    throw new Error(`${place}: the comment says ${expected.name}: ${expected.message}\nthrown was ${said}`, {
      cause: error,
    });
  }
  throw new Error(`${place}: the comment says that it throws ${expected.name}; it did not`);
}

function checkPrints({ text, place }: Expectation, f: () => void): void {
  const print = console.log;
  const lines: string[] = [];
  console.log = (...args: unknown[]) => lines.push(format(...args));
  try {
    f();
  } finally {
    console.log = print;
  }
  const got = lines
    .join("\n")
    .split("\n")
    .map((l) => l.trimEnd());
  const wanted = text.split("\n").map((l) => l.trimEnd());
  if (got.join("\n") === wanted.join("\n")) return;
  checkValue(got.join("\n"), wanted.join("\n"), place);
}

async function load(file: string, modules: readonly string[]): Promise<Names> {
  const pairs = [...new Set(modules)].map(async (name): Promise<[string, unknown]> => {
    const entry = entryOf(name);
    if (entry !== null) return [name, await import(join(root, "src", `${entry}.ts`))];
    if (!name.startsWith("."))
      throw new Error(
        `${file}: imports ${name}; only entry points of the library and files of this repository`,
      );
    return [name, await import(join(root, dirname(file), name))];
  });
  return Object.fromEntries(await Promise.all(pairs));
}

/** What code imports from the runtime of plain code once it has been transformed. */
const transformed: Names = {
  $adjoint: plainRuntime,
  $adjointForce: plainRuntime.inForce,
  $adjointTraced: plainRuntime.Traced,
};

/** The functions of a text that have the directive "use adjoint" are transformed, as a build does. */
function withPlainCode(file: string, code: string): string {
  const text = transformPlain(ts, "snippet.js", code, { shown: file })?.code ?? code;
  return text.replace(/^import .* from "adjoint\/plain\/runtime";$/gm, "");
}

/** Runs the snippets of one scope; returns the number of statements that were checked. */
export async function runSnippets(snippets: readonly Snippet[], ambient: Names = {}): Promise<number> {
  const known = new Set<string>();
  const prepared = snippets.map((s) => prepare(s, known));
  const expectations = prepared.flatMap((p) => p.expectations);
  let offset = 0;
  const body = prepared.map((p) => {
    const code = p.code.replace(
      /\$(value|throws|prints)\((\d+),/g,
      (_, f: string, i: string) => `$${f}(${Number(i) + offset},`,
    );
    offset += p.expectations.length;
    return code;
  });
  const { outputText } = ts.transpileModule(body.join("\n;\n"), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  let done = 0;
  const next = (i: number): Expectation => {
    done++;
    return expectations[i];
  };
  const given = { ...transformed, ...ambient };
  const names = ["$modules", "$value", "$throws", "$prints", ...Object.keys(given)];
  const run = compileFunction(
    `return (async () => {\n${withPlainCode(snippets[0].file, outputText).replace(/^export \{\};?$/m, "")}\n})();`,
    names,
    { filename: `/${snippets[0].file}` },
  ) as (...args: unknown[]) => Promise<void>;
  await run(
    await load(
      snippets[0].file,
      prepared.flatMap((p) => p.modules),
    ),
    (i: number, value: unknown) => {
      const { text, place } = next(i);
      checkValue(value, text, place);
    },
    (i: number, f: () => void) => checkThrows(next(i), f),
    (i: number, f: () => void) => checkPrints(next(i), f),
    ...Object.values(given),
  );
  if (done !== expectations.length)
    throw new Error(
      `${snippets[0].file}: ${expectations.length - done} statements with a stated value did not run`,
    );
  return done;
}

/** Snippets by scope, in order. */
export function byScope(snippets: readonly Snippet[]): Map<string, Snippet[]> {
  const out = new Map<string, Snippet[]>();
  for (const s of snippets) out.set(s.scope, [...(out.get(s.scope) ?? []), s]);
  return out;
}
