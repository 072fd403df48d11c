/** @file Names are read from users' texts only where it is certain whose they are. */
import { describe, expect, it } from "vitest";
import { assignmentAt, parametersOf } from "../../src/base/user-text.ts";

/** The name at a line, and the call that gives its value. */
function named(text: string, line = 1): string | null {
  const lines = text.split("\n");
  const found = assignmentAt(lines, line);
  if (found === null) return null;
  return `${found.name}: ${lines
    .slice(found.line - 1)
    .join("\n")
    .slice(...found.call)
    .replace(/\/\/.*/, "")
    .trim()}`;
}

describe("the variable that a statement gives a value", () => {
  it("is that of a declaration or an assignment", () => {
    expect(named("const h = np.tanh(x);")).toBe("h: np.tanh");
    expect(named("  export let ω$: Array = np.tanh(x)")).toBe("ω$: np.tanh");
    expect(named("total = total.add(np.sin(x));")).toBe("total: total.add");
    expect(named("const y = np.exp(h).mul(np.sin(h))")).toBe("y: .mul");
  });

  it("may stand on an earlier line than the call", () => {
    expect(named("const y =\n  np\n    .exp(h) // first; then\n    .mul(2);", 3)).toBe("y: .mul");
    expect(named("const y = np.where(\n  a,\n  b.mul(2),\n);", 3)).toBe("y: np.where");
  });

  it("is none where another statement has the call, or a function", () => {
    expect(named("return np.sin(x);")).toBeNull();
    expect(named("const a = 1;\nreturn np.sin(x);", 2)).toBeNull();
    expect(named("const f = (x) => np.sin(x);")).toBeNull();
    expect(named("if (a === np.sin(x)) {}")).toBeNull();
    expect(named('const s = "(" + x;')).toBeNull();
    expect(named("const a = f(x)\nreturn np.sin(x)", 2)).toBe("a: f");
  });
});

describe("parameters", () => {
  it("are read from the text of a function", () => {
    expect(parametersOf(((x: number) => x).toString())).toEqual(["x"]);
    expect(parametersOf("async x => x")).toEqual(["x"]);
    expect(parametersOf("function f(a, b = g(1, 2), ...more) { return (c, d); }")).toEqual(["a", "b"]);
    expect(parametersOf("(...args) => f(...args)")).toEqual([]);
    expect(parametersOf("() => 1")).toEqual([]);
  });

  it("may be patterns", () => {
    expect(parametersOf("([a, [b, c], d = 1], { w, b: bias = 2, e: { f } }) => a")).toEqual([
      new Map([
        ["0", "a"],
        ["2", "d"],
      ]),
      new Map([
        ["w", "w"],
        ["b", "bias"],
      ]),
    ]);
  });
});
