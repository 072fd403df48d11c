/** @file Complex numbers as users meet them: in and out, promotion, special values, derivatives, loops, compiled calls. */
import { describe, expect, it } from "vitest";
import {
  type Array as Arr,
  grad,
  jacfwd,
  jacrev,
  jit,
  jvp,
  lax,
  makeJaxpr,
  numpy as np,
  vjp,
  vmap,
} from "../../src/index.ts";
import { expectClose, flat } from "../util/arrays.ts";
import { type C, c } from "../util/complex.ts";

const z = (...values: C[]): Arr =>
  lax.complex(np.array(values.map((v) => v[0])), np.array(values.map((v) => v[1])));
const number = (re: number, im: number): Arr => z([re, im]).slice(0);
const parts = (x: Arr): C => {
  const { re, im } = x.item<{ re: number; im: number }>();
  return [re, im];
};

describe("in and out", () => {
  it("numbers come as { re, im } and go in as such", () => {
    const x = np.array([
      [{ re: 1, im: 2 }, 3],
      [
        { re: 0, im: -1 },
        { re: 0.5, im: 0 },
      ],
    ]);
    expect([x.dtype, x.shape]).toEqual(["complex128", [2, 2]]);
    expect(x.js()).toEqual([
      [
        { re: 1, im: 2 },
        { re: 3, im: 0 },
      ],
      [
        { re: 0, im: -1 },
        { re: 0.5, im: 0 },
      ],
    ]);
    expect(flat(x)).toEqual([1, 2, 3, 0, 0, -1, 0.5, 0]);
    expect(np.array(x.js()).js()).toEqual(x.js());
    expect(lax.complex(1, 2).item()).toEqual({ re: 1, im: 2 });
    expect(JSON.stringify(lax.complex(1, 2))).toBe('{"re":1,"im":2}');
  });

  it("print as NumPy prints them, arrays and literals", () => {
    expect(String(z([1, 2], [0.5, -3]))).toBe("Array([ 1.+2.j, 0.5-3.j], dtype=complex128)");
    expect(String(lax.complex(0, -0))).toBe("Array(0.-0.j, dtype=complex128)");
    expect(String(makeJaxpr((x: Arr) => x.mul(lax.complex(0, 1)))(number(1, 2)))).toContain(
      "mul a (0.0+1.0j):c128[]",
    );
  });

  it("do not become JavaScript numbers", () => {
    expect(() => Number(lax.complex(1, 2))).toThrow("does not convert to a number");
    expect(() => lax.lt(number(1, 2), number(2, 1))).toThrow("expected real arrays");
  });

  it("parts are arrays of their own: disposing of the whole leaves them", () => {
    const x = z([1, 2], [3, 4]);
    const im = lax.imag(x);
    x.dispose();
    expect(flat(im)).toEqual([2, 4]);
    expect(() => x.dataSync()).toThrow("after dispose");
    expect(String(x)).toContain("disposed");
  });

  it("reshape, slices and updates", () => {
    const x = z([1, 2], [3, 4], [5, 6], [7, 8]);
    expect(flat(x.reshape([2, 2]).T.reshape([4]))).toEqual([1, 2, 5, 6, 3, 4, 7, 8]);
    expect(flat(x.at([1, 3]).set(lax.complex(0, 1)))).toEqual([1, 2, 0, 1, 0, 1, 7, 8]);
    expect(flat(x.at(0).add(10))).toEqual([11, 2, 3, 4, 5, 6, 7, 8]);
    expect(flat(x.reshape([4, 1]).slice(2))).toEqual([5, 6]);
  });
});

describe("dtypes", () => {
  it("a complex number is weak, as a JavaScript number is", () => {
    expect(np.add(np.array([1], { dtype: "float32" }), lax.complex(0, 1)).dtype).toBe("complex64");
    expect(np.add(np.array([1], { dtype: "int32" }), lax.complex(0, 1)).dtype).toBe("complex128");
    expect(z([1, 2]).mul(2).dtype).toBe("complex128");
  });

  it("conversions lose imaginary parts; bool asks for zero", () => {
    const x = z([1.5, 2], [0, 0], [0, 1]);
    expect(flat(lax.convertElementType(x, "int32"))).toEqual([1, 0, 0]);
    expect(x.astype("bool").js()).toEqual([true, false, true]);
    expect(flat(np.array([1, 2]).astype("complex64"))).toEqual([1, 0, 2, 0]);
  });

  it("parts of complex64 are float32", () => {
    expect(lax.real(lax.convertElementType(z([0.1, 0.2]), "complex64")).js()).toEqual([Math.fround(0.1)]);
    expect(() => lax.complex(np.array([1], { dtype: "float16" }), 1)).toThrow("float32 or float64");
  });
});

describe("special values", () => {
  const cases: readonly [string, (x: Arr) => Arr, C, C][] = [
    ["√ above the cut", lax.sqrt, [-4, 0], [0, 2]],
    ["√ below the cut", lax.sqrt, [-4, -0], [0, -2]],
    ["√ of 0", lax.sqrt, [0, 0], [0, 0]],
    ["√ of the largest", lax.sqrt, [1e308, 1e308], [1.09868411346781e154, 4.550898605622273e153]],
    ["√ of the least", lax.sqrt, [2e-308, 0], [1.4142135623730951e-154, 0]],
    ["√ of ∞i", lax.sqrt, [1, Infinity], [Infinity, Infinity]],
    ["log above the cut", lax.log, [-1, 0], [0, Math.PI]],
    ["log below the cut", lax.log, [-1, -0], [0, -Math.PI]],
    ["log of 0", lax.log, [0, 0], [-Infinity, 0]],
    ["log near 1", lax.log, [1, 1e-9], [5e-19, 1e-9]],
    ["log of the largest", lax.log, [1e308, 1e308], [709.5427822324461, Math.PI / 4]],
    ["log1p of little", lax.log1p, [1e-20, 1e-20], [1e-20, 1e-20]],
    ["expm1 of little", lax.expm1, [1e-20, 1e-20], [1e-20, 1e-20]],
    ["exp of −∞", lax.exp, [-Infinity, 0], [0, 0]],
    ["exp of ∞", lax.exp, [Infinity, 0], [Infinity, 0]],
    ["tanh far out", lax.tanh, [400, 1], [1, 0]],
    ["tanh on the axis", lax.tanh, [-400, 0], [-1, 0]],
    ["asin beyond 1", lax.asin, [2, 0], [Math.PI / 2, 1.3169578969248166]],
    ["asin beyond 1, from below", lax.asin, [2, -0], [Math.PI / 2, -1.3169578969248166]],
    ["acos of −2", lax.acos, [-2, 0], [Math.PI, -1.3169578969248166]],
    ["acosh below 1", lax.acosh, [0, 0], [0, Math.PI / 2]],
    ["atanh beyond 1", lax.atanh, [2, 0], [0.5493061443340548, Math.PI / 2]],
    ["1 / 0", lax.reciprocal, [0, 0], [Infinity, 0]],
    ["1 / the largest", lax.reciprocal, [1e308, 1e308], [5e-309, -5e-309]],
    ["sign of 0", lax.sign, [0, 0], [0, 0]],
  ];
  for (const [name, f, at, want] of cases) {
    it(name, () => {
      const [re, im] = parts(f(number(...at)));
      for (const [got, right] of [
        [re, want[0]],
        [im, want[1]],
      ])
        if (!(got === right || Math.abs(got - right) <= 4e-16 * Math.abs(right)))
          expect([re, im]).toEqual(want);
    });
  }

  it("moduli and quotients neither overflow nor underflow", () => {
    expect(lax.abs(z([0, 0], [Infinity, NaN], [NaN, -Infinity])).js()).toEqual([0, Infinity, Infinity]);
    const [large, small] = lax.abs(z([3e200, 4e200], [3e-200, 4e-200])).js<number[]>();
    expect([large / 5e200, small / 5e-200]).toEqual([expect.closeTo(1, 14), expect.closeTo(1, 14)]);
    expect(parts(lax.div(number(1e300, 1e300), number(1e300, 1e300)))).toEqual([1, 0]);
    expect(parts(lax.div(number(1e-300, 0), number(0, 1e-300)))[1]).toBe(-1);
  });

  it("0⁰ is 1, other powers of 0 are 0", () => {
    expect(parts(lax.pow(number(0, 0), number(0, 0)))).toEqual([1, 0]);
    expect(parts(lax.pow(number(0, 0), number(2, 1)))).toEqual([0, 0]);
  });
});

describe("derivatives", () => {
  it("of real functions are conjugate to the direction of ascent", () => {
    expect(parts(grad((x: Arr) => lax.real(x.mul(lax.conj(x))))(number(1, 2)))).toEqual([2, -4]);
    expect(parts(grad(lax.abs)(number(3, 4)))).toEqual([0.6, -0.8]);
    expect(parts(grad(lax.abs)(number(0, 0)))).toEqual([0, 0]);
    expect(parts(grad((x: Arr) => lax.imag(x))(number(1, 2)))).toEqual([0, -1]);
  });

  it("of holomorphic functions are the complex derivative, by every mode", () => {
    const f = (x: Arr): Arr => lax.sin(x).mul(x);
    const x = number(0.3, 0.4);
    const want = parts(lax.sin(x).add(lax.cos(x).mul(x)));
    expectClose(grad(f, { holomorphic: true })(x), want, 1e-14);
    expectClose(jvp(f, [x], [number(1, 0)])[1], want, 1e-14);
    expectClose(vjp(f, [x])[1](number(1, 0))[0], want, 1e-14);
    expectClose(jit(grad(f, { holomorphic: true }))(x), want, 1e-14);
    const v = z([0.1, 0.2], [0.3, 0.4]);
    const d = lax.sin(v).add(lax.cos(v).mul(v));
    for (const jacobian of [jacfwd(f, { holomorphic: true }), jacrev(f, { holomorphic: true })])
      expectClose(jacobian(v), flat(np.eye(2).mul(d.reshape([1, 2]))), 1e-14);
  });

  it("need holomorphic where JAX needs it", () => {
    const f = (x: Arr): Arr => x.mul(x);
    expect(() => grad(f)(number(1, 2))).toThrow("must return real numbers");
    expect(() => grad(f, { holomorphic: true })(1)).toThrow("needs complex arguments");
    expect(() => grad(lax.abs, { holomorphic: true })(number(1, 2))).toThrow("needs complex results");
    expect(() => jacfwd(f)(number(1, 2))).toThrow("complex arguments need { holomorphic: true }");
    expect(() => jacrev(f)(number(1, 2))).toThrow("must return real numbers");
  });

  it("through a loop of a traced number of steps, in both modes", () => {
    const power = (a: Arr, n: Arr): Arr =>
      lax.whileLoop(
        ([k]: [Arr, Arr]) => lax.lt(k, n),
        ([k, x]: [Arr, Arr]): [Arr, Arr] => [k.add(1), x.mul(a)],
        [np.array(0, "int32"), a] as [Arr, Arr],
      )[1];
    const n = np.array(3, "int32");
    const a = number(0.8, 0.6);
    const cube = c.mul([0.8, 0.6], c.mul([0.8, 0.6], [0.8, 0.6]));
    const f = (x: Arr): Arr => power(x, n);
    expectClose(jit(f)(a), c.mul(cube, [0.8, 0.6]), 1e-14);
    for (const got of [
      grad(f, { holomorphic: true })(a),
      jit(grad(f, { holomorphic: true }))(a),
      jvp(f, [a], [number(1, 0)])[1],
    ])
      expectClose(got, c.mul([4, 0], cube), 1e-14);
    const second = grad(grad(f, { holomorphic: true }), { holomorphic: true })(a);
    expectClose(second, c.mul([12, 0], c.mul([0.8, 0.6], [0.8, 0.6])), 1e-13);
    expectClose(vmap(f)(z([0.8, 0.6], [1, 0])), [...c.mul(cube, [0.8, 0.6]), 1, 0], 1e-14);
  });
});

describe("compiled programs", () => {
  it("take and give the parts of complex arrays", () => {
    const x = z([1, 2], [3, 4]);
    const f = jit((a: Arr) => a.mul(lax.complex(0, 1)));
    expect(flat(f(x))).toEqual([-2, 1, -4, 3]);
    const { fn } = f.lower(x).compile();
    const [re, im] = [new Float64Array(2), new Float64Array(2)];
    fn(Float64Array.of(1, 3), Float64Array.of(2, 4), re, im);
    expect([...re, ...im]).toEqual([-2, -4, 1, 3]);
  });

  it("know no complex numbers: scalars are two numbers", () => {
    const f = jit((a: Arr) => a.mul(a));
    expect(f.lower(number(1, 2)).compile().source).not.toContain("Array");
    expect(parts(f(number(1, 2)))).toEqual([-3, 4]);
  });

  it("with complex numbers inside alone", () => {
    const modulus = jit((a: Arr, b: Arr) => lax.abs(lax.complex(a, b)));
    expect(modulus(3, 4).item()).toBe(5);
  });
});
