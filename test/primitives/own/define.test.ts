/** @file Primitives of the user's: each rule given and left out, under the transformations, in every way to run. */
import { describe, expect, it } from "vitest";
import {
  type Array,
  ShapeDtypeStruct,
  config,
  errors,
  grad,
  init,
  jit,
  jvp,
  makeJaxpr,
  numpy as np,
  vmap,
} from "../../../src/index.ts";
import { definePrimitive } from "../../../src/primitives/index.ts";
import { toSource } from "../../../src/source/index.ts";
import { toStablehlo } from "../../../src/stablehlo/index.ts";
import { checkGrads } from "../../../src/testing.ts";

await init();

const x3 = np.array([0.3, -0.7, 1.2]);
type Fn = (...xs: Array[]) => Array;

/** log cosh x, of which the derivative is tanh x. */
const softAbs = definePrimitive({
  name: "test_soft_abs",
  kernel: (i, [x]) => {
    const size = x.at(...i).abs();
    return size.add(size.mul(-2).exp().log1p()).sub(Math.LN2);
  },
  jvp: ([x], [t]) => t && np.tanh(x).mul(t),
}) as Fn;

const square = definePrimitive({ name: "test_square", kernel: (i, [x]) => x.at(...i).mul(x.at(...i)) }) as Fn;

const type = (shape: readonly number[]) => new ShapeDtypeStruct(shape, "float64");

/** Computed in JavaScript, with every rule. */
const cumulative = definePrimitive<{ scale: number }>({
  name: "test_cumulative",
  abstractEval: ([x]) => x,
  compute: ([x], [out], { scale }) => {
    let sum = 0;
    for (let i = 0; i < x.length; i++) out[i] = sum += scale * Number(x[i]);
  },
  jvp: "linear",
  transpose: ([ct], _, { scale }) => [ct && np.flip(np.cumsum(np.flip(ct))).mul(scale)],
});
const running: Fn = (x) => cumulative(x, { scale: 2 }) as Array;

/** Two operands and two results, in JavaScript, with a derivative of its own. */
const polar = definePrimitive({
  name: "test_polar",
  abstractEval: ([x]) => [x, x],
  compute: ([x, y], [r, phi]) => {
    for (let i = 0; i < x.length; i++) {
      r[i] = Math.hypot(Number(x[i]), Number(y[i]));
      phi[i] = Math.atan2(Number(y[i]), Number(x[i]));
    }
  },
  jvp: ([x, y], [dx, dy], _, [r]) => {
    const [a, b] = [dx ?? np.zerosLike(x), dy ?? np.zerosLike(y)];
    return [x.mul(a).add(y.mul(b)).div(r), x.mul(b).sub(y.mul(a)).div(r.mul(r))];
  },
});
const spiral: Fn = (x, y) => {
  const [r, phi] = polar(x, y) as Array[];
  return r.mul(phi);
};

const cases: readonly (readonly [string, Fn, Fn, readonly Array[]])[] = [
  ["a kernel with a derivative", softAbs, (x) => np.log(np.cosh(x)), [x3]],
  ["a kernel alone", square, (x) => np.square(x), [x3]],
  ["linear, in JavaScript", running, (x) => np.cumsum(x).mul(2), [x3]],
  ["two results, in JavaScript", spiral, (x, y) => np.hypot(x, y).mul(np.arctan2(y, x)), [x3, x3.add(2)]],
];

const close = (got: Array, want: Array): void => {
  expect(got.shape).toEqual(want.shape);
  expect(np.abs(got.sub(want)).max().item()).toBeLessThan(1e-12);
};
const total =
  (f: Fn): Fn =>
  (...xs) =>
    f(...xs)
      .mul(np.array([1, 2, 3]))
      .sum();
const both = (x: Array): Array => np.stack([x, x.mul(0.5)]);
const modes = { js: { backend: "js" }, wasm: { backend: "wasm" }, interpreted: { jitless: true } } as const;

describe.each(Object.entries(modes))("primitives of the user's, %s", (_, settings) => {
  it.each(cases)("%s", (_name, own, want, args) => {
    config.with(settings, () => {
      close(own(...args), want(...args));
      close(jit(own)(...args), want(...args));
      close(grad(total(own))(...args), grad(total(want))(...args));
      close(jit(grad(total(jit(own))))(...args), grad(total(want))(...args));
      const tangent = (f: Fn): Array =>
        jvp(
          f,
          [...args],
          args.map((x) => x.mul(0.3)),
        )[1];
      close(tangent(own), tangent(want));
      const lanes = args.map(both);
      close(vmap(own)(...lanes), vmap(want)(...lanes));
      close(vmap(vmap(own))(...lanes.map(both)), vmap(vmap(want))(...lanes.map(both)));
      close(vmap(grad(total(own)))(...lanes), vmap(grad(total(want)))(...lanes));
      // Mapped first, differentiated then: the user's rules hold for the lanes.
      const after = (f: Fn): Fn => grad((...xs: Array[]) => vmap(total(f))(...xs).sum());
      close(after(own)(...lanes), after(want)(...lanes));
      const second = (f: Fn): Fn => grad((...xs: Array[]) => np.square(grad(total(f))(...xs)).sum());
      close(second(own)(...args), second(want)(...args));
      close(vmap(second(own))(...lanes), vmap(second(want))(...lanes));
      if (args.length === 2) {
        const axes = [0, null] as const;
        const shared = (f: Fn): Fn => grad((x: Array, y: Array) => vmap(total(f), [...axes])(x, y).sum(), 1);
        close(shared(own)(lanes[0], args[1]), shared(want)(lanes[0], args[1]));
      }
    });
  });
});

describe("primitives of the user's", () => {
  it.each(cases)("%s: numerical derivatives", (_, own, _want, args) => {
    checkGrads(own, [...args], { order: 2 });
  });

  it("stand in programs under their names", () => {
    expect(String(makeJaxpr(softAbs)(x3))).toBe(
      "{ lambda ; a:f64[3]. let b:f64[3] = test_soft_abs a in (b,) }",
    );
    expect(String(makeJaxpr(running)(x3))).toContain("test_cumulative[scale=2] a");
  });

  it("are written as StableHLO and as source from their kernels", () => {
    expect(toStablehlo(softAbs, [x3])).toContain("stablehlo.log_plus_one");
    expect(toSource(softAbs, x3).length).toBeGreaterThan(100);
    const sine = definePrimitive({
      name: "test_sine",
      kernel: (i, [x]) => x.at(...i).sin(),
      stablehlo: "sine",
      batch: "elementwise",
    }) as Fn;
    expect(toStablehlo(sine, [x3])).toContain("stablehlo.sine %arg0 : tensor<3xf64>");
    close(vmap(sine)(both(x3)), np.sin(both(x3)));
    expect(() => toStablehlo(running, [x3])).toThrow(errors.AdjointError);
  });

  it("take a rule for all lanes", () => {
    const sizes: number[] = [];
    const own = definePrimitive({
      name: "test_batch",
      kernel: (i, [x]) => x.at(...i).neg(),
      batch: (size, [x]) => (sizes.push(size), x.neg()),
    }) as Fn;
    close(vmap(own)(both(x3)), both(x3).neg());
    expect(sizes).toEqual([2]);
  });

  const define = (name: string, rest: object) => definePrimitive({ name, ...rest }) as Fn;
  it("blame the rule that is wrong", () => {
    const k = { kernel: (i: never[], [x]: { at(...i: never[]): never }[]) => x.at(...i) };
    expect(() => grad(total(define("test_bad1", { ...k, jvp: () => np.ones([2]) })))(x3)).toThrow(
      /test_bad1: the rule jvp, the tangent of result 0: expected shape \[3\]; got \[2\]/,
    );
    expect(() => grad(total(define("test_bad2", { ...k, jvp: () => np.ones([3], "float32") })))(x3)).toThrow(
      /expected dtype float64; got float32/,
    );
    expect(() => grad(total(define("test_bad3", { ...k, jvp: () => [x3, x3] })))(x3)).toThrow(
      /the rule jvp must give 1 array; got 2/,
    );
    expect(() =>
      grad(total(define("test_bad4", { ...k, jvp: "linear", transpose: () => [np.ones([4])] })))(x3),
    ).toThrow(/rule transpose, the cotangent of operand 0: expected shape \[3\]; got \[4\]/);
    expect(() => vmap(define("test_bad5", { ...k, batch: () => x3 }))(both(x3))).toThrow(
      /rule batch, result 0: expected shape \[2, ?3\]; got \[3\]/,
    );
    expect(() => define("test_bad6", { ...k, abstractEval: () => 3 })(x3)).toThrow(
      /rule abstractEval must give a ShapeDtypeStruct/,
    );
    expect(() => grad(total(define("test_bad7", { compute: () => undefined })))(x3)).toThrow(
      /it has no rule jvp/,
    );
    expect(() => grad(total(define("test_bad8", { compute: () => undefined, jvp: "linear" })))(x3)).toThrow(
      /it has no rule transpose/,
    );
    expect(() => define("test_bad9", { compute: () => undefined })(np.ones([2], "float16"))).toThrow(
      errors.DTypeError,
    );
  });
  it("refuse what describes none", () => {
    expect(() => define("test_soft_abs", { compute: () => undefined })).toThrow(
      /there is a primitive test_soft_abs already/,
    );
    expect(() => define("no name", { compute: () => undefined })).toThrow(errors.ArgumentError);
    expect(() => define("test_none", {})).toThrow(/either kernel or compute/);
    expect(() => define("test_none", { compute: 1 })).toThrow(errors.ArgumentError);
    expect(() => define("test_none", { compute: () => undefined, jvp: "yes" })).toThrow(errors.ArgumentError);
    expect(() => define("test_none", { compute: () => undefined, vmap: 1 })).toThrow(/unknown option 'vmap'/);
    expect(() => cumulative(x3, { vmap: [] } as never)).toThrow(errors.ArgumentError);
    expect(type([3]).shape).toEqual([3]);
  });
});
