/** @file Generated code with the user's lines: what is written, that it computes the same bits, and that nothing costs where it is off. */
import { describe, expect, it } from "vitest";
import { type Array, config, customVjp, grad, jit, jvp, lax, numpy as np, vmap } from "../../../src/index.ts";
import { executableOf } from "../../../src/jit/executable.ts";
import { emitJs } from "../../../src/loops/emit/javascript/codegen.ts";

type Arrays = (...args: Array[]) => Array;

const debug = <R>(f: () => R, settings = {}): R =>
  config.with({ sourceLines: true, jitless: false, backend: "auto", ...settings }, f);

const textOf = (f: Arrays, ...args: Parameters<typeof np.array>[0][]): string =>
  debug(() =>
    jit(f)
      .lower(...args.map((x) => np.array(x)))
      .compile(),
  ).source;

/** The statements of a text, without lines of their own and indentation. */
const statements = (text: string): string[] => text.split("\n").map((line) => line.trim());

const programs: Readonly<Record<string, readonly [Arrays, ...Array[]]>> = {
  scalars: [
    grad((x: Array) => {
      const h = np.tanh(x);
      const y = np.exp(h).mul(h);
      return np.where(y.greater(0.5), y, h).sum();
    }),
    np.array(0.7),
  ],
  layers: [
    grad((w: Array, x: Array) => {
      const a = np.matmul(w, x);
      const h = np.tanh(a);
      return np.square(h).sum();
    }),
    np.linspace(-1, 1, 64 * 48).reshape([64, 48]),
    np.linspace(0, 1, 48),
  ],
  "float32 and integers": [
    (x: Array) => {
      const q = x.astype("float32").div(3);
      const n = x.mul(1000).astype("int32").mul(77_777);
      const wide = n.astype("int64").mul(n.astype("int64"));
      return q.add(n.astype("float32")).add(wide.astype("float32")).astype("float16");
    },
    np.linspace(-3, 3, 37),
  ],
  booleans: [
    (x: Array) => np.logicalOr(np.isnan(x), np.logicalNot(x.less(0.5))).astype("float64"),
    np.array([0, 1, NaN, -0]),
  ],
  loops: [
    grad((x: Array) => {
      const [last] = lax.scan(
        (c: Array, t: Array) => {
          const s = np.sin(c);
          return [s.mul(t), s];
        },
        x.sum(),
        np.arange(1, 6).astype("float64"),
      );
      return last;
    }),
    np.array([0.1, 0.2]),
  ],
  while: [
    (x: Array) =>
      lax.whileLoop(
        (c: Array) => c.less(100),
        (c: Array) => {
          const twice = c.mul(2);
          return lax.cond(twice.greater(20), (y: Array) => y.add(0.5), np.sin, twice).add(twice);
        },
        x,
      ),
    np.array(1.3),
  ],
  lanes: [
    vmap((x: Array) => {
      const y = np.cumsum(x);
      return np.sort(y.mul(-1)).sum();
    }),
    np.linspace(0, 1, 12).reshape([3, 4]),
  ],
};

describe("code with lines", () => {
  it("is named and told as the user's", () => {
    const f = (x: Array, scale: Array): Array => {
      const h = np.tanh(x);
      const product = h.mul(scale);
      return np.exp(product);
    };
    const lines = statements(textOf(f, 1, 2));
    expect(lines[1]).toMatch(/^return function f\$\(x, scale\) \{$/);
    const told = lines.slice(2, 5).map((line) => line.split(" // ")[0]);
    expect(told).toEqual([
      "const h = Math.tanh(x);",
      "const product = h * scale;",
      "const exp$ = Math.exp(product);",
    ]);
    const places = lines.slice(2, 5).map((line) => /\/\/ steps\.test\.ts:(\d+)$/.exec(line)?.[1]);
    expect(places.map((n) => Number(n) - Number(places[0]))).toEqual([0, 1, 2]);
  });

  it("tells the way back", () => {
    const text = textOf(
      grad((x: Array) => {
        const h = np.sin(x);
        return np.exp(h);
      }),
      1,
    );
    expect(text).toMatch(/const x_bar = \S+ \* \S+; \/\/ steps\.test\.ts:\d+ backward\n/);
  });

  it("gives a name to what the variable holds, and to nothing else", () => {
    // The value of y is not computed for its derivative: what is computed on that line has no name.
    const dead = textOf(
      grad((x: Array) => {
        const y = np.sin(x);
        return y;
      }),
      1,
    );
    expect(dead).not.toMatch(/\by\b/);
    const helper = (x: Array): Array => np.exp(x);
    const inner = textOf((x: Array) => {
      const wrapped = helper(np.sin(x));
      return wrapped.mul(3);
    }, 1);
    expect(inner).not.toContain("wrapped");
    const again = textOf((x: Array) => {
      let sum = x;
      for (let i = 0; i < 3; i++) sum = np.sin(sum).add(i + 2);
      return sum;
    }, 1);
    expect(again).not.toContain("sum");
    const separately = textOf((x: Array) => {
      let sum = x;
      for (let i = 0; i < 3; i++) {
        sum = np.sin(sum).add(i + 2);
      }
      return sum;
    }, 1);
    expect(separately.match(/const sum(?:\$\d)? = /g)).toHaveLength(3);
  });

  it("keeps apart words of JavaScript, names of the text, and the user's", () => {
    const text = textOf(
      (Math: Array, $: Array) => {
        const Float64Array = np.sin(Math);
        const ω = Float64Array.add($);
        return ω.mul(2);
      },
      ...[1, 2],
    );
    expect(text).toContain("function f$(_Math, _)");
    expect(text).toContain("const _Float64Array = $.sin(_Math);");
    expect(text).toContain("const ω = _Float64Array + _;");
  });

  it("names trees of arguments", () => {
    const f = debug(() =>
      jit(({ w, bias: [first] }: { w: Array; bias: Array[] }, rest: { a: Array }) => w.add(first).mul(rest.a))
        .lower({ w: np.array(1), bias: [np.array(2)] }, { a: np.array(3) })
        .compile(),
    );
    expect(f.source).toMatch(/function \w*\$\(x0\$, w, rest_a\)/);
  });

  it.each(Object.keys(programs))("computes the same bits: %s", (name) => {
    const [f, ...args] = programs[name];
    const plain = config.with({ backend: "js", jitless: false }, () => jit(f)(...args));
    const stepped = debug(() => jit(f)(...args));
    expect(stepped.dtype).toBe(plain.dtype);
    expect(stepped.js()).toEqual(plain.js());
  });

  it.each(Object.keys(programs))("is the same program where lines are not asked for: %s", (name) => {
    const [f, ...args] = programs[name];
    const lower = (): ReturnType<typeof executableOf> => executableOf(jit(f).lower(...args).jaxpr, "f", "js");
    const plain = config.with({ jitless: false }, lower);
    const stepped = debug(lower);
    expect(plain.program.meanings).toBeUndefined();
    expect(stepped.program.meanings).toBeDefined();
    expect(plain.source).toBe(emitJs(stepped.program, true, true));
    expect(plain.source).not.toContain("//");
    expect(stepped.source).toContain("// steps.test.ts:");
  });

  it("is JavaScript unless WebAssembly is asked for", () => {
    const wide = (x: Array): Array => np.exp(np.sin(x));
    const x = np.linspace(0, 1, 10_000);
    const backend = (settings: object): string =>
      config.with(
        { jitless: false, backend: "auto", ...settings },
        () => jit(wide).lower(x).compile().stats.backend,
      );
    expect(backend({})).toBe("wasm");
    expect(backend({ sourceLines: true })).toBe("js");
    expect(backend({ sourceLines: true, backend: "wasm" })).toBe("wasm");
    expect(debug(() => jit(wide, { backend: "wasm" }).lower(x).compile().stats.backend)).toBe("wasm");
  });
});

describe("mistakes that compilation finds", () => {
  it("tell of the line that they come from", () => {
    const f = customVjp((x: Array) => x.mul(2));
    f.defVjp(
      (x: Array) => [x.mul(2), null],
      (_: null, ct: Array) => [ct],
    );
    const g = (x: Array): Array => {
      const y = f(x);
      return y.mul(3);
    };
    const run = (): unknown => jit((x: Array) => jvp(g, [x], [x])[1])(1);
    expect(() => debug(run)).toThrow(/in the operation custom_lin at \S+steps\.test\.ts:\d+:\d+/);
    expect(() => config.with({ sourceLines: false }, run)).toThrow(/^(?![^]*in the operation)/);
  });
});
