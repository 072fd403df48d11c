/**
 * @file Every public name has a docstring, and every public function an example.
 */
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { entries } from "../../scripts/build/entries.ts";
import { exportedNames, programOf } from "../../scripts/public-types/declarations.ts";
import { root } from "../util/source-graph.ts";

/** What transformed code imports, and what Node does: nothing that is called by name. */
const notForPeople = ["plain/runtime/index", "plain/node/register"];
const rooms = entries
  .filter((entry) => !notForPeople.includes(entry))
  .map((entry) => ({
    prefix: entry === "index" ? "" : `${entry.replace(/\/index$/, "")}/`,
    file: join(root, "src", `${entry}.ts`),
  }));
const program = programOf(rooms.map((e) => e.file));
const checker = program.getTypeChecker();
const names = [...exportedNames(program, rooms)];

const hasText = (symbol: ts.Symbol): boolean => symbol.getDocumentationComment(checker).length > 0;
/** An alias has the example of the function that it names. */
const isAlias = (symbol: ts.Symbol): boolean =>
  ts.displayPartsToString(symbol.getDocumentationComment(checker)).startsWith("Alias of ");
const hasExample = (symbol: ts.Symbol): boolean =>
  isAlias(symbol) || symbol.getJsDocTags(checker).some((tag) => tag.name === "example");
/** What needs Python, and what plugins are made of: shown in docs/xla.md, used by `adjoint/plugin`. */
const shownElsewhere = new Set(["xla/connect", "aot/build/plugin/transformFile"]);
const isFunction = (symbol: ts.Symbol): boolean =>
  (symbol.flags & ts.SymbolFlags.Value) !== 0 &&
  checker.getTypeOfSymbol(symbol).getCallSignatures().length > 0;

const lacking = names.filter(
  ([name, s]) => !hasText(s) || (isFunction(s) && !hasExample(s) && !shownElsewhere.has(name)),
);

describe("public names", () => {
  it("are found", () => {
    expect(names.length).toBeGreaterThan(1500);
  });

  it("have docstrings", () => {
    expect(names.filter((n) => !hasText(n[1])).map(([name]) => name)).toEqual([]);
  });

  it("have an example if they are functions", () => {
    expect(lacking.filter((n) => hasText(n[1])).map(([name]) => name)).toEqual([]);
  });
});
