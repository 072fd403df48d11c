/**
 * @file Every `@example` in a docstring runs, and its values are those it states.
 */
import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../util/source-graph.ts";
import { ambientNames, docstringSnippets, prepare, runSnippets } from "./snippets.ts";

const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => join(root, "src", name))
  .sort();

const snippets = files.flatMap((file) => docstringSnippets(relative(root, file), readFileSync(file, "utf8")));

describe("examples in docstrings", () => {
  it.each(snippets.map((s) => [s.scope, s] as const))("%s", async (_, snippet) => {
    const module = (await import(join(root, snippet.file))) as Record<string, unknown>;
    await runSnippets([snippet], ambientNames(module));
  });

  it("mostly state what they give", () => {
    const stating = snippets.filter((s) => prepare(s).expectations.length > 0);
    expect(stating.length).toBeGreaterThan(0.7 * snippets.length);
  });
});
