/**
 * @file The examples of the documentation type-check as a user's program would: strict, against the library's own types.
 * Statements that are to throw are left out, since most of them are type errors too.
 */
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import * as adjoint from "../../src/index.ts";
import { root } from "../util/source-graph.ts";
import { byScope, docstringSnippets, markdownSnippets, prepare } from "./snippets.ts";

interface VirtualFile {
  /** The document, which relative imports start from. */
  readonly document: string;
  readonly text: string;
  /** Where the lines come from, for messages. */
  readonly place: (line: number) => string;
}

const markdown = ["README.md", ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`)];

function markdownFiles(): VirtualFile[] {
  return markdown.flatMap((file) => {
    const snippets = markdownSnippets(file, readFileSync(join(root, file), "utf8"));
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
  const imports = `import { numpy as np, ${names.join(", ")} } from "adjoint";`;
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter((f) =>
    f.endsWith(".ts"),
  );
  return files.flatMap((name) => {
    const path = join(root, "src", name);
    return docstringSnippets(relative(root, path), readFileSync(path, "utf8")).map((s): VirtualFile => {
      const used = imports + own(path, names);
      return {
        document: s.file,
        text: `${used} {\n${prepare(s).typed}\n}`,
        place: (i) => `${s.file}:${s.line + i - 1}`,
      };
    });
  });
}

/** Exports of a module that are not public names: examples of internal functions use them. */
function own(path: string, names: readonly string[]): string {
  const found = [...readFileSync(path, "utf8").matchAll(/^export (?:function|const|class) (\w+)/gm)].map(
    (m) => m[1],
  );
  const rest = found.filter((name) => !names.includes(name));
  return rest.length === 0 ? "" : `import { ${[...new Set(rest)].join(", ")} } from ${JSON.stringify(path)};`;
}

it("examples type-check", { timeout: 120_000 }, () => {
  const files = new Map(
    [...markdownFiles(), ...docstringFiles()].map(
      (f, i) => [join(root, dirname(f.document), `virtual-${i}.ts`), f] as const,
    ),
  );
  const config = ts.readConfigFile(join(root, "tsconfig.json"), (path) => ts.sys.readFile(path))
    .config as object;
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const settings: ts.CompilerOptions = {
    ...options,
    incremental: false,
    tsBuildInfoFile: undefined,
    noUnusedLocals: false,
    noUnusedParameters: false,
    erasableSyntaxOnly: false,
    rewriteRelativeImportExtensions: false,
    paths: { adjoint: [join(root, "src", "index.ts")] },
  };
  const base = ts.createCompilerHost(settings);
  const host: ts.CompilerHost = {
    ...base,
    readFile: (path) => files.get(path)?.text ?? base.readFile(path),
    fileExists: (path) => files.has(path) || base.fileExists(path),
    getSourceFile: (path, version, ...rest) => {
      const file = files.get(path);
      if (file === undefined) return base.getSourceFile(path, version, ...rest);
      return ts.createSourceFile(path, `${file.text}\nexport {};`, version, true);
    },
  };
  const program = ts.createProgram([...files.keys()], settings, host);
  const problems = [...files].flatMap(([path, file]) => {
    const source = program.getSourceFile(path);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      (d) => {
        const { line } = source!.getLineAndCharacterOfPosition(d.start ?? 0);
        return `${file.place(line)}: ${ts.flattenDiagnosticMessageText(d.messageText, " ")}`;
      },
    );
  });
  expect(problems.join("\n")).toBe("");
});
