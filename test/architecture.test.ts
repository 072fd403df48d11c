/**
 * @file The rules of the source tree that a reader relies on: imports point one way, nothing is circular,
 * files are short and say what they are, and nothing escapes the type checker.
 *
 * The layers are those of the table in CONTRIBUTING.md: a new folder under src needs a place there.
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { describe, expect, it, vi } from "vitest";
import { findCycle, lineOf, listFiles, parseFile, parseText, root, walk } from "./util/source-graph.ts";
import type { Edge, SourceFile } from "./util/source-graph.ts";

/** The layers, lowest first, with the files and folders of src that each holds: the table of CONTRIBUTING.md. */
const layers = readLayers(readFileSync(join(root, "CONTRIBUTING.md"), "utf8"));

/**
 * Rooms whose files may refer to one another in a ring, since the rules of their primitives use one another (inside arrows
 * that run later): derivatives of element-wise functions, broadcasts and sums as each other's transposes, likewise gathers
 * and scatters.
 */
const rings: readonly (readonly string[])[] = [
  ["src/lax/elementwise/", "src/lax/operands/", "src/lax/families/"],
  ["src/lax/shapes/", "src/lax/reductions/", "src/lax/elementwise/complex/reductions.ts"],
  ["src/lax/indexing/"],
];

const softLines = 400;
const hardLines = 600;
const headerLines = 15;
const entries = 20;

const source = listFiles("src", ".ts").map(parseFile);
const everything = [
  ...source,
  ...["test", "scripts", "bench", "examples"].flatMap((folder) => listFiles(folder, ".ts")).map(parseFile),
];

function readLayers(page: string): { readonly name: string; readonly places: readonly string[] }[] {
  const rows = page.matchAll(/^\| `([\w-]+)` +\| (`[^|]+`) +\|/gm);
  return [...rows].map(([, name, places]) => ({ name, places: places.match(/[\w./-]+/g) ?? [] }));
}

/** The first part of a path below src: a folder's name, or a file's. */
const placeOf = (path: string): string => path.split("/")[1];

const rank = (path: string): number => layers.findIndex((layer) => layer.places.includes(placeOf(path)));

const isLocal = (edge: Edge): boolean => edge.to.startsWith("src/");

function wrongDirection(file: SourceFile): string[] {
  return file.edges
    .filter((edge) => isLocal(edge) && rank(edge.to) > rank(file.path))
    .map((edge) => `${file.path}:${edge.line} imports ${edge.to}`);
}

/** The value imports between files of src that no ring allows. */
function valueGraph(files: readonly SourceFile[]): Map<string, string[]> {
  const within = (ring: readonly string[], path: string): boolean => ring.some((r) => path.startsWith(r));
  const inRing = (a: string, b: string): boolean => rings.some((ring) => within(ring, a) && within(ring, b));
  return new Map(
    files.map((file) => [
      file.path,
      file.edges
        .filter((edge) => isLocal(edge) && edge.kind === "value" && !inRing(file.path, edge.to))
        .map((edge) => edge.to),
    ]),
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
  it("point from higher layers to lower ones, by the table of CONTRIBUTING.md", () => {
    expect(layers.length).toBeGreaterThan(10);
    const unknown = source.filter((file) => rank(file.path) === -1).map((file) => file.path);
    expect(unknown).toEqual([]);
    const places = layers.flatMap((layer) => layer.places);
    expect(places.filter((place) => !source.some((file) => placeOf(file.path) === place))).toEqual([]);
    expect(source.flatMap(wrongDirection)).toEqual([]);
  });

  it("make no cycles among values, but in the rings", () => {
    expect(findCycle(valueGraph(source))?.join(" → ") ?? "no cycle").toBe("no cycle");
  });

  it("let every file of a ring be loaded first", async () => {
    for (const file of source.filter((f) => rings.flat().some((place) => f.path.startsWith(place)))) {
      vi.resetModules();
      await expect(import(`../${file.path}`), file.path).resolves.toBeDefined();
    }
  });

  it("make no cycles between library folders", () => {
    const libraries = layers.findIndex((layer) => layer.name === "libraries");
    const graph = new Map<string, string[]>();
    for (const file of source.filter((f) => rank(f.path) === libraries)) {
      const successors = graph.get(placeOf(file.path)) ?? [];
      graph.set(placeOf(file.path), successors);
      for (const edge of file.edges) {
        if (!isLocal(edge) || rank(edge.to) !== libraries || edge.kind === "type") continue;
        if (placeOf(edge.to) !== placeOf(file.path)) successors.push(placeOf(edge.to));
      }
    }
    expect(findCycle(graph)?.join(" → ") ?? "no cycle").toBe("no cycle");
  });

  it("are bound late in core/late.ts and src/wiring.ts alone, where all of them are supplied", () => {
    const texts = (pattern: RegExp): string[] =>
      source.flatMap((file) => [...file.text.matchAll(pattern)].map((m) => `${file.path} ${m[1]}`));
    const declared = texts(/export const (\w+) = new LateBinding</g).map((place) => place.split(" ")[1]);
    const supplied = texts(/(\w+)\.supply\(/g);
    expect(supplied.filter((place) => !place.startsWith("src/wiring.ts "))).toEqual([]);
    expect(supplied.map((place) => place.split(" ")[1]).sort()).toEqual(declared.sort());
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
    // But for the hooks of Node's loader, which run nowhere else.
    expect(node.map((file) => file.path)).toEqual(["src/plain/node/register.ts"]);
  });
});

describe("folders", () => {
  const folders = [...new Set(source.map((file) => dirname(file.path)))].flatMap((folder) => {
    const parts = folder.split("/");
    return parts.slice(1).map((_, i) => parts.slice(0, i + 2).join("/"));
  });

  it("open with a page that says what belongs there and what does not", () => {
    const page = (folder: string): string => join(root, folder, "README.md");
    const silent = [...new Set(folders)].filter(
      (folder) =>
        !existsSync(page(folder)) ||
        !/^# .+\n\nBelongs here: .+\n\nDoes not: .+\n$/.test(readFileSync(page(folder), "utf8")),
    );
    expect(silent).toEqual([]);
  });

  it(`have about ${entries} entries at most`, () => {
    const count = (folder: string): number => readdirSync(join(root, folder)).length;
    const full = [...new Set(folders)].filter((folder) => count(folder) > entries + 2);
    expect(full.map((folder) => `${folder}: ${count(folder)}`)).toEqual([]);
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

describe("programs", () => {
  it("do not depend on the text or the name of functions: minifiers change both", () => {
    const reads = (node: ts.Node): boolean =>
      ts.isPropertyAccessExpression(node) &&
      node.name.text === "toString" &&
      /^(?:Function\.prototype|f)$/.test(node.expression.getText());
    // What is exported ahead of time, and what debuggers step through, gives parameters the names that they have, for
    // readers: other names run alike.
    expect(places(source, reads).map((place) => place.replace(/:\d+$/, ""))).toEqual([
      "src/aot/names.ts",
      "src/jit/argument-names.ts",
    ]);
  });
});

describe("the rules themselves", () => {
  it("see a wrong edge and its kind", () => {
    const file = parseText(
      "src/core/x.ts",
      [
        'import type { A } from "../lax/a.ts";',
        'import { type B } from "../base/errors.ts";',
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
    const lower = parseText("src/core/primitive.ts", 'import type { B } from "../loops/ir/build.ts";');
    expect(wrongDirection(lower)).toEqual([]);
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
