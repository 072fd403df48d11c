/**
 * @file The checks of documented examples themselves: they must notice what is wrong.
 */
import { describe, expect, it } from "vitest";
import { checkValue, statesError, statesValue } from "./expectation.ts";
import { ambientNames, docstringSnippets, markdownSnippets, runSnippets } from "./snippets.ts";

const run = (code: string): Promise<number> =>
  runSnippets([{ file: "x.md", line: 1, code, scope: "x" }], ambientNames({}));

describe("stated values", () => {
  it.each([
    [11.6520714, "11.652…"],
    [0.36003949, "0.36"],
    [[1, 2], "[1, 2]"],
    [{ b: 1, a: [2] }, "{ b: 1, a: [2] }"],
    ["f64[]", '"f64[]"'],
    [-0, "-0"],
    [3, "3 — because"],
    [NaN, "NaN"],
  ])("%j is %s", (value, comment) => {
    expect(statesValue(comment)).toBe(true);
    checkValue(value, comment, "here");
  });

  it.each([
    [11.652, "11.653"],
    [11.6531, "11.652…"],
    [3, "4"],
    [3.001, "3"],
    [0, "-1"],
    [[1, 2], "[1, 2, 3]"],
    ["a", '"b"'],
    [NaN, "0"],
  ])("%j is not %s", (value, comment) => {
    expect(() => checkValue(value, comment, "here")).toThrow("here: the comment says");
  });

  it("are not prose", () => {
    expect(["the slope", "v has 3 elements", "throws ShapeError: x"].map(statesValue)).toEqual([
      false,
      false,
      false,
    ]);
    expect(statesError("throws ShapeError: do not fit")).toEqual({
      name: "ShapeError",
      message: "do not fit",
    });
  });
});

describe("snippets", () => {
  it("fail where a value, an error or a printed text differs", async () => {
    await expect(run("np.ones([2]).sum(); // 3")).rejects.toThrow("x.md:1: the comment says 3");
    await expect(run("const [a, b] = [1, 2]; // [1, 3]")).rejects.toThrow("the comment says [1,3]");
    await expect(run("np.ones([2]); // throws ShapeError: x")).rejects.toThrow("it did not");
    await expect(run("np.sum(np.ones([2]), 5); // throws ShapeError: x")).rejects.toThrow(
      "thrown was ArgumentError",
    );
    await expect(run("console.log(1);\n// 2")).rejects.toThrow("the comment says 2");
    await expect(run("undefinedName;")).rejects.toThrow("undefinedName is not defined");
  });

  it("count what they checked", async () => {
    expect(await run("const x = 1; // 1\nx + 1; // 2\nx; // prose\nconsole.log(x);\n// 1")).toBe(3);
  });

  it("are found with their lines", () => {
    const text = "# A\n\n```ts\nf();\n```\n\n```js\nno\n```\n";
    expect(markdownSnippets("a.md", text)).toEqual([{ file: "a.md", line: 4, code: "f();", scope: "a.md" }]);
    const doc = "const z = 0;\n/**\n * Text.\n * @example\n * f(); // 1\n * @see g\n */\n";
    expect(docstringSnippets("a.ts", doc)).toEqual([
      { file: "a.ts", line: 5, code: "f(); // 1", scope: "a.ts:5" },
    ]);
  });
});
