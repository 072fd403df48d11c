/** @file Kernels: values, derivatives, lanes and every way to run, against what they are in the library's own functions. */
import { describe, expect, it } from "vitest";
import {
  type Array,
  config,
  errors,
  grad,
  init,
  jit,
  jvp,
  lax,
  makeJaxpr,
  numpy as np,
  vmap,
} from "../../../src/index.ts";
import { jaxprParts, parseJaxpr } from "../../../src/jaxpr/index.ts";
import { kernel, sumOver } from "../../../src/primitives/index.ts";
import { toSource } from "../../../src/source/index.ts";
import { toStablehlo } from "../../../src/stablehlo/index.ts";
import { checkGrads } from "../../../src/testing.ts";

await init();

const x3 = np.array([0.3, -0.7, 1.2]);
const square = np.array([
  [1, 2, 3],
  [0.5, -1, 2],
  [1, 1.5, -1],
]);
const places = np.array([2, 0, 5], "int32");

type Fn = (...xs: Array[]) => Array;
/** A kernel, and the same function of the library's own. */
const cases: readonly (readonly [name: string, own: Fn, want: Fn, args: readonly Array[]])[] = [
  [
    "a stencil",
    kernel({
      name: "blur",
      at: ([i], x) =>
        x
          .at(i.sub(1))
          .add(x.at(i).mul(2))
          .add(x.at(i.add(1)))
          .div(4),
    }),
    (x) => np.convolve(x, np.array([0.25, 0.5, 0.25]), "same"),
    [x3],
  ],
  [
    "a product",
    kernel({
      name: "matvec",
      shape: ([a]) => [a.shape[0]],
      at: ([i], a, x) => sumOver(x.shape[0], (k) => a.at(i, k).mul(x.at(k))),
    }),
    (a, x) => a.dot(x),
    [square, x3],
  ],
  [
    "a sum within a function",
    kernel({
      name: "softmax",
      at: ([i], x) =>
        x
          .at(i)
          .exp()
          .div(sumOver(x.shape[0], (k) => x.at(k).exp())),
    }),
    (x) => np.exp(x).div(np.exp(x).sum()),
    [x3],
  ],
  [
    "sums within sums",
    kernel({
      name: "nested",
      at: ([i], x) =>
        sumOver(3, (k) =>
          sumOver(3, (m) => x.at(k).mul(x.at(m)).sin())
            .exp()
            .mul(x.at(k)),
        )
          .mul(x.at(i))
          .tanh(),
    }),
    (x) =>
      np.tanh(
        np
          .exp(np.sin(np.outer(x, x)).sum(1))
          .mul(x)
          .sum()
          .mul(x),
      ),
    [x3],
  ],
  [
    "reads at computed places",
    (x) =>
      kernel({
        name: "pick",
        at: ([i], p, v) =>
          v
            .at(p.at(i))
            .mul(v.at(i))
            .add(v.at(i.mul(i))),
      })(places, x),
    (x) =>
      np.stack([
        x.at(2).get().mul(x.at(0).get()).add(x.at(0).get()),
        x.at(0).get().mul(x.at(1).get()).add(x.at(1).get()),
        np.array(0),
      ]),
    [x3],
  ],
  [
    "a transpose of two axes",
    kernel({ name: "flip", shape: ([a]) => [a.shape[1], a.shape[0]], at: ([i, j], a) => a.at(j, i).pow(2) }),
    (a) => np.square(a).transpose(),
    [square],
  ],
  [
    "no axis",
    kernel({ name: "norm", shape: [], at: (_, x) => sumOver(3, (k) => x.at(k).mul(x.at(k))).sqrt() }),
    (x) => np.sqrt(np.square(x).sum()),
    [x3],
  ],
  [
    "functions of all kinds",
    kernel({
      name: "all",
      at: ([i], x) => {
        const v = x.at(i);
        const w = v.mul(v).add(1.5);
        return [
          v.sin(),
          v.cos(),
          v.tan(),
          v.atan(),
          v.sinh(),
          v.cosh(),
          v.tanh(),
          v.asinh(),
          v.expm1(),
          w.log(),
          w.log1p(),
          w.sqrt(),
          w.cbrt(),
          w.acosh(),
          v.div(3).asin(),
          v.div(3).acos(),
          v.div(3).atanh(),
          w.pow(v),
          v.atan2(w),
          v.abs(),
          v.max(0.1),
          v.min(0.1),
          v.greater(0).where(v.mul(v), v.neg()),
        ].reduce((a, b) => a.add(b));
      },
    }),
    (v) => {
      const w = v.mul(v).add(1.5);
      return [
        np.sin(v),
        np.cos(v),
        np.tan(v),
        np.arctan(v),
        np.sinh(v),
        np.cosh(v),
        np.tanh(v),
        np.arcsinh(v),
        np.expm1(v),
        np.log(w),
        np.log1p(w),
        np.sqrt(w),
        np.cbrt(w),
        np.arccosh(w),
        np.arcsin(v.div(3)),
        np.arccos(v.div(3)),
        np.arctanh(v.div(3)),
        np.power(w, v),
        np.arctan2(v, w),
        np.abs(v),
        np.maximum(v, 0.1),
        np.minimum(v, 0.1),
        np.where(v.greater(0), v.mul(v), v.neg()),
      ].reduce((a, b) => a.add(b));
    },
    [x3],
  ],
];

const close = (got: Array, want: Array, tol = 1e-12): void => {
  expect(got.shape).toEqual(want.shape);
  expect(np.abs(got.sub(want)).max().item()).toBeLessThan(tol);
};
const total =
  (f: Fn): Fn =>
  (...xs) =>
    f(...xs)
      .mul(np.arange(1, 1 + 3 ** f(...xs).ndim).reshape(f(...xs).shape))
      .sum();
const argnums = (args: readonly Array[]): number[] => args.map((_, i) => i);
const twice = (x: Array): Array => np.stack([x, x.mul(0.5)]);

const modes = { js: { backend: "js" }, wasm: { backend: "wasm" }, interpreted: { jitless: true } } as const;

describe.each(Object.entries(modes))("kernels, %s", (_, settings) => {
  it.each(cases)("%s", (_name, own, want, args) => {
    config.with(settings, () => {
      close(own(...args), want(...args));
      close(jit(own)(...args), want(...args));
      const [all, every] = [argnums(args), total(want)];
      const slopes = grad(every, all)(...args);
      grad(total(own), all)(...args).forEach((g, i) => close(g, slopes[i]));
      jit(grad(total(jit(own)), all))(...args).forEach((g, i) => close(g, slopes[i]));
      const curved = (f: Fn): Fn => grad((...xs: Array[]) => np.square(grad(total(f))(...xs)).sum());
      close(curved(own)(...args), curved(want)(...args), 1e-9);
      const tangent = (f: Fn): Array =>
        jvp(
          f,
          [...args],
          args.map((x) => x.mul(0.3)),
        )[1];
      close(tangent(own), tangent(want));
      const lanes = args.map(twice);
      close(vmap(own)(...lanes), np.stack([want(...args), want(...args.map((x) => x.mul(0.5)))]));
      close(vmap(grad(total(own)))(...lanes), vmap(grad(total(want)))(...lanes));
      close(
        grad((...xs: Array[]) => vmap(own)(...xs).sum())(...lanes),
        grad((...xs: Array[]) => vmap(want)(...xs).sum())(...lanes),
      );
      close(
        vmap(own, [0, ...args.slice(1).map(() => null)])(lanes[0], ...args.slice(1)),
        vmap(want, [0, ...args.slice(1).map(() => null)])(lanes[0], ...args.slice(1)),
      );
    });
  });
});

describe("kernels", () => {
  it.each(cases)("%s: numerical derivatives, the text, StableHLO, the source", (_name, own, want, args) => {
    checkGrads(own, [...args], { order: 2 });
    const closed = makeJaxpr(grad(total(own)))(...args);
    expect(String(parseJaxpr(String(closed), jaxprParts(closed)))).toBe(String(closed));
    expect(toStablehlo(grad(total(own)), [...args])).toContain("func.func");
    expect(toSource(own, ...args).length).toBeGreaterThan(100);
    close(own(...args), want(...args));
  });

  it("run in loops, branches and on other dtypes", () => {
    const double = kernel({ name: "double", at: ([i], x) => x.at(i).mul(2) });
    expect(lax.foriLoop(0, 3, (_: Array, c: Array) => double(c), np.ones([2])).js()).toEqual([8, 8]);
    for (const dtype of ["float32", "float16", "bfloat16", "int32", "int64", "uint8"] as const) {
      const out = double(np.arange(3).astype(dtype));
      expect([out.dtype, out.astype("float64").js()]).toEqual([dtype, [0, 2, 4]]);
    }
    expect(kernel({ shape: [2, 2], at: ([i, j]) => i.equal(j).astype("float32") })().js()).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(double(np.zeros([0])).shape).toEqual([0]);
  });

  it("repeated reads add up in the gradient, reads outside have none", () => {
    const p = np.array([1, 1, 7, -1], "int32");
    const pick = kernel({ shape: [4], at: ([i], q, x) => x.at(q.at(i)) });
    expect(grad((x: Array) => pick(p, x).sum())(x3).js()).toEqual([0, 2, 0]);
  });

  it("refuse what is no kernel", () => {
    const bad = (at: Parameters<typeof kernel>[0]["at"]) => () => kernel({ name: "bad", at })(x3);
    expect(bad(([i], x) => x.at(i, i))).toThrow(/the operand has 1 axes; got 2 indices/);
    expect(bad(([i], x) => x.at(x.at(i)))).toThrow(/an index must be int32; got float64/);
    expect(bad(([i], x) => x.at(i).add(i))).toThrow(/add of float64 and int32/);
    expect(bad(() => "no" as unknown as number)).toThrow(errors.ArgumentError);
    expect(bad(([i], x) => (x.at(i) as unknown as number) * 2)).toThrow(/has no number while/);
    expect(() => kernel({ at: ([i], x) => x.at(i) })(lax.complex(1, 2))).toThrow(errors.DTypeError);
    expect(() => kernel({ at: 1 as unknown as () => number })).toThrow(errors.ArgumentError);
    expect(() => kernel({ at: () => 1 })()).toThrow(/needs a shape/);
    expect(() => sumOver(-1, () => 1 as never)).toThrow(errors.ArgumentError);
  });
});
