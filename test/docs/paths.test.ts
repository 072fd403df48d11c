/**
 * @file The files and folders that CONTRIBUTING.md and the pages of docs name exist: below the root, below src, or (a bare
 * file name) beside one named before it in the same line.
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../util/source-graph.ts";

const pages = [
  "CONTRIBUTING.md",
  "README.md",
  ...readdirSync(join(root, "docs"))
    .filter((f) => f.endsWith(".md"))
    .map((f) => `docs/${f}`),
];

/** `a/{b,c}.ts` as its two paths. */
function spread(path: string): string[] {
  const braces = /^(.*)\{([^}]*)\}(.*)$/.exec(path);
  return braces === null ? [path] : braces[2].split(",").map((part) => braces[1] + part + braces[3]);
}

/** The paths that a line names, in backticks, and which of them do not exist. */
function missing(line: string): string[] {
  let folder = "";
  const named = [...line.matchAll(/`((?:[\w.-]+\/)*[\w.{},-]+(?:\/[\w.{},-]+)*)`/g)].map(([, path]) => path);
  return named.flatMap(spread).filter((path) => {
    const isFile = /\w\.ts$/.test(path);
    const isPath = /^(?:src|test|scripts|bench|docs|examples)\//.test(path);
    if (!isFile && !isPath) return false;
    const found = ["", "src", folder].map((base) => join(base, path)).find((p) => existsSync(join(root, p)));
    if (found !== undefined && isFile) folder = dirname(found);
    return found === undefined;
  });
}

describe("paths named in", () => {
  it.each(pages)("%s exist", (page) => {
    const lines = readFileSync(join(root, page), "utf8").split("\n");
    expect(lines.flatMap((line, i) => missing(line).map((path) => `${page}:${i + 1} ${path}`))).toEqual([]);
  });

  it("are told from those that do not", () => {
    expect(missing("see `core/trace.ts`, `eval.ts` and `src/nowhere/x.ts`")).toEqual(["src/nowhere/x.ts"]);
    expect(missing("see `core/{trace,nothing}.ts`")).toEqual(["core/nothing.ts"]);
  });
});

describe("the sidebar of the site", () => {
  it("has a link to every page of docs, and to none that does not exist", () => {
    const config = readFileSync(join(root, "site/.vitepress/config.ts"), "utf8");
    const linked = [...config.matchAll(/"\/docs\/([\w-]+)"/g)].map(([, name]) => name);
    const names = pages.flatMap((page) => /^docs\/(.*)\.md$/.exec(page)?.[1] ?? []);
    // Pages of other folders, and of the site itself, that are shown among them.
    const elsewhere = ["start", "examples", "contributing", "measuring"];
    expect(new Set(linked)).toEqual(new Set([...names, ...elsewhere]));
  });
});
