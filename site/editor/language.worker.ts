/**
 * @file TypeScript's language service for the program in the editor, in a worker: completion, types at the pointer, errors. It
 * sees the library's declarations, and no files.
 */
import ts from "typescript";
import helpers from "../playground/helpers.d.ts?raw";
import type { Answers, Info, Problem, Question, ToLanguage } from "./protocol.ts";

const main = "/main.ts";
const console =
  "interface Console { log(...values: unknown[]): void; warn(...values: unknown[]): void; error(...values: unknown[]): void }\ndeclare var console: Console;\ndeclare var performance: { now(): number };\n";

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2022.d.ts", "lib.esnext.disposable.d.ts"],
  types: [],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  allowImportingTsExtensions: true,
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  paths: {
    adjoint: ["/adjoint/index.d.ts"],
    "adjoint/testing": ["/adjoint/testing.d.ts"],
    "adjoint/lax": ["/adjoint/control-flow/lax.d.ts"],
    "adjoint/*": ["/adjoint/*/index.d.ts"],
  },
};

const files = new Map<string, string>([["/helpers.d.ts", helpers + console]]);
let version = 0;

const host: ts.LanguageServiceHost = {
  getCompilationSettings: () => options,
  getScriptFileNames: () => [main, "/helpers.d.ts"],
  getScriptVersion: (name) => (name === main ? String(version) : "0"),
  getScriptSnapshot: (name) => {
    const text = files.get(name);
    return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
  },
  getCurrentDirectory: () => "/",
  getDefaultLibFileName: () => "/lib/lib.es2022.d.ts",
  fileExists: (name) => files.has(name),
  readFile: (name) => files.get(name),
  directoryExists: (name) => [...files.keys()].some((f) => f.startsWith(`${name}/`)),
};
const service = ts.createLanguageService(host);

const text = (parts: readonly ts.SymbolDisplayPart[] | undefined): string =>
  ts.displayPartsToString([...(parts ?? [])]);

function infoOf(found: ts.QuickInfo | ts.CompletionEntryDetails | undefined, span: ts.TextSpan): Info | null {
  if (found === undefined) return null;
  const example = found.tags?.find((t) => t.name === "example");
  const parts = [text(found.documentation), text(example?.text)];
  return {
    from: span.start,
    to: span.start + span.length,
    signature: text(found.displayParts),
    text: parts.filter((p) => p !== "").join("\n\n"),
  };
}

const severities = ["warning", "error", "info", "info"] as const;

const answers: { readonly [K in keyof Answers]: (q: Question) => Answers[K] } = {
  completions: ({ at }) =>
    (
      service.getCompletionsAtPosition(main, at, { includeCompletionsForModuleExports: false })?.entries ?? []
    ).map((e) => ({ label: e.name, kind: e.kind })),
  details: ({ at, name }) =>
    infoOf(service.getCompletionEntryDetails(main, at, name, undefined, undefined, undefined, undefined), {
      start: at,
      length: 0,
    }),
  hover: ({ at }) => {
    const found = service.getQuickInfoAtPosition(main, at);
    return infoOf(found, found?.textSpan ?? { start: at, length: 0 });
  },
  problems: () =>
    [...service.getSyntacticDiagnostics(main), ...service.getSemanticDiagnostics(main)].map((d): Problem => ({
      from: d.start ?? 0,
      to: (d.start ?? 0) + (d.length ?? 0),
      message: ts.flattenDiagnosticMessageText(d.messageText, "\n"),
      severity: severities[d.category],
    })),
};

addEventListener("message", ({ data }: MessageEvent<ToLanguage>) => {
  if ("types" in data) {
    for (const [name, declarations] of Object.entries(data.types)) files.set(name, declarations);
    return;
  }
  if (files.get(main) !== data.code) version++;
  files.set(main, data.code);
  postMessage({ id: data.id, answer: answers[data.ask](data) });
});
