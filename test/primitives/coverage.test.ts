/** @file Every registered primitive has a row in the table, and every row a primitive. */
import { existsSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { primitives } from "../../src/core/primitive.ts";
import { listFiles } from "../util/source-graph.ts";
import { callRows, rows } from "./table.ts";

/** Files that define primitives register them when they are loaded: every file of the library is. */
async function loadDefinitions(): Promise<void> {
  // Node's loader would take part in loading the tests.
  const files = listFiles("src", ".ts").filter((file) => !file.includes("plain/node/"));
  for (const file of files) await import(`../../${file}`);
}

describe("the table of primitives", () => {
  beforeAll(loadDefinitions);

  it("has a row for every registered primitive", () => {
    const known = new Set(rows.map((r) => r.primitive));
    expect([...primitives.keys()].filter((name) => !known.has(name))).toEqual([]);
  });

  it("has no row without a primitive, and one for each", () => {
    expect(rows.map((r) => r.primitive).filter((name) => !primitives.has(name))).toEqual([]);
    expect(rows.map((r) => r.primitive)).toHaveLength(new Set(rows.map((r) => r.primitive)).size);
  });

  it("points to test files that exist and name the primitive or what it is made by", () => {
    expect(callRows.filter((r) => !existsSync(r.testedIn))).toEqual([]);
  });
});
