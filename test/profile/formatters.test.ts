/** @file Arrays in the consoles of browsers: the lists of elements that the formatters give. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { grad, installFormatters, jit, jvp, numpy as np, vmap, type Array } from "../../src/index.ts";
import type { ConsoleFormatter, JsonMl, JsonMlChild } from "../../src/profile/index.ts";

const host = globalThis as { devtoolsFormatters?: ConsoleFormatter[] };
let formatter: ConsoleFormatter;
beforeEach(() => {
  delete host.devtoolsFormatters;
  installFormatters();
  [formatter] = host.devtoolsFormatters!;
});
afterEach(() => {
  delete host.devtoolsFormatters;
});

/** Checks the grammar of JsonML: a name, attributes, children; and gives the text. Values are in brackets. */
function textOf(x: JsonMlChild): string {
  if (typeof x === "string") return x;
  const [name, attributes, ...children] = x;
  expect(name).toMatch(/^(span|table|tr|td|ol|li|object)$/);
  expect(Object.getPrototypeOf(attributes)).toBe(Object.prototype);
  if (name === "object") return `[${textOf(formatter.header(attributes.object)!)}]`;
  for (const value of Object.values(attributes)) expect(typeof value).toBe("string");
  return children.map(textOf).join(name === "tr" ? " " : name === "table" || name === "ol" ? "\n" : "");
}
const header = (x: unknown): string => textOf(formatter.header(x)!);
const body = (x: unknown): string => textOf(formatter.body(x)!);

describe("concrete arrays", () => {
  it("in a line", () => {
    expect(header(np.array([1, 2, 3]))).toBe("Array f64[3] [1, 2, 3]");
    expect(header(np.array(9))).toBe("Array ~f64[] 9");
    expect(header(np.array([[1.5, -2]], "float32"))).toBe("Array f32[1,2] [[1.5, -2.]]");
    expect(header(np.ones([40])).length).toBeLessThan(130);
  });

  it("as a table, when opened", () => {
    expect(formatter.hasBody(np.array([1, 2]))).toBe(true);
    expect(formatter.hasBody(np.array(1))).toBe(false);
    expect(
      body(
        np.array([
          [1, 2],
          [3, 4.5],
        ]),
      ),
    ).toBe(" 0 1\n0 1 2\n1 3 4.5");
    expect(body(np.array([true, false]))).toBe("0 1\ntrue false");
    expect(body(np.zeros([100, 100]))).toMatch(/… 76 more$/);
    expect(body(np.array([5n], "int64"))).toBe("0\n5");
    expect(
      body(
        np.array([
          { re: 1, im: -2 },
          { re: 0, im: 3 },
        ] as never),
      ),
    ).toBe("0 1\n1-2j 0+3j");
  });

  it("of more axes as slices, which are arrays", () => {
    const text = body(np.arange(24).reshape([2, 3, 4]));
    expect(text).toContain("[0] [Array");
    expect(text).toContain("12");
    expect(text.split("\n").length).toBe(2);
  });

  it("that were disposed of stay closed", () => {
    const x = np.ones([3]);
    x.dispose();
    expect(header(x)).toContain("disposed");
    expect(formatter.hasBody(x)).toBe(false);
  });
});

describe("traced values", () => {
  const seen = (run: (look: (x: Array) => Array) => unknown): [header: string, body: string] => {
    const found: [string, string] = ["", ""];
    run((x) => {
      found[0] = header(x);
      found[1] = body(x);
      return x;
    });
    return found;
  };

  it("under grad and jvp: the value, and the tangent where it is known", () => {
    const [head, open] = seen((look) =>
      grad(function loss(x: Array) {
        return look(x.mul(x));
      })(3),
    );
    expect(head).toBe("Tracer ~f64[] 9  in grad(loss)");
    expect(open).toContain("made by grad(loss) at");
    expect(open).toContain("value [Array ~f64[] 9]");
    expect(seen((look) => jvp((x: Array) => look(x.mul(x)), [3], [1]))[1]).toContain(
      "tangent [Array f64[] 6]",
    );
  });

  it("under vmap: all lanes; under jit the type", () => {
    const [head, open] = seen((look) => vmap((x: Array) => look(x.mul(2)))(np.array([1, 2])));
    expect(head).toMatch(/^Tracer f64\[\] with batch \[2\] of \[2, 4\]/);
    expect(open).toContain("all lanes, axis 0 [Array f64[2] [2, 4]]");
    expect(seen((look) => jit((x: Array) => look(x.mul(2)))(np.array([1, 2])))[0]).toMatch(
      /^Tracer f64\[2\] {2}in jit/,
    );
  });
});

it("other values are left to the console, and installing again changes nothing", () => {
  for (const x of [1, "a", null, undefined, {}, [np.ones([2])], Symbol("s")]) {
    expect(formatter.header(x)).toBe(null);
    expect(formatter.hasBody(x)).toBe(false);
    expect(formatter.body(x)).toBe(null);
  }
  const other: ConsoleFormatter = { header: () => null, hasBody: () => false, body: () => null };
  host.devtoolsFormatters!.push(other);
  installFormatters();
  expect(host.devtoolsFormatters).toEqual([formatter, other]);
  const first: JsonMl | null = formatter.header(np.ones([2]));
  expect(first![0]).toBe("span");
});
