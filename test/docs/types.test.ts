/**
 * @file The examples of the documentation type-check as a user's program would: strict, against the library's own types.
 * Statements that are to throw are left out, since most of them are type errors too.
 */
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import * as adjoint from "../../src/index.ts";
import { entryNames, entryOf } from "../../scripts/build/entries.ts";
import { root } from "../util/source-graph.ts";
import { byScope, docstringSnippets, markdownSnippets, prepare } from "./snippets.ts";

/** Written for contributors: their code imports the sources, and is compiled as those are. */
const ofContributors = ["docs/adding-a-primitive.md", "docs/how-it-works.md", "docs/loop-ir.md"];

interface VirtualFile {
  /** The document, which relative imports start from. */
  readonly document: string;
  readonly text: string;
  /** Where the lines come from, for messages. */
  readonly place: (line: number) => string;
}

const markdown = [
  "README.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

function markdownFiles(): VirtualFile[] {
  return markdown.flatMap((file) => {
    const snippets = markdownSnippets(file, readFileSync(join(root, file), "utf8"), ["ts", "mts"]);
    return [...byScope(snippets).values()].map((scope): VirtualFile => {
      const known = new Set<string>();
      const lines: [string, string][] = scope.flatMap((s) =>
        prepare(s, known)
          .typed.split("\n")
          .map((line, i): [string, string] => [line, `${file}:${s.line + i}`]),
      );
      return {
        document: file,
        text: lines.map(([line]) => line).join("\n"),
        place: (i) => lines[i]?.[1] ?? file,
      };
    });
  });
}

function docstringFiles(): VirtualFile[] {
  const names = Object.keys(adjoint).filter((name) => name !== "default");
  const imports =
    `import { numpy as np, ${names.join(", ")} } from "adjoint"; ` +
    `import * as infer from "adjoint/infer";`;
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter((f) =>
    f.endsWith(".ts"),
  );
  return files.flatMap((name) => {
    const path = join(root, "src", name);
    return docstringSnippets(relative(root, path), readFileSync(path, "utf8")).map((s): VirtualFile => {
      const used = imports + own(path, names);
      return {
        document: s.file,
        text: `${used} {\n${inBlock(prepare(s).typed)}\n}`,
        place: (i) => `${s.file}:${s.line + i - 1}`,
      };
    });
  });
}

/** What stands in a block, where nothing can be imported but by a call. */
const inBlock = (text: string): string =>
  text.replace(
    /^import (?:\* as (\w+)|(\{[^}]*\})) from ("[^"]+");/gm,
    (_, space: string | undefined, names: string | undefined, from: string) =>
      `const ${space ?? names!} = await import(${from});`,
  );

/** Exports of a module that are not public names: examples of internal functions use them. */
function own(path: string, names: readonly string[]): string {
  const text = readFileSync(path, "utf8");
  const found = [
    ...[...text.matchAll(/^export (?:function|const|class) (\w+)/gm)].map((m) => m[1]),
    ...[...text.matchAll(/^export \{ ([\w, ]+) \};$/gm)].flatMap((m) => m[1].split(", ")),
  ];
  const rest = found.filter((name) => !names.includes(name));
  return rest.length === 0 ? "" : `import { ${[...new Set(rest)].join(", ")} } from ${JSON.stringify(path)};`;
}

/** What `tsc --init` of TypeScript 6 writes. */
const initSettings: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  target: ts.ScriptTarget.ESNext,
  types: [],
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  strict: true,
  jsx: ts.JsxEmit.ReactJSX,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  noUncheckedSideEffectImports: true,
  moduleDetection: ts.ModuleDetectionKind.Force,
  skipLibCheck: true,
};

/** The settings of this repository. */
function ownSettings(): ts.CompilerOptions {
  const config = ts.readConfigFile(join(root, "tsconfig.json"), (path) => ts.sys.readFile(path))
    .config as object;
  return { ...ts.parseJsonConfigFileContent(config, ts.sys, root).options, incremental: false };
}

/** The declarations of all modules, as the build writes them, by the path of the source. */
function declarations(): Map<string, string> {
  const files = entryNames.map((name) => join(root, "src", `${entryOf(name)!}.ts`));
  const program = ts.createProgram(files, {
    ...ownSettings(),
    tsBuildInfoFile: undefined,
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: root,
  });
  const out = new Map<string, string>();
  program.emit(undefined, (path, text) => out.set(path, text));
  return out;
}

/** What the compiler says of examples, given the texts of further files. A source stands for nothing but its declarations. */
function problemsOf(
  documents: readonly VirtualFile[],
  settings: ts.CompilerOptions,
  built: ReadonlyMap<string, string>,
): string[] {
  const files = new Map(
    documents.map((f, i) => [join(root, dirname(f.document), `virtual-${i}.ts`), f] as const),
  );
  const base = ts.createCompilerHost(settings);
  const textOf = (path: string): string | undefined => files.get(path)?.text ?? built.get(path);
  const isHidden = (path: string): boolean => built.has(path.replace(/\.ts$/, ".d.ts"));
  const host: ts.CompilerHost = {
    ...base,
    readFile: (path) => textOf(path) ?? base.readFile(path),
    fileExists: (path) => textOf(path) !== undefined || (!isHidden(path) && base.fileExists(path)),
    getSourceFile: (path, version, ...rest) => {
      const text = textOf(path);
      if (text === undefined) return base.getSourceFile(path, version, ...rest);
      return ts.createSourceFile(path, files.has(path) ? `${text}\nexport {};` : text, version, true);
    },
  };
  const program = ts.createProgram([...files.keys()], settings, host);
  return [...files].flatMap(([path, file]) => {
    const source = program.getSourceFile(path);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      (d) => {
        const { line } = source!.getLineAndCharacterOfPosition(d.start ?? 0);
        return `${file.place(line)}: ${ts.flattenDiagnosticMessageText(d.messageText, " ")}`;
      },
    );
  });
}

it("examples type-check under the settings of tsc --init", { timeout: 240_000 }, () => {
  const built = declarations();
  const declared = (settings: ts.CompilerOptions): ts.CompilerOptions => ({
    ...settings,
    noEmit: true,
    allowImportingTsExtensions: true,
    noUnusedLocals: false,
    noUnusedParameters: false,
    erasableSyntaxOnly: false,
    paths: Object.fromEntries(
      entryNames.map((name) => [name, [join(root, "src", `${entryOf(name)!}.d.ts`)]]),
    ),
  });
  const isInside = (f: VirtualFile): boolean => ofContributors.includes(f.document);
  const all = [...markdownFiles(), ...docstringFiles()];
  const users = all.filter((f) => !isInside(f));
  const contributors = all.filter(isInside);
  const problems = [
    ...problemsOf(users, declared(initSettings), built),
    ...problemsOf(contributors, { ...declared(ownSettings()), tsBuildInfoFile: undefined }, built),
  ];
  expect(problems.join("\n")).toBe("");
});
