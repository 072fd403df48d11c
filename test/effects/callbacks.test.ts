/**
 * @file What programs print and call while they run: the lines that JAX 0.10.2 prints for the same functions, in every execution
 * mode. It differs in that lanes of a `cond` take their own branch only, and lanes of a loop end on their own.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type Array,
  type ConfigValues,
  checkpoint,
  config,
  customJvp,
  customVjp,
  debug,
  errors,
  grad,
  ioCallback,
  jit,
  jvp,
  lax,
  makeJaxpr,
  numpy as np,
  pureCallback,
  vmap,
} from "../../src/index.ts";
import { exportModule } from "../../src/aot/index.ts";
import { toStablehlo } from "../../src/stablehlo/index.ts";

const lines: string[] = [];
beforeAll(() => {
  debug.setPrinter((line) => void lines.push(line));
});
afterAll(() => {
  debug.setPrinter(null);
});
beforeEach(() => {
  lines.length = 0;
});

/** What `run` prints. */
function printed(run: () => unknown): string[] {
  lines.length = 0;
  run();
  return [...lines];
}

const modes: Readonly<Record<string, Partial<ConfigValues>>> = {
  JavaScript: { backend: "js" },
  WebAssembly: { backend: "wasm" },
  interpreted: { jitless: true },
  "not compiled": { disableJit: true },
};

const f64 = (...xs: number[]): Array => np.array(xs);
const square = (x: Array): Array => {
  debug.print("x {}", x);
  return x.mul(x);
};
const branch = (x: Array): Array =>
  lax.cond(
    x.greater(0),
    (v: Array) => {
      debug.print("pos {}", v);
      return v;
    },
    (v: Array) => {
      debug.print("neg {}", v);
      return v.neg();
    },
    x,
  );
const scanned = (x: Array): [Array, Array] =>
  lax.scan(
    (c: Array, a: Array): [Array, Array] => {
      debug.print("step {} {}", c, a);
      return [c.add(a), c];
    },
    x,
    f64(0, 1, 2),
  );
const last = (x: Array): Array => np.square(scanned(x)[0]);
const whiled = (x: Array): Array =>
  lax.whileLoop(
    (c: Array) => {
      debug.print("test {}", c);
      return c.less(3);
    },
    (c: Array) => {
      debug.print("body {}", c);
      return c.add(1);
    },
    x,
  );

describe.each(Object.entries(modes))("%s", (_, mode) => {
  const cases: readonly (readonly [name: string, run: () => unknown, wanted: readonly string[]])[] = [
    ["a function", () => jit(square)(f64(1, 2.5)), ["x [1.  2.5]"]],
    ["its gradient", () => grad(square)(3), ["x 3.0"]],
    ["the gradient of the compiled function", () => grad(jit(square))(3), ["x 3.0"]],
    ["the compiled gradient of the compiled function", () => jit(grad(jit(square)))(3), ["x 3.0"]],
    ["the second derivative", () => jit(grad(grad(jit(square))))(3), ["x 3.0"]],
    ["forward mode", () => jvp(square, [3], [1]), ["x 3.0"]],
    ["forward mode in a program", () => jit((x: Array) => jvp(jit(square), [x], [x])[1])(3), ["x 3.0"]],
    ["lanes", () => jit(vmap(square))(f64(0, 1, 2)), ["x 0.0", "x 1.0", "x 2.0"]],
    [
      "lanes of lanes",
      () => jit(vmap(vmap(square)))(np.arange(4).reshape([2, 2])),
      ["x 0", "x 1", "x 2", "x 3"],
    ],
    [
      "what does not differ between lanes",
      () =>
        jit(
          vmap((x: Array) => {
            debug.print("once {}", np.array(3));
            return x;
          }),
        )(f64(1, 2, 3)),
      ["once 3.0"],
    ],
    ["branches", () => [jit(branch)(1), jit(branch)(-1)], ["pos 1.0", "neg -1.0"]],
    ["branches of lanes", () => jit(vmap(branch))(f64(1, -2)), ["pos 1.0", "neg -2.0"]],
    ["a scan", () => jit(scanned)(0), ["step 0.0 0.0", "step 0.0 1.0", "step 1.0 2.0"]],
    ["the gradient of a scan", () => jit(grad(last))(1), ["step 1.0 0.0", "step 1.0 1.0", "step 2.0 2.0"]],
    [
      "its second derivative",
      () => jit(grad(grad(last)))(1),
      ["step 1.0 0.0", "step 1.0 1.0", "step 2.0 2.0"],
    ],
    [
      "forward mode of a scan in a program",
      () => jit((x: Array) => jvp(jit(last), [x], [x])[1])(1),
      ["step 1.0 0.0", "step 1.0 1.0", "step 2.0 2.0"],
    ],
    [
      "a loop",
      () => jit(whiled)(0),
      ["test 0.0", "body 0.0", "test 1.0", "body 1.0", "test 2.0", "body 2.0", "test 3.0"],
    ],
    [
      "the gradient of a loop",
      () => jit(grad((x: Array) => np.square(whiled(x))))(1.5),
      ["test 1.5", "body 1.5", "test 2.5", "body 2.5", "test 3.5"],
    ],
    [
      "forward mode of a loop in a program",
      () => jit((x: Array) => jvp(jit(whiled), [x], [x])[1])(2),
      ["test 2.0", "body 2.0", "test 3.0"],
    ],
    [
      "a loop whose result nobody needs",
      () =>
        jit((x: Array) => {
          lax.foriLoop(
            0,
            2,
            (i: Array, c: Array) => {
              debug.print("i {}", i);
              return c;
            },
            0,
          );
          return x;
        })(1),
      ["i 0", "i 1"],
    ],
    [
      "a value that nobody needs, and equal lines",
      () =>
        jit((x: Array) => {
          debug.print("sin {:.3f}", np.sin(x));
          debug.print("sin {:.3f}", np.sin(x));
          return x;
        })(1),
      ["sin 0.841", "sin 0.841"],
    ],
    [
      "what is computed again",
      () =>
        jit(
          grad(
            checkpoint((x: Array) => {
              debug.print("x {}", x);
              return np.sin(np.sin(x));
            }),
          ),
        )(3),
      ["x 3.0", "x 3.0"],
    ],
  ];

  it.each(cases)("%s", (name, run, wanted) => {
    const got = config.with(mode, () => printed(run));
    // Loops and calls that are not compiled run under the derivative themselves: checkpoints included.
    if (name === "lanes of lanes") got.sort();
    expect(got).toEqual(wanted);
  });

  it("cotangents, in the backward rule of customVjp", () => {
    const seen = customVjp((x: Array) => x);
    seen.defVjp(
      (x: Array) => [x, x],
      (x: Array, ct: Array) => {
        debug.print("x {} ct {}", x, ct);
        return [ct];
      },
    );
    const f = (x: Array): Array => np.square(seen(x));
    expect(config.with(mode, () => printed(() => jit(grad(f))(3)))).toEqual(["x 3.0 ct 6.0"]);
  });

  it("tangents, in the rule of customJvp", () => {
    const seen = customJvp((x: Array) => x);
    seen.defJvp(([x]: [Array], [t]: [Array]) => {
      debug.print("x {} t {}", x, t);
      return [x, t];
    });
    const f = jit((x: Array): Array => np.square(seen(x)));
    expect(config.with(mode, () => printed(() => jit((x: Array) => jvp(f, [x], [x])[1])(3)))).toEqual([
      "x 3.0 t 3.0",
    ]);
  });

  it("results of the host are those of the program", () => {
    config.with(mode, () => {
      const f = jit((x: Array) => {
        const { a, b } = pureCallback(
          (v) => ({ a: v.mul(2), b: [7, np.ones([3], { dtype: "float32" }).mul(v.sum().item())] as const }),
          {
            a: { shape: [2], dtype: "float64" },
            b: [
              { shape: [], dtype: "int32" },
              { shape: [3], dtype: "float32" },
            ],
          },
          x,
        );
        return [a.add(1), b[0], b[1]];
      });
      expect(f(f64(1, 2)).map((x) => [x.dtype, x.js()])).toEqual([
        ["float64", [3, 5]],
        ["int32", 7],
        ["float32", [3, 3, 3]],
      ]);
    });
  });

  it.each([
    "bool",
    "int8",
    "uint16",
    "int64",
    "float16",
    "bfloat16",
    "float32",
    "complex64",
    "complex128",
  ] as const)("arrays of %s go to the host and back", (dtype) => {
    config.with(mode, () => {
      const seen: unknown[] = [];
      const f = (shape: readonly number[]) =>
        jit((x: Array) =>
          pureCallback(
            (v) => {
              seen.push(v.dtype, String(v));
              return v;
            },
            { shape, dtype },
            x,
          ),
        );
      const x = np.array([0, 1, 3]).astype(dtype);
      expect(String(f([3])(x))).toBe(String(x));
      expect(String(f([])(x.slice(2)))).toBe(String(x.slice(2)));
      expect(seen).toEqual([dtype, String(x), dtype, String(x.slice(2))]);
    });
  });

  it("the host may call the program that waits for it, and others", () => {
    config.with(mode, () => {
      const big = jit((x: Array) => np.sin(np.arange(5000, { dtype: "float64" }).mul(x)).sum());
      const down = jit((x: Array): Array => {
        const table = np.arange(3000, { dtype: "float64" }).mul(x);
        const below = pureCallback(
          (v: Array): Array => {
            big(v);
            return v.item() > 0 ? down(v.sub(1)) : np.array(0);
          },
          { shape: [], dtype: "float64" },
          x,
        );
        return below.add(table.cumsum().max());
      });
      const sum = (3000 * 2999) / 2;
      expect(down(4).item()).toBe(sum * (4 + 3 + 2 + 1));
    });
  });

  it("an error of the host ends the call, and no later one", () => {
    config.with(mode, () => {
      let fails = true;
      const f = jit((x: Array) =>
        pureCallback(
          (v) => {
            if (fails) throw new RangeError("of the user");
            return v;
          },
          { shape: [], dtype: "float64" },
          x.mul(2),
        ),
      );
      expect(() => f(1)).toThrow(RangeError);
      fails = false;
      expect(f(1).item()).toBe(2);
    });
  });
});

describe("debug.print", () => {
  it("writes to the console unless told otherwise", () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
    const before = debug.setPrinter(null);
    debug.print("x = {}, y = {y}", 1.5, { y: f64(0, 1, 2) });
    debug.setPrinter(before);
    expect(log.mock.calls).toEqual([["x = 1.5, y = [0. 1. 2.]"]]);
    log.mockRestore();
  });

  it("takes an object for keywords only if the format names them", () => {
    expect(printed(() => debug.print("{}", { y: 2 }))).toEqual(["{y: 2}"]);
    expect(printed(() => debug.print("{y} {}", 1, { y: 2 }))).toEqual(["2 1"]);
    expect(printed(() => debug.print("{}", 1, { ordered: true }))).toEqual(["1"]);
    expect(printed(() => debug.print("{ordered}", { ordered: true }))).toEqual(["true"]);
    expect(printed(() => debug.print("{y}", { y: 1, ordered: true }))).toEqual(["1"]);
  });

  it.each([
    [() => debug.print("hi {} {}", 2), /places for 2 values; got 1/],
    [() => debug.print("hi", 2), /none for 2/],
    [() => debug.print("{x}", { x: 1, z: 2 }), /does not name z/],
    [() => debug.print("{x} {z}", { x: 1 }), /names z/],
    [() => debug.print("{x}"), /names x/],
    [() => debug.print("{}", 1, { ordered: 1 }), /true or false/],
  ])("says what does not match", (run, message) => {
    expect(run).toThrow(errors.ArgumentError);
    expect(run).toThrow(message);
  });

  it("is in the program, which compiles to the same code without it", () => {
    expect(String(makeJaxpr(square)(1))).toContain("debug_callback[callback=<debug.print> ");
    const plain = jit((x: Array) => x.mul(x), { name: "square" });
    const printing = jit(square, { name: "square" });
    const body = (source: string): string => source.replace(/.*host.*\n|.*arg.*\n/g, "");
    expect(body(printing.lower(f64(1, 2)).compile().source)).toBe(plain.lower(f64(1, 2)).compile().source);
  });
});

describe("debug.log and debug.callback", () => {
  it("log to the level of the console", () => {
    const info = vi.spyOn(console, "info").mockImplementation(() => undefined);
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    jit((x: Array) => {
      debug.log("x {}", x);
      debug.log("careful {}", x, { level: "warn" });
      return x;
    })(1);
    expect([info.mock.calls, warn.mock.calls]).toEqual([[["x 1.0"]], [["careful 1.0"]]]);
    expect(() => debug.log("x", { level: "loud" })).toThrow(/one of/);
    info.mockRestore();
    warn.mockRestore();
  });

  it("give trees of arrays with values", () => {
    const seen: unknown[] = [];
    jit((x: Array) => {
      debug.callback((a, b, c) => seen.push(a.js(), b.k[0].js(), c), x, { k: [x.mul(2)] }, "text");
      return x;
    })(f64(1, 2));
    expect(seen).toEqual([[1, 2], [2, 4], "text"]);
  });
});

describe("pureCallback under vmap", () => {
  const sizes: string[] = [];
  const added = (vmapMethod?: Parameters<typeof pureCallback>[3]) => (x: Array, y: Array) =>
    pureCallback(
      (a, b) => {
        sizes.push(`${JSON.stringify(a.shape)} ${JSON.stringify(b.shape)}`);
        return a.add(b);
      },
      { shape: [], dtype: "float64" },
      x,
      y,
      { vmapMethod },
    );

  // As JAX calls it.
  it.each([
    ["sequential", ["[] []", "[] []", "[] []"]],
    ["sequentialUnrolled", ["[] []", "[] []", "[] []"]],
    ["expandDims", ["[3] [1]"]],
    ["broadcastAll", ["[3] [3]"]],
    ["legacyVectorized", ["[3] []"]],
  ])("%s", (method, wanted) => {
    sizes.length = 0;
    const out = jit(vmap(added(method), [0, null]))(f64(0, 1, 2), 1);
    expect(out.js()).toEqual([1, 2, 3]);
    expect(sizes).toEqual(wanted);
  });

  it("needs a method", () => {
    expect(() => vmap(added())(f64(1, 2), f64(1, 2))).toThrow(/needs a vmapMethod/);
    expect(() => added("other")(f64(1), f64(1))).toThrow(/one of/);
  });
});

describe("functions of the host", () => {
  const spec = { shape: [2], dtype: "float64" } as const;

  it.each([
    [() => np.zeros([3]), /promised f64\[2\] and returned f64\[3\]/],
    [() => np.zeros([2], { dtype: "int32" }), /returned i32\[2\]/],
    [() => [1, 2], /expected a leaf, got a list of 2/],
    [() => undefined, /returned undefined/],
    [() => "text", /returned "text"/],
    [() => Promise.resolve(1), /Promise/],
  ])("must return what they promised", (f, message) => {
    expect(() => jit(() => pureCallback(f, spec))()).toThrow(errors.OutputError);
    expect(() => jit(() => pureCallback(f, spec))()).toThrow(message);
  });

  it("must promise something that can be", () => {
    expect(() => pureCallback(() => 1, { shape: [-1], dtype: "float64" })).toThrow(errors.AdjointError);
    expect(() => pureCallback(() => 1, { shape: [], dtype: "float99" })).toThrow(errors.DTypeError);
    expect(() => pureCallback(() => 1, 3)).toThrow(/\{ shape, dtype \}/);
    expect(() => jit(() => pureCallback(() => 1.5, { shape: [], dtype: "int32" }))()).toThrow(/returned 1.5/);
  });

  it("have no derivative, unless one is given", () => {
    const cbrt = (x: Array): Array =>
      pureCallback((v) => Math.cbrt(v.item()), { shape: [], dtype: "float64" }, x);
    expect(() => grad(cbrt)(8)).toThrow(errors.DifferentiationError);
    expect(() => jvp(cbrt, [8], [1])).toThrow(/customJvp/);
    const rule = customJvp(cbrt);
    rule.defJvp(([x]: [Array], [t]: [Array]) => {
      const y = rule(x);
      return [y, t.div(y.mul(y).mul(3))];
    });
    expect(grad(rule)(8).item()).toBeCloseTo(1 / 12, 15);
    expect(jit(grad(grad(rule)))(8).item()).toBeCloseTo(-1 / 144, 15);
  });

  it("with effects are called as often as the program comes to them", () => {
    let calls = 0;
    const count = (x: Array): Array => ioCallback((v) => v.add(calls++), { shape: [], dtype: "float64" }, x);
    expect(jit((x: Array) => [count(x), count(x)])(1).map((y) => y.item())).toEqual([1, 2]);
    jit((x: Array) => {
      count(x);
      return x;
    })(1);
    expect(calls).toBe(3);
    expect(jit(vmap(count))(f64(0, 0)).js()).toEqual([3, 4]);
    expect(jit(grad((x: Array) => count(lax.stopGradient(x)).mul(x)))(1).item()).toBe(6);
    expect(() => grad(count)(1)).toThrow(errors.DifferentiationError);
    const steps = (x: Array): Array =>
      lax.scan((c: Array, _: Array) => [count(np.array(0)).mul(c), null], x, f64(1, 1))[0];
    calls = 2;
    expect(jit(grad(steps))(1).item()).toBe(6);
    expect(calls).toBe(4);
  });

  it("with effects are refused where the order or the answer would be lost", () => {
    const tick = (x: Array): Array =>
      ioCallback((v) => v, { shape: [], dtype: "float64" }, x, { ordered: true });
    expect(() => vmap(tick)(f64(1, 2))).toThrow(/no order/);
    expect(() => grad(checkpoint((x: Array) => x.mul(tick(np.array(1)))))(1)).toThrow(
      errors.DifferentiationError,
    );
    const loop = (x: Array): Array =>
      lax.whileLoop(
        (c: Array) => c.less(3),
        (c: Array) => c.add(tick(np.array(1))),
        x,
      );
    expect(() => jit(grad(loop))(0)).toThrow(/cannot ask the host/);
  });

  it("are no part of programs that leave", () => {
    const f = (x: Array): Array => pureCallback((v) => v, { shape: [2], dtype: "float64" }, x);
    for (const leave of [
      () => toStablehlo(f, [f64(1, 2)]),
      () => exportModule({ f: [f, f64(1, 2)] }),
      () => exportModule({ f: [f, f64(1, 2)] }, { format: "wasm" }),
    ]) {
      expect(leave).toThrow(errors.AdjointError);
      expect(leave).toThrow(/pureCallback.*callbacks\.test\.ts:\d+/s);
    }
  });
});
