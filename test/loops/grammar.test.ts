/** @file The grammar of the loop IR in the source and in the documentation is the same text, and knows every kind of node. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../util/source-graph.ts";

const source = readFileSync(join(root, "src/loops/ir/ir.ts"), "utf8");

/** The lines of the comment that begins with the grammar. */
const inSource = /\* The grammar[^\n]*\n([\s\S]*?)\*\//
  .exec(source)![1]
  .split("\n")
  .map((line) => line.replace(/^ \*( {3})?/, "").trimEnd())
  .join("\n")
  .trim();

describe("the grammar of the loop IR", () => {
  it("in docs/loop-ir.md is that of ir.ts", () => {
    const doc = readFileSync(join(root, "docs/loop-ir.md"), "utf8");
    expect(/```text\n([\s\S]*?)```/.exec(doc)![1].trim()).toBe(inSource);
  });

  it("has a notation for each kind of statement and expression", () => {
    const kinds = [...source.matchAll(/readonly kind: ([^;]*);/g)].flatMap(([, list]) =>
      [...list.matchAll(/"(\w+)"/g)].map(([, kind]) => kind),
    );
    const notations: Readonly<Record<string, string>> = {
      set: "x := e",
      accumulate: "x op= e",
      store: "b[e] := e",
      contract: "b[e] := e + Σ e · e",
      buffer: "b[e]",
      const: "constant",
      local: "| x |",
      affine: "n·e + … + n",
      load: "| b[e] |",
      op: "op(e…)",
      call: "f(e…)",
    };
    expect(kinds.length).toBeGreaterThan(15);
    for (const kind of kinds) expect(inSource).toContain(notations[kind] ?? kind);
  });
});
