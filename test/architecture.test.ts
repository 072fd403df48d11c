/**
 * @file The rules of the source tree that a reader relies on: imports point one way, nothing is circular,
 * files are short and say what they are, and nothing escapes the type checker.
 *
 * The rules hold for whatever files exist; a new folder under src counts as a library.
 */
import ts from "typescript";
import { describe, expect, it, vi } from "vitest";
import { findCycle, lineOf, listFiles, parseFile, parseText, walk } from "./util/source-graph.ts";
import type { Edge, SourceFile } from "./util/source-graph.ts";

/** Lower layers first: a file may import its own layer and the layers before it. */
const layers = ["base", "core", "interpreters", "jit", "lax", "api", "numpy", "library", "index"] as const;

/** Top-level files that stand below everything. */
const baseFiles = new Set([
  "src/base/util.ts",
  "src/base/errors.ts",
  "src/base/config.ts",
  "src/base/source.ts",
  "src/arguments/named.ts",
]);

/** The one edge that points upwards: a primitive's `lower` rule is typed by what it lowers to. */
const upwardTypeImports = [{ from: "src/core/primitive.ts", to: /^src\/jit\/(?:lowering\.ts|loop\/)/ }];

const softLines = 400;
const hardLines = 600;
const headerLines = 15;

const source = listFiles("src", ".ts").map(parseFile);
const everything = [
  ...source,
  ...["test", "scripts", "bench", "examples"].flatMap((folder) => listFiles(folder, ".ts")).map(parseFile),
];

function layerOf(path: string): (typeof layers)[number] {
  if (path === "src/index.ts") return "index";
  if (baseFiles.has(path)) return "base";
  const folder = layers.find((layer) => path.startsWith(`src/${layer}/`));
  return folder ?? "library";
}

function rank(path: string): number {
  return layers.indexOf(layerOf(path));
}

const isLocal = (edge: Edge): boolean => edge.to.startsWith("src/");

function wrongDirection(file: SourceFile): string[] {
  return file.edges
    .filter((edge) => isLocal(edge) && rank(edge.to) > rank(file.path))
    .filter((edge) => !isUpwardException(file.path, edge))
    .map(
      (edge) => `${file.path}:${edge.line} (${layerOf(file.path)}) imports ${edge.to} (${layerOf(edge.to)})`,
    );
}

function isUpwardException(from: string, edge: Edge): boolean {
  return (
    edge.kind === "type" && upwardTypeImports.some((rule) => rule.from === from && rule.to.test(edge.to))
  );
}

/** The places in `files` where `matches` says yes, as `path:line`. */
function places(files: readonly SourceFile[], matches: (node: ts.Node) => boolean): string[] {
  return files.flatMap((file) => {
    const found: string[] = [];
    walk(file.ast, (node) => {
      if (matches(node)) found.push(`${file.path}:${lineOf(file.ast, node)}`);
    });
    return found;
  });
}

/** The lines of `files` that match, as `path:line`. */
function matchingLines(files: readonly SourceFile[], pattern: RegExp): string[] {
  return files.flatMap((file) =>
    file.text.split("\n").flatMap((line, i) => (pattern.test(line) ? [`${file.path}:${i + 1}`] : [])),
  );
}

describe("imports", () => {
  it("point from higher layers to lower ones", () => {
    expect(source.flatMap(wrongDirection)).toEqual([]);
  });

  // Derivative rules of primitives use one another's functions (mul's needs mul, sin's needs cos), inside arrows that run
  // later; so files of src/lax may refer to each other as long as any of them can be loaded first.
  it("make no cycles among values outside src/lax", () => {
    const inLax = (path: string): boolean => layerOf(path) === "lax";
    const graph = new Map(
      source.map((file) => [
        file.path,
        file.edges
          .filter((edge) => isLocal(edge) && edge.kind === "value" && !(inLax(file.path) && inLax(edge.to)))
          .map((edge) => edge.to),
      ]),
    );
    expect(findCycle(graph)?.join(" → ") ?? "no cycle").toBe("no cycle");
  });

  it("let every file of src/lax be loaded first", async () => {
    for (const file of source.filter((f) => layerOf(f.path) === "lax")) {
      vi.resetModules();
      await expect(import(`../${file.path}`), file.path).resolves.toBeDefined();
    }
  });

  it("make no cycles between library folders", () => {
    const folder = (path: string): string => path.split("/").slice(0, 2).join("/");
    const graph = new Map<string, string[]>();
    for (const file of source.filter((f) => layerOf(f.path) === "library")) {
      const successors = graph.get(folder(file.path)) ?? [];
      graph.set(folder(file.path), successors);
      for (const edge of file.edges) {
        if (!isLocal(edge) || layerOf(edge.to) !== "library" || edge.kind === "type") continue;
        if (folder(edge.to) !== folder(file.path)) successors.push(folder(edge.to));
      }
    }
    expect(findCycle(graph)?.join(" → ") ?? "no cycle").toBe("no cycle");
  });

  it("do not go through src/index.ts, nor through the index of the file's own folder", () => {
    const own = (file: SourceFile): string => file.path.replace(/[^/]+$/, "index.ts");
    const wrong = source.flatMap((file) =>
      file.edges
        .filter((edge) => edge.to === "src/index.ts" || (edge.to === own(file) && file.path !== own(file)))
        .map((edge) => `${file.path}:${edge.line} imports ${edge.to}`),
    );
    expect(wrong).toEqual([]);
  });

  it("reach binaryen from one file at most, and nothing of Node statically", () => {
    const users = source.filter((file) => file.edges.some((edge) => edge.to === "binaryen"));
    expect(users.map((file) => file.path).slice(1)).toEqual([]);
    const node = source.filter((f) => f.edges.some((e) => e.to.startsWith("node:") && e.kind === "value"));
    expect(node.map((file) => file.path)).toEqual([]);
  });
});

describe("files", () => {
  it(`have at most ${hardLines} lines`, () => {
    const long = source.filter((file) => file.lines > softLines).sort((a, b) => b.lines - a.lines);
    const list = long.map((file) => `  ${file.lines} ${file.path}`).join("\n");
    if (long.length > 0) console.log(`${long.length} files have more than ${softLines} lines:\n${list}`);
    expect(everything.filter((file) => file.lines > hardLines).map((f) => `${f.path}: ${f.lines}`)).toEqual(
      [],
    );
  });

  it(`open with an @file comment of at most ${headerLines} lines`, () => {
    const header = /^(?:#![^\n]*\n)?(\/\*\*\s*(?:\*\s*)?@file\s[\s\S]*?\*\/)/;
    const wrong = everything.filter((file) => {
      const match = header.exec(file.text);
      return match === null || match[1].split("\n").length > headerLines;
    });
    expect(wrong.map((file) => file.path)).toEqual([]);
  });

  it("name no machine's folders", () => {
    const folders = ["work", "tmp", "home", "root", "Users"].join("|");
    expect(matchingLines(everything, new RegExp(`(?:^|[\\s"'\`(=:])/(?:${folders})/`))).toEqual([]);
  });
});

describe("types", () => {
  it("are not escaped", () => {
    expect(places(source, (node) => node.kind === ts.SyntaxKind.AnyKeyword)).toEqual([]);
    const comments = ["@ts-" + "(?:ignore|nocheck|expect-error)", "eslint-" + "disable"].join("|");
    expect(matchingLines(source, new RegExp(comments))).toEqual([]);
  });

  it("are erasable: no enums, namespaces or parameter properties", () => {
    const wrong = places(everything, (node) => {
      if (ts.isEnumDeclaration(node) || ts.isModuleDeclaration(node)) return true;
      return ts.isParameter(node) && ts.isParameterPropertyDeclaration(node, node.parent);
    });
    expect(wrong).toEqual([]);
  });
});

describe("evaluation of generated text", () => {
  it("happens in one file at most", () => {
    const evaluates = (node: ts.Node): boolean =>
      (ts.isNewExpression(node) || ts.isCallExpression(node)) &&
      ts.isIdentifier(node.expression) &&
      ["Function", "eval"].includes(node.expression.text);
    const files = new Set(places(source, evaluates).map((place) => place.replace(/:\d+$/, "")));
    expect([...files].slice(1)).toEqual([]);
  });
});

describe("the rules themselves", () => {
  it("see a wrong edge, its kind and its layer", () => {
    const file = parseText(
      "src/core/x.ts",
      [
        'import type { A } from "../lax/a.ts";',
        'import { type B } from "../errors.ts";',
        'export type { C } from "./c.ts";',
        'export * from "./d.ts";',
        'const e = import("@scope/pkg/sub");',
        'let f: import("../jit/f.ts").F;',
      ].join("\n"),
    );
    expect(file.edges.map((edge) => `${edge.kind} ${edge.to}`)).toEqual([
      "type src/lax/a.ts",
      "value src/base/errors.ts",
      "type src/core/c.ts",
      "value src/core/d.ts",
      "dynamic @scope/pkg",
      "type src/jit/f.ts",
    ]);
    expect(wrongDirection(file)).toHaveLength(2);
    const primitive = parseText("src/core/primitive.ts", 'import type { B } from "../jit/loop/builder.ts";');
    expect(wrongDirection(primitive)).toEqual([]);
  });

  it("find a cycle", () => {
    expect(
      findCycle(
        new Map([
          ["a", ["b"]],
          ["b", ["c"]],
          ["c", ["b"]],
        ]),
      ),
    ).toEqual(["b", "c", "b"]);
    expect(
      findCycle(
        new Map([
          ["a", ["b", "c"]],
          ["b", ["c"]],
          ["c", []],
        ]),
      ),
    ).toBeNull();
  });
});
